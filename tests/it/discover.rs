//! `choria-external discover` and the host's sources, against what a real
//! client did, and with sources that misbehave.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use choria_external_host::discovery::DiscoveryOutcome;
use choria_external_host::{CancelToken, HostError, Source};
use choria_external_protocol::Filter;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::vectors;

mod messages;
mod misbehaviour;
mod packages;
mod peer;
mod recordings;

/// For tests in which a busy machine must not count.
pub(crate) const PATIENT: [&str; 2] = ["--timeout", "600"];

/// A folder with a link to the source of these tests, where that writes its
/// record.
pub(crate) struct Place {
    folder: TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_source"), folder.path().join("source"))
            .unwrap();
        let place = Self { folder };
        place.reply(
            r#"{"protocol":"io.choria.choria.discovery.v1.external_reply","nodes":["localhost"]}"#,
        );
        place
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn source(&self) -> PathBuf {
        self.path().join("source")
    }

    /// The source's reply.
    pub(crate) fn reply(&self, text: &str) {
        fs::write(self.path().join("reply"), text).unwrap();
    }

    /// The command with the source and these arguments of its own.
    pub(crate) fn command(&self, arguments: &str) -> Command {
        let command = format!("{} {arguments}", self.source().display());
        discover(self.path(), &[command.trim_end()])
    }

    fn host(&self, arguments: &str) -> Source {
        let mut source = Source::from_command(format!("{} {arguments}", self.source().display()));
        source.timeout = Duration::from_mins(10);
        source
    }

    /// What the source was started with; `None` where it was not.
    pub(crate) fn record(&self) -> Option<Value> {
        let text = fs::read_to_string(self.path().join("record")).ok()?;
        Some(serde_json::from_str(&text).unwrap())
    }

    /// The request that the source got.
    pub(crate) fn request(&self) -> Value {
        let record = self.record().expect("the source was started");
        serde_json::from_str(record["request"].as_str().unwrap()).unwrap()
    }
}

/// The command, in this folder.
fn discover(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_command"));
    command
        .arg("discover")
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null());
    command
}

/// Exit code, standard output, standard error.
pub(crate) fn ended(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (
        output.status.code().unwrap(),
        text(&output.stdout),
        text(&output.stderr),
    )
}

/// The files of a run, all of which are gone afterwards.
fn no_file_is_left(record: &Value) {
    for name in ["CHORIA_EXTERNAL_REQUEST", "CHORIA_EXTERNAL_REPLY"] {
        let path = record["env"][name].as_str().unwrap();
        assert!(!Path::new(path).exists(), "{path}");
    }
}
