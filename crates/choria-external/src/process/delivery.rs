//! The one answer of a program, on its way out: the reply, and then what the log
//! says of it.

use std::fmt;
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use super::logging::{self, OWN_ERROR, OWN_WARNING};
use super::reply::Reply;
use crate::answer::response::Response;
use crate::{Failure, Metadata};

/// The reply of a program, and what is to be logged once it is written. The program may
/// end when both are done.
pub(crate) struct Delivery {
    reply: Reply,
    program: fn() -> Metadata,
    sent: OnceLock<Sent>,
    is_logged: Mutex<bool>,
    logged: Condvar,
}

/// What went out.
struct Sent {
    response: Response,
    written: Result<(), String>,
}

impl Delivery {
    pub(crate) fn new(program: fn() -> Metadata, reply: Reply) -> Self {
        Self {
            reply,
            program,
            sent: OnceLock::new(),
            is_logged: Mutex::new(false),
            logged: Condvar::new(),
        }
    }

    /// Whether a server reads the reply, and the log.
    pub(crate) fn is_for_server(&self) -> bool {
        self.reply.is_for_server()
    }

    /// Writes the reply, and returns the exit code that is right from now on. Returns
    /// `None`, and writes nothing, if another thread has written a reply or is about to.
    ///
    /// The thread that gets an exit code has to call [`log`](Self::log).
    pub(crate) fn send(&self, response: Response) -> Option<u8> {
        let (code, written) = self.reply.send(&response.reply, response.exit)?;
        let _ = self.sent.set(Sent { response, written });
        Some(code)
    }

    /// Waits until another thread has written the reply, for `patience` at the most;
    /// returns the exit code.
    pub(crate) fn wait(&self, patience: Duration) -> Option<u8> {
        self.reply.wait(patience)
    }

    /// The exit code if there is no reply.
    pub(crate) fn unsent(&self) -> u8 {
        self.reply.unsent()
    }

    /// Frees what only the writing of the reply needs.
    pub(crate) fn release(&self) {
        self.reply.release();
    }

    /// Logs what was sent, which can block for as long as nobody reads the log.
    pub(crate) fn log(&self) {
        if let Some(sent) = self.sent.get() {
            log(&sent.response);
            if let Err(reason) = &sent.written {
                logging::complain(&self.complaint(reason));
            }
        }
        *self.is_logged() = true;
        self.logged.notify_all();
    }

    /// Waits until another thread has logged what was sent, for `patience` at the most.
    /// If it has not by then, because the log blocks or that thread is gone, logs what
    /// the log has room for.
    pub(crate) fn see_it_logged(&self, patience: Duration) {
        let waited = self
            .logged
            .wait_timeout_while(self.is_logged(), patience, |logged| !*logged);
        let (is_logged, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if let (false, Some(sent)) = (*is_logged, self.sent.get()) {
            log_now(&sent.response);
            if let Err(reason) = &sent.written {
                logging::say_now("", &self.complaint(reason));
            }
        }
    }

    fn complaint(&self, reason: &str) -> String {
        format!("{}: {reason}", (self.program)().name)
    }

    fn is_logged(&self) -> MutexGuard<'_, bool> {
        self.is_logged
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Logs the failure and the warnings.
fn log(response: &Response) {
    if let Some(failure) = &response.failure {
        tracing::error!(target: "choria_external", "{}", log_line(failure));
    }
    for warning in &response.warnings {
        tracing::warn!(target: "choria_external", "{warning}");
    }
}

/// The same without a lock, as far as there is room for it at once.
fn log_now(response: &Response) {
    if let Some(failure) = &response.failure {
        logging::say_now(OWN_ERROR, &log_line(failure).to_string());
    }
    for warning in &response.warnings {
        logging::say_now(OWN_WARNING, warning);
    }
}

/// What the log says of a failure.
fn log_line(failure: &Failure) -> impl fmt::Display {
    format!("code {}: {}", failure.code(), failure.log_message())
}
