//! `choria-external net`: a real Choria on the loopback, to try agents in.
//!
//! | module | what it holds |
//! |---|---|
//! | `own` | what is read only if nobody else can have written it |
//! | `place`, `state`, `recorded` | the network's folder, and what it tells other commands |
//! | `choria` | the `choria` program: found, checked, asked |
//! | `process` | processes: started, read, ended |
//! | `tls`, `config` | certificates and settings |
//! | `agents`, `watch` | the agents: built, installed, built again |
//! | `log` | lines of logs |
//! | `network` | all that runs, and how all of it ends |
//! | `start`, `heard` | from nothing to a network that answers, with its agents |
//! | `up`, `req`, `status`, `down` | the commands |

#[cfg(unix)]
mod agents;
#[cfg(unix)]
mod choria;
#[cfg(unix)]
mod config;
#[cfg(unix)]
mod down;
#[cfg(unix)]
mod heard;
#[cfg(unix)]
mod log;
#[cfg(unix)]
mod network;
#[cfg(unix)]
mod own;
#[cfg(unix)]
mod place;
#[cfg(unix)]
mod process;
#[cfg(unix)]
mod recorded;
#[cfg(unix)]
mod req;
#[cfg(unix)]
mod start;
#[cfg(unix)]
mod state;
#[cfg(unix)]
mod status;
#[cfg(unix)]
mod tls;
#[cfg(unix)]
mod up;
#[cfg(unix)]
mod watch;

use std::process::ExitCode;

use crate::args::NetCommand;

/// Does what is asked of a network.
#[cfg(unix)]
pub(crate) fn net(command: &NetCommand) -> anyhow::Result<ExitCode> {
    match command {
        NetCommand::Up(args) => up::up(args),
        NetCommand::Req(args) => req::req(args),
        NetCommand::Status(args) => status::status(args),
        NetCommand::Down(args) => down::down(args),
    }
}

/// Process groups and locks are those of Unix.
#[cfg(not(unix))]
pub(crate) fn net(_: &NetCommand) -> anyhow::Result<ExitCode> {
    anyhow::bail!(
        "there are no throwaway networks on this system: choria-external run calls an agent without one"
    )
}

/// What happens to a network.
#[cfg(unix)]
enum Event {
    /// A process printed a line.
    Line(process::Id, String),
    /// A process ended.
    Ended(process::Id),
    /// The log of this process can no longer be written, and why.
    LogLost(String, String),
    /// The agent of this index changed, and is built.
    Changed(usize),
    /// It was built, or why not.
    Built(usize, anyhow::Result<Box<agents::Prepared>>),
    /// The network of another process has ended.
    Gone,
    /// It is to end.
    Stop,
}
