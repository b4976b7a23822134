//! What keeps the harness from its work.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// What keeps the harness from its work. What a program does wrong is no such
/// error but an [`Outcome`](crate::Outcome).
#[derive(Debug)]
#[non_exhaustive]
pub enum HostError {
    /// There is no such program.
    NotFound(PathBuf),
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
    /// A name that Choria's messages cannot carry.
    Name(choria_external_protocol::InvalidName),
    /// The data of a call is not JSON.
    Data(String),
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

impl fmt::Display for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound(path) => write!(
                f,
                "no such program: {}; wanted an executable, or the folder of a Cargo package",
                path.display()
            ),
            Self::File { what, path, error } => {
                write!(f, "could not {what} {}: {error}", path.display())
            }
            Self::Process { what, error } => write!(f, "could not {what}: {error}"),
            Self::Name(error) => write!(f, "no name of an agent or action: {error}"),
            Self::Data(reason) => write!(f, "the data of the call is not JSON: {reason}"),
            Self::Ddl { from, reason } => write!(f, "{from}: {reason}"),
            Self::Cargo(reason) => f.write_str(reason),
        }
    }
}

// The texts hold those of their causes, so there is no `source`.
impl std::error::Error for HostError {}
