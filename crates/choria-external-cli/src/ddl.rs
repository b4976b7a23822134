//! `choria-external ddl`.
//!
//! | module | what it holds |
//! |---|---|
//! | `source` | DDLs from files and standard input, with errors that name the place |
//! | `target` | where the results go |
//! | `lint`, `write`, `validate`, `diff` | a command each; `convert` and `doc` are in `write` |

mod diff;
mod lint;
mod source;
mod target;
mod validate;
mod write;

use std::process::ExitCode;

use crate::args::DdlCommand;

pub(crate) use write::changed_in_ruby;

/// Runs one of the commands.
pub(crate) fn ddl(command: &DdlCommand) -> anyhow::Result<ExitCode> {
    match command {
        DdlCommand::Lint(args) => lint::lint(args),
        DdlCommand::Convert(args) => write::convert(&args.write, args.to),
        DdlCommand::Validate(args) => validate::validate(args),
        DdlCommand::Diff(args) => diff::diff(args),
        DdlCommand::Doc(args) => write::doc(&args.write),
    }
}

/// The exit code of an answer that is yes or no.
fn exit(well: bool) -> ExitCode {
    if well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
