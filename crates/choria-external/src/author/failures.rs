//! What becomes a failure: a panic of the author's code, and a reply that cannot be sent.

use std::any::Any;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};

use choria_external_protocol::MessageError;

use crate::Failure;

/// Runs a part of the author's code; a panic in it becomes code 5.
///
/// The place is in the log by then; the caller reads the message only.
pub(crate) fn caught<T>(
    what: impl FnOnce() -> String,
    run: impl FnOnce() -> Result<T, Failure>,
) -> Result<T, Failure> {
    // What the closure held is dropped with it: nobody sees it half changed.
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|payload| {
        let failure =
            Failure::unknown_error(format_args!("{} panicked: {}", what(), message(&*payload)));
        // A payload is a value of the author's: dropping it could panic again.
        mem::forget(payload);
        Err(failure)
    })
}

/// What a panic says.
pub(crate) fn message(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    let owned = || payload.downcast_ref::<String>().map(String::as_str);
    text.or_else(owned).unwrap_or("no message")
}

/// Why a reply cannot be sent. One that is too large is what the action did, any
/// other a mistake of its author.
pub(crate) fn unsent(error: MessageError) -> Failure {
    match error {
        MessageError::TooLarge { .. } => Failure::aborted(error),
        _ => Failure::unknown_error(format_args!("the reply cannot be sent: {error}")),
    }
}
