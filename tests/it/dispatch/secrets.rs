//! What is secret is in no reply, no log and no panic.

use super::*;

fn open(data: &Value) -> Ended {
    Start::call("vault", "open", data).run()
}

#[test]
fn a_wrong_secret_is_told_without_its_value() {
    let mut all = String::new();
    for data in [
        json!({"password": "hunter2;secret"}),
        json!({"password": "$hunter2"}),
        json!({"password": ["hunter2"]}),
        json!({"address": "hunter2"}),
        json!({"pin": "hunter2"}),
        json!({"pin": 70_001}),
        json!({"pins": [1, "hunter2"]}),
        json!({"pins": 70_001}),
        json!({"named": {"a": "hunter2"}}),
        json!({"key": {"bits": "hunter2"}}),
    ] {
        let ended = open(&data);
        let (code, text) = ended.outcome();
        all += &format!("{data}\n    {code} {text}\n");
        assert_eq!(
            ended.stderr,
            format!("ERROR choria_external: code {code}: {text}\n")
        );
        let told = format!("{}{}{}", ended.reply, ended.stdout, ended.stderr);
        for secret in ["hunter2", "70001", "may not contain"] {
            assert!(!told.contains(secret), "{told}");
        }
    }
    assert_snapshot!(all, @r#"
    {"password":"hunter2;secret"}
        4 validation failed for input 'password': expected a string of no more than 12 characters, shellsafe; its value is secret, so it is not shown
    {"password":"$hunter2"}
        4 validation failed for input 'password': expected a string of no more than 12 characters, shellsafe; its value is secret, so it is not shown
    {"password":["hunter2"]}
        4 validation failed for input 'password': expected a string of no more than 12 characters, shellsafe; its value is secret, so it is not shown
    {"address":"hunter2"}
        4 validation failed for input 'address': expected a string of no more than 12 characters, an IP address; its value is secret, so it is not shown
    {"pin":"hunter2"}
        4 validation failed for input 'pin': expected an integer; its value is secret, so it is not shown
    {"pin":70001}
        4 validation failed for input 'pin': expected an integer between 0 and 65535; its value is secret, so it is not shown
    {"pins":[1,"hunter2"]}
        4 validation failed for input 'pins': expected an array; its value is secret, so it is not shown
    {"pins":70001}
        4 validation failed for input 'pins': expected an array; its value is secret, so it is not shown
    {"named":{"a":"hunter2"}}
        4 validation failed for input 'named': expected a hash map; its value is secret, so it is not shown
    {"key":{"bits":"hunter2"}}
        4 validation failed for input 'key': is wrong: a secret value of the wrong form
    "#);
}

#[test]
fn a_secret_does_not_print() {
    let data = json!({"address": "::1", "pin": 7, "key": {"bits": 8}});
    assert_snapshot!(open(&data).reply()["data"]["text"].as_str().unwrap(), @"Some(***) Some(***) None None Some(Hash(Key { bits: *** })) Some(8)");
}

#[test]
fn a_failure_and_a_panic_of_the_action_tell_no_secret() {
    let mut all = String::new();
    for then in ["fail", "panic", "panic_in_thread"] {
        let ended = open(&json!({"then": then, "password": "hunter2\"x"}));
        let (code, text) = ended.outcome();
        all += &format!("{then}: {code} {text}\n{}", ended.stderr);
    }
    assert!(!all.contains("hunter2"), "{all}");
    // Where it was thrown is another place with every change.
    let without_place = |line: &str| match line.split_once("vault.rs:") {
        Some((before, after)) => {
            let text = after.split_once(": ").unwrap().1;
            format!("{before}vault.rs: {text}")
        }
        None => line.to_owned(),
    };
    let lines: Vec<String> = all.lines().map(without_place).collect();
    assert_snapshot!(lines.join("\n"), @r#"
    fail: 1 *** is refused
    ERROR choria_external: code 1: refused: Some("***")
    panic: 5 action 'open' panicked: *** is too much
    ERROR choria_external: thread main panicked at tests/src/bin/vault.rs: *** is too much
    ERROR choria_external: code 5: action 'open' panicked: *** is too much
    panic_in_thread: 1 the thread is gone
    ERROR choria_external: thread without a name panicked at tests/src/bin/vault.rs: *** is too much
    ERROR choria_external: code 1: the thread is gone
    "#);
}

#[test]
fn a_secret_that_the_action_trims_is_hidden() {
    let ended = open(&json!({"then": "fail_trimmed", "password": "  hunter2\n"}));
    assert_eq!(ended.outcome(), (1, "*** is refused".into()));
    assert_eq!(
        ended.stderr,
        "ERROR choria_external: code 1: refused: \"***\"\n"
    );
}

/// Rust's own text of a panic has all that the panic says, so it is not used even if
/// a person asks for what only that used to show.
#[test]
fn a_panic_with_a_backtrace_tells_no_secret() {
    for then in ["panic", "panic_in_thread"] {
        let data = json!({"then": then, "password": "hunter2\"x"});
        let ended = Start::call("vault", "open", &data)
            .env("RUST_BACKTRACE", "1")
            .run();
        assert!(ended.stderr.contains(": *** is too much\n"), "{ended:?}");
        // Each frame is a line of the log.
        assert!(
            ended.stderr.contains("\nERROR choria_external:    0: "),
            "{ended:?}"
        );
        assert!(!ended.stderr.contains("hunter2"), "{ended:?}");
    }
}

#[test]
fn short_texts_are_too_common_to_be_hidden() {
    let ended = open(&json!({"then": "fail", "password": "a"}));
    assert_eq!(ended.outcome(), (1, "a is refused".into()));
}

/// A program that reads a setting as a secret, with a file of this mode.
#[cfg(unix)]
fn setting(settings: &str, mode: u32, key: &str) -> Ended {
    use std::os::unix::fs::PermissionsExt as _;

    let start = Start::call("vault", "setting", &json!({ "key": key })).config(settings);
    let file = start.path("vault.cfg");
    fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
    start.run()
}

#[cfg(unix)]
#[test]
fn settings_that_everybody_can_read_are_told_where_one_is_secret() {
    let told = |settings: &str, mode, key: &str| setting(settings, mode, key).stderr;
    let named = "user = me\nDB_Password = hunter2\ntoken = 1\n";
    assert_snapshot!(told(named, 0o644, "token"), @" WARN choria_external: {tmp}/vault.cfg: everybody on this machine can read the secret `DB_Password`, its mode is 0644: chmod 600 {tmp}/vault.cfg");
    assert_snapshot!(told("pass = hunter2\n", 0o604, "pass"), @" WARN choria_external: {tmp}/vault.cfg: everybody on this machine can read the secret `pass`, its mode is 0604: chmod 600 {tmp}/vault.cfg");
    // Nobody but its group, or nothing that is secret.
    assert_eq!(told(named, 0o640, "token"), "");
    assert_eq!(told(named, 0o600, "token"), "");
    assert_eq!(told(named, 0o602, "token"), "");
    assert_eq!(told("user = me\n", 0o644, "other"), "");
}

#[cfg(unix)]
#[test]
fn a_secret_setting_does_not_print() {
    let ended = setting("pass = hunter2\n", 0o600, "pass");
    assert_eq!(ended.reply()["data"]["text"], "Some(***) Some(7)");
}
