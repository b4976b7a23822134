//! The report as SARIF 2.1.0, the format that code scanners share.

use std::path::Path;

use serde_json::{Value, json};

use super::{Finding, RULES, Report, Rule, Severity};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// A file that was looked through, or could not be.
#[derive(Clone, Copy, Debug)]
pub struct Checked<'a> {
    /// Its path; `None` where it is no file, such as standard input.
    pub file: Option<&'a Path>,
    /// What was found in it, or why it could not be read.
    pub result: Result<&'a Report, &'a str>,
}

impl Report {
    /// A SARIF log of one run, with all rules, and a result for each finding.
    ///
    /// A path that is absolute becomes a URI `file:///..`, another one a relative
    /// URI: relative to the root of the repository is best. What is in no file is
    /// told with its place in the message.
    pub fn to_sarif(&self, file: Option<&Path>) -> Value {
        let result = Ok(self);
        sarif(&[Checked { file, result }])
    }
}

/// A SARIF log of one run over several files. Those that could not be read are
/// notifications of the run, which then has not succeeded.
pub fn sarif(files: &[Checked<'_>]) -> Value {
    let mut results = Vec::new();
    let mut unread = Vec::new();
    for Checked {
        file,
        result: checked,
    } in files
    {
        match checked {
            Ok(report) => {
                let found = report.findings.iter();
                results.extend(found.map(|finding| result(finding, *file)));
            }
            Err(why) => unread.push(notification(why, *file)),
        }
    }
    log("choria-external-ddl", RULES, results, unread)
}

/// A SARIF log of one run of a tool that has these rules, with the results it
/// gave; see [`sarif_result`].
pub fn sarif_log(tool: &str, rules: &[&Rule], results: Vec<Value>) -> Value {
    log(tool, rules, results, Vec::new())
}

/// `unread` tells of files that could not be looked at.
fn log(tool: &str, rules: &[&Rule], results: Vec<Value>, unread: Vec<Value>) -> Value {
    let mut invocation = json!({"executionSuccessful": unread.is_empty()});
    if !unread.is_empty() {
        invocation["toolExecutionNotifications"] = unread.into();
    }
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
            "invocations": [invocation],
            // SARIF counts UTF-16 units unless told otherwise.
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

/// Returns a result of [`sarif_log`]: `file` breaks a rule of its list, this is how
/// severe it is, what was found, and how to mend it.
///
/// An absolute path becomes a URI `file:///..`, another one a relative URI.
pub fn sarif_result(
    rules: &[&Rule],
    rule: &Rule,
    severity: Severity,
    what: &str,
    mend: &str,
    file: &Path,
) -> Value {
    let mut result = told(rules, rule, severity, what, mend);
    result["locations"] = json!([{"physicalLocation": {"artifactLocation": {"uri": uri(file)}}}]);
    result
}

fn told(rules: &[&Rule], rule: &Rule, severity: Severity, what: &str, mend: &str) -> Value {
    json!({
        "ruleId": rule.code,
        "ruleIndex": rules.iter().position(|other| other.code == rule.code),
        "level": severity.text(),
        "message": {"text": format!("{what}. {} {mend}", rule.why)},
    })
}

fn notification(why: &str, file: Option<&Path>) -> Value {
    let mut notification = json!({"level": "error", "message": {"text": why}});
    if let Some(file) = file {
        notification["locations"] =
            json!([{"physicalLocation": {"artifactLocation": {"uri": uri(file)}}}]);
    }
    notification
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

fn result(finding: &Finding, file: Option<&Path>) -> Value {
    let Finding {
        rule,
        path,
        line,
        column,
        what,
    } = finding;
    let mut location = json!({"logicalLocations": [{"fullyQualifiedName": path}]});
    let what = match file {
        Some(file) => {
            location["physicalLocation"] = json!({
                "artifactLocation": {"uri": uri(file)},
                "region": {"startLine": line, "startColumn": column},
            });
            what.clone()
        }
        // SARIF has places of files only.
        None => format!("line {line} column {column}: {what}"),
    };
    let mut result = told(RULES, rule, rule.severity, &what, rule.mend);
    result["locations"] = json!([location]);
    result
}

/// A path as a URI reference: all but letters, digits and a few signs by their
/// bytes.
fn uri(file: &Path) -> String {
    let mut uri = String::new();
    if file.is_absolute() {
        uri.push_str(if cfg!(windows) { "file:///" } else { "file://" });
    }
    for byte in file.as_os_str().as_encoded_bytes() {
        match byte {
            b'\\' if cfg!(windows) => uri.push('/'),
            b':' if cfg!(windows) && file.is_absolute() => uri.push(':'),
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(*byte));
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}
