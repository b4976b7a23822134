//! What must hold for every start of all cases together.

use super::probe::{Halt, Made, Probe, skip, unread};
use super::{Verdict, several};
use crate::output::Printed;
use crate::reply::{activates, said};

/// The cases of which a start is such that `wrong` has something to say; that of
/// the first such start.
fn each(
    probe: &Probe,
    kept: &str,
    wrong: impl Fn(&Made) -> Option<String>,
) -> Result<Verdict, Halt> {
    if probe.made.is_empty() {
        return skip("nothing was started");
    }
    let mut cases: Vec<&str> = Vec::new();
    let mut texts: Vec<String> = Vec::new();
    for made in &probe.made {
        if let (false, Some(what)) = (cases.contains(&made.of), wrong(made)) {
            cases.push(made.of);
            texts.push(format!("{}: {what}", made.of));
        }
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
        let reply = made.trace.reply();
        let read = if made.activation {
            activates(reply).map(Result::err)
        } else {
            said(reply).map(Result::err)
        };
        let plain = |why| unread(why, &made.trace, made.activation);
        well.then(|| match read {
            Ok(why) => why.map(plain),
            Err(error) => Some(error.to_string()),
        })?
    })
}

pub(super) fn three_keys(probe: &mut Probe) -> Result<Verdict, Halt> {
    each(probe, "always", |made| {
        if made.activation || made.trace.exit != Some(0) {
            return None;
        }
        let said = said(made.trace.reply()).ok()?.ok()?;
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
        Some(match made.trace.left.len() {
            1 => left.command.clone(),
            several => format!("{several} processes, such as {}", left.command),
        })
    })
}
