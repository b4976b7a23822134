//! What a program prints last.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::Verdict;
use super::probe::{Halt, Probe, skip};
use crate::call::Call;
use crate::output::Reading;

/// How late the output is read: as long as a whole start takes, so that the end
/// of an interpreter is no waiting; but shorter than a program should wait.
const LATE: RangeInclusive<Duration> = Duration::from_millis(30)..=Duration::from_millis(150);
/// How often a program may be late itself, on a machine that is busy.
const TRIES: usize = 3;

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
    probe.call(of, call, None)?;
    let Some(at_once) = probe.made.last().filter(|made| made.printed()) else {
        return Ok(None);
    };
    // One that takes longer ends late by chance, too: it must wait each time.
    let needed = if at_once.time < *LATE.end() { 1 } else { TRIES };
    let late = at_once.time.clamp(*LATE.start(), *LATE.end());
    let mut waited = 0;
    for _ in 0..TRIES {
        let before = std::mem::replace(&mut probe.program.reading, Reading::LateBy(late));
        let answer = probe.call(of, call, None);
        probe.program.reading = before;
        answer?;
        waited += usize::from(probe.made.last().is_some_and(|made| made.unread() == 0));
        if waited == needed {
            return Ok(Some(Verdict::Kept("waited for its readers".into())));
        }
    }
    let what = "it ended while what it had printed was not read yet";
    Ok(Some(Verdict::warning(what)))
}
