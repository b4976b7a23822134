//! The command line of `net`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};

use super::values::{Profile, input, seconds};

/// Starts a throwaway Choria network on this machine, with your agents, and calls them in it.
///
/// This uses a real Choria, so it needs a `choria` program. The network is a broker and servers that listen only on
/// the loopback, with certificates of their own. Everything that they write is in one temporary folder, which is
/// removed at the end.
#[derive(Debug, Parser)]
#[command(after_long_help = HELP)]
pub(crate) struct Net {
    #[command(subcommand)]
    pub(crate) command: NetCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum NetCommand {
    Up(NetUp),
    Req(NetReq),
    Status(NetStatus),
    Down(NetDown),
}

const HELP: &str = "\
Examples:
  choria-external net up --agent .
  choria-external net req parrot echo message=hello
  choria-external net down";

/// Starts the network, prints how to call the agents, and shows what the servers log, until Ctrl-C or `net down`.
///
/// Lines that an agent printed start with `>`. There is one network for each user, and one more for each --dir.
#[derive(Debug, Parser)]
#[command(after_long_help = UP_HELP)]
pub(crate) struct NetUp {
    /// An agent, in any language: a program, a folder NAME that contains NAME or NAME-OS_ARCH, or the folder of a
    /// Cargo package, which is built first
    #[arg(short, long = "agent", value_name = "PATH")]
    pub(crate) agents: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) profile: Profile,

    /// The facts of all servers, read as a server reads its facts file: YAML if the name ends in yaml, else JSON
    /// [default: none]
    #[arg(long, value_name = "FILE")]
    pub(crate) facts: Option<PathBuf>,

    /// The number of servers: node1, node2 and so on
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=50))]
    pub(crate) servers: u8,

    /// Build and install an agent again when its sources, its DDL or its settings change
    #[arg(short, long)]
    pub(crate) watch: bool,

    /// The choria program [default: the one on PATH]
    #[arg(long, value_name = "PATH")]
    pub(crate) choria: Option<PathBuf>,

    /// The broker's port [default: a free one]
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) port: Option<u16>,

    /// How long the network may take to come up once the agents are built
    #[arg(long, value_name = "SECONDS", default_value = "20", value_parser = seconds)]
    pub(crate) timeout: Duration,

    #[command(flatten)]
    pub(crate) place: NetPlace,
}

const UP_HELP: &str = "\
Examples:
  choria-external net up --agent . --watch
  choria-external net up --agent ./parrot --agent agents/owl.py --facts facts.json --servers 3
  choria-external net up --choria /opt/choria/bin/choria

What an agent gets:
  its settings  plugin.d/NAME, or NAME.cfg there, beside the program or in the package: copied into the network
  its PATH      that of this command; nothing else of the environment

Exit codes:
  0  its output is no longer read
  2  wrong usage, or the network did not come up, or did not stay up
  129, 130, 143  ended by a signal (HUP, INT, TERM); net down sends TERM
In each case all its processes are ended and all its files are removed.";

/// Calls an action on all servers of the running network, and shows their replies as choria does.
#[derive(Debug, Parser)]
#[command(after_long_help = REQ_HELP)]
pub(crate) struct NetReq {
    /// The agent
    #[arg(value_name = "AGENT")]
    pub(crate) agent: String,

    /// The action
    #[arg(value_name = "ACTION")]
    pub(crate) action: String,

    /// The inputs; the DDL gives their types
    #[arg(value_name = "NAME=VALUE", value_parser = input)]
    pub(crate) inputs: Vec<(String, String)>,

    /// All inputs as a JSON object; @FILE reads a file
    #[arg(long, value_name = "JSON|@FILE", conflicts_with = "inputs")]
    pub(crate) data: Option<String>,

    /// Print what choria req --json prints
    #[arg(short, long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) place: NetPlace,
}

const REQ_HELP: &str = "\
Examples:
  choria-external net req parrot echo message=hello
  choria-external net req parrot echo --data '{\"message\": \"hello\", \"times\": 3}' --json
  choria-external net req rpcutil agent_inventory

Exit codes:
  0  each server replied with status 0
  1  one replied with another status, or not at all
  2  wrong usage, no network, or choria refused the request
  129, 130, 143  ended by a signal (HUP, INT, TERM)";

/// Reports whether the network is running, what is in it, and how to call it.
#[derive(Debug, Parser)]
#[command(after_long_help = STATUS_HELP)]
pub(crate) struct NetStatus {
    #[command(flatten)]
    pub(crate) place: NetPlace,
}

const STATUS_HELP: &str = "\
Examples:
  choria-external net status
  choria-external net status --dir /tmp/other

Exit codes:
  0  the network is running
  1  it is not, or not yet
  2  wrong usage";

/// Ends the network: ends all its processes and removes its folder.
#[derive(Debug, Parser)]
#[command(after_long_help = DOWN_HELP)]
pub(crate) struct NetDown {
    #[command(flatten)]
    pub(crate) place: NetPlace,
}

const DOWN_HELP: &str = "\
Examples:
  choria-external net down
  choria-external net down --dir /tmp/other

Exit codes:
  0  the network was ended
  1  there was no network
  2  wrong usage, or it could not be ended";

/// Which network.
#[derive(Args, Debug)]
pub(crate) struct NetPlace {
    /// The folder of the network: a new or an empty one that only you can write to, removed at the end [default: one
    /// for each user in $XDG_RUNTIME_DIR, else in the folder for temporary files]
    #[arg(long, value_name = "DIR")]
    #[expect(
        clippy::doc_markdown,
        reason = "help for a terminal, where backticks would be seen"
    )]
    pub(crate) dir: Option<PathBuf>,
}
