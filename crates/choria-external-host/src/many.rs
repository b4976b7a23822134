//! Many calls of one program, several at a time.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::call::Call;
use crate::error::HostError;
use crate::outcome::Outcome;
use crate::program::Program;

impl Program {
    /// Makes calls of an agent that is active, `parallel` at a time, and gives
    /// what came of each, in the order of the calls.
    ///
    /// `done` is told of each as it ends, from several threads.
    ///
    /// # Errors
    /// Those of [`Program::call_active`], for each call; one call's error does
    /// not keep the others from being made.
    pub fn call_many(
        &self,
        calls: &[Call],
        parallel: NonZeroUsize,
        done: impl Fn(&Result<Outcome, HostError>) + Sync,
    ) -> Vec<Result<Outcome, HostError>> {
        let next = AtomicUsize::new(0);
        let outcomes = Mutex::new(Vec::with_capacity(calls.len()));
        thread::scope(|scope| {
            for _ in 0..parallel.get().min(calls.len()) {
                scope.spawn(|| {
                    while let Some((at, call)) = {
                        let at = next.fetch_add(1, Ordering::Relaxed);
                        calls.get(at).map(|call| (at, call))
                    } {
                        let outcome = self.call_active(call);
                        done(&outcome);
                        let mut outcomes = outcomes.lock().unwrap_or_else(PoisonError::into_inner);
                        outcomes.push((at, outcome));
                    }
                });
            }
        });
        let mut outcomes = outcomes
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        outcomes.sort_by_key(|(at, _)| *at);
        outcomes.into_iter().map(|(_, outcome)| outcome).collect()
    }
}
