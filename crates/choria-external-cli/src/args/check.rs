//! The command line of `check`.

use std::path::PathBuf;
use std::time::Duration;

use choria_external_host::conformance::CONFORMANCE_RULES;
use clap::{Parser, ValueEnum};

use super::values::{Profile, input, seconds};

/// Checks whether an agent, in any language, does what a real Choria needs of it: one line a case, with a code.
///
/// The agent is started many times: with the activation, with requests that it must refuse, with odd ones, with odd
/// surroundings. Servers refuse some of these themselves; other callers do not, so here they go straight to the program.
///
/// No case gives an agent that looks at its requests anything to do: they are for an action that it has not, or lack all
/// inputs that the action requires, or have none of the type it wants. One that does not look may act all the same: check
/// an agent that nobody knows on a machine that nobody needs. Only the call that you name by --action is made for real,
/// several times: as it is; with the input `process_results`; with an input that is not declared; and with texts that its
/// validation refuses. Name one that does no harm. Without it its cases are skipped.
///
/// A program of another function type, which describes itself with --functions, is checked by the rules that hold for
/// every type. Each request breaks the schema of the type, but the one that you give by --request.
#[derive(Debug, Parser)]
#[command(after_long_help = HELP)]
pub(crate) struct Check {
    /// The program; or a folder NAME with NAME or NAME-OS_ARCH in it; or the folder of a Cargo package, which is built
    /// first
    #[arg(value_name = "AGENT", required_unless_present = "rules")]
    pub(crate) agent: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) profile: Profile,

    /// An action to call for real: a call that does no harm
    #[arg(long, value_name = "NAME")]
    pub(crate) action: Option<String>,

    /// Inputs of that call; the DDL says of what type they are
    #[arg(value_name = "NAME=VALUE", value_parser = input, requires = "action", conflicts_with = "data")]
    pub(crate) inputs: Vec<(String, String)>,

    /// Inputs of that call as a JSON object; @FILE is what a file has
    #[arg(long, value_name = "JSON|@FILE", requires = "action")]
    pub(crate) data: Option<String>,

    /// A request to call for real a program of another function type: JSON, the content of FILE, or a sample made from
    /// the schema; one that does no harm
    #[arg(long, value_name = "JSON|@FILE|sample", conflicts_with_all = ["action", "data", "ddl"])]
    pub(crate) request: Option<String>,

    /// The function types that a program serves which cannot describe itself: what a program of the same types prints
    /// with --functions
    #[arg(long, value_name = "FILE", conflicts_with_all = ["action", "data", "ddl"])]
    pub(crate) functions: Option<PathBuf>,

    /// The agent's configuration, which changes what the call of --action replies: it must be read from each of the
    /// three places [default: plugin.d/NAME beside the program, and nothing is said of the places]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    /// The agent's DDL [default: NAME.json beside the program or in the package; else what PROGRAM --ddl json prints]
    #[arg(long, value_name = "FILE")]
    pub(crate) ddl: Option<PathBuf>,

    /// The node's facts, read as a server reads its facts file: YAML if the name ends in yaml, else JSON
    /// [default: none]
    #[arg(long, value_name = "FILE")]
    pub(crate) facts: Option<PathBuf>,

    /// The time limit of each start but the activations [default: the DDL's timeout]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) timeout: Option<Duration>,

    /// Only these rules, their codes with commas between them
    #[arg(long, value_name = "CODES", value_delimiter = ',', value_parser = code)]
    pub(crate) only: Vec<String>,

    /// Not these rules, and no starts for them
    #[arg(long, value_name = "CODES", value_delimiter = ',', value_parser = code)]
    pub(crate) skip: Vec<String>,

    /// How to print what came of it
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: CheckFormat,

    /// Warnings end with exit code 1, too
    #[arg(long)]
    pub(crate) strict: bool,

    /// Print all rules, why they matter and how to keep them
    #[arg(long, exclusive = true)]
    pub(crate) rules: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CheckFormat {
    Text,
    Json,
    Sarif,
}

const HELP: &str = "\
Examples:
  choria-external check ./parrot
  choria-external check ./parrot --action echo message=hello
  choria-external check agents/parrot.py --ddl parrot.json --only C005,C007
  choria-external check ./parrot --action echo --data @hello.json --config parrot.cfg --strict
  choria-external check ~/src/parrot --format sarif > check.sarif
  choria-external check ./greeter --request sample
  choria-external check --rules

Exit codes:
  0  no rule of severity error is broken; with --strict no warning either
  1  one is
  2  wrong usage, or trouble that is not the agent's
  129, 130, 143  ended by a signal (HUP, INT, TERM): the agent was killed, its files are removed";

/// The code of a rule.
fn code(text: &str) -> Result<String, String> {
    let known = CONFORMANCE_RULES.iter().any(|rule| rule.code == text);
    match (known, CONFORMANCE_RULES) {
        (true, _) => Ok(text.into()),
        (false, [first, .., last]) => Err(format!(
            "there is no such rule, wanted one of {} to {}: check --rules prints them",
            first.code, last.code
        )),
        (false, _) => Err("there are no rules".into()),
    }
}
