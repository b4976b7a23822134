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
    // The texts are those of Python's errors, which change with its version.
    let lines: Vec<String> = cases(&folder, &call)
        .into_iter()
        .map(|(code, verdict, _)| format!("{code} {verdict}\n"))
        .collect();
    insta::assert_snapshot!("python", lines.concat());
}
