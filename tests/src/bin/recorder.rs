//! An agent that writes down what it was started with, as the recordings of a
//! real network have it.
//!
//! The record goes into the folder of its configuration, to `activation.json`
//! or `action.json`.

use std::error::Error;
use std::io::Read as _;
use std::path::PathBuf;
use std::{env, fs, process};

use serde_json::{Map, Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    let variable = |name: &str| env::var(format!("CHORIA_EXTERNAL_{name}"));
    let mut files = Map::new();
    for name in ["REQUEST", "REPLY", "FACTS", "CONFIG"] {
        files.insert(name.into(), file(&PathBuf::from(variable(name)?)));
    }
    let mut stdin = String::new();
    std::io::stdin().read_to_string(&mut stdin)?;
    let (group_is_own, session_is_own) = leads();
    let record = json!({
        "argv": env::args().collect::<Vec<_>>(),
        "env": env::vars().collect::<std::collections::BTreeMap<_, _>>(),
        "cwd": env::current_dir()?,
        "pgid_is_own": group_is_own,
        "sid_is_own": session_is_own,
        "stdin_first_read": stdin,
        "files": files,
        "facts": fs::read_to_string(variable("FACTS")?)?,
        "request": fs::read_to_string(variable("REQUEST")?)?,
    });

    let activation = variable("PROTOCOL")?.ends_with(".activation_request");
    let name = if activation {
        "activation.json"
    } else {
        "action.json"
    };
    let record_file = PathBuf::from(variable("CONFIG")?).with_file_name(name);
    fs::write(record_file, serde_json::to_vec(&record)?)?;
    let reply = if activation {
        r#"{"activate":true}"#
    } else {
        r#"{"statuscode":0,"statusmsg":"OK","data":{"value":"hi"}}"#
    };
    fs::write(variable("REPLY")?, reply)?;
    Ok(())
}

#[cfg(unix)]
fn file(path: &PathBuf) -> Value {
    use std::os::unix::fs::PermissionsExt as _;
    match fs::metadata(path) {
        Ok(about) => json!({
            "path": path,
            "mode": format!("0o{:o}", about.permissions().mode() & 0o7777),
            "size": about.len(),
        }),
        Err(_) => json!({"path": path, "error": "No such file or directory"}),
    }
}

#[cfg(not(unix))]
fn file(path: &PathBuf) -> Value {
    json!({"path": path})
}

/// Whether this process leads its process group, and its session.
fn leads() -> (bool, bool) {
    let about = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // After the name, which can hold blanks: state, parent, group, session.
    let rest = about.rsplit(')').next().unwrap_or_default();
    let field = |at| rest.split_whitespace().nth(at);
    let own = process::id().to_string();
    (field(2) == Some(&own), field(3) == Some(&own))
}
