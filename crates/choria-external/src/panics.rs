//! Panics as failures.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::Failure;

/// Runs a part of the author's code; a panic in it becomes code 5.
///
/// The standard hook has written the place to stderr by then, and so into the
/// server's log; the caller reads the message only.
pub(crate) fn caught<T>(
    what: impl FnOnce() -> String,
    run: impl FnOnce() -> Result<T, Failure>,
) -> Result<T, Failure> {
    // What the closure held is dropped with it: nobody sees it half changed.
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|payload| {
        Err(Failure::unknown_error(format_args!(
            "{} panicked: {}",
            what(),
            message(&*payload)
        )))
    })
}

fn message(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    let owned = || payload.downcast_ref::<String>().map(String::as_str);
    text.or_else(owned).unwrap_or("no message")
}
