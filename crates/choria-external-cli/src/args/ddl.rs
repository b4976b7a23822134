//! The command line of `ddl`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::values::input;

/// Looks through DDLs, converts, compares and documents them, and checks requests against them.
///
/// A DDL is read in its JSON form, NAME.json, or in its Ruby form, NAME.ddl; `-` is standard input. Of the Ruby form
/// only what DDLs are written in is understood, and nothing in a file is run.
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

/// Tells what is wrong with DDLs: what Choria refuses, what weakens them, what surprises.
///
/// Places are those of the file; in a Ruby form, too, beside the path of the JSON form that `ddl convert` makes of it.
#[derive(Debug, Parser)]
#[command(after_long_help = LINT_HELP)]
pub(crate) struct Lint {
    /// The DDLs; - is standard input
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,

    /// How to print what was found
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: LintFormat,

    /// The DDL that servers have now: whether the version had to rise. For one FILE
    #[arg(long, value_name = "OLD")]
    pub(crate) against: Option<PathBuf>,

    /// Warnings end with exit code 1, too
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
  0  nothing of severity error was found; with --strict no warning either
  1  something was
  2  wrong usage, or a file that is not there or may not be read; the others are looked through nevertheless";

/// What is converted, or documented.
#[derive(Debug, Parser)]
pub(crate) struct Write {
    /// The DDLs; - is standard input
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,

    /// Where to write; several FILEs need a folder, in which they keep their names [default: -, standard output]
    #[arg(short, long, value_name = "DIR|FILE|-")]
    pub(crate) output: Option<PathBuf>,

    /// Write over files that are there
    #[arg(long)]
    pub(crate) force: bool,

    #[command(flatten)]
    pub(crate) from: From,
}

/// Writes DDLs in their other form: JSON in Ruby, Ruby in JSON.
///
/// What is left out or changes on the way is told on standard error, with its path, and so is what is added because the
/// form has to have it. Not told: the order of keys, blanks, comments, and how Ruby computed a value.
#[derive(Debug, Parser)]
#[command(after_long_help = CONVERT_HELP)]
pub(crate) struct Convert {
    #[command(flatten)]
    pub(crate) write: Write,

    /// The form to write [default: by the ending of the output, .json or .ddl, else the other one]
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
  0  all are written
  2  wrong usage, a file that cannot be read, or one that is there already (see --force)";

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
  0  all are written
  2  wrong usage, a file that cannot be read, or one that is there already (see --force)";

/// Tells whether a server takes a request for an action, in its words.
///
/// The inputs are given as NAME=VALUE, which are made a request as by choria req, defaults included; or by --data as
/// the request has them. What the server would only warn of goes to standard error.
#[derive(Debug, Parser)]
#[command(after_long_help = VALIDATE_HELP)]
pub(crate) struct Validate {
    /// The DDL; - is standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// The action
    #[arg(value_name = "ACTION")]
    pub(crate) action: String,

    /// Inputs; the DDL says of what type they are
    #[arg(value_name = "NAME=VALUE", value_parser = input, conflicts_with = "data")]
    pub(crate) inputs: Vec<(String, String)>,

    /// The inputs as a JSON object; @FILE is what a file has, - standard input
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
  1  it refuses the request, or choria req does not send it
  2  wrong usage, no such action, or a file that cannot be read";

/// Tells what changed between two DDLs, what of it breaks callers, and whether the version had to rise.
///
/// The order of actions, inputs and outputs does not count, and neither do keys that Choria does not know.
#[derive(Debug, Parser)]
#[command(after_long_help = DIFF_HELP)]
pub(crate) struct Diff {
    /// The DDL as it was; - is standard input
    #[arg(value_name = "OLD")]
    pub(crate) old: PathBuf,

    /// The DDL as it is
    #[arg(value_name = "NEW")]
    pub(crate) new: PathBuf,

    /// How to print what changed
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
  1  they differ, be it in the version only
  2  wrong usage, or a file that cannot be read";

/// In which form the DDLs are.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct From {
    /// The form that all DDLs have [default: by their ending, .json or .ddl, else by their first character]
    #[arg(long = "from", value_enum, value_name = "FORM")]
    pub(crate) form: Option<Form>,
}
