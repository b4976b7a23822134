//! The command line of `ddl`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::values::input;

/// Checks, converts, compares and documents DDLs, and checks requests against them.
///
/// A DDL is read in its JSON form, NAME.json, or in its Ruby form, NAME.ddl; `-` is standard input. Of Ruby only the
/// statements that DDLs consist of are understood, and no code is run.
#[derive(Debug, Parser)]
#[command(after_long_help = HELP)]
pub(crate) struct Ddl {
    #[command(subcommand)]
    pub(crate) command: DdlCommand,
}

const HELP: &str = "\
Examples:
  choria-external ddl lint agent/*.json
  choria-external ddl convert parrot.json > parrot.ddl
  choria-external ddl validate parrot.json echo message=hello
  choria-external ddl diff old/parrot.json parrot.json";

#[derive(Debug, Subcommand)]
pub(crate) enum DdlCommand {
    Lint(Lint),
    Convert(Convert),
    Validate(Validate),
    Diff(Diff),
    Doc(Doc),
}

/// A form of a DDL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    Json,
    Ruby,
}

impl std::convert::From<Form> for choria_external_ddl::convert::Form {
    fn from(form: Form) -> Self {
        match form {
            Form::Json => Self::Json,
            Form::Ruby => Self::Ruby,
        }
    }
}

/// Reports what is wrong with DDLs: what Choria refuses, what weakens them, and what surprises users.
///
/// Lines and columns are those of the file; for the Ruby form, paths are those of the JSON form that `ddl convert`
/// makes of it.
#[derive(Debug, Parser)]
#[command(after_long_help = LINT_HELP)]
pub(crate) struct Lint {
    /// The DDLs; - is standard input
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,

    /// How to print the findings
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: LintFormat,

    /// The DDL that servers have now: report whether the version must be raised. For one FILE
    #[arg(long, value_name = "OLD")]
    pub(crate) against: Option<PathBuf>,

    /// Exit with 1 also if there are only warnings
    #[arg(long)]
    pub(crate) strict: bool,

    #[command(flatten)]
    pub(crate) from: From,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LintFormat {
    Text,
    Json,
    Sarif,
}

const LINT_HELP: &str = "\
Examples:
  choria-external ddl lint parrot.json
  choria-external ddl lint agent/*.json agent/*.ddl --strict
  git show HEAD:parrot.json | choria-external ddl lint parrot.json --against -
  choria-external ddl lint agent/*.json --format sarif > ddl.sarif

Exit codes:
  0  nothing of severity error was found; with --strict, no warning either
  1  something was found
  2  wrong usage, or a file that is missing or unreadable; the others are still checked";

/// What is converted, or documented.
#[derive(Debug, Parser)]
pub(crate) struct Write {
    /// The DDLs; - is standard input
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,

    /// Where to write; several FILEs need a folder, in which they keep their names [default: -, standard output]
    #[arg(short, long, value_name = "DIR|FILE|-")]
    pub(crate) output: Option<PathBuf>,

    /// Overwrite existing files
    #[arg(long)]
    pub(crate) force: bool,

    #[command(flatten)]
    pub(crate) from: From,
}

/// Converts DDLs to their other form: JSON to Ruby, Ruby to JSON.
///
/// What is left out or changed is reported on standard error, with its path, and so is what is added because the form
/// requires it. Not reported: the order of keys, white space, comments, and how Ruby computed a value.
#[derive(Debug, Parser)]
#[command(after_long_help = CONVERT_HELP)]
pub(crate) struct Convert {
    #[command(flatten)]
    pub(crate) write: Write,

    /// The form to write [default: by the extension of the output, .json or .ddl, else the other form]
    #[arg(long, value_enum)]
    pub(crate) to: Option<Form>,
}

const CONVERT_HELP: &str = "\
Examples:
  choria-external ddl convert parrot.json > parrot.ddl
  choria-external ddl convert parrot.ddl --output parrot.json
  choria-external ddl convert agent/*.json --to ruby --output agent
  ./parrot --ddl json | choria-external ddl convert -

Exit codes:
  0  everything was written
  2  wrong usage, a file that cannot be read, or one that already exists (see --force)";

/// Writes a page in Markdown about each agent.
#[derive(Debug, Parser)]
#[command(after_long_help = DOC_HELP)]
pub(crate) struct Doc {
    #[command(flatten)]
    pub(crate) write: Write,
}

const DOC_HELP: &str = "\
Examples:
  choria-external ddl doc parrot.json > parrot.md
  choria-external ddl doc agent/*.json --output docs/agents --force

Exit codes:
  0  everything was written
  2  wrong usage, a file that cannot be read, or one that already exists (see --force)";

/// Reports whether a server accepts a request for an action, in the words of the server.
///
/// Inputs given as NAME=VALUE become a request as choria req makes it, with defaults; --data gives them as they are
/// in the request. Warnings of the server go to standard error.
#[derive(Debug, Parser)]
#[command(after_long_help = VALIDATE_HELP)]
pub(crate) struct Validate {
    /// The DDL; - is standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// The action
    #[arg(value_name = "ACTION")]
    pub(crate) action: String,

    /// The inputs; the DDL gives their types
    #[arg(value_name = "NAME=VALUE", value_parser = input, conflicts_with = "data")]
    pub(crate) inputs: Vec<(String, String)>,

    /// The inputs as a JSON object; @FILE reads a file, - standard input
    #[arg(long, value_name = "JSON|@FILE|-", allow_hyphen_values = true)]
    pub(crate) data: Option<String>,

    #[command(flatten)]
    pub(crate) from: From,
}

const VALIDATE_HELP: &str = "\
Examples:
  choria-external ddl validate parrot.json echo message=hello times=3
  choria-external ddl validate parrot.json echo --data '{\"message\": \"hello\"}'
  choria-external ddl validate parrot.json echo --data @request.json

Exit codes:
  0  the server calls the action
  1  the server refuses the request, or choria req does not send it
  2  wrong usage, no such action, or a file that cannot be read";

/// Reports what changed between two DDLs, which changes break callers, and whether the version must be raised.
///
/// The order of actions, inputs and outputs is ignored, and so are keys that Choria does not know.
#[derive(Debug, Parser)]
#[command(after_long_help = DIFF_HELP)]
pub(crate) struct Diff {
    /// The old DDL; - is standard input
    #[arg(value_name = "OLD")]
    pub(crate) old: PathBuf,

    /// The new DDL
    #[arg(value_name = "NEW")]
    pub(crate) new: PathBuf,

    /// How to print the changes
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: DiffFormat,

    #[command(flatten)]
    pub(crate) from: From,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DiffFormat {
    Text,
    Json,
}

const DIFF_HELP: &str = "\
Examples:
  choria-external ddl diff old/parrot.json parrot.json
  git show HEAD:parrot.json | choria-external ddl diff - parrot.json --format json

Exit codes:
  0  they are the same
  1  they differ, even if only in the version
  2  wrong usage, or a file that cannot be read";

/// In which form the DDLs are.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct From {
    /// The form of all DDLs [default: by their extension, .json or .ddl, else by their first character]
    #[arg(long = "from", value_enum, value_name = "FORM")]
    pub(crate) form: Option<Form>,
}
