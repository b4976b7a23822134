//! What must hold for every start of all cases together.

use choria_external_ddl::lint::Rule;

use super::answer::unread;
use super::cause::because;
use super::probe::{Halt, Made, Probe, skip};
use super::{MOST_TEXTS, Verdict, several};
use crate::output::CapturedOutput;
use crate::reply::{activates, said};

/// Whether an earlier rule can have said what is wrong with a start.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    /// It is why there was no reply: a rule whose request got none says it.
    Before,
    /// No reply is lost by it, or not alone.
    Here,
}

/// The cases of which a start is such that `wrong` has something to say; that of
/// the first such start. Cases of which it says the same are told together.
fn each(
    probe: &Probe,
    kept: &str,
    told: Told,
    wrong: impl Fn(&Made) -> Option<String>,
) -> Result<Verdict, Halt> {
    if probe.made.is_empty() {
        return probe.skip("nothing was started");
    }
    let mut cases: Vec<&str> = Vec::new();
    let mut texts: Vec<(String, Vec<&str>)> = Vec::new();
    let mut explained: Option<&Rule> = None;
    for made in &probe.made {
        if cases.contains(&made.of) {
            continue;
        }
        let Some(what) = wrong(made) else { continue };
        if let (Told::Before, Some(rule)) = (told, made.explained) {
            explained.get_or_insert(rule);
            continue;
        }
        cases.push(made.of);
        match texts.iter_mut().find(|(text, _)| *text == what) {
            Some((_, cases)) => cases.push(made.of),
            None => texts.push((what, vec![made.of])),
        }
    }
    let texts: Vec<String> = texts
        .into_iter()
        .map(|(what, cases)| format!("{}: {what}", listed(&cases)))
        .collect();
    Ok(match (texts.is_empty(), explained) {
        (false, _) => Verdict::error(several(&texts)),
        (true, Some(rule)) => Verdict::Skipped(because(rule, "the same starts")),
        (true, None) => Verdict::Kept(kept.into()),
    })
}

/// The first of several cases.
pub(super) fn listed(cases: &[&str]) -> String {
    let (first, more) = cases.split_at(cases.len().min(MOST_TEXTS));
    match more.len() {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}

pub(super) fn exit_status(probe: &mut Probe) -> Result<Verdict, Halt> {
    each(probe, "always", Told::Before, |made| made.failed.clone())
}

pub(super) fn whole_reply(probe: &mut Probe) -> Result<Verdict, Halt> {
    // Of one that failed or was killed nobody reads the reply.
    each(probe, "always", Told::Before, |made| {
        let well = made.trace.exit == Some(0);
        let reply = made.trace.reply();
        let read = if made.activation() {
            activates(reply).map(Result::err)
        } else {
            said(reply).map(Result::err)
        };
        let plain = |why| unread(why, &made.trace, made.activation());
        well.then(|| match read {
            Ok(why) => why.map(plain),
            Err(error) => Some(error.to_string()),
        })?
    })
}

pub(super) fn three_keys(probe: &mut Probe) -> Result<Verdict, Halt> {
    each(probe, "always", Told::Here, |made| {
        if made.activation() || made.trace.exit != Some(0) {
            return None;
        }
        let said = said(made.trace.reply()).ok()?.ok()?;
        (!said.missing.is_empty()).then(|| said.missing.join(", "))
    })
}

pub(super) fn long_line(probe: &mut Probe) -> Result<Verdict, Halt> {
    each(probe, "none", Told::Here, |made| {
        let outputs = [
            ("standard output", &made.trace.stdout),
            ("standard error", &made.trace.stderr),
        ];
        let too_long = |(_, printed): &&(&str, &CapturedOutput)| printed.unlogged > 0;
        let (name, _) = outputs.iter().find(too_long)?;
        Some(format!("a line on {name} has 64 KiB or more"))
    })
}

pub(super) fn time_limit(probe: &mut Probe) -> Result<Verdict, Halt> {
    each(probe, "always", Told::Before, |made| {
        made.timed_out.then(|| "it was killed".into())
    })
}

pub(super) fn left_behind(probe: &mut Probe) -> Result<Verdict, Halt> {
    if cfg!(not(target_os = "linux")) {
        return skip("this is seen on Linux only");
    }
    each(probe, "nothing", Told::Here, |made| {
        let left = made.trace.left.first()?;
        Some(match made.trace.left.len() {
            1 => left.command.clone(),
            several => format!("{several} processes, such as {}", left.command),
        })
    })
}
