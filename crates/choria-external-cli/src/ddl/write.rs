//! `choria-external ddl convert` and `ddl doc`: a text of each DDL.

use std::process::ExitCode;

use anyhow::anyhow;
use choria_external_ddl::Ddl;
use choria_external_ddl::convert::{self, Change, Kind, changes};

use serde_json::Value;

use super::source::{Reader, Source, form_of_ending};
use super::target::Target;
use crate::TROUBLE;
use crate::args::{Form, Write};
use crate::output::{complain, with_causes};
use crate::progress::Progress;

/// Writes each DDL in a form; by default in that which it is not.
pub(super) fn convert(args: &Write, to: Option<Form>) -> anyhow::Result<ExitCode> {
    let target = Target::new(args)?;
    let to = match (to, target.file()) {
        (None, Some(path)) => Some(form_of_ending(path).ok_or_else(|| {
            anyhow!(
                "the ending of {} does not say which form to write: end it with .json or .ddl, add --to json or \
                 --to ruby, or end it with / if it is a folder",
                path.display()
            )
        })?),
        _ => to,
    };
    each(args, target, |source, ddl| {
        let other = match source.form {
            Form::Json => Form::Ruby,
            Form::Ruby => Form::Json,
        };
        let to = to.unwrap_or(other);
        let (ending, text) = match to {
            Form::Json => ("json", ddl.to_json()),
            Form::Ruby => ("ddl", ddl.to_ruby()),
        };
        let mut notices = changed(source, to, &text);
        if ddl.actions.is_empty() {
            let text = "the agent has no action; the .ddl of a validator, aggregate or connector plugin has none, and is not that of an agent";
            notices.push(("warning", format!("{}: {text}", source.name)));
        }
        Made {
            ending,
            text,
            notices,
        }
    })
}

/// Writes a page about each DDL.
pub(super) fn doc(args: &Write) -> anyhow::Result<ExitCode> {
    each(args, Target::new(args)?, |_, ddl| Made {
        ending: "md",
        text: ddl.to_markdown(),
        notices: Vec::new(),
    })
}

/// What was made of a DDL.
struct Made {
    ending: &'static str,
    text: String,
    notices: Vec<Notice>,
}

/// A line for standard error: what it is, and what it says.
pub(crate) type Notice = (&'static str, String);

/// Makes a text of each file. One that fails does not keep the others from it.
fn each(
    args: &Write,
    mut target: Target,
    write: impl Fn(&Source, &Ddl) -> Made,
) -> anyhow::Result<ExitCode> {
    let mut reader = Reader::new(args.from.form);
    let mut progress = Progress::new(args.files.len());
    let mut code = ExitCode::SUCCESS;
    for path in &args.files {
        progress.next(&path.to_string_lossy());
        let written = reader.source(path).and_then(|source| {
            let ddl = source.ddl()?;
            let made = write(&source, &ddl);
            target.write(path, &ddl, made.ending, &made.text)?;
            Ok(made.notices)
        });
        match written {
            Ok(notices) => {
                for (what, text) in notices {
                    progress.clear();
                    complain(what, &text);
                }
            }
            Err(error) => {
                progress.clear();
                complain("error", &with_causes(&error));
                code = ExitCode::from(TROUBLE);
            }
        }
    }
    Ok(code)
}

/// What is not in a DDL's new text as it was in the old one.
fn changed(source: &Source, to: Form, text: &str) -> Vec<Notice> {
    let name = &source.name;
    let mut notices = Vec::new();
    if let Some((line, column)) = source.replaced() {
        let text = "bytes that are not UTF-8 became U+FFFD, as Choria reads them";
        notices.push(("warning", format!("{name}:{line}:{column}: {text}")));
    }
    if source.form == Form::Json
        && let Err(error) = serde_json::from_str::<Value>(&source.text())
    {
        // All else that it refuses, our own reader refuses too.
        let (line, column) = (error.line(), error.column());
        let text = "a surrogate without a partner became U+FFFD, as Choria reads it";
        notices.push(("warning", format!("{name}:{line}:{column}: {text}")));
    }
    notices.extend(compared(
        name,
        (source.form.into(), &source.text()),
        (to.into(), text),
    ));
    notices
}

/// What is in the Ruby form of a DDL otherwise than in its JSON form.
pub(crate) fn changed_in_ruby(name: &str, json: &str, ruby: &str) -> Vec<Notice> {
    compared(
        name,
        (convert::Form::Json, json),
        (convert::Form::Ruby, ruby),
    )
}

fn compared(name: &str, from: (convert::Form, &str), to: (convert::Form, &str)) -> Vec<Notice> {
    let mut notices = Vec::new();
    match changes(from, to) {
        Ok(changes) => notices.extend(changes.iter().map(|change| {
            let Change { path, what, .. } = change;
            match change.kind {
                Kind::LeftOut => ("warning", format!("{name}: {path}: left out: {what}")),
                Kind::Changed => ("warning", format!("{name}: {path}: {what}")),
                Kind::Added => (
                    "note",
                    format!("{name}: {path}: added, as Choria takes it: {what}"),
                ),
            }
        })),
        Err(error) => {
            notices.push((
                "warning",
                format!("{name}: its new form cannot be read again: {error}"),
            ));
        }
    }
    notices
}
