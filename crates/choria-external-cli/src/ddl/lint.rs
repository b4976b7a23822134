//! `choria-external ddl lint`.

use std::path::Path;
use std::process::ExitCode;

use anyhow::bail;
use choria_external_ddl::lint::{Report, Severity, against, lint as look_through};
use serde_json::Value;

use super::exit;
use super::source::{Reader, Source};
use crate::TROUBLE;
use crate::args::{Form, Lint, LintFormat};
use crate::output::{complain, print};
use crate::progress::Progress;

/// A file and what was found in it.
struct Linted {
    name: String,
    form: Form,
    report: Report,
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
    let mut trouble = false;
    for path in &args.files {
        progress.next(&path.to_string_lossy());
        match reader
            .source(path)
            .and_then(|source| linted(&source, old.as_deref()))
        {
            Ok(linted) => all.push(linted),
            Err(error) => {
                progress.clear();
                complain("error", &format!("{error:#}"));
                trouble = true;
            }
        }
    }
    drop(progress);
    print(&match args.format {
        LintFormat::Text => text(&all),
        LintFormat::Json => format!("{:#}\n", json(&all)),
        LintFormat::Sarif => format!("{:#}\n", sarif(&all)),
    })?;
    let bad = if args.strict {
        Severity::Warning
    } else {
        Severity::Error
    };
    let well = all.iter().all(|one| one.report.worst() < Some(bad));
    Ok(if trouble {
        ExitCode::from(TROUBLE)
    } else {
        exit(well)
    })
}

/// The DDL that servers have, which must be one.
fn old(reader: &mut Reader, path: &Path) -> anyhow::Result<String> {
    let source = reader.source(path)?;
    source.ddl()?;
    source.json()
}

fn linted(source: &Source, old: Option<&str>) -> anyhow::Result<Linted> {
    let json = source.json()?;
    Ok(Linted {
        name: source.name.clone(),
        form: source.form,
        report: match old {
            Some(old) => against(old, &json),
            None => look_through(&json),
        },
    })
}

/// A paragraph for each finding, a blank line between two, and how many there
/// are.
fn text(all: &[Linted]) -> String {
    if all.is_empty() {
        return String::new();
    }
    let mut text = String::new();
    for one in all.iter().filter(|one| !one.report.findings.is_empty()) {
        text += &match one.form {
            Form::Json => one.report.to_text(&one.name),
            Form::Ruby => one.report.to_text(&format!("{} (as JSON)", one.name)),
        };
        text.push('\n');
    }
    let count = |severity: Severity| {
        let findings = all.iter().flat_map(|one| &one.report.findings);
        let count = findings
            .filter(|finding| finding.rule.severity == severity)
            .count();
        format!("{count} {severity}{}", if count == 1 { "" } else { "s" })
    };
    let [errors, warnings, notes] = [Severity::Error, Severity::Warning, Severity::Note].map(count);
    let files = match all.len() {
        1 => "1 DDL".into(),
        several => format!("{several} DDLs"),
    };
    text + &format!("{files}: {errors}, {warnings}, {notes}\n")
}

/// One list of all findings.
fn json(all: &[Linted]) -> Value {
    let mut findings = Vec::new();
    for one in all {
        let Value::Array(mut of_file) = one.report.to_json(&one.name) else {
            continue;
        };
        if one.form == Form::Ruby {
            for finding in &mut of_file {
                // They are places of a file that nobody has.
                finding["line"] = Value::Null;
                finding["column"] = Value::Null;
            }
        }
        findings.extend(of_file);
    }
    findings.into()
}

/// One run with the results of all files.
fn sarif(all: &[Linted]) -> Value {
    let mut log = Report::default().to_sarif("");
    let mut results = Vec::new();
    for one in all {
        let mut of_file = one.report.to_sarif(&one.name);
        let Value::Array(mut found) = of_file["runs"][0]["results"].take() else {
            continue;
        };
        if one.form == Form::Ruby {
            for result in &mut found {
                if let Some(place) = result["locations"][0]["physicalLocation"].as_object_mut() {
                    place.remove("region");
                }
            }
        }
        results.extend(found);
    }
    log["runs"][0]["results"] = results.into();
    log
}
