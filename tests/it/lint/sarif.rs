//! The shape of SARIF 2.1.0, as far as the report uses it.

use std::path::Path;

use choria_external_ddl::lint::{Checked, RULES, lint, sarif};
use serde_json::{Value, json};

use super::{TRAPS, trap};

/// What the schema of SARIF 2.1.0 says of the parts that we write: the types,
/// the words, what has to be there, and that there is nothing else.
pub(crate) fn schema() -> Value {
    let text = json!({
        "type": "object",
        "properties": {"text": {"type": "string"}, "markdown": {"type": "string"}},
        "required": ["text"],
        "additionalProperties": false,
    });
    let level = json!({"enum": ["none", "note", "warning", "error"]});
    let object = |properties: Value, required: Value| {
        json!({
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": false,
        })
    };
    let rule = object(
        json!({
            "id": {"type": "string"},
            "shortDescription": text,
            "fullDescription": text,
            "help": text,
            "defaultConfiguration": object(json!({"level": level}), json!([])),
        }),
        json!(["id"]),
    );
    let region = object(
        json!({
            "startLine": {"type": "integer", "minimum": 1},
            "startColumn": {"type": "integer", "minimum": 1},
        }),
        json!([]),
    );
    let physical = object(
        json!({
            "artifactLocation": object(
                json!({"uri": {"type": "string", "pattern": "^(file:///)?[A-Za-z0-9._~/%-]+$"}}),
                json!([]),
            ),
            "region": region,
        }),
        json!(["artifactLocation"]),
    );
    let location = object(
        json!({
            "physicalLocation": physical,
            "logicalLocations": {"type": "array", "uniqueItems": true, "items":
                object(json!({"fullyQualifiedName": {"type": "string"}}), json!([]))},
        }),
        json!([]),
    );
    let result = object(
        json!({
            "ruleId": {"type": "string"},
            "ruleIndex": {"type": "integer", "minimum": -1},
            "level": level,
            "message": text,
            "locations": {"type": "array", "items": location},
        }),
        json!(["message"]),
    );
    let driver = object(
        json!({
            "name": {"type": "string"},
            "version": {"type": "string"},
            "informationUri": {"type": "string"},
            "rules": {"type": "array", "uniqueItems": true, "items": rule},
        }),
        json!(["name"]),
    );
    let notification = object(
        json!({"level": level, "message": text, "locations": {"type": "array", "items": location}}),
        json!(["message"]),
    );
    let invocation = object(
        json!({
            "executionSuccessful": {"type": "boolean"},
            "toolExecutionNotifications": {"type": "array", "items": notification},
        }),
        json!(["executionSuccessful"]),
    );
    let run = object(
        json!({
            "invocations": {"type": "array", "items": invocation},
            "tool": object(json!({"driver": driver}), json!(["driver"])),
            "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
            "results": {"type": "array", "items": result},
        }),
        json!(["tool"]),
    );
    object(
        json!({
            "$schema": {"type": "string"},
            "version": {"const": "2.1.0"},
            "runs": {"type": "array", "items": run},
        }),
        json!(["version", "runs"]),
    )
}

#[test]
fn a_report_is_sarif() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    for (code, from, to) in TRAPS {
        let report = lint(&trap(from, to));
        let sarif = report.to_sarif(Some(Path::new("dir/a b.json")));
        let errors: Vec<_> = validator
            .iter_errors(&sarif)
            .map(|error| error.to_string())
            .collect();
        assert_eq!(errors, [""; 0], "{code}");

        let run = &sarif["runs"][0];
        let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
        assert_eq!(rules.len(), RULES.len());
        let results = run["results"].as_array().unwrap();
        assert_eq!(results.len(), report.findings.len());
        for (result, finding) in results.iter().zip(&report.findings) {
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(rules[index]["id"], finding.rule.code);
            let place = &result["locations"][0]["physicalLocation"];
            assert_eq!(place["artifactLocation"]["uri"], "dir/a%20b.json");
            assert_eq!(place["region"]["startLine"], finding.line);
        }
    }
}

#[test]
fn files_are_uris_and_what_is_none_is_told_by_its_place() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let report = lint(&trap(r#""timeout": 10"#, r#""timeout": 1"#));
    let mut told = String::new();
    for file in [
        "parrot.json",
        "./a b/\u{e9}%#?.json",
        "c:x.json",
        "/agents/a b.json",
        "",
    ] {
        let file = (!file.is_empty()).then_some(Path::new(file));
        let log = sarif(&[
            Checked {
                file,
                result: Ok(&report),
            },
            Checked {
                file,
                result: Err("could not read it"),
            },
        ]);
        assert!(validator.is_valid(&log), "{log}");
        let run = &log["runs"][0];
        told += &format!(
            "{file:?}\n{:#}\n{:#}\n{}\n",
            run["results"][0]["locations"],
            run["invocations"],
            run["results"][0]["message"]["text"],
        );
    }
    insta::assert_snapshot!("sarif_files", told);
    let well = sarif(&[]);
    assert!(validator.is_valid(&well));
    assert_eq!(
        well["runs"][0]["invocations"],
        json!([{"executionSuccessful": true}])
    );
}

#[test]
fn a_result_says_all_that_the_text_says() {
    let report = lint(&trap(r#""timeout": 10"#, r#""timeout": 1"#));
    let sarif = report.to_sarif(Some(Path::new("parrot.json")));
    let results = serde_json::to_string_pretty(&sarif["runs"][0]["results"]).unwrap();
    insta::assert_snapshot!("sarif", results);
}
