//! Filters and options as they are typed: `cli_fact_filter.json` and
//! `cli_filter_args.json`, printed by Choria's own command line.

use choria_external_filter::command_line::parse_fact;
use serde_json::{Value, json};

use crate::discover::{PATIENT, Place, ended};
use crate::vectors;

#[test]
fn facts_are_read_as_choria_reads_them() {
    let cases = vectors::read("cli_fact_filter.json");
    assert!(cases.len() >= 116, "{}", cases.len());
    for case in cases {
        let read = parse_fact(case["input"].as_str().unwrap());
        match case["error"].as_str() {
            Some(error) => assert_eq!(read.unwrap_err().to_string(), error),
            None => assert_eq!(
                serde_json::to_value(read.unwrap()).unwrap(),
                json!({"fact": case["fact"], "operator": case["operator"], "value": case["value"]}),
                "{}",
                case["name"]
            ),
        }
    }
}

/// The command lines that `choria` takes and `choria-external discover` does
/// not, by their arguments.
const REFUSED: [(&[&str], &str); 1] = [(
    &["--dm", "mc"],
    "there are no other discovery methods here than external sources",
)];

#[test]
fn command_lines_become_the_request_that_choria_sends() {
    let cases = vectors::read("cli_filter_args.json");
    assert!(cases.len() >= 60, "{}", cases.len());
    let mut refused = 0;
    for case in cases {
        let name = case["name"].as_str().unwrap();
        let arguments: Vec<&str> = case["args"]
            .as_array()
            .unwrap()
            .iter()
            .map(|argument| argument.as_str().unwrap())
            .collect();
        let place = Place::new();
        let mut command = place.command("");
        command.args(["--agent", case["agent"].as_str().unwrap()]);
        let timed = arguments.contains(&"--discovery-timeout");
        if !timed {
            command.args(PATIENT);
        }
        let output = command.args(&arguments).output().unwrap();
        let (exit, _, stderr) = ended(&output);

        if !case["parse_error"].is_null() {
            assert_eq!(exit, 2, "{name}: {stderr}");
            continue;
        }
        if REFUSED.iter().any(|(refused, _)| **refused == *arguments) {
            assert_eq!(exit, 2, "{name}: {stderr}");
            refused += 1;
            continue;
        }
        if let Some(error) = case["filter_error"].as_str() {
            assert_eq!(
                (exit, stderr),
                (1, format!("could not run: {error}\n")),
                "{name}"
            );
            continue;
        }
        let mut options = case["options"].clone();
        if let Some(command) = options.as_object_mut().unwrap().remove("command") {
            // It is the source then, and there is no such program.
            let program = command.as_str().unwrap().split(' ').next().unwrap();
            let base = program.rsplit('/').next().unwrap();
            let wanted = format!(
                "could not run: executing {base} failed: fork/exec {program}: no such file or directory\n"
            );
            assert_eq!((exit, stderr), (1, wanted), "{name}");
            continue;
        }
        assert!(exit == 0 || timed, "{name}: {stderr}");
        let request = place.request();
        assert_eq!(request["filter"], case["filter"], "{name}");
        assert_eq!(request["options"], options, "{name}");
        // Nothing given is the setting's value.
        let given = |value: &Value, nothing: Value, default: Value| {
            if *value == nothing {
                default
            } else {
                value.clone()
            }
        };
        assert_eq!(
            request["collective"],
            given(&case["collective"], json!(""), json!("mcollective")),
            "{name}"
        );
        if timed {
            let wanted = given(&case["timeout"], json!(0), json!(2));
            assert_eq!(request["timeout"], wanted, "{name}");
        }
    }
    assert_eq!(refused, REFUSED.len(), "{REFUSED:?}");
}
