//! What a server asks.

use std::fs;
use std::process::{Command, Output};

use serde_json::json;

use crate::programs::built;

fn answering(arguments: &[&str]) -> Output {
    Command::new(built("answering"))
        .args(arguments)
        .env_remove("RUST_BACKTRACE")
        .output()
        .unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// 10,000 requests by 8 threads, of which some fail, panic and are cancelled.
#[cfg(target_os = "linux")]
#[test]
fn answering_changes_nothing_that_a_process_shares() {
    let output = answering(&[]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(stderr(&output), "");
}

#[test]
fn a_server_that_hides_secrets_in_panics_shows_none() {
    let told = stderr(&answering(&["hide"]));
    assert!(!told.contains("hunter2"), "{told}");
    assert!(
        told.contains(r#"answer: action 'panic' panicked: Some("***") None None"#),
        "{told}"
    );
    // Panics outside of calls go where they went before.
    assert!(told.contains("\noutside of a call\n"), "{told}");
}

#[test]
fn a_secret_that_hides_itself_is_hidden_from_any_hook() {
    let told = stderr(&answering(&["secret"]));
    // Rust's own hook, and the answer.
    assert_eq!(told.matches("None Some(***) None").count(), 2, "{told}");
    assert!(!told.contains("hunter2"), "{told}");
}

/// An agent in a shell that does what its actions are called. A call to hang makes a
/// file once it does.
#[cfg(target_os = "linux")]
const AGENT: &str = r#"#!/bin/sh
read -r request < "$CHORIA_EXTERNAL_REQUEST"
# The text of a key.
text() { text=${request#*"\"$1\":\""}; text=${text%%\"*}; }
reply() { printf '{"statuscode":%s,"statusmsg":"%s","data":%s}' "$1" "$2" "$3" > "$CHORIA_EXTERNAL_REPLY"; }
text action
case $text in
fail) echo a line for the log >&2; reply 7 'on demand' '{}' ;;
crash) kill -SEGV $$ ;;
hang) text requestid; : > "$0.$text"; exec sleep 600.25 ;;
leave) sleep 600.5 > /dev/null 2>&1 & reply 0 OK '{}' ;;
*) text callerid; reply 0 OK "{\"caller\":\"$text\"}" ;;
esac
"#;

/// 1,000 calls by 4 threads of a program that crashes, hangs, and leaves processes
/// running, in a server that has other children.
#[cfg(target_os = "linux")]
#[test]
fn asking_a_program_touches_nothing_else_and_leaves_nothing() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir().unwrap();
    let agent = folder.path().join("agent");
    fs::write(&agent, AGENT).unwrap();
    fs::set_permissions(&agent, fs::Permissions::from_mode(0o755)).unwrap();
    let action = |name: &str| json!({"action": name, "description": "d", "display": "failed", "input": {}, "output": {}});
    let actions = ["fail", "crash", "hang", "leave", "echo"].map(action);
    let ddl = json!({
        "metadata": {
            "name": "agent", "description": "d", "author": "a", "license": "l", "version": "1.0.0", "url": "u",
            "timeout": 60, "provider": "external",
        },
        "actions": actions,
    });
    fs::write(folder.path().join("agent.json"), ddl.to_string()).unwrap();
    let temporary = folder.path().join("temporary");
    fs::create_dir(&temporary).unwrap();
    let output = Command::new(built("asking"))
        .arg(&agent)
        .env("TMPDIR", &temporary)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(stderr(&output), "");
    // No file of a start remains, and no process of the program.
    assert_eq!(fs::read_dir(&temporary).unwrap().count(), 0);
    assert_eq!(processes_in(&temporary), [""; 0]);
}

/// One agent gives the same answers in a process and as a program.
#[test]
fn an_agent_answers_in_a_process_as_it_does_out_of_it() {
    let output = Command::new(built("either")).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
}

/// The command lines of the processes that have this folder in their environment.
#[cfg(target_os = "linux")]
fn processes_in(folder: &std::path::Path) -> Vec<String> {
    let folder = folder.to_str().unwrap();
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let has = |process: &fs::DirEntry| {
        let environment = fs::read(process.path().join("environ")).unwrap_or_default();
        String::from_utf8_lossy(&environment).contains(folder)
    };
    let command = |process: fs::DirEntry| fs::read_to_string(process.path().join("cmdline")).ok();
    processes.filter(has).filter_map(command).collect()
}
