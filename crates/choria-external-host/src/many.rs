//! Many calls, several at a time.

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
        at_a_time(count, parallel, |number| {
            done(number, self.call_active(&request(number)));
        });
    }
}

/// Does a work so often, each time with its number from 0, several at a time: no
/// more than asked, and than the limits on open files and threads let.
pub fn at_a_time(count: usize, parallel: NonZeroUsize, work: impl Fn(usize) + Sync) {
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
            // Where no more threads are to be had, those that there are do it.
            if thread::Builder::new().spawn_scoped(scope, worker).is_err() {
                break;
            }
        }
        worker();
    });
}
