//! What a network tells the commands of other terminals: `net.json` in its folder.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::whole_file;

/// The file that has it, in the network's folder.
pub(super) const FILE: &str = "net.json";

/// What runs, and how to call it.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(super) struct State {
    /// The process of `net up`.
    pub(super) pid: i32,
    /// Whether it is up: all servers have answered.
    pub(super) up: bool,
    /// The broker's port on 127.0.0.1.
    pub(super) port: u16,
    /// The choria program, and its version.
    pub(super) choria: String,
    pub(super) version: String,
    /// The name in the client's certificate.
    pub(super) certname: String,
    /// The servers' identities.
    pub(super) servers: Vec<String>,
    /// The agents that were installed.
    pub(super) agents: Vec<String>,
    /// The processes: broker and servers, by name.
    pub(super) processes: BTreeMap<String, i32>,
}

impl State {
    /// None where there is none, or half of one.
    pub(super) fn read(file: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(file).ok()?).ok()
    }

    /// In one step, so that nobody reads half of it.
    pub(super) fn write(&self, file: &Path) -> io::Result<()> {
        // Texts, numbers and lists always serialize.
        let json = serde_json::to_vec_pretty(self).unwrap_or_default();
        whole_file::replace(file, &json, None)
    }
}
