//! Panics as failures.

use std::any::Any;
use std::backtrace::{Backtrace, BacktraceStatus};
use std::mem;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::sync::Arc;
use std::thread;

use crate::watch::Running;
use crate::{Failure, logging};

/// Has each panic written as one line of the log, with its place and without the
/// secrets of the request: the standard hook writes four, with all that the panic
/// says. Where a person has asked for a backtrace it follows.
pub(crate) fn log_on_one_line(running: Arc<Running>) {
    panic::set_hook(Box::new(move |panic| log(panic, &running)));
}

fn log(panic: &PanicHookInfo<'_>, running: &Running) {
    logging::start_early();
    let thread = thread::current();
    let thread = thread.name().unwrap_or("without a name");
    let message = running.secrets.hide_in(message(panic.payload()));
    let place = panic
        .location()
        .map(ToString::to_string)
        .unwrap_or_default();
    tracing::error!(target: "choria_external", "thread {thread} panicked at {place}: {message}");
    let backtrace = Backtrace::capture();
    if backtrace.status() == BacktraceStatus::Captured {
        for line in backtrace.to_string().lines() {
            tracing::error!(target: "choria_external", "{line}");
        }
    }
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
