//! What the command logs on standard error.

use super::agents::{GOOD, parrot, reply};
use super::*;

fn logged(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    let mut command = command(folder, arguments);
    command.envs(environment.iter().copied()).output().unwrap()
}

/// The lines of standard error as JSON.
fn events(output: &Output) -> Vec<Value> {
    let text = String::from_utf8(output.stderr.clone()).unwrap();
    let lines = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")));
    lines.collect()
}

const JSON: (&str, &str) = ("CHORIA_EXTERNAL_LOG_FORMAT", "json");

#[test]
fn warnings_and_errors_can_be_json_lines() {
    let folder = parrot(&reply(GOOD));
    fs::remove_file(folder.path().join("parrot.json")).unwrap();
    let call = ["run", "./parrot", "echo", "message=hi"];
    let output = logged(folder.path(), &call, &[JSON]);
    let plain = logged(folder.path(), &call, &[]);
    assert_eq!(output.status.code(), plain.status.code());
    let plain = String::from_utf8(plain.stderr).unwrap();
    let warning = plain.strip_prefix("warning: ").unwrap().trim_end();
    let [event] = &*events(&output) else {
        panic!("{output:?}");
    };
    assert_eq!(event["level"], "WARN");
    assert_eq!(event["target"], "choria_external_cli");
    assert_eq!(event["message"], warning);
    assert!(
        event["timestamp"].as_str().unwrap().ends_with('Z'),
        "{event}"
    );
    let output = logged(folder.path(), &["run", "./no\u{1b}bird", "echo"], &[JSON]);
    assert_eq!(output.status.code(), Some(2));
    let [event] = &*events(&output) else {
        panic!("{output:?}");
    };
    assert_eq!(event["level"], "ERROR");
    assert!(!output.stderr.contains(&0x1b), "{output:?}");
}

#[test]
fn the_filter_says_what_else_is_logged() {
    let folder = parrot(&reply(GOOD));
    let here = folder.path();
    let call = ["run", "./parrot", "echo", "message=a-secret"];
    let text = |filter| {
        let output = logged(here, &call, &[("CHORIA_EXTERNAL_LOG", filter)]);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    assert_eq!(text("off"), "");
    assert_eq!(text("warn"), "");
    for filter in ["debug", "trace", "choria_external_host=debug"] {
        let text = text(filter);
        let starts = text.matches("DEBUG choria_external_host::plan: starting program=");
        // The activation and the action.
        assert_eq!(starts.count(), 2, "{text}");
        assert!(
            text.contains("ended program=") && text.contains("exit=0"),
            "{text}"
        );
        assert!(!text.contains("a-secret"), "{text}");
    }
    // A warning of the command is logged whatever the filter says.
    fs::remove_file(here.join("parrot.json")).unwrap();
    assert!(text("off").starts_with("warning: "));
}

#[test]
fn a_wrong_environment_is_told() {
    let folder = TempDir::new().unwrap();
    for (name, variable, value) in [
        ("log_format", "CHORIA_EXTERNAL_LOG_FORMAT", "xml"),
        (
            "log_filter",
            "CHORIA_EXTERNAL_LOG",
            "choria_external_host=loud",
        ),
    ] {
        let output = logged(folder.path(), &["protocols"], &[(variable, value)]);
        assert_eq!(output.status.code(), Some(2));
        insta::assert_snapshot!(name, seen(folder.path(), &output));
    }
    let empty = [
        ("CHORIA_EXTERNAL_LOG_FORMAT", ""),
        ("CHORIA_EXTERNAL_LOG", ""),
    ];
    let output = logged(folder.path(), &["protocols"], &empty);
    assert_eq!((output.status.code(), &*output.stderr), (Some(0), &b""[..]));
}
