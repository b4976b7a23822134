//! Runs cases, several at a time.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use choria_external_host::Outcome;
use choria_external_host::parallel::run_parallel;

use super::check::check;
use super::file::{Case, TestFile};
use super::node::Subject;
use crate::output::with_causes;

/// A case that is to be run.
pub(super) struct Job<'a> {
    pub(super) file: &'a TestFile,
    pub(super) case: &'a Case,
    pub(super) subject: &'a Subject,
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
    each: impl FnMut(usize, &Done) + Send,
) -> Vec<Done> {
    let stop = AtomicBool::new(false);
    let done: Vec<Option<Done>> = jobs.iter().map(|_| None).collect();
    let shared = Mutex::new((done, 0, each));
    run_parallel(jobs.len(), parallel, |at| {
        let result = if stop.load(Ordering::SeqCst) {
            not_run()
        } else {
            one(&jobs[at])
        };
        if fail_fast && !result.verdict.is_well() {
            stop.store(true, Ordering::SeqCst);
        }
        let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
        let (done, told, each) = &mut *shared;
        done[at] = Some(result);
        while let Some(Some(result)) = done.get(*told) {
            each(*told, result);
            *told += 1;
        }
    });
    let (done, ..) = shared.into_inner().unwrap_or_else(PoisonError::into_inner);
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
    let Job { case, subject, .. } = job;
    let start = Instant::now();
    let mut last = None;
    let verdict = calls(case, subject, &mut last).unwrap_or_else(|error| {
        last = None;
        Verdict::Trouble(with_causes(&error))
    });
    Done {
        verdict,
        time: start.elapsed(),
        outcome: last,
    }
}

fn calls(case: &Case, subject: &Subject, last: &mut Option<Outcome>) -> anyhow::Result<Verdict> {
    let asked = subject.asked(case)?;
    for call in 1..=case.repeat {
        let outcome = asked.call()?;
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
