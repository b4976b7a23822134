//! What became of the cases, as others read it.

use std::time::Duration;

use serde_json::{Value, json};

use super::run::{Done, Job, Verdict};

/// All cases that were chosen, with what became of each.
pub(super) struct Report<'a> {
    pub(super) cases: Vec<(&'a Job<'a>, &'a Done)>,
    pub(super) time: Duration,
}

impl Report<'_> {
    /// How many there are of a verdict.
    pub(super) fn count(&self, verdict: &str) -> usize {
        let cases = self.cases.iter();
        cases
            .filter(|(_, done)| done.verdict.name() == verdict)
            .count()
    }

    pub(super) fn json(&self) -> Value {
        let cases: Vec<Value> = self
            .cases
            .iter()
            .map(|(job, done)| case(job, done))
            .collect();
        json!({
            "passed": self.count("passed"),
            "updated": self.count("updated"),
            "failed": self.count("failed"),
            "trouble": self.count("trouble"),
            "not_run": self.count("not_run"),
            "seconds": self.time.as_secs_f64(),
            "cases": cases,
        })
    }
}

fn case(job: &Job<'_>, done: &Done) -> Value {
    let outcome = done.outcome.as_ref();
    let reply = outcome.and_then(|outcome| outcome.reply.as_ref());
    let reply = reply.map(|reply| {
        json!({
            "statuscode": reply.statuscode,
            "statusmsg": reply.statusmsg,
            "data": reply.data,
        })
    });
    json!({
        "file": job.file.document.name,
        "line": job.case.line,
        "name": job.case.name,
        "agent": job.subject.program.name,
        "action": job.case.asks.action(),
        "verdict": done.verdict.name(),
        "problems": problems(done),
        "seconds": done.time.as_secs_f64(),
        "reply": reply,
        "reason": outcome.and_then(|outcome| outcome.reason.clone()),
        "log": outcome.map(|outcome| &outcome.log),
    })
}

/// What is wrong with a case; for one that was updated, what was.
pub(super) fn problems(done: &Done) -> Vec<String> {
    match &done.verdict {
        Verdict::Failed(problems) => problems.clone(),
        Verdict::Trouble(reason) => vec![format!("could not be run: {reason}")],
        Verdict::Updated(keys) => vec![format!("updated: {}", keys.join(", "))],
        Verdict::Passed | Verdict::NotRun => Vec::new(),
    }
}
