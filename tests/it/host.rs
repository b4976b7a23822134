//! The harness against what a real Choria did, and against programs that
//! misbehave.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use choria_external_ddl::Ddl;
use choria_external_host::log::{Level, LogLine};
use choria_external_host::outcome::PublishedReply;
use choria_external_host::{Call, CancelToken, Facts, HostError, Outcome, Program};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::vectors;

const RECORDER: &str = env!("CARGO_BIN_EXE_recorder");
const MISBEHAVE: &str = env!("CARGO_BIN_EXE_misbehave");

#[cfg(unix)]
mod harness;
mod left;
mod limits;
mod meant;
mod misbehaviour;
mod places;
mod plugins;
mod recordings;
mod traces;

/// The DDL of the agent of the recordings.
fn ddl(name: &str) -> Ddl {
    let inputs = json!({
        "s": {"type": "string", "optional": true, "maxlength": 1_000_000},
        "i": {"type": "integer", "optional": true},
        "n": {"type": "number", "optional": true},
        "h": {"type": "hash", "optional": true},
        "a": {"type": "array", "optional": true},
        "f": {"type": "float", "optional": true},
        "b": {"type": "boolean", "optional": true},
        "l": {"type": "list", "list": ["x", "y"], "optional": true},
        "dv": {"type": "string", "maxlength": 20, "default": "from-client", "optional": true},
    });
    let output =
        json!({"value": {"description": "Value", "display_as": "Value", "default": "dflt"}});
    let ddl = json!({
        "metadata": {"name": name, "provider": "external", "version": "1.0.0", "timeout": 20},
        "actions": [
            {"action": "go", "input": inputs, "output": output},
            {"action": "bare", "input": {}, "output": {}},
        ],
    });
    Ddl::from_json(ddl.to_string().as_bytes()).unwrap()
}

/// A program with a folder of its own for its configuration.
struct Agent {
    folder: TempDir,
    program: Program,
}

impl Agent {
    fn new(executable: impl Into<PathBuf>, name: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let mut program = Program::new(executable, name).unwrap();
        program.set_ddl(ddl(name), "the test").unwrap();
        program.config = Some(folder.path().join(name));
        Self { folder, program }
    }

    fn recorder() -> Self {
        let mut agent = Self::new(RECORDER, "rec");
        let facts = json!({"role": "web", "os": {"family": "Debian", "major": 12}, "ratio": 1.5});
        agent.program.facts = facts.as_object().unwrap().clone().into();
        agent
    }

    /// What the recorder saw.
    fn record(&self, name: &str) -> Option<Value> {
        let text = fs::read(self.folder.path().join(name)).ok()?;
        Some(serde_json::from_slice(&text).unwrap())
    }

    fn misbehaving(plan: &str, reply: Option<&[u8]>) -> Self {
        let agent = Self::new(MISBEHAVE, "rec");
        fs::write(agent.program.config_file(), plan).unwrap();
        if let Some(reply) = reply {
            fs::write(agent.folder.path().join("reply"), reply).unwrap();
        }
        agent
    }

    fn go(&self) -> Outcome {
        self.program.call(&Call::new("go", &json!({}))).unwrap()
    }
}

const GOOD: &[u8] = br#"{"statuscode":0,"statusmsg":"OK","data":{"value":"hi"}}"#;

fn message(outcome: &Outcome) -> &str {
    &outcome.reply.as_ref().unwrap().statusmsg
}

/// `{x*5}` is short for `xxxxx`.
fn expand(text: &str) -> String {
    let Some((before, rest)) = text.split_once("{x*") else {
        return text.into();
    };
    let (count, after) = rest.split_once('}').unwrap();
    format!("{before}{}{after}", "x".repeat(count.parse().unwrap()))
}

/// A file that can be started, or not. A shell writes it: were it open for
/// writing in this process, a program that another test starts just then would
/// inherit it, and the system would refuse to start the file ("text busy").
#[cfg(unix)]
pub(crate) fn script(folder: &Path, name: &str, text: &str, mode: u32) -> PathBuf {
    use std::io::Write as _;
    use std::process::{Command, Stdio};
    let path = folder.join(name);
    let write = format!("cat > \"$0\" && chmod {mode:o} \"$0\"");
    let mut shell = Command::new("sh");
    let mut shell = shell
        .args(["-c", &write])
        .arg(&path)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    shell
        .stdin
        .take()
        .unwrap()
        .write_all(text.as_bytes())
        .unwrap();
    assert!(shell.wait().unwrap().success());
    path
}

/// With `{not activating}` as what the server logs then.
fn not_activating(path: &str, text: &str) -> String {
    let logged =
        format!("External agent {path} not activating due to error during activation check: ");
    text.replace("{not activating}", &logged)
}
