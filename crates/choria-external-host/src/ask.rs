//! Programs that are asked about themselves, such as for their DDL.

use std::io::{self, Read as _, Seek as _};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;
use std::{fmt, fs};

use choria_external_protocol::describe;
use memchr::memmem;
use serde_json::Value;

use crate::error::HostError;
use crate::supervisor::{Supervisor, Trail};
use crate::temp_folder::temp_folder;
use crate::whole_file::without_name;

/// How long a program may take to answer.
const LIMIT: Duration = Duration::from_secs(10);
/// Bytes of the answer that are read.
const ANSWER_MOST: u64 = 64 << 20;
/// Bytes of a program that are searched for a text.
const PROGRAM_MOST: u64 = 256 << 20;

/// Why a program gave no answer when it was asked about itself, such as for its DDL by
/// `--ddl json`. Not every program knows the question.
#[derive(Debug)]
pub struct NoAnswerError {
    question: String,
    kind: NoAnswerKind,
}

/// The kinds of [`NoAnswerError`].
#[derive(Debug)]
#[non_exhaustive]
pub enum NoAnswerKind {
    /// The program could not be started.
    NotStarted(io::Error),
    /// The program did not end within 10 seconds and was killed.
    TimedOut,
    /// The program ended with a status other than 0, or by a signal.
    Failed(ExitStatus),
    /// The program printed nothing on standard output.
    Nothing,
    /// The program printed something else: its first line.
    Other(String),
}

impl NoAnswerError {
    pub(crate) fn new(question: &[&str], kind: NoAnswerKind) -> Self {
        Self {
            question: question.join(" "),
            kind,
        }
    }

    /// The kind of the error.
    pub fn kind(&self) -> &NoAnswerKind {
        &self.kind
    }
}

impl fmt::Display for NoAnswerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "asked with {}, the program ", self.question)?;
        match &self.kind {
            NoAnswerKind::NotStarted(error) => write!(f, "could not be started: {error}"),
            NoAnswerKind::TimedOut => {
                write!(f, "did not end within {} s and was killed", LIMIT.as_secs())
            }
            NoAnswerKind::Failed(status) => write!(f, "ended with {status}"),
            NoAnswerKind::Nothing => f.write_str("printed nothing"),
            NoAnswerKind::Other(line) => {
                let line = describe(&Value::from(&**line));
                write!(f, "printed something that is not a JSON object: {line}")
            }
        }
    }
}

impl std::error::Error for NoAnswerError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.kind {
            NoAnswerKind::NotStarted(error) => Some(error),
            _ => None,
        }
    }
}

/// Asks a program with these arguments.
pub(crate) fn ask(
    program: &Path,
    question: &[&str],
    supervisor: &Supervisor,
) -> Result<Result<Vec<u8>, NoAnswerError>, HostError> {
    let failed = |error| HostError::system("ask the program about itself", error);
    let none = |kind| Ok(Err(NoAnswerError::new(question, kind)));
    let mut answer =
        tempfile::tempfile_in(temp_folder()).map_err(|error| failed(without_name(error)))?;
    let mut command = Command::new(program);
    command
        .args(question)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .stdout(answer.try_clone().map_err(failed)?);
    tracing::debug!(?program, ?question, "asking the program about itself");
    let mut slot = supervisor.slot(&[], &Trail::default());
    let child = supervisor.spawn_in(&mut slot, &mut command);
    let status = match &child {
        Ok(child) => child.wait_or_kill(LIMIT).map_err(failed)?,
        Err(_) => None,
    };
    supervisor.check()?;
    if let Err(error) = child {
        return none(NoAnswerKind::NotStarted(error));
    }
    let Some(status) = status else {
        return none(NoAnswerKind::TimedOut);
    };
    if !status.success() {
        return none(NoAnswerKind::Failed(status));
    }
    let mut text = Vec::new();
    answer.rewind().map_err(failed)?;
    answer
        .take(ANSWER_MOST)
        .read_to_end(&mut text)
        .map_err(failed)?;
    if text.trim_ascii().is_empty() {
        return none(NoAnswerKind::Nothing);
    }
    Ok(Ok(text))
}

/// Whether a program has each of these texts in it, by which those made with the library
/// for Rust say what they can be asked.
pub(crate) fn offers<const N: usize>(program: &Path, offers: [&str; N]) -> [bool; N] {
    let Ok(Ok(text)) = fs::File::open(program).map(|file| {
        let mut text = Vec::new();
        file.take(PROGRAM_MOST).read_to_end(&mut text).map(|_| text)
    }) else {
        return [false; N];
    };
    offers.map(|offer| memmem::find(&text, offer.as_bytes()).is_some())
}
