//! The only request of a program: read, answered, sent, logged.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::delivery::Delivery;
use super::environment::{self, MARGIN};
use super::logging::{self, complain};
use super::os;
use super::watch::Watch;
use crate::answer::external::{External, Functions, Message, Own};
use crate::answer::respond::{Protocol, respond};
use crate::answer::response::Plan;
use crate::author::config::{Config, ConfigError};
use crate::author::context::Context;
use crate::author::files::{self, Unreadable};
use crate::author::running::Running;
use crate::{Failure, Metadata};

/// How long the end of the program waits for a server that does not read its
/// log. One that does is done in microseconds; with two busy cores and eight calls
/// at a time the slowest of 7,000 took 160 ms.
const LOG_WAIT: Duration = Duration::from_secs(1);

/// The only request of a program.
pub(super) struct Only<'a, T> {
    pub(super) functions: &'a Functions<T>,
    pub(super) protocol: Protocol,
    pub(super) started: Instant,
    /// What is known before the request is read.
    pub(super) expected: Plan,
    pub(super) delivery: Delivery,
    pub(super) running: Arc<Running>,
}

impl<T: External + Default> Only<'_, T> {
    /// Answers it, and returns the exit code. The reply goes out before anything is said
    /// about it: a log that blocks must not cost it.
    ///
    /// Whatever can take long is watched over, beginning with the files of the request
    /// and of the settings.
    pub(super) fn answer(
        self,
        request: impl FnOnce() -> Result<Message, Failure>,
        context: impl FnOnce(Arc<Running>) -> Result<Context, ConfigError>,
    ) -> Result<u8, String> {
        let running = Arc::clone(&self.running);
        let watch = Watch::start(self.delivery, self.running, self.started, self.expected);
        let request = request();
        watch.reads_settings();
        let context = context(running);
        watch.answers();
        log(context.as_ref().ok().map(Context::config));
        watch.log_error();
        let response = respond(
            self.functions,
            Own::Made(T::default),
            self.protocol,
            request,
            context.map_err(Failure::from),
            &|plan| watch.over(plan),
        )?;
        let Some(code) = watch.delivery().send(response) else {
            // The watching thread has written another reply, and ends the program.
            loop {
                thread::park();
            }
        };
        watch.delivery().log();
        Ok(code)
    }
}

/// Where the text of a request comes from.
pub(super) enum Source {
    /// A file, which is read once the program is watched.
    File(PathBuf),
    /// It has arrived.
    Arrived(Result<Vec<u8>, Failure>),
}

impl Source {
    /// The request.
    pub(super) fn read(self) -> Result<Message, Failure> {
        let text = match self {
            Self::File(path) => read(&path),
            Self::Arrived(text) => text,
        };
        text.map(Message::Text)
    }
}

/// Ends the log of a program, of which `left` of its time is left, and gives the exit code:
/// that of the reply, else `unsent`, with the reason on stderr.
pub(super) fn end(
    outcome: Result<u8, String>,
    unsent: u8,
    program: fn() -> Metadata,
    by_server: bool,
    left: Duration,
) -> ExitCode {
    let code = outcome.unwrap_or_else(|reason| {
        complain(&format!("{}: {reason}", program().name));
        unsent
    });
    logging::finish(by_server, log_wait(left));
    os::leave();
    code.into()
}

/// How long a server lets the program run.
pub(super) fn limit<T: External>() -> Duration {
    Duration::from_secs(T::metadata().timeout.unsigned_abs())
}

/// How long the end may wait for the log's reader, of the time that is left: who is
/// killed, waiting, has no reply.
fn log_wait(left: Duration) -> Duration {
    LOG_WAIT.min(left / 2)
}

pub(super) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    if path.as_os_str().is_empty() {
        return Err(Failure::aborted(
            "there is no request: CHORIA_EXTERNAL_REQUEST is not set",
        ));
    }
    match files::read(path) {
        Ok((bytes, _)) => Ok(bytes),
        Err(error) => Err(unreadable(
            format_args!("the request file {}", path.display()),
            error,
        )),
    }
}

pub(super) fn read_stdin() -> Result<Vec<u8>, Failure> {
    files::read_all(io::stdin().lock(), None, files::LIMIT)
        .map_err(|error| unreadable("the request from stdin", error))
}

/// A request that is too large is the caller's, any other the node's.
fn unreadable(what: impl fmt::Display, error: Unreadable) -> Failure {
    let text = format!("could not read {what}: {error}");
    match error {
        Unreadable::TooLarge => Failure::invalid_data(text),
        Unreadable::Io(_) => Failure::aborted(text),
    }
}

fn log(config: Option<&Config>) {
    logging::start(config);
    if let Some(Err(text)) = config.map(environment::margin) {
        tracing::warn!(
            target: "choria_external",
            "deadline_margin = {text}: expected a number of milliseconds; using {}",
            MARGIN.as_millis()
        );
    }
    if let Some(config) = config {
        config.log_warnings();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_has_a_second_or_half_of_what_is_left() {
        for (left, wanted) in [(60_000, 1000), (2000, 1000), (500, 250), (0, 0)] {
            let wait = log_wait(Duration::from_millis(left));
            assert_eq!(wait, Duration::from_millis(wanted), "{left} ms");
        }
    }
}
