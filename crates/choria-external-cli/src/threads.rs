//! Threads, of which the system gives only so many.

use std::thread::{Builder, JoinHandle};

use anyhow::anyhow;

/// Starts a thread. `std::thread::spawn` panics if the system has none left.
pub(crate) fn start<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> anyhow::Result<JoinHandle<T>> {
    Builder::new().spawn(work).map_err(|error| {
        anyhow!(
            "could not start a thread: {error}; this user has too many processes and threads: end some, or raise the \
             limit with ulimit -u"
        )
    })
}
