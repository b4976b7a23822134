//! `choria-external ddl lint`.

use std::path::Path;
use std::process::ExitCode;

use anyhow::bail;
use choria_external_ddl::lint::{Checked, Report, Severity, sarif as log};
use serde_json::{Value, json};

use super::exit;
use super::source::{Reader, is_stdin, name};
use crate::TROUBLE;
use crate::args::{Lint, LintFormat};
use crate::output::{complain, print, with_causes};
use crate::progress::Progress;
use crate::show::printable_json;

/// A file, and what was found in it or why it could not be read.
struct Linted<'a> {
    path: &'a Path,
    result: Result<Report, String>,
}

impl Linted<'_> {
    fn name(&self) -> String {
        name(self.path)
    }
}

/// Looks through all files, prints what was found in the order of the files.
pub(super) fn lint(args: &Lint) -> anyhow::Result<ExitCode> {
    if args.against.is_some() && args.files.len() > 1 {
        bail!("--against is about one FILE: lint the others on their own");
    }
    let mut reader = Reader::new(args.from.form);
    let old = args
        .against
        .as_deref()
        .map(|path| old(&mut reader, path))
        .transpose()?;
    let mut progress = Progress::new(args.files.len());
    let mut all = Vec::new();
    for path in &args.files {
        progress.next(&path.to_string_lossy());
        let result = match reader.source(path) {
            Ok(source) => Ok(source.report(old.as_deref())),
            Err(error) => {
                let why = with_causes(&error);
                progress.clear();
                complain("error", &why);
                Err(why)
            }
        };
        all.push(Linted { path, result });
    }
    drop(progress);
    print(&match args.format {
        LintFormat::Text => text(&all),
        LintFormat::Json => printable_json(&format!("{:#}\n", json(&all))),
        LintFormat::Sarif => printable_json(&format!("{:#}\n", sarif(&all))),
    })?;
    let bad = if args.strict {
        Severity::Warning
    } else {
        Severity::Error
    };
    if all.iter().any(|one| one.result.is_err()) {
        return Ok(ExitCode::from(TROUBLE));
    }
    let worst = reports(&all).map(Report::worst).max().flatten();
    Ok(exit(worst < Some(bad)))
}

fn reports<'a>(all: &'a [Linted<'_>]) -> impl Iterator<Item = &'a Report> {
    all.iter().filter_map(|one| one.result.as_ref().ok())
}

/// The DDL that servers have, which must be one.
fn old(reader: &mut Reader, path: &Path) -> anyhow::Result<String> {
    let source = reader.source(path)?;
    source.ddl()?;
    source.json()
}

/// A paragraph for each finding, a blank line between two, and how many there
/// are.
fn text(all: &[Linted<'_>]) -> String {
    let mut text = String::new();
    let mut count = 0;
    for one in all {
        let Ok(report) = &one.result else {
            continue;
        };
        count += 1;
        if !report.findings.is_empty() {
            text += &report.to_text(&one.name());
            text.push('\n');
        }
    }
    let files = match count {
        0 => return text,
        1 => "1 DDL".into(),
        several => format!("{several} DDLs"),
    };
    let count = |severity: Severity| {
        let findings = reports(all).flat_map(|report| &report.findings);
        let count = findings
            .filter(|finding| finding.rule.severity == severity)
            .count();
        format!("{count} {severity}{}", if count == 1 { "" } else { "s" })
    };
    let [errors, warnings, notes] = [Severity::Error, Severity::Warning, Severity::Note].map(count);
    text + &format!("{files}: {errors}, {warnings}, {notes}\n")
}

/// One list of all findings. A file that cannot be read is one, too, without
/// place and code.
fn json(all: &[Linted<'_>]) -> Value {
    let mut findings = Vec::new();
    for one in all {
        match &one.result {
            Ok(report) => {
                if let Value::Array(of_file) = report.to_json(&one.name()) {
                    findings.extend(of_file);
                }
            }
            Err(why) => findings.push(json!({
                "file": one.name(),
                "line": null,
                "column": null,
                "path": null,
                "code": null,
                "severity": Severity::Error.text(),
                "title": "a file that cannot be read",
                "what": why,
                "why": "What cannot be read cannot be judged.",
                "mend": "Name a file that is there and may be read.",
            })),
        }
    }
    findings.into()
}

/// One run with the results of all files.
fn sarif(all: &[Linted<'_>]) -> Value {
    let checked = all.iter().map(|one| Checked {
        file: Some(one.path).filter(|path| !is_stdin(path)),
        result: one.result.as_ref().map_err(String::as_str),
    });
    log(&checked.collect::<Vec<_>>())
}
