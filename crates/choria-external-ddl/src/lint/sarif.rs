//! The report as SARIF 2.1.0, the format that code scanners share.

use serde_json::{Value, json};

use super::{Finding, RULES, Report, Rule, Severity};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

impl Report {
    /// A SARIF log of one run, with all rules, and a result for each finding.
    ///
    /// The file is named as it is given here, as the path of a URI: relative
    /// to the root of the repository is best.
    pub fn to_sarif(&self, file: &str) -> Value {
        let results = self.findings.iter().map(|finding| result(finding, file));
        sarif_log("choria-external-ddl", RULES, results.collect())
    }
}

/// A SARIF log of one run of a tool that has these rules, with the results it
/// gave; see [`sarif_result`].
pub fn sarif_log(tool: &str, rules: &[&Rule], results: Vec<Value>) -> Value {
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": tool,
                "version": env!("CARGO_PKG_VERSION"),
                "informationUri": "https://choria.io",
                "rules": rules.iter().map(|rule| descriptor(rule)).collect::<Value>(),
            }},
            // SARIF counts UTF-16 units unless told otherwise.
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

/// A result of [`sarif_log`]: a rule of its list that is broken by this file,
/// how badly, and what there is.
///
/// The file is named as it is given here, as the path of a URI.
pub fn sarif_result(
    rules: &[&Rule],
    rule: &Rule,
    severity: Severity,
    what: &str,
    file: &str,
) -> Value {
    json!({
        "ruleId": rule.code,
        "ruleIndex": rules.iter().position(|other| other.code == rule.code),
        "level": severity.text(),
        "message": {"text": format!("{what}. {} {}", rule.why, rule.mend)},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": uri(file)}}}],
    })
}

fn descriptor(rule: &Rule) -> Value {
    json!({
        "id": rule.code,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.why},
        "help": {"text": rule.mend},
        "defaultConfiguration": {"level": rule.severity.text()},
    })
}

fn result(finding: &Finding, file: &str) -> Value {
    let rule = finding.rule;
    let mut result = sarif_result(RULES, rule, rule.severity, &finding.what, file);
    let location = &mut result["locations"][0];
    location["physicalLocation"]["region"] =
        json!({"startLine": finding.line, "startColumn": finding.column});
    location["logicalLocations"] = json!([{"fullyQualifiedName": finding.path}]);
    result
}

/// A path as a URI reference: all but letters, digits and a few signs by their
/// bytes.
fn uri(file: &str) -> String {
    let mut uri = String::new();
    for byte in file.bytes() {
        match byte {
            b'\\' if cfg!(windows) => uri.push('/'),
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte));
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}
