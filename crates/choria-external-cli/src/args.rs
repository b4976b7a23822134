//! The command line.

use std::ffi::OsString;

use clap::{Parser, Subcommand};

mod ddl;
mod discover;
mod run;
mod values;

pub(crate) use ddl::{Ddl, DdlCommand, Diff, DiffFormat, Form, Lint, LintFormat, Validate, Write};
pub(crate) use discover::Discover;
pub(crate) use run::Run;

/// Runs external programs for Choria on this machine, as Choria does.
#[derive(Debug, Parser)]
#[command(name = "choria-external", bin_name = "choria-external", version)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    // These two have many options, which would make the others as large.
    Run(Box<Run>),
    Discover(Box<Discover>),
    Ddl(Ddl),
    Protocols(Protocols),
}

/// Lists the function types this program knows: requests, replies and their schemas.
#[derive(Debug, Parser)]
#[command(after_long_help = PROTOCOLS_HELP)]
pub(crate) struct Protocols {
    /// A request or reply: print its JSON Schema
    #[arg(value_name = "PROTOCOL")]
    pub(crate) protocol: Option<String>,

    /// Print the list as JSON, with the schemas
    #[arg(long, conflicts_with = "protocol")]
    pub(crate) json: bool,
}

const PROTOCOLS_HELP: &str = "\
Examples:
  choria-external protocols
  choria-external protocols --json
  choria-external protocols io.choria.mcorpc.external.v1.rpc_request";

/// Whether a command line that could not be read asks for `run --json`.
pub(crate) fn wants_json(arguments: impl Iterator<Item = OsString>) -> bool {
    let mut arguments = arguments.skip(1).take_while(|argument| argument != "--");
    arguments.next().is_some_and(|command| command == "run")
        && arguments.any(|argument| argument == "--json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        <Args as clap::CommandFactory>::command().debug_assert();
        let _: Args = clap::Parser::parse_from(["choria-external", "run", "a", "b", "c=d=e"]);
    }

    #[test]
    fn a_wrong_command_line_can_ask_for_json() {
        let asks = |line: &str| wants_json(line.split(' ').map(OsString::from));
        assert!(asks("choria-external run --json --colour"));
        assert!(!asks("choria-external protocols --json x"));
        assert!(!asks("choria-external run x y -- --json"));
    }
}
