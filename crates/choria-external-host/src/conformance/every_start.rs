//! What must hold for every start of all cases together.

use std::time::Duration;

use super::probe::{Halt, Made, Probe, skip};
use super::{Verdict, several};
use crate::output::{Printed, Reading};
use crate::reply::{activates, said};

/// How late the output is read: longer than the end of an interpreter takes,
/// and shorter than a program should wait.
const LATE: Duration = Duration::from_millis(100);
/// How often a program may be late itself, on a machine that is busy.
const TRIES: usize = 3;

/// The starts of which `wrong` has something to say; each once for its case.
fn each(
    probe: &Probe,
    kept: &str,
    wrong: impl Fn(&Made) -> Option<String>,
) -> Result<Verdict, Halt> {
    if probe.made.is_empty() {
        return skip("nothing was started");
    }
    let mut texts: Vec<String> = Vec::new();
    for made in &probe.made {
        let text = wrong(made).map(|what| format!("{}: {what}", made.of));
        texts.extend(text.filter(|text| !texts.contains(text)));
    }
    Ok(if texts.is_empty() {
        Verdict::Kept(kept.into())
    } else {
        Verdict::error(several(&texts))
    })
}

pub(super) fn exit_status(probe: &mut Probe) -> Result<Verdict, Halt> {
    each(probe, "always", |made| made.failed.clone())
}

pub(super) fn whole_reply(probe: &mut Probe) -> Result<Verdict, Halt> {
    // Of one that failed or was killed nobody reads the reply.
    each(probe, "always", |made| {
        let well = made.trace.exit == Some(0);
        let reply = &made.trace.reply;
        let read = if made.activation {
            activates(reply).map(Result::err)
        } else {
            said(reply).map(Result::err)
        };
        well.then(|| read.unwrap_or_else(|error| Some(error.to_string())))?
    })
}

pub(super) fn three_keys(probe: &mut Probe) -> Result<Verdict, Halt> {
    each(probe, "always", |made| {
        if made.activation || made.trace.exit != Some(0) {
            return None;
        }
        let said = said(&made.trace.reply).ok()?.ok()?;
        (!said.missing.is_empty()).then(|| said.missing.join(", "))
    })
}

pub(super) fn long_line(probe: &mut Probe) -> Result<Verdict, Halt> {
    each(probe, "none", |made| {
        let outputs = [
            ("standard output", &made.trace.stdout),
            ("standard error", &made.trace.stderr),
        ];
        let too_long = |(_, printed): &&(&str, &Printed)| printed.unlogged > 0;
        let (name, _) = outputs.iter().find(too_long)?;
        Some(format!("a line on {name} has 64 KiB or more"))
    })
}

pub(super) fn time_limit(probe: &mut Probe) -> Result<Verdict, Halt> {
    each(probe, "always", |made| {
        made.timed_out.then(|| "it was killed".into())
    })
}

pub(super) fn left_behind(probe: &mut Probe) -> Result<Verdict, Halt> {
    if cfg!(not(target_os = "linux")) {
        return skip("this is seen on Linux only");
    }
    each(probe, "nothing", |made| {
        let left = made.trace.left.first()?;
        Some(format!(
            "{} processes, such as {}",
            made.trace.left.len(),
            left.command
        ))
    })
}

pub(super) fn lost_log(probe: &mut Probe) -> Result<Verdict, Halt> {
    let mut calls = vec![probe.unknown_call("{}")?];
    calls.extend(probe.conformance.call.clone());
    let before = std::mem::replace(&mut probe.program.reading, Reading::LateBy(LATE));
    let mut verdicts = Vec::new();
    for call in calls {
        for trial in 1..=TRIES {
            if let Err(halt) = probe.call("log at the end", &call, None) {
                probe.program.reading = before;
                return Err(halt);
            }
            let Some(Made { trace, .. }) = probe.made.last() else {
                break;
            };
            let outputs = [&trace.stdout, &trace.stderr];
            if outputs.iter().all(|printed| printed.bytes.is_empty()) {
                break;
            }
            if outputs.iter().all(|printed| printed.unread == 0) {
                verdicts.push(Verdict::Kept("waited for its readers".into()));
                break;
            }
            if trial == TRIES {
                verdicts.push(Verdict::warning(
                    "it ended while what it had printed was not read yet",
                ));
            }
        }
    }
    probe.program.reading = before;
    if verdicts.is_empty() {
        return skip("it printed nothing");
    }
    Ok(Verdict::worst(verdicts))
}
