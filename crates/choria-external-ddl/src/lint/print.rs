//! The report as text and as JSON.

use choria_external_protocol::printable;
use serde_json::{Value, json};

use super::{Finding, Report};

impl Report {
    /// One paragraph for each finding: `file:line:column: severity code: what
    /// is wrong at which path`, then why it matters and how to mend it. Empty
    /// where nothing was found.
    ///
    /// Hidden characters of the DDL are escaped, so that the text can be printed
    /// to a terminal.
    pub fn to_text(&self, file: &str) -> String {
        let paragraph = |finding: &Finding| {
            let Finding {
                rule,
                path,
                line,
                column,
                what,
            } = finding;
            let (code, severity) = (rule.code, rule.severity);
            let what = printable(&format!("{}: {what} ({path})", rule.title));
            format!(
                "{file}:{line}:{column}: {severity} {code}: {what}\n  {why}\n  {mend}\n",
                file = printable(file),
                why = rule.why,
                mend = rule.mend,
            )
        };
        self.findings
            .iter()
            .map(paragraph)
            .collect::<Vec<_>>()
            .join("\n")
    }

    /// A list of objects with `file`, `line`, `column`, `path`, `code`,
    /// `severity`, `title`, `what`, `why` and `mend`.
    pub fn to_json(&self, file: &str) -> Value {
        let object = |finding: &Finding| {
            let rule = finding.rule;
            json!({
                "file": file,
                "line": finding.line,
                "column": finding.column,
                "path": finding.path,
                "code": rule.code,
                "severity": rule.severity.text(),
                "title": rule.title,
                "what": finding.what,
                "why": rule.why,
                "mend": rule.mend,
            })
        };
        self.findings.iter().map(object).collect()
    }
}
