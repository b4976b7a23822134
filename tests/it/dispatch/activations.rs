//! Whether an agent wants to be active.

use super::*;

fn activate(config: &str, facts: &str) -> (String, String) {
    let ended = Start::new("specimen", ACTIVATION, &activation("specimen"))
        .config(config)
        .facts(facts)
        .run();
    assert_eq!(ended.exit, Some(0));
    (ended.reply, ended.stderr)
}

#[test]
fn settings_and_facts_can_decide() {
    assert_eq!(activate("", "").0, r#"{"activate":true}"#);
    assert_eq!(
        activate("only_on = Debian", r#"{"os":{"family":"Debian"}}"#).0,
        r#"{"activate":true}"#
    );
    // As Choria does it: no facts at activation.
    assert_eq!(activate("only_on = Debian", "").0, r#"{"activate":false}"#);
}

#[test]
fn what_goes_wrong_is_a_no() {
    let (reply, stderr) = activate("", r#"{"os":{"family":1}}"#);
    assert_eq!(reply, r#"{"activate":false}"#);
    assert_snapshot!(stderr, @"ERROR choria_external: code 1: fact os.family: invalid type: integer `1`, expected a string");
    let (reply, stderr) = activate("panic = yes", "");
    assert_eq!(reply, r#"{"activate":false}"#);
    assert!(stderr.contains("no activation today"), "{stderr}");
    let ended = Start::new("specimen", ACTIVATION, b"[]").run();
    assert_eq!(ended.reply, r#"{"activate":false}"#);
}
