//! The command line of `discover`: as far as it goes that of `choria discover`.

use std::collections::BTreeMap;
use std::time::Duration;

use choria_external_filter::command_line::Typed;
use clap::{Args, Parser};

use super::values::{DAY, Profile, seconds};

/// Asks a discovery source which nodes match, as `choria discover` does, and prints their names.
///
/// The source can be in any language. It is started with the same files, arguments, environment and time limit as by
/// Choria, and its reply is read as Choria reads it. Choria is not needed.
#[derive(Debug, Parser)]
#[command(after_long_help = HELP)]
pub(crate) struct Discover {
    /// The source and its arguments, quoted as one word: the value of plugin.choria.discovery.external.command
    ///
    /// It is split nearly as a shell does. The program is a path, a name to look up in PATH, or the folder of a Cargo
    /// package, which is built first. A relative path starts in the current folder; in Choria's setting it must be
    /// absolute.
    #[arg(value_name = "COMMAND", required_unless_present = "options")]
    pub(crate) command: Option<String>,

    /// The sub-collective to find nodes in [default: mcollective]
    #[arg(short = 'T', long, visible_alias = "target", value_name = "COLLECTIVE")]
    pub(crate) collective: Option<String>,

    /// The federations to look in, separated by commas [default: none]
    #[arg(long, value_name = "NAMES")]
    pub(crate) federations: Option<String>,

    /// An option for the source; the option command replaces COMMAND
    #[arg(long = "option", visible_alias = "do", value_name = "KEY=VALUE", value_parser = option)]
    pub(crate) options: Vec<(String, String)>,

    /// How long the source may take, from a second to a day [default: 2]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) timeout: Option<Duration>,

    /// The same, as choria reads it: cut to whole seconds, and 0 stands for the default
    #[arg(long, value_name = "SECONDS", value_parser = whole_seconds, conflicts_with = "timeout")]
    pub(crate) discovery_timeout: Option<Duration>,

    #[command(flatten)]
    pub(crate) profile: Profile,

    /// The agent that is added to the filter: choria discover adds rpcutil, choria req AGENT adds AGENT
    #[arg(long, value_name = "NAME", default_value = "rpcutil")]
    pub(crate) agent: String,

    /// Print the names as a JSON list
    #[arg(short = 'j', long)]
    pub(crate) json: bool,

    /// Also print the number of nodes, and on standard error what the source printed
    #[arg(short, long)]
    pub(crate) verbose: bool,

    /// So that command lines of choria work; there is no other method here
    #[arg(long, value_name = "METHOD", value_parser = ["external"], hide = true)]
    pub(crate) dm: Option<String>,

    // Last, so that the others are not below its heading.
    #[command(flatten)]
    pub(crate) filters: Filters,
}

/// The filters have the names that choria gives them.
#[derive(Args, Debug)]
#[command(next_help_heading = "Filters")]
pub(crate) struct Filters {
    /// A fact: os.family=Debian, ram>=16 or role=/web/
    #[arg(short = 'F', long = "wf", value_name = "FACT")]
    facts: Vec<String>,

    /// A class; each filter can be repeated, and can be a regular expression in slashes
    #[arg(short = 'C', long = "wc", value_name = "CLASS")]
    classes: Vec<String>,

    /// An agent
    #[arg(short = 'A', long = "wa", value_name = "AGENT")]
    agents: Vec<String>,

    /// An identity; one of several must match, whereas of other filters all must
    #[arg(short = 'I', long = "wi", value_name = "IDENTITY")]
    identities: Vec<String>,

    /// Facts and classes, separated by spaces
    #[arg(short = 'W', long = "with", value_name = "FILTER")]
    combined: Vec<String>,

    /// A compound expression; choria never uses an external source with it
    #[arg(short = 'S', long = "select", value_name = "EXPR")]
    compound: Option<String>,
}

impl Filters {
    pub(crate) fn typed(&self) -> Typed {
        Typed {
            facts: self.facts.clone(),
            classes: self.classes.clone(),
            agents: self.agents.clone(),
            identities: self.identities.clone(),
            combined: self.combined.clone(),
            compound: self.compound.clone(),
        }
    }
}

impl Discover {
    /// Of equal keys the last counts.
    pub(crate) fn options(&self) -> BTreeMap<String, String> {
        self.options.iter().cloned().collect()
    }
}

const HELP: &str = "\
Examples:
  choria-external discover ./source
  choria-external discover \"./source --file nodes.json\" -F os.family=Debian -C apache
  choria-external discover examples/static-discovery --option file=nodes.json
  choria-external discover --dm external --do command=/opt/source -W 'apache ram>16' --json

Exit codes:
  0  the source replied, even if without nodes
  1  it failed, or a filter cannot be read: `could not run: ...`
  2  wrong usage, or a problem that is not the source's
  129, 130, 143  ended by a signal (HUP, INT, TERM): the source was killed and its files were removed;
                 processes that it started keep running, as with Choria";

/// A colon separates, too.
fn option(text: &str) -> Result<(String, String), String> {
    let parts = text.split_once([':', '=']);
    let (key, value) = parts.ok_or("expected KEY=VALUE")?;
    Ok((key.into(), value.into()))
}

fn whole_seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok();
    seconds
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .filter(|limit| *limit <= DAY)
        .map(|limit| Duration::from_secs(limit.as_secs()))
        .ok_or_else(|| "expected a number of seconds, at most 86400".into())
}
