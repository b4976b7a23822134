//! What becomes of a request: a reply, and what the log says of it.

use std::fmt;

use choria_external_protocol::{FunctionType, MessageError};

use crate::logging::{self, OWN_ERROR, OWN_WARNING};
use crate::{Failure, panics};

/// A reply as it goes out, the failure it stands for, and what else the log
/// should say of it.
pub(crate) struct Response {
    pub(crate) reply: Result<Vec<u8>, String>,
    pub(crate) failure: Option<Failure>,
    pub(crate) warnings: Vec<String>,
}

/// Why a reply cannot be sent. One that is too large is what the action did, any
/// other a mistake of its author.
pub(crate) fn unsent(error: MessageError) -> Failure {
    match error {
        MessageError::TooLarge { .. } => Failure::aborted(error),
        _ => Failure::unknown_error(format_args!("the reply cannot be sent: {error}")),
    }
}

/// Bytes of a failure's text in a reply that would be too large with all of it.
const SHORT: usize = 10_000;

/// The reply to a failure. One that is too large is written with less text.
pub(crate) fn fail<F: FunctionType>(failure: &Failure) -> Result<Vec<u8>, MessageError> {
    let written = match F::write_reply(&F::failed(failure)) {
        Err(MessageError::TooLarge { .. }) => F::write_reply(&F::failed(&failure.shortened(SHORT))),
        written => written,
    };
    written.map(|written| written.bytes)
}

/// The reply that tells of a failure.
pub(crate) fn failed(
    fail: fn(&Failure) -> Result<Vec<u8>, MessageError>,
    failure: Failure,
) -> Response {
    let reply = panics::caught(|| "the reply to a failure".into(), || Ok(fail(&failure)));
    Response {
        reply: match reply {
            Ok(reply) => reply.map_err(|error| error.to_string()),
            Err(panic) => Err(format!("{panic}, on top of: {failure}")),
        },
        failure: Some(failure),
        warnings: Vec::new(),
    }
}

impl Response {
    /// Logs the failure and the warnings.
    pub(crate) fn log(&self) {
        if let Some(failure) = &self.failure {
            tracing::error!(target: "choria_external", "{}", log_line(failure));
        }
        for warning in &self.warnings {
            tracing::warn!(target: "choria_external", "{warning}");
        }
    }

    /// The same without a lock, as far as there is room for it at once.
    pub(crate) fn log_now(&self) {
        if let Some(failure) = &self.failure {
            logging::say_now(OWN_ERROR, &log_line(failure).to_string());
        }
        for warning in &self.warnings {
            logging::say_now(OWN_WARNING, warning);
        }
    }
}

/// What the log says of a failure.
fn log_line(failure: &Failure) -> impl fmt::Display {
    format!("code {}: {}", failure.code(), failure.log_message())
}
