//! Runs cases, several at a time.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use choria_external_host::{Outcome, Program};

use super::check::check;
use super::file::{Case, TestFile};
use super::node::harness;

/// A case that is to be run.
pub(super) struct Job<'a> {
    pub(super) file: &'a TestFile,
    pub(super) case: &'a Case,
    pub(super) program: &'a Program,
}

/// What became of a case.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) verdict: Verdict,
    /// How long all its calls took, activation and all.
    pub(super) time: Duration,
    /// Of the last call.
    pub(super) outcome: Option<Outcome>,
}

#[derive(Debug)]
pub(super) enum Verdict {
    Passed,
    /// It failed, and the file was changed so that it does not any more: the
    /// keys that were.
    Updated(Vec<String>),
    /// What was not as wanted, a sentence each.
    Failed(Vec<String>),
    /// It could not be run at all.
    Trouble(String),
    /// Another failed before, and `--fail-fast` was given.
    NotRun,
}

impl Verdict {
    pub(super) fn is_well(&self) -> bool {
        matches!(self, Self::Passed | Self::Updated(_))
    }

    /// As programs read it.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Updated(_) => "updated",
            Self::Failed(_) => "failed",
            Self::Trouble(_) => "trouble",
            Self::NotRun => "not_run",
        }
    }
}

/// Runs all jobs, `parallel` at a time; `each` is told of them in their order,
/// while others run.
pub(super) fn run(
    jobs: &[Job<'_>],
    parallel: NonZeroUsize,
    fail_fast: bool,
    mut each: impl FnMut(usize, &Done),
) -> Vec<Done> {
    let next = AtomicUsize::new(0);
    let stop = AtomicBool::new(false);
    let (sender, receiver) = mpsc::channel();
    let mut done: Vec<Option<Done>> = jobs.iter().map(|_| None).collect();
    let mut told = 0;
    thread::scope(|scope| {
        for _ in 0..parallel.get().min(jobs.len()) {
            let sender = sender.clone();
            scope.spawn(|| {
                let sender = sender;
                while let Some((at, job)) = {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    jobs.get(at).map(|job| (at, job))
                } {
                    let result = if stop.load(Ordering::SeqCst) {
                        not_run()
                    } else {
                        one(job)
                    };
                    if fail_fast && !result.verdict.is_well() {
                        stop.store(true, Ordering::SeqCst);
                    }
                    // The receiver lives as long as this.
                    let _ = sender.send((at, result));
                }
            });
        }
        drop(sender);
        for (at, result) in receiver {
            done[at] = Some(result);
            while let Some(Some(result)) = done.get(told) {
                each(told, result);
                told += 1;
            }
        }
    });
    done.into_iter()
        .map(|done| done.unwrap_or_else(not_run))
        .collect()
}

fn not_run() -> Done {
    Done {
        verdict: Verdict::NotRun,
        time: Duration::ZERO,
        outcome: None,
    }
}

/// Calls as often as the case says, until something is not as wanted.
fn one(job: &Job<'_>) -> Done {
    let Job { case, program, .. } = job;
    let start = Instant::now();
    let mut last = None;
    let verdict = calls(case, program, &mut last).unwrap_or_else(|error| {
        last = None;
        Verdict::Trouble(format!("{error:#}"))
    });
    Done {
        verdict,
        time: start.elapsed(),
        outcome: last,
    }
}

fn calls(case: &Case, program: &Program, last: &mut Option<Outcome>) -> anyhow::Result<Verdict> {
    let harness = harness(program, case)?;
    for call in 1..=case.repeat {
        let outcome = harness.call(&case.action, &case.data)?;
        let mut wrong = check(&case.expect, &outcome);
        *last = Some(outcome);
        if !wrong.is_empty() {
            if case.repeat > 1 {
                wrong.insert(0, format!("call {call} of {}:", case.repeat));
            }
            return Ok(Verdict::Failed(wrong));
        }
    }
    Ok(Verdict::Passed)
}
