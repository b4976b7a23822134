//! The panic hook.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::panic::{self, PanicHookInfo};
use std::sync::Arc;
use std::thread;

use super::logging;
use crate::answer::answering;
use crate::author::failures::message;
use crate::author::running::Running;

/// Has each panic written as one line of the log, with its place and without the
/// secrets of the request: the standard hook writes four, with all that the panic
/// says. Where a person has asked for a backtrace it follows.
pub(crate) fn log_on_one_line(running: Arc<Running>) {
    panic::set_hook(Box::new(move |panic| {
        logging::start_early();
        log(panic, &running);
    }));
}

/// Hides the secrets of calls from the panics of this process: for a server that
/// answers requests itself, by [`InProcess`](crate::InProcess).
///
/// Call it once, when the server starts and after setting its own panic hook, if it
/// has one. From then on a panic in a thread that is answering a request is an event
/// of `tracing` at level ERROR, and `***` stands for each secret input of that request.
/// All other panics go to the hook that was there before.
///
/// A thread that a handler has started is such another thread: nobody knows which
/// request it belongs to, so what it says of a secret is shown. A
/// [`Secret`](crate::Secret) prints as `***` there as well.
///
/// A program that Choria starts does not need it: [`dispatch`](crate::dispatch) hides the
/// secrets of its one request in all threads.
pub fn hide_secrets_in_panics() {
    let other = panic::take_hook();
    panic::set_hook(Box::new(move |panic| match answering::current() {
        Some(running) => log(panic, &running),
        None => other(panic),
    }));
}

fn log(panic: &PanicHookInfo<'_>, running: &Running) {
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
