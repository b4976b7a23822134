//! What a program prints when it is asked about itself.

use std::fs;
use std::io::{Read as _, Seek as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

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

/// Asks a program with these arguments. The inner error is a sentence on why it gave
/// no answer: not every program knows the question.
pub(crate) fn ask(
    program: &Path,
    question: &[&str],
    supervisor: &Supervisor,
) -> Result<Result<Vec<u8>, String>, HostError> {
    let failed = |error| HostError::system("ask the program about itself", error);
    let none = |what: String| {
        let question = question.join(" ");
        Ok(Err(format!("asked with {question}, the program {what}")))
    };
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
        return none(format!("could not be started: {error}"));
    }
    let Some(status) = status else {
        return none(format!(
            "did not end within {} s and was killed",
            LIMIT.as_secs()
        ));
    };
    if !status.success() {
        return none(format!("ended with {status}"));
    }
    let mut text = Vec::new();
    answer.rewind().map_err(failed)?;
    answer
        .take(ANSWER_MOST)
        .read_to_end(&mut text)
        .map_err(failed)?;
    if text.trim_ascii().is_empty() {
        return none("printed nothing".into());
    }
    Ok(Ok(text))
}

/// Whether a program has this text in it, by which those made with the library for
/// Rust say what they can be asked.
pub(crate) fn offers(program: &Path, offer: &str) -> bool {
    let offer = offer.as_bytes();
    let Ok(Ok(text)) = fs::File::open(program).map(|file| {
        let mut text = Vec::new();
        file.take(PROGRAM_MOST).read_to_end(&mut text).map(|_| text)
    }) else {
        return false;
    };
    text.windows(offer.len()).any(|window| window == offer)
}
