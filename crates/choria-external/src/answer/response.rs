//! What becomes of a request: a reply, and what the log says of it.

use std::time::{Duration, Instant};

use choria_external_protocol::{FunctionType, MessageError};

use crate::Failure;
use crate::author::failures::caught;

/// How a failure becomes the reply of a function type.
pub(crate) type Fail = fn(&Failure) -> Result<Vec<u8>, MessageError>;

/// A reply as it goes out, the failure it stands for, and what else the log
/// should say of it.
pub(crate) struct Response {
    pub(crate) reply: Result<Vec<u8>, String>,
    pub(crate) failure: Option<Failure>,
    pub(crate) warnings: Vec<String>,
}

/// How much time there is, and how a failure becomes a reply.
#[derive(Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) name: &'static str,
    pub(crate) fail: Fail,
    pub(crate) limit: Duration,
    pub(crate) deadline: Instant,
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
pub(crate) fn failed(fail: Fail, failure: Failure) -> Response {
    let reply = caught(|| "the reply to a failure".into(), || Ok(fail(&failure)));
    Response {
        reply: match reply {
            Ok(reply) => reply.map_err(|error| error.to_string()),
            Err(panic) => Err(format!("{panic}, on top of: {failure}")),
        },
        failure: Some(failure),
        warnings: Vec::new(),
    }
}
