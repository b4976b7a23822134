//! The command line of `check`.

use std::path::PathBuf;
use std::time::Duration;

use choria_external_host::conformance::CONFORMANCE_RULES;
use clap::{Parser, ValueEnum};

use super::values::{Profile, input, seconds};

/// Checks whether an agent, in any language, does what a real Choria needs of it: one line for each case, with a
/// code.
///
/// The agent is started many times: with the activation, with requests that it must refuse, with unusual content and
/// in unusual surroundings. Servers refuse some of these requests themselves, other callers do not, so here they go
/// straight to the program.
///
/// No case makes an agent that validates its requests do anything: the requests are for an action that it does not
/// have, or lack every required input, or have inputs of the wrong type. An agent that does not validate them may act
/// anyway: check an unknown agent on a machine that nobody needs. Only the call that --action names is really made,
/// several times: as it is, with the input `process_results`, with an undeclared input, and with strings that its
/// validation refuses. Name a harmless call. Without it, these cases are skipped.
///
/// A program of another function type, which describes itself with --functions, is checked by the rules that apply to
/// every type. Each request breaks the schema of the type, except the one given by --request.
#[derive(Debug, Parser)]
#[command(after_long_help = HELP)]
pub(crate) struct Check {
    /// A program, a folder NAME that contains NAME or NAME-OS_ARCH, or the folder of a Cargo package, which is built
    /// first
    #[arg(value_name = "AGENT", required_unless_present = "rules")]
    pub(crate) agent: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) profile: Profile,

    /// An action to really call: a harmless call
    #[arg(long, value_name = "NAME")]
    pub(crate) action: Option<String>,

    /// The inputs of that call; the DDL gives their types
    #[arg(value_name = "NAME=VALUE", value_parser = input, requires = "action", conflicts_with = "data")]
    pub(crate) inputs: Vec<(String, String)>,

    /// The inputs of that call as a JSON object; @FILE reads a file
    #[arg(long, value_name = "JSON|@FILE", requires = "action")]
    pub(crate) data: Option<String>,

    /// A harmless request to really send to a program of another function type: JSON, @FILE for a file, or a sample made
    /// from the schema
    #[arg(long, value_name = "JSON|@FILE|sample", conflicts_with_all = ["action", "data", "ddl"])]
    pub(crate) request: Option<String>,

    /// The function types that a program serves which cannot describe itself: what a program of the same types prints
    /// with --functions
    #[arg(long, value_name = "FILE", conflicts_with_all = ["action", "data", "ddl"])]
    pub(crate) functions: Option<PathBuf>,

    /// The agent's configuration, which changes the reply of the call: the agent must read it from each of three
    /// places [default: plugin.d/NAME beside the program, and the places are not checked]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    /// The agent's DDL [default: NAME.json beside the program or in the package, or else the output of PROGRAM --ddl
    /// json]
    #[arg(long, value_name = "FILE")]
    pub(crate) ddl: Option<PathBuf>,

    /// The node's facts, read as a server reads its facts file: YAML if the name ends in yaml, else JSON
    /// [default: none]
    #[arg(long, value_name = "FILE")]
    pub(crate) facts: Option<PathBuf>,

    /// The time limit of each start except activations [default: the DDL's timeout]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) timeout: Option<Duration>,

    /// Check only these rules, given by their codes, separated by commas
    #[arg(long, value_name = "CODES", value_delimiter = ',', value_parser = code)]
    pub(crate) only: Vec<String>,

    /// Leave out these rules, and the starts for them
    #[arg(long, value_name = "CODES", value_delimiter = ',', value_parser = code)]
    pub(crate) skip: Vec<String>,

    /// How to print the results
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: CheckFormat,

    /// Exit with 1 also if there are only warnings
    #[arg(long)]
    pub(crate) strict: bool,

    /// Print all rules, why they matter, and how to keep them
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
  0  no rule of severity error is broken; with --strict, no warning either
  1  a rule is broken
  2  wrong usage, or a problem that is not the agent's
  129, 130, 143  ended by a signal (HUP, INT, TERM): the agent was killed and its files were removed";

/// The code of a rule.
fn code(text: &str) -> Result<String, String> {
    let known = CONFORMANCE_RULES.iter().any(|rule| rule.code == text);
    match (known, CONFORMANCE_RULES) {
        (true, _) => Ok(text.into()),
        (false, [first, .., last]) => Err(format!(
            "no such rule; expected one of {} to {}: check --rules prints them",
            first.code, last.code
        )),
        (false, _) => Err("there are no rules".into()),
    }
}
