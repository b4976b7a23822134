//! `choria-external ddl convert` and `ddl doc`: a text of each DDL.

use std::path::Path;
use std::process::ExitCode;

use choria_external_ddl::Ddl;
use choria_external_ddl::diff::diff;

use super::progress::Progress;
use super::source::Reader;
use super::target::Target;
use crate::TROUBLE;
use crate::args::{Form, Write};
use crate::output::complain;

/// Writes each DDL in a form; by default in that which it is not.
pub(super) fn convert(args: &Write, to: Option<Form>) -> anyhow::Result<ExitCode> {
    let to = to.or_else(|| of_output(args.output.as_deref()?));
    each(args, |name, form, ddl| {
        let other = match form {
            Form::Json => Form::Ruby,
            Form::Ruby => Form::Json,
        };
        match to.unwrap_or(other) {
            Form::Json => Made::new("json", ddl.to_json()),
            Form::Ruby => {
                let text = ddl.to_ruby();
                Made {
                    warnings: lost(name, ddl, &text),
                    ..Made::new("ddl", text)
                }
            }
        }
    })
}

/// Writes a page about each DDL.
pub(super) fn doc(args: &Write) -> anyhow::Result<ExitCode> {
    each(args, |_, _, ddl| Made::new("md", ddl.to_markdown()))
}

/// What was made of a DDL.
struct Made {
    ending: &'static str,
    text: String,
    warnings: Vec<String>,
}

impl Made {
    fn new(ending: &'static str, text: String) -> Self {
        let warnings = Vec::new();
        Self {
            ending,
            text,
            warnings,
        }
    }
}

/// Makes a text of each file. One that fails does not keep the others from it.
fn each(args: &Write, make: impl Fn(&str, Form, &Ddl) -> Made) -> anyhow::Result<ExitCode> {
    let mut target = Target::new(args)?;
    let mut reader = Reader::new(args.from.form);
    let mut progress = Progress::new(args.files.len());
    let mut code = ExitCode::SUCCESS;
    for path in &args.files {
        progress.next(&path.to_string_lossy());
        let written = reader.source(path).and_then(|source| {
            let ddl = source.ddl()?;
            let text = make(&source.name, source.form, &ddl);
            target.write(path, &ddl, text.ending, &text.text)?;
            Ok(text.warnings)
        });
        match written {
            Ok(warnings) => {
                for warning in warnings {
                    progress.clear();
                    complain("warning", &warning);
                }
            }
            Err(error) => {
                progress.clear();
                complain("error", &format!("{error:#}"));
                code = ExitCode::from(TROUBLE);
            }
        }
    }
    Ok(code)
}

/// What a file's ending says.
fn of_output(path: &Path) -> Option<Form> {
    match path.extension()?.to_str()? {
        "json" => Some(Form::Json),
        "ddl" => Some(Form::Ruby),
        _ => None,
    }
}

/// What is not in the Ruby form of a DDL any more.
pub(crate) fn lost(name: &str, ddl: &Ddl, ruby: &str) -> Vec<String> {
    let again = match Ddl::from_ruby(ruby) {
        Ok(again) if again == *ddl => return Vec::new(),
        Ok(again) => again,
        Err(error) => {
            return vec![format!(
                "{name}: its Ruby form cannot be read again: {error}"
            )];
        }
    };
    let mut lost: Vec<_> = (diff(ddl, &again).changes.into_iter())
        .map(|change| format!("{name}: Ruby has no place for it: {}", change.what))
        .collect();
    if lost.is_empty() {
        lost.push(format!(
            "{name}: Ruby has no place for all its keys: some that Choria does not know are left out"
        ));
    }
    lost
}
