//! The `choria-external` command: what a user sees.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

/// The command with these arguments, in this folder.
fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_command"));
    command
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null());
    command
}

pub(crate) fn run(folder: &Path, arguments: &[&str]) -> Output {
    command(folder, arguments).output().unwrap()
}

/// All that a user sees, less what differs from run to run: times, and the
/// names of folders.
pub(crate) fn seen(folder: &Path, output: &Output) -> String {
    let text = |bytes: &[u8]| {
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let text = text.replace(folder.canonicalize().unwrap().to_str().unwrap(), "{folder}");
        let text = text.replace(folder.to_str().unwrap(), "{folder}");
        text.lines()
            .map(|line| without_time(line) + "\n")
            .collect::<String>()
    };
    let code = output.status.code().unwrap();
    let mut seen = format!("exit code {code}\n");
    for (name, bytes) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
        if !bytes.is_empty() {
            seen += &format!("--- {name}\n{}", text(bytes));
        }
    }
    seen
}

/// `(0.004 s)` at the end of a line as `({seconds} s)`.
fn without_time(line: &str) -> String {
    match line
        .strip_suffix(" s)")
        .and_then(|line| line.rsplit_once(" ("))
    {
        Some((before, seconds)) if seconds.parse::<f64>().is_ok() => {
            format!("{before} ({{seconds}} s)")
        }
        _ => line.into(),
    }
}

#[test]
fn wrong_usage_is_told_and_ends_with_2() {
    let folder = TempDir::new().unwrap();
    let here = folder.path();
    for (name, arguments) in [
        ("usage_nothing", vec!["run"]),
        ("usage_no_value", vec!["run", "./parrot", "echo", "message"]),
        (
            "usage_timeout",
            vec!["run", "./parrot", "echo", "--timeout", "0"],
        ),
        (
            "usage_timeout_long",
            vec!["run", "./parrot", "echo", "--timeout", "1e19"],
        ),
        ("usage_missing_program", vec!["run", "./parrot", "echo"]),
        ("usage_bare_word", vec!["run", "no_such_parrot", "echo"]),
        (
            "usage_unknown_protocol",
            vec!["protocols", "io.example.nothing"],
        ),
    ] {
        let output = run(here, &arguments);
        assert_eq!(output.status.code(), Some(2));
        insta::assert_snapshot!(name, seen(here, &output));
    }
}

#[test]
fn protocols_are_listed() {
    let here = Path::new(".");
    insta::assert_snapshot!(
        "protocols",
        String::from_utf8(run(here, &["protocols"]).stdout).unwrap()
    );

    let all: Value = serde_json::from_slice(&run(here, &["protocols", "--json"]).stdout).unwrap();
    let all = all.as_array().unwrap();
    let names: Vec<&str> = all
        .iter()
        .map(|function| function["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["discovery", "activation", "rpc"]);
    for function in all {
        for message in ["request", "reply"] {
            let protocol = function[message]["protocol"].as_str().unwrap();
            let schema = run(here, &["protocols", protocol]).stdout;
            assert_eq!(
                serde_json::from_slice::<Value>(&schema).unwrap(),
                function[message]["schema"]
            );
            assert!(function[message]["schema"]["$schema"].is_string());
        }
    }
}

#[cfg(unix)]
mod agents;
mod calls;
#[cfg(unix)]
mod ddl;
#[cfg(unix)]
mod doctor;
mod ends;
#[cfg(unix)]
mod functions;
mod help;
#[cfg(unix)]
mod logging;
#[cfg(unix)]
mod package;
#[cfg(unix)]
mod packages;
#[cfg(target_os = "linux")]
mod shortage;
#[cfg(unix)]
mod test_files;
#[cfg(unix)]
mod watch;
#[cfg(unix)]
mod written;
