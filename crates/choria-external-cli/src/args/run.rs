//! The command line of `run`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;

use super::values::{Profile, input, seconds};

/// Calls an action of an agent as a Choria server does, and shows what the caller gets.
///
/// The agent can be in any language. It is first asked whether it is active, then the request is checked against its
/// DDL, then it is started with the same files, arguments, environment and time limits as by a server. Choria is not
/// needed.
///
/// A program of another function type, which describes itself with --functions, is started with one request, and the
/// reply is checked against the schema of the type.
#[derive(Debug, Parser)]
#[command(after_long_help = RUN_HELP)]
pub(crate) struct Run {
    /// A program, a folder NAME that contains NAME or NAME-OS_ARCH, or the folder of a Cargo package, which is built
    /// first
    #[arg(value_name = "AGENT")]
    pub(crate) agent: PathBuf,

    /// The action of an agent; without it, the actions and their inputs are listed. Programs of other function types
    /// have none
    #[arg(value_name = "ACTION", group = "called")]
    pub(crate) action: Option<String>,

    /// Inputs, of the types in the DDL; for a program of another function type, keys of the request
    #[arg(value_name = "NAME=VALUE", value_parser = input)]
    pub(crate) inputs: Vec<(String, String)>,

    /// All inputs as JSON, sent unchanged; @FILE reads a file, - standard input
    #[arg(long, value_name = "JSON|@FILE|-", conflicts_with = "inputs")]
    pub(crate) data: Option<String>,

    /// The whole request to a program that is not an agent: JSON, the content of FILE, standard input, or a sample
    /// made from the schema of its function type
    #[arg(long, value_name = "JSON|@FILE|-|sample", group = "called", conflicts_with_all = ["data", "libdir", "ddl"])]
    pub(crate) request: Option<String>,

    /// The function types that a program serves which cannot describe itself: what a program of the same types prints
    /// with --functions
    #[arg(long, value_name = "FILE", conflicts_with_all = ["data", "libdir", "ddl"])]
    pub(crate) functions: Option<PathBuf>,

    /// Print one JSON object, whatever happens: activated, reply, log, seconds, exit, meant, left; for a program of
    /// another function type: function, reply, reason, output, log, seconds, exit, left
    #[arg(long)]
    pub(crate) json: bool,

    /// Look for an agent called AGENT as a server does, in the folder mcollective/agent of this plugin folder
    #[arg(long, value_name = "DIR", conflicts_with = "ddl")]
    pub(crate) libdir: Option<PathBuf>,

    /// The agent's DDL [default: NAME.json beside the program or in the package, or else the output of PROGRAM --ddl
    /// json]
    #[arg(long, value_name = "FILE")]
    pub(crate) ddl: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) profile: Profile,

    /// The agent's configuration [default: plugin.d/NAME beside the program or in the package]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    /// The node's facts, read as a server reads its facts file: YAML if the name ends in yaml, else JSON
    /// [default: none]
    #[arg(long, value_name = "FILE")]
    pub(crate) facts: Option<PathBuf>,

    /// The caller, as the server's security provider verified it
    #[arg(
        long,
        value_name = "CALLERID",
        default_value = "choria=developer.mcollective"
    )]
    pub(crate) caller: String,

    /// The action's time limit, at most a day [default: the DDL's timeout]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) timeout: Option<Duration>,

    /// Repeat the call N times after one activation, and show a summary with their times
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub(crate) repeat: Option<u32>,

    /// With --repeat, how many calls run at once
    #[arg(long, value_name = "M", default_value_t = 1, requires = "repeat", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) parallel: u16,

    /// Build and call again when the sources, the DDL, the settings or another file named here change, until Ctrl-C
    #[arg(long, conflicts_with = "libdir", requires = "called")]
    pub(crate) watch: bool,

    /// Keep the files of each start in this folder, with a script that repeats the start; with --repeat, those of the
    /// first 10 failed calls
    #[arg(long, value_name = "DIR")]
    pub(crate) keep: Option<PathBuf>,

    /// Show each start as lines to paste into a shell, with the request, and how it ended
    #[arg(long, short, conflicts_with = "repeat")]
    pub(crate) verbose: bool,
}

const RUN_HELP: &str = "\
Examples:
  choria-external run ./parrot echo message=hello times=3
  choria-external run agents/parrot.py echo message=hello --ddl parrot.json
  choria-external run ~/src/parrot echo message=hello --json
  choria-external run ./parrot echo --data '{\"message\": \"hello\", \"times\": 3}'
  choria-external run ./parrot status --facts facts.json --config parrot.cfg
  choria-external run . echo message=hello --watch
  choria-external run parrot echo message=hello --libdir /opt/agents
  choria-external run ./parrot echo message=hello --verbose --keep parrot.files
  choria-external run ./parrot echo message=hello --repeat 1000 --parallel 8
  choria-external run ./greeter name=Ann
  choria-external run ./greeter --request sample
  choria-external run greeter.py --functions greeter.functions.json --request @ann.json

Exit codes:
  0  the agent replied with status 0; with --repeat, each time; another program gave a valid reply
  1  it replied with another status, is not active, or the caller gets no reply
  2  wrong usage, or a problem that is not the agent's
  129, 130, 143  ended by a signal (HUP, INT, TERM): the agent was killed and its files were removed";
