//! What a program prints last.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::Verdict;
use super::answer::Answer;
use super::probe::{Halt, Probe, skip};
use crate::call::Call;
use crate::output::ReadTiming;

/// How late the output is read: as long as a whole start takes, so that the end
/// of an interpreter is no waiting; but shorter than a program should wait.
const LATE: RangeInclusive<Duration> = Duration::from_millis(30)..=Duration::from_millis(150);
/// A program waits where so many starts did before a second one did not: on a busy
/// machine one that does not wait ends late by chance, and one that does has waited
/// its time.
const NEEDED: usize = 4;

pub(super) fn lost_log(probe: &mut Probe) -> Result<Verdict, Halt> {
    let mut calls = vec![probe.unknown_call("{}")?];
    calls.extend(probe.conformance.call.clone());
    let mut verdicts = Vec::new();
    for call in calls {
        verdicts.extend(waits(probe, &call)?);
    }
    if verdicts.is_empty() {
        return skip("it printed nothing");
    }
    Ok(Verdict::worst(verdicts))
}

/// Whether the program waits until what it prints at this call was read;
/// nothing where it prints nothing.
fn waits(probe: &mut Probe, call: &Call) -> Result<Option<Verdict>, Halt> {
    let of = "log at the end";
    if let answer @ Answer::Explained { .. } = probe.call(of, call, None)? {
        return Ok(Some(answer.replied()));
    }
    let Some(at_once) = probe.made.last().filter(|made| made.printed()) else {
        return Ok(None);
    };
    let late = at_once.time.clamp(*LATE.start(), *LATE.end());
    let (mut waited, mut ended) = (0, 0);
    while waited < NEEDED {
        let before = std::mem::replace(&mut probe.program.read_timing, ReadTiming::LateBy(late));
        let answer = probe.call(of, call, None);
        probe.program.read_timing = before;
        answer?;
        if probe.made.last().is_some_and(|made| made.unread() == 0) {
            waited += 1;
        } else {
            ended += 1;
        }
        if ended > 1 {
            let what = "the program ended before its output was read";
            return Ok(Some(Verdict::warning(what)));
        }
    }
    Ok(Some(Verdict::Kept(
        "the program waits until its output is read".into(),
    )))
}
