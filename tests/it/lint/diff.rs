//! What changed between two versions of a DDL.

use choria_external_ddl::Ddl;
use choria_external_ddl::diff::{Diff, diff};
use serde_json::json;

use super::{GOOD, TRAPS, trap};

fn read(text: &str) -> Ddl {
    Ddl::from_json(text.as_bytes()).unwrap()
}

fn change(from: &str, to: &str) -> Diff {
    diff(&read(GOOD), &read(&trap(from, to)))
}

#[test]
fn each_change_is_told_and_what_it_breaks() {
    let mut text = String::new();
    for (from, to) in [
        (r#""name": "parrot""#, r#""name": "budgie""#),
        (r#""timeout": 10"#, r#""timeout": 5"#),
        (r#""timeout": 10"#, r#""timeout": 20, "service": true"#),
        (r#""action": "stop""#, r#""action": "pause""#),
        (r#""message": {"prompt"#, r#""text": {"prompt"#),
        (
            r#""type": "integer", "optional": false"#,
            r#""type": "number", "optional": true"#,
        ),
        (
            r#""type": "integer", "optional""#,
            r#""type": "string", "optional""#,
        ),
        (r#""list": ["low", "high"]"#, r#""list": ["low", "shrill"]"#),
        (r#""maxlength": 120"#, r#""maxlength": 100"#),
        (r#""maxlength": 120"#, r#""maxlength": 0"#),
        (r#""validation": "^[^$;]*$""#, r#""validation": "^a""#),
        (r#""default": "low""#, r#""default": "high""#),
        (r#""message": {"description"#, r#""said": {"description"#),
        (r#""type": "boolean""#, r#""type": "string""#),
        (r#", "default": false"#, ""),
        (r#""display": "always""#, r#""display": "ok""#),
        (r#"["message"]"#, r#"["spoke"]"#),
        (
            r#""prompt": "Times""#,
            r#""prompt": "How many \u001b[2J\n""#,
        ),
    ] {
        let diff = change(from, to);
        assert!(diff.version_must_rise(), "{from}");
        text += &format!("==> {from} <== {to}\n{}\n", diff.to_text());
    }
    insta::assert_snapshot!("diff", text);
}

#[test]
fn the_way_back_breaks_what_the_way_there_did_not() {
    let (old, new) = (
        read(GOOD),
        read(&trap(r#""maxlength": 120"#, r#""maxlength": 0"#)),
    );
    assert!(!diff(&old, &new).breaks());
    assert!(diff(&new, &old).breaks());
}

/// The client fills the default in; without it, and without a value, it refuses
/// the request.
#[test]
fn a_default_that_is_gone_breaks_calls_where_the_input_is_required() {
    let ddl = |optional: bool, default: &str| {
        let text = format!(
            r#"{{"metadata": {{"name": "a", "version": "1.0.0", "timeout": 2}}, "actions": [{{"action": "b", "input": {{
                "c": {{"type": "integer", "optional": {optional}{default}}}}}}}]}}"#
        );
        read(&text)
    };
    let default = ", \"default\": 1";
    for (optional, breaks) in [(false, 1), (true, 0)] {
        let found = diff(&ddl(optional, default), &ddl(optional, ""));
        assert_eq!(found.changes.len(), 1);
        assert_eq!(
            found.changes.iter().filter(|change| change.breaks).count(),
            breaks
        );
        let back = diff(&ddl(optional, ""), &ddl(optional, default));
        assert!(back.changes.iter().all(|change| !change.breaks));
    }
}

/// No server takes a value for a type that it does not know.
#[test]
fn a_type_in_place_of_an_unknown_one_breaks_nothing() {
    let (from, to) = (
        r#""type": "integer", "optional""#,
        r#""type": "flag", "optional""#,
    );
    let diff = diff(&read(&trap(from, to)), &read(GOOD));
    insta::assert_snapshot!(diff.to_text(), @r#"the type of input times of action echo is "integer", was "flag""#);
}

/// But for `int`, which takes whole numbers.
#[test]
fn a_type_in_place_of_int_has_to_take_whole_numbers() {
    let ddl = |kind: &str| {
        read(&trap(
            r#""type": "integer", "optional""#,
            &format!(r#""type": "{kind}", "optional""#),
        ))
    };
    for (kind, breaks) in [("integer", false), ("float", false), ("string", true)] {
        assert_eq!(diff(&ddl("int"), &ddl(kind)).breaks(), breaks, "{kind}");
    }
}

#[test]
fn no_change_is_no_change() {
    for (_, from, to) in TRAPS {
        if let Ok(ddl) = Ddl::from_json(trap(from, to).as_bytes()) {
            assert_eq!(diff(&ddl, &ddl).changes, [], "{from}");
        }
    }
}

#[test]
fn a_diff_is_json_too() {
    let diff = change(r#""1.2.3""#, r#""1.3""#);
    assert_eq!(
        diff.to_json(),
        json!({"old_version": "1.2.3", "new_version": "1.3", "version_must_rise": false, "breaks": false, "changes": []})
    );
    let diff = change(r#""action": "stop""#, r#""action": "pause""#);
    assert_eq!(
        diff.to_json()["changes"],
        json!([
            {"kind": "removed", "what": "action stop was removed", "breaks": true},
            {"kind": "added", "what": "action pause is new", "breaks": false},
        ])
    );
}
