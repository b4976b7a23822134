//! The command line of `test`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Parser, ValueEnum};

use super::values::Profile;

/// Runs test cases of agents: files that say what is called, and what is to come of it.
///
/// The agent can be in any language. Each case starts it as `run` does: activation, then the call. A file is YAML or
/// JSON and has the agent's path and a list of cases.
#[derive(Debug, Parser)]
#[command(after_long_help = TEST_HELP)]
pub(crate) struct Test {
    /// The test files, .yaml, .yml or .json
    #[arg(value_name = "FILE", required_unless_present = "schema")]
    pub(crate) files: Vec<PathBuf>,

    /// Test this agent in place of the one that the files name
    #[arg(long, value_name = "AGENT")]
    pub(crate) agent: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) profile: Profile,

    /// Run only the cases that have this in their name
    #[arg(long, value_name = "TEXT")]
    pub(crate) filter: Option<String>,

    /// Run so many cases at a time
    #[arg(long, value_name = "N", default_value = "1", value_parser = several)]
    pub(crate) parallel: NonZeroUsize,

    /// Begin no other case once one has failed
    #[arg(long)]
    pub(crate) fail_fast: bool,

    /// Rewrite the files: what came of the failed cases becomes what they expect (status, message, data)
    #[arg(long, conflicts_with = "fail_fast")]
    pub(crate) update: bool,

    /// How to print what became of the cases
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: TestFormat,

    /// Write the report to this file, too; standard output has the text then
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
        .map_err(|_| "wanted a whole number above 0".into())
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
  0  all cases passed, or were updated
  1  one failed
  2  wrong usage, a file that is wrong (nothing is run then), or trouble that is not the agent's
  129, 130, 143  ended by a signal (HUP, INT, TERM): the agent was killed, its files are removed";
