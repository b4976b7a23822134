//! Whether what came of a call is what was wanted.

use choria_external_host::{Compare, Outcome, Published, differences};

use super::expect::{End, Expect};

/// What is not as wanted, a sentence each; nothing where all is.
pub(super) fn check(expect: &Expect, outcome: &Outcome) -> Vec<String> {
    let mut wrong = Vec::new();
    match (&outcome.reply, expect.end) {
        (Some(reply), End::Reply) => check_reply(expect, reply, &mut wrong),
        (None, End::Reply) => wrong.push(format!(
            "{}, wanted a reply with status {}",
            end(outcome),
            expect.status
        )),
        (None, End::NoReply) if outcome.activated => check_reason(expect, outcome, &mut wrong),
        (None, End::Inactive) if !outcome.activated => check_reason(expect, outcome, &mut wrong),
        (_, End::NoReply) => wrong.push(format!("{}, wanted no reply", end(outcome))),
        (_, End::Inactive) => wrong.push(format!(
            "{}, wanted an agent that is not active",
            end(outcome)
        )),
    }
    for line in &expect.log {
        if !outcome.log.iter().any(|logged| line.fits(logged)) {
            wrong.push(format!("the log has no {line}"));
        }
    }
    for line in &expect.no_log {
        if let Some(logged) = outcome.log.iter().find(|logged| line.fits(logged)) {
            let (level, text) = (logged.level.name(), &logged.line);
            wrong.push(format!(
                "the log has the line {level} {text:?}, wanted no {line}"
            ));
        }
    }
    if let Some(most) = expect.time.filter(|most| outcome.time > *most) {
        let (took, most) = (outcome.time.as_secs_f64(), most.as_secs_f64());
        wrong.push(format!("it took {took:.3} s, wanted {most} s at most"));
    }
    check_left(expect, outcome, &mut wrong);
    if expect.clean {
        let unclean = match expect.left {
            Some(_) => outcome.unclean_but_left(),
            None => outcome.unclean(),
        };
        wrong.extend(unclean.into_iter().map(|what| format!("not clean: {what}")));
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

fn check_reply(expect: &Expect, reply: &Published, wrong: &mut Vec<String>) {
    if reply.statuscode != expect.status {
        wrong.push(format!(
            "the status is {}, wanted {}",
            reply.statuscode, expect.status
        ));
    }
    let message = &reply.statusmsg;
    if let Some(wanted) = expect
        .message
        .as_ref()
        .filter(|wanted| !wanted.fits(message))
    {
        wrong.push(format!("the message is {message:?}, wanted {wanted}"));
    }
    for (name, how, wanted) in [
        ("data", Compare::Equal, &expect.data),
        ("data_has", Compare::Subset, &expect.data_has),
    ] {
        if let Some(wanted) = wanted {
            let found = differences(how, wanted, &reply.data);
            wrong.extend(found.into_iter().map(|what| format!("{name}: {what}")));
        }
    }
    if let Some(schema) = &expect.data_schema {
        let found = schema.complaints(&reply.data);
        wrong.extend(found.into_iter().map(|what| format!("data_schema: {what}")));
    }
}

fn check_reason(expect: &Expect, outcome: &Outcome, wrong: &mut Vec<String>) {
    let reason = outcome.reason.as_deref().unwrap_or_default();
    if let Some(wanted) = expect.reason.as_ref().filter(|wanted| !wanted.fits(reason)) {
        wrong.push(format!("the reason is {reason:?}, wanted {wanted}"));
    }
}

/// Each process that is wanted is one of those that were left.
fn check_left(expect: &Expect, outcome: &Outcome, wrong: &mut Vec<String>) {
    let Some(wanted) = &expect.left else { return };
    let mut left: Vec<&str> = outcome.left().map(|left| &*left.command).collect();
    for part in wanted {
        match left.iter().position(|command| command.contains(&**part)) {
            Some(at) => drop(left.remove(at)),
            None => wrong.push(format!("no process with {part:?} was left running")),
        }
    }
    wrong.extend(
        left.into_iter()
            .map(|command| format!("a process was left running that is not wanted: {command}")),
    );
}
