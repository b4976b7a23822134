//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Parser, Subcommand};
use clap_complete::Shell;

mod check;
mod ddl;
mod discover;
#[cfg(feature = "net")]
mod net;
mod new;
mod package;
mod run;
mod test;
mod values;

pub(crate) use check::{Check, CheckFormat};
pub(crate) use ddl::{Ddl, DdlCommand, Diff, DiffFormat, Form, Lint, LintFormat, Validate, Write};
pub(crate) use discover::Discover;
#[cfg(feature = "net")]
pub(crate) use net::{Net, NetCommand, NetDown, NetReq, NetStatus, NetUp};
pub(crate) use new::{Kind, Language, New};
pub(crate) use package::Package;
pub(crate) use run::Run;
#[cfg(test)]
pub(crate) use test::TEST_HELP;
pub(crate) use test::{Test, TestFormat};
pub(crate) use values::Profile;
pub(crate) use values::input;

/// Runs external programs for Choria on this machine, as Choria does.
#[derive(Debug, Parser)]
#[command(name = "choria-external", bin_name = "choria-external", version, after_long_help = HELP)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    // These have many options, which would make the others as large.
    Run(Box<Run>),
    Test(Test),
    Check(Box<Check>),
    Discover(Box<Discover>),
    Ddl(Ddl),
    New(New),
    #[cfg(feature = "net")]
    Net(Net),
    Package(Package),
    Doctor(Doctor),
    Protocols(Protocols),
    Completions(Completions),
    Man(Man),
}

const HELP: &str = "\
Examples:
  choria-external run ./parrot echo message=hello
  choria-external discover ./source -F os.family=Debian
  choria-external ddl lint parrot.json
  choria-external package .
  choria-external net up --agent .
  choria-external run --help

Environment:
  CHORIA_EXTERNAL_LOG         what is logged besides warnings and errors: a level, such as debug, or targets with levels,
                              such as choria_external_host=debug
  CHORIA_EXTERNAL_LOG_FORMAT  json writes warnings, errors and the log as JSON lines to standard error [default: text]";

/// Shows which of the programs that other commands need are installed, in which versions, and what each is for.
///
/// Nobody needs all of them, so a missing program is not a failure.
#[derive(Debug, Parser)]
#[command(after_long_help = DOCTOR_HELP)]
pub(crate) struct Doctor {
    /// Print one JSON object: version, checkout, items, targets
    #[arg(long)]
    pub(crate) json: bool,
}

const DOCTOR_HELP: &str = "\
Examples:
  choria-external doctor
  choria-external doctor --json

States:
  ok       installed
  other    installed, in a version that is too old or was not tested
  missing  not installed
  broken   installed, but does not report its version

Exit codes:
  0  always, except for
  2  wrong usage, or output that cannot be written
  129, 130, 143  ended by a signal (HUP, INT, TERM)";

/// Lists the built-in function types: requests, replies and their schemas.
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

/// Prints a shell script that completes the arguments of this command.
#[derive(Debug, Parser)]
#[command(after_long_help = COMPLETIONS_HELP)]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub(crate) shell: Shell,
}

const COMPLETIONS_HELP: &str = "\
Examples:
  choria-external completions bash > ~/.local/share/bash-completion/completions/choria-external
  choria-external completions zsh > /usr/local/share/zsh/site-functions/_choria-external
  choria-external completions fish > ~/.config/fish/completions/choria-external.fish
  choria-external completions powershell >> $PROFILE
  choria-external completions elvish >> ~/.config/elvish/rc.elv";

/// Prints the manual page of this command, or writes the pages of all commands.
#[derive(Debug, Parser)]
#[command(after_long_help = MAN_HELP)]
pub(crate) struct Man {
    /// Write a page for each command into this folder, which is created if needed; existing pages are overwritten
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
}

const MAN_HELP: &str = "\
Examples:
  choria-external man | man -l -
  choria-external man --output ~/.local/share/man/man1
  man choria-external-run";

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
