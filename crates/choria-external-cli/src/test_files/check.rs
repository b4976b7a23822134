//! Whether what came of a call is what was wanted.

use choria_external_host::Outcome;
use choria_external_host::harness::{Compare, differences};
use choria_external_host::outcome::PublishedReply;

use super::expect::{End, Expect};

/// An expectation that does not hold: its key in `expect`, and a sentence.
pub(super) type Wrong = (&'static str, String);

/// Returns a sentence for each expectation that does not hold.
pub(super) fn check(expect: &Expect, outcome: &Outcome) -> Vec<String> {
    let wrong = check_keys(expect, outcome).into_iter();
    wrong.map(|(_, sentence)| sentence).collect()
}

/// Returns the expectations that do not hold, with their keys.
pub(super) fn check_keys(expect: &Expect, outcome: &Outcome) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    match (&outcome.reply, expect.end) {
        (Some(reply), End::Reply) => check_reply(expect, reply, &mut wrong),
        (None, End::Reply) => wrong.push((
            "reply",
            format!(
                "{}, expected a reply with status {}",
                end(outcome),
                expect.status
            ),
        )),
        (None, End::NoReply) if outcome.activated => check_reason(expect, outcome, &mut wrong),
        (None, End::Inactive) if !outcome.activated => check_reason(expect, outcome, &mut wrong),
        (_, End::NoReply) => {
            wrong.push(("reply", format!("{}, expected no reply", end(outcome))));
        }
        (_, End::Inactive) => wrong.push((
            "active",
            format!("{}, expected an agent that is not active", end(outcome)),
        )),
    }
    for line in &expect.log {
        if !outcome.log.iter().any(|logged| line.fits(logged)) {
            wrong.push(("log", format!("the log has no {line}")));
        }
    }
    for line in &expect.no_log {
        if let Some(logged) = outcome.log.iter().find(|logged| line.fits(logged)) {
            let (level, text) = (logged.level.name(), &logged.line);
            let what = format!("the log has the line {level} {text:?}, expected no {line}");
            wrong.push(("no_log", what));
        }
    }
    if let Some(most) = expect.time.filter(|most| outcome.time > *most) {
        let (took, most) = (outcome.time.as_secs_f64(), most.as_secs_f64());
        let what = format!("it took {took:.3} s, expected {most} s at most");
        wrong.push(("time", what));
    }
    check_left(expect, outcome, &mut wrong);
    if expect.clean {
        let unclean = match expect.left {
            Some(_) => outcome.unclean_but_left(),
            None => outcome.unclean(),
        };
        let unclean = unclean.into_iter();
        wrong.extend(unclean.map(|what| ("clean", format!("not clean: {what}"))));
    }
    wrong
}

fn end(outcome: &Outcome) -> String {
    let reason = outcome.reason.as_deref().unwrap_or("for no known reason");
    match &outcome.reply {
        Some(reply) => format!("there is a reply with status {}", reply.statuscode),
        None if outcome.activated => format!("there is no reply: {reason}"),
        None => format!("the agent is not active: {reason}"),
    }
}

fn check_reply(expect: &Expect, reply: &PublishedReply, wrong: &mut Vec<Wrong>) {
    if reply.statuscode != expect.status {
        let (is, wanted) = (reply.statuscode, expect.status);
        wrong.push(("status", format!("the status is {is}, expected {wanted}")));
    }
    let message = &reply.statusmsg;
    if let Some(wanted) = expect
        .message
        .as_ref()
        .filter(|wanted| !wanted.fits(message))
    {
        let what = format!("the message is {message:?}, expected {wanted}");
        wrong.push(("message", what));
    }
    for (name, how, wanted) in [
        ("data", Compare::Equal, &expect.data),
        ("data_has", Compare::Subset, &expect.data_has),
    ] {
        if let Some(wanted) = wanted {
            let found = differences(how, wanted, &reply.data);
            wrong.extend(
                found
                    .into_iter()
                    .map(|what| (name, format!("{name}: {what}"))),
            );
        }
    }
    if let Some(schema) = &expect.data_schema {
        let found = schema.complaints(&reply.data);
        let found = found.into_iter();
        wrong.extend(found.map(|what| ("data_schema", format!("data_schema: {what}"))));
    }
}

fn check_reason(expect: &Expect, outcome: &Outcome, wrong: &mut Vec<Wrong>) {
    let reason = outcome.reason.as_deref().unwrap_or_default();
    if let Some(wanted) = expect.reason.as_ref().filter(|wanted| !wanted.fits(reason)) {
        let what = format!("the reason is {reason:?}, expected {wanted}");
        wrong.push(("reason", what));
    }
}

/// Each process that is wanted is one of those that were left.
fn check_left(expect: &Expect, outcome: &Outcome, wrong: &mut Vec<Wrong>) {
    let Some(wanted) = &expect.left else { return };
    let mut left: Vec<&str> = outcome.left().map(|left| &*left.command).collect();
    for part in wanted {
        match left.iter().position(|command| command.contains(&**part)) {
            Some(at) => drop(left.remove(at)),
            None => wrong.push(("left", format!("no process with {part:?} was left running"))),
        }
    }
    let left = left.into_iter();
    let what = |command| format!("an unexpected process was left running: {command}");
    wrong.extend(left.map(|command| ("left", what(command))));
}
