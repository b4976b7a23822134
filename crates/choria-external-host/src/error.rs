//! What keeps the harness from its work.

use std::fmt;
use std::io;
use std::path::PathBuf;

use choria_external_go::json::MAX_DEPTH;
use choria_external_protocol::InvalidName;

use crate::os::is_shortage;

/// Why the harness itself failed. A misbehaving program is reported as an
/// [`Outcome`](crate::Outcome), not as this error.
///
/// The text contains that of the [source](std::error::Error::source), so a report that
/// follows the chain of sources need not print both.
#[derive(Debug)]
#[non_exhaustive]
pub enum HostError {
    /// There is no such program.
    NotFound {
        /// The places where it was looked for.
        tried: Vec<PathBuf>,
        /// Whether a name alone was given, as a shell would look it up.
        bare: bool,
    },
    /// A file could not be read or written.
    File {
        /// What was to be done, such as `read the facts`.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// A process could not be started or watched.
    Process {
        /// What was to be done, such as `start cargo`.
        what: &'static str,
        /// Why not.
        error: io::Error,
    },
    /// This machine has no more open files, processes or memory to give.
    Shortage {
        /// What was to be done, such as `start the program`.
        what: &'static str,
        /// The error of the system.
        error: io::Error,
    },
    /// A name that Choria's messages cannot carry.
    Name {
        /// What has it: `agent` or `action`.
        of: &'static str,
        /// What is wrong with it.
        error: InvalidName,
    },
    /// The data of a call cannot be sent.
    Data(String),
    /// A discovery request would break its schema.
    Request(String),
    /// The function types that a program serves cannot be learnt from it.
    Functions {
        /// Where the list comes from: a file, or the program itself.
        from: String,
        /// Why not.
        reason: String,
    },
    /// The command of a discovery source names no program.
    NoCommand,
    /// The facts are no JSON object: what they are.
    Facts(String),
    /// A server would not read a file with facts.
    FactsFile {
        /// The file.
        path: PathBuf,
        /// What its content is.
        reason: String,
    },
    /// A setting that a settings file cannot hold: its name.
    Setting(String),
    /// A file is not a recording of a call.
    Recording {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Inputs given as text are not what the DDL says.
    Input(String),
    /// A reply is nested more deeply than the harness reads, but not more
    /// deeply than a server does: what a caller gets is not known.
    Nesting,
    /// The call was cancelled; the program was killed, and the files are gone.
    Cancelled,
    /// The DDL cannot be read, or a server would not load it.
    Ddl {
        /// Where it comes from: a file, or the program itself.
        from: String,
        /// What is wrong, and what the server does about it.
        reason: String,
    },
    /// A Cargo package could not be built, or has no program to run.
    Cargo(String),
}

impl HostError {
    /// The system refused something to do with a process.
    pub(crate) fn system(what: &'static str, error: io::Error) -> Self {
        if is_shortage(&error) {
            Self::Shortage { what, error }
        } else {
            Self::Process { what, error }
        }
    }
}

impl fmt::Display for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound { tried, bare } => not_found(f, tried, *bare),
            Self::File { what, path, error } => {
                write!(f, "could not {what} {}: {error}", path.display())
            }
            Self::Shortage { what, error } => write!(
                f,
                "could not {what}: {error}; that is a problem of this machine, not of the program: make fewer calls at a \
                 time, or raise the limit with ulimit"
            ),
            Self::Process { what, error } => write!(f, "could not {what}: {error}"),
            Self::Name { of: "agent", error } => write!(
                f,
                "invalid agent name: {error}; rename the program, or give a DDL that has the name, with --ddl"
            ),
            Self::Name { of, error } => {
                write!(
                    f,
                    "invalid {of} name: {error}; give the name of an {of}"
                )
            }
            Self::Data(reason) => write!(f, "the data of the call is not JSON: {reason}"),
            Self::Request(reason) => write!(f, "the request cannot be sent: {reason}"),
            Self::Functions { from, reason } => write!(
                f,
                "could not learn from {from} which function types it serves: {reason}"
            ),
            Self::NoCommand => f.write_str(
                "the command of the discovery source names no program, on which choria crashes or fails; give a program, \
                 and its arguments if it has any, such as \"/opt/source --verbose\"",
            ),
            Self::Facts(reason) => write!(f, "the facts are {reason}"),
            Self::FactsFile { path, reason } => {
                write!(f, "{}: the facts are {reason}", path.display())
            }
            Self::Setting(name) => write!(
                f,
                "a settings file cannot hold the setting {name:?} with its value: a name has no =, no leading # and no spaces around it; a value is not empty and has no spaces around it; neither has line breaks"
            ),
            Self::Recording { path, reason } => write!(
                f,
                "{} is not a recording of a call: {reason}; record the call again",
                path.display()
            ),
            Self::Input(reason) => {
                write!(f, "invalid input: {reason}; the action was not called")
            }
            Self::Nesting => write!(
                f,
                "the reply is nested more deeply than {MAX_DEPTH} levels, which is as far as this harness reads; \
                 a server reads 10,000, so what the caller would get is not known"
            ),
            Self::Cancelled => {
                f.write_str("cancelled: the program was killed and its files are removed")
            }
            Self::Ddl { from, reason } => write!(f, "{from}: {reason}"),
            Self::Cargo(reason) => f.write_str(reason),
        }
    }
}

impl std::error::Error for HostError {
    /// The error that caused this one, whose text is a part of this one's.
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::File { error, .. }
            | Self::Process { error, .. }
            | Self::Shortage { error, .. } => Some(error),
            Self::Name { error, .. } => Some(error),
            _ => None,
        }
    }
}

fn not_found(f: &mut fmt::Formatter<'_>, tried: &[PathBuf], bare: bool) -> fmt::Result {
    let tried: Vec<String> = tried
        .iter()
        .map(|place| place.display().to_string())
        .collect();
    write!(
        f,
        "no such program: {}; expected an executable, a folder NAME with one in it, or the folder of a Cargo package",
        tried.join(", ")
    )?;
    if bare {
        f.write_str("; PATH is not searched: give a path")?;
    }
    Ok(())
}
