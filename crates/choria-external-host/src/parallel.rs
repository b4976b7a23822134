//! Many calls, several at once.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::call::Call;
use crate::error::HostError;
use crate::os;
use crate::outcome::Outcome;
use crate::program::Program;

impl Program {
    /// Makes `count` calls of an agent that is active, `parallel` at a time, and
    /// gives what came of each away as soon as it is there: nothing is kept.
    ///
    /// No more run at a time than the limit on open files lets.
    ///
    /// Calls are numbered from 0. `request` makes one, `done` takes its outcome;
    /// both are called from several threads, and the numbers come in no order.
    /// An error of one call does not keep the others from being made.
    pub fn call_many(
        &self,
        count: usize,
        parallel: NonZeroUsize,
        request: impl Fn(usize) -> Call + Sync,
        done: impl Fn(usize, Result<Outcome, HostError>) + Sync,
    ) {
        run_parallel(count, parallel, |number| {
            done(number, self.call_active(&request(number)));
        });
    }
}

/// Runs `work` `count` times, up to `parallel` at once, with the numbers from 0.
///
/// Fewer run at once if the limits on open files or threads require it.
pub fn run_parallel(count: usize, parallel: NonZeroUsize, work: impl Fn(usize) + Sync) {
    let next = AtomicUsize::new(0);
    let worker = || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                return;
            }
            work(number);
        }
    };
    let workers = parallel.get().min(count).min(os::most_at_a_time());
    thread::scope(|scope| {
        for _ in 1..workers {
            // If no more threads can be started, those that exist do the work.
            if thread::Builder::new().spawn_scoped(scope, worker).is_err() {
                break;
            }
        }
        worker();
    });
}
