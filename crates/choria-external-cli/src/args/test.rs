//! The command line of `test`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Parser, ValueEnum};

use super::values::Profile;

/// Runs test cases of agents: files that list calls and what is expected of each.
///
/// The agent can be in any language. Each case starts it as `run` does: activation, then the call. A file is YAML or
/// JSON, and has the path of the agent and a list of cases.
#[derive(Debug, Parser)]
#[command(after_long_help = TEST_HELP)]
pub(crate) struct Test {
    /// The test files: .yaml, .yml or .json
    #[arg(value_name = "FILE", required_unless_present = "schema")]
    pub(crate) files: Vec<PathBuf>,

    /// Test this agent instead of the one that the files name
    #[arg(long, value_name = "AGENT")]
    pub(crate) agent: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) profile: Profile,

    /// Run only the cases whose name contains TEXT
    #[arg(long, value_name = "TEXT")]
    pub(crate) filter: Option<String>,

    /// Run up to N cases at once
    #[arg(long, value_name = "N", default_value = "1", value_parser = several)]
    pub(crate) parallel: NonZeroUsize,

    /// Start no more cases after one has failed
    #[arg(long)]
    pub(crate) fail_fast: bool,

    /// Rewrite the files: the results of failed cases become what they expect (status, message, data)
    #[arg(long, conflicts_with = "fail_fast")]
    pub(crate) update: bool,

    /// How to print the results
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: TestFormat,

    /// Also write the report to this file; standard output then gets the text
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// Print the JSON Schema of test files
    #[arg(long, exclusive = true)]
    pub(crate) schema: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TestFormat {
    Text,
    Tap,
    Junit,
    Json,
}

fn several(text: &str) -> Result<NonZeroUsize, String> {
    text.parse()
        .map_err(|_| "expected a whole number above 0".into())
}

pub(crate) const TEST_HELP: &str = "\
Examples:
  choria-external test tests/parrot.yaml
  choria-external test tests/*.yaml --parallel 4 --format junit --output report.xml
  choria-external test parrot.yaml --agent target/release/parrot --filter echo
  choria-external test parrot.yaml --update
  choria-external test --schema > test_file.schema.json

A test file:
  agent: ./parrot
  cases:
    - name: repeats what it hears
      action: echo
      data: {message: hello}
      expect:
        data: {message: hello}
    - name: has no such action
      action: sing
      expect:
        status: Unknown Action
        message: {contains: sing}

Exit codes:
  0  all cases passed or were updated
  1  a case failed
  2  wrong usage, an invalid file (nothing is run then), or a problem that is not the agent's
  129, 130, 143  ended by a signal (HUP, INT, TERM): the agent was killed and its files were removed";
