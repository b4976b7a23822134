//! Panics as failures.

use std::any::Any;
use std::env;
use std::mem;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::thread;

use crate::Failure;
use crate::secret::hide_all;

/// Has each panic written as one line of the log, with its place: the standard
/// hook writes four. Where a person has asked for backtraces it stays.
pub(crate) fn log_on_one_line() {
    if env::var_os("RUST_BACKTRACE").is_none() {
        panic::set_hook(Box::new(log));
    }
}

fn log(panic: &PanicHookInfo<'_>) {
    let thread = thread::current();
    let thread = thread.name().unwrap_or("without a name");
    let message = hide_all(message(panic.payload()));
    let place = panic
        .location()
        .map(ToString::to_string)
        .unwrap_or_default();
    tracing::error!(target: "choria_external", "thread {thread} panicked at {place}: {message}");
}

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

fn message(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    let owned = || payload.downcast_ref::<String>().map(String::as_str);
    text.or_else(owned).unwrap_or("no message")
}
