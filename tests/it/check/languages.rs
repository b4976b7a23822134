//! Agents that are written as well as their languages and libraries let them.

use super::*;
use crate::peers::python_agent;
use crate::programs::built;

/// The call that each can be called with, and settings that change its reply.
fn with_call<'a>(folder: &TempDir, setting: &str, call: &[&'a str]) -> Vec<&'a str> {
    fs::write(folder.path().join("other.cfg"), setting).unwrap();
    [&["--config", "other.cfg", "--action"], call].concat()
}

#[test]
fn our_parrot_keeps_every_rule() {
    let folder = installed(&built("parrot"), "examples/parrot/parrot.json");
    let here = folder.path();
    let converted = run(here, &["ddl", "convert", "parrot.json", "-o", "parrot.ddl"]);
    assert!(converted.status.success(), "{converted:?}");
    let call = with_call(&folder, "prefix = say\n", &["echo", "message=hi"]);
    insta::assert_snapshot!("parrot", text(&folder, &[&*call, &["--strict"]].concat()));
    insta::assert_snapshot!("parrot_without_call", text(&folder, &["--strict"]));
}

#[test]
fn a_parrot_in_a_shell_keeps_every_rule() {
    let program = repository().join("tests/shell/parrot/parrot");
    let folder = installed(&program, "tests/shell/parrot/parrot.json");
    let call = with_call(&folder, "word = hello\n", &["say", "mood=good"]);
    insta::assert_snapshot!("shell", text(&folder, &[&*call, &["--strict"]].concat()));
}

#[test]
fn a_plain_parrot_in_go_trusts_the_server() {
    let folder = installed(&go_parrot(), "tests/go/parrot/parrot.json");
    let call = with_call(&folder, "prefix = say\n", &["echo", "message=hi"]);
    insta::assert_snapshot!("go", text(&folder, &call));
}

#[test]
fn a_parrot_in_python_loses_replies() {
    let (folder, _) = python_agent();
    let call = with_call(&folder, "prefix = say:\n", &["echo", "message=hi"]);
    // The texts are those of Python's errors, which change with its version. Whether
    // its log is read in time (C028) differs from run to run.
    let verdicts = || {
        let cases = cases(&folder, &call).into_iter();
        let cases = cases.filter(|(code, ..)| code != "C028");
        let lines: Vec<String> = cases
            .map(|(code, verdict, _)| format!("{code} {verdict}\n"))
            .collect();
        lines.concat()
    };
    // On a busy machine Python can take longer than the 2 s of an activation.
    let in_time = |told: &String| {
        ["C005", "C006", "C022", "C029"]
            .iter()
            .all(|code| told.contains(&format!("{code} ok")))
    };
    let told = (0..10).map(|_| verdicts()).find(in_time);
    insta::assert_snapshot!("python", told.unwrap());
}

/// Each of them under `run` and `test`, too.
#[test]
fn parrots_of_all_languages_are_run_and_tested() {
    let shell = repository().join("tests/shell/parrot/parrot");
    let (python, _) = python_agent();
    for (name, folder, action, input, value) in [
        (
            "rust",
            installed(&built("parrot"), "examples/parrot/parrot.json"),
            "echo",
            "message",
            "hi",
        ),
        (
            "go",
            installed(&go_parrot(), "tests/go/parrot/parrot.json"),
            "echo",
            "message",
            "hi",
        ),
        (
            "shell",
            installed(&shell, "tests/shell/parrot/parrot.json"),
            "say",
            "mood",
            "good",
        ),
        ("python", python, "echo", "message", "hi"),
    ] {
        let here = folder.path();
        let input = format!("{input}={value}");
        let ran = run(here, &["run", "./parrot", action, &input, "--json"]);
        assert!(ran.status.success(), "{name}: {ran:?}");
        let report: serde_json::Value = serde_json::from_slice(&ran.stdout).unwrap();
        let (key, value) = input.split_once('=').unwrap();
        let file = serde_json::json!({
            "agent": "./parrot",
            "cases": [
                {
                    "name": "replies as run says",
                    "action": action,
                    "data": {key: value},
                    "expect": {"status": 0, "data": report["reply"]["data"], "clean": true},
                },
                {
                    "name": "lacks an input",
                    "action": action,
                    "expect": {"status": 1, "message": {"contains": key}},
                },
            ],
        });
        fs::write(here.join("tests.json"), file.to_string()).unwrap();
        let tested = run(here, &["test", "tests.json"]);
        let told = String::from_utf8_lossy(&tested.stdout);
        assert!(tested.status.success(), "{name}: {told}");
    }
}
