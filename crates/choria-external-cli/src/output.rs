//! Writing to standard output and standard error, which can be closed or full.

use std::io::{self, Write as _};

use anyhow::anyhow;

use crate::logging::OWN;
use crate::show::printable;

/// Prints all of a text. That nobody reads it any more, as after `| head`, is
/// no error.
pub(crate) fn print(text: &str) -> anyhow::Result<()> {
    print_or_closed(text).map(drop)
}

/// Prints all of a text, and gives whether somebody may read more of it.
pub(crate) fn print_or_closed(text: &str) -> anyhow::Result<bool> {
    let mut stdout = io::stdout().lock();
    let written = stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush());
    match written {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(anyhow!("could not write to standard output: {error}")),
    }
}

/// Logs a line, such as `warning: ...`, which goes to standard error.
pub(crate) fn complain(what: &str, text: &str) {
    let text = printable(text);
    match what {
        "error" => tracing::error!(target: OWN, "{text}"),
        "warning" => tracing::warn!(target: OWN, "{text}"),
        other => tracing::info!(target: OWN, "{other}: {text}"),
    }
}

/// Returns an error and its causes in one line, each text once: some errors contain the
/// text of their cause.
pub(crate) fn with_causes(error: &anyhow::Error) -> String {
    let mut text = error.to_string();
    for cause in error.chain().skip(1) {
        let cause = cause.to_string();
        if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

/// Prints a text on standard error.
pub(crate) fn tell(text: &str) {
    // Where that cannot be written either, nobody is left to be told.
    let _ = io::stderr().write_all(text.as_bytes());
}
