//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, Subcommand};
use clap_complete::Shell;

mod ddl;
mod discover;
mod package;

pub(crate) use ddl::{Ddl, DdlCommand, Diff, DiffFormat, Form, Lint, LintFormat, Validate, Write};
pub(crate) use discover::Discover;
pub(crate) use package::Package;

/// Runs external programs for Choria on this machine, as Choria does.
#[derive(Debug, Parser)]
#[command(name = "choria-external", bin_name = "choria-external", version, after_long_help = HELP)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Run(Run),
    // Its filters make it larger than the others.
    Discover(Box<Discover>),
    Ddl(Ddl),
    Package(Package),
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
  choria-external run --help";

/// Calls an action of an agent as a Choria server does, and shows what the caller gets.
///
/// The agent can be in any language. It is asked first whether it wants to be active, then the request is checked
/// against its DDL, then it is started: with the same files, arguments, environment and time limits as under a
/// server. No Choria is needed.
#[derive(Debug, Parser)]
#[command(after_long_help = RUN_HELP)]
pub(crate) struct Run {
    /// The program; or a folder NAME with NAME or NAME-OS_ARCH in it; or the folder of a Cargo package, which is built
    /// first
    #[arg(value_name = "AGENT")]
    pub(crate) agent: PathBuf,

    /// The action
    #[arg(value_name = "ACTION")]
    pub(crate) action: String,

    /// Inputs; the DDL says of what type they are
    #[arg(value_name = "NAME=VALUE", value_parser = input)]
    pub(crate) inputs: Vec<(String, String)>,

    /// Print one JSON object, whatever happens: activated, reply, log, seconds
    #[arg(long)]
    pub(crate) json: bool,

    /// The agent's DDL [default: NAME.json beside the program or in the package; else what PROGRAM --ddl json prints]
    #[arg(long, value_name = "FILE")]
    pub(crate) ddl: Option<PathBuf>,

    /// The agent's configuration [default: plugin.d/NAME beside the program or in the package]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    /// The node's facts, a JSON object [default: none]
    #[arg(long, value_name = "FILE")]
    pub(crate) facts: Option<PathBuf>,

    /// The action's time limit, a day at most [default: the DDL's timeout]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) timeout: Option<Duration>,
}

const RUN_HELP: &str = "\
Examples:
  choria-external run ./parrot echo message=hello times=3
  choria-external run agents/parrot.py echo message=hello --ddl parrot.json
  choria-external run ~/src/parrot echo message=hello --json
  choria-external run ./parrot status --facts facts.json --config parrot.cfg

Exit codes:
  0  the agent replied with status 0
  1  it replied with another status, is not active, or the caller gets no reply
  2  wrong usage, or trouble that is not the agent's
  129, 130, 143  ended by a signal (HUP, INT, TERM): the agent was killed, its files are removed";

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

/// Prints a script by which a shell completes this command's arguments.
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
    /// Write a page for each command into this folder, over those that are there; it is made where there is none
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
}

const MAN_HELP: &str = "\
Examples:
  choria-external man | man -l -
  choria-external man --output ~/.local/share/man/man1
  man choria-external-run";

fn input(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.into(), value.into())),
        _ => Err("wanted NAME=VALUE".into()),
    }
}

/// The longest time limit.
const DAY: Duration = Duration::from_hours(24);

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text
        .parse()
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let wanted = "wanted a number of seconds above 0, at most 86400";
    seconds
        .filter(|limit| !limit.is_zero() && *limit <= DAY)
        .ok_or_else(|| wanted.into())
}

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
    fn inputs_are_split_at_the_first_sign() {
        assert_eq!(input("a=b=c"), Ok(("a".into(), "b=c".into())));
        assert_eq!(input("a="), Ok(("a".into(), String::new())));
        assert!(input("a").is_err() && input("=a").is_err());
    }

    #[test]
    fn a_wrong_command_line_can_ask_for_json() {
        let asks = |line: &str| wants_json(line.split(' ').map(OsString::from));
        assert!(asks("choria-external run --json --colour"));
        assert!(!asks("choria-external protocols --json x"));
        assert!(!asks("choria-external run x y -- --json"));
    }

    #[test]
    fn a_limit_is_above_zero_and_at_most_a_day() {
        assert_eq!(seconds("0.5"), Ok(Duration::from_millis(500)));
        assert_eq!(seconds("86400"), Ok(DAY));
        assert!(
            ["0", "-1", "x", "inf", "NaN", "1e300", "1e19", "86401"]
                .iter()
                .all(|text| seconds(text).is_err())
        );
    }
}
