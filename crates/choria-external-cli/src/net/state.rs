//! What a network tells the commands of other terminals: `net.json` in its folder.

use std::collections::BTreeMap;

use anyhow::anyhow;
use serde::{Deserialize, Serialize};

use super::own::OwnFolder;
use super::recorded::Recorded;

/// What runs, and how to call it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct State {
    /// The process of `net up`.
    pub(super) process: Recorded,
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
    pub(super) processes: BTreeMap<String, Recorded>,
}

impl State {
    /// The file that has it, in the network's folder.
    pub(super) const FILE: &str = "net.json";

    /// Reads it; `None` if there is none.
    ///
    /// # Errors
    ///
    /// Returns an error if the file cannot be believed, or is not one that this
    /// version writes.
    pub(super) fn read(folder: &OwnFolder) -> anyhow::Result<Option<Self>> {
        let Some(bytes) = folder.read(Self::FILE)? else {
            return Ok(None);
        };
        serde_json::from_slice(&bytes).map(Some).map_err(|error| {
            anyhow!(
                "{} is not what this version of net up writes: {error}; end that network with Ctrl-C where it was \
                 started, or give another folder with --dir",
                folder.path(Self::FILE).display()
            )
        })
    }

    pub(super) fn to_json(&self) -> Vec<u8> {
        // Texts, numbers and lists always serialize.
        serde_json::to_vec_pretty(self).unwrap_or_default()
    }
}
