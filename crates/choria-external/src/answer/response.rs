//! What becomes of a request: a reply, and what the log says of it.

use std::time::{Duration, Instant};

use choria_external_protocol::{Carrier, FunctionType, MessageError, WrittenReply};

use crate::Failure;
use crate::author::failures::caught;

/// How a failure becomes the reply of a function type.
#[derive(Clone, Copy)]
pub(crate) struct Fail {
    pub(crate) write: fn(&Failure) -> Result<WrittenReply, MessageError>,
    /// The exit code if there can be no reply at all.
    pub(crate) unsent: u8,
}

/// A reply as it goes out, the failure it stands for, and what else the log
/// should say of it.
pub(crate) struct Response {
    pub(crate) reply: Result<Vec<u8>, String>,
    /// The exit code of a program that gives this reply.
    pub(crate) exit: u8,
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

impl Fail {
    /// That of a function type.
    pub(crate) fn of<F: FunctionType>() -> Self {
        Self {
            write: fail::<F>,
            unsent: if F::HAS_OWN_CARRIER {
                F::carrier().unsent
            } else {
                Carrier::FILES.unsent
            },
        }
    }
}

/// The reply to a failure. One that is too large is written with less text.
fn fail<F: FunctionType>(failure: &Failure) -> Result<WrittenReply, MessageError> {
    match F::write_reply(&F::failed(failure)) {
        Err(MessageError::TooLarge { .. }) => F::write_reply(&F::failed(&failure.shortened(SHORT))),
        written => written,
    }
}

/// The reply that tells of a failure.
pub(crate) fn failed(fail: Fail, failure: Failure) -> Response {
    let written = caught(
        || "the reply to a failure".into(),
        || Ok((fail.write)(&failure)),
    );
    let written = match written {
        Ok(written) => written.map_err(|error| error.to_string()),
        Err(panic) => Err(format!("{panic}, on top of: {failure}")),
    };
    Response {
        exit: written.as_ref().map_or(fail.unsent, |written| written.exit),
        reply: written.map(|written| written.bytes),
        failure: Some(failure),
        warnings: Vec::new(),
    }
}
