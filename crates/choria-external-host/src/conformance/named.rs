//! The call that the author names, and the same call with something added.

use choria_external_ddl::{Input, Type, Validation};
use choria_external_protocol::StatusCode;
use serde_json::Value;

use super::answer::{Answer, shown};
use super::basic::Basic;
use super::probe::{Halt, NAMED, Probe, skip};
use super::{Breach, Verdict};
use crate::call::Call;
use crate::intended::IntendedReply;
use crate::reply::PublishedReply;
use crate::size::{size_warning, too_large};

pub(super) fn call(probe: &mut Probe) -> Result<Verdict, Halt> {
    let call = probe.named_call()?;
    let answer = probe.named()?;
    if let Some(verdict) = Basic::Named.unanswered(probe, &answer)? {
        return Ok(verdict);
    }
    let said = match answer {
        Answer::Said(said) => said,
        Answer::Nothing(..) | Answer::Explained { .. } => return Ok(answer.replied()),
    };
    if !said.code.is_ok() {
        return Ok(Verdict::error(format!(
            "status {} ({}); expected 0",
            said.code,
            shown(&said.message)
        )));
    }
    let made = probe.made.iter().rev().find(|made| made.of == NAMED);
    let Some(made) = made else {
        return skip("nothing was started");
    };
    let agent = probe.program.name.as_str();
    let action = probe.action(&call.action);
    let reply = made.trace.reply();
    let published = PublishedReply::from_reply(agent, &call.action, action, reply)?;
    let bytes = published.to_json().len();
    if let Some(reason) = too_large("reply", bytes) {
        return Ok(Verdict::error(reason));
    }
    let mut lost: Vec<String> = size_warning("reply", bytes).into_iter().collect();
    if let Some(meant) = IntendedReply::of(&made.trace, Some(&published)) {
        lost.extend(meant.differences);
    }
    Ok(match lost.first() {
        Some(first) => Verdict::warning(first),
        None => Verdict::Kept("status 0".into()),
    })
}

pub(super) fn process_results(probe: &mut Probe) -> Result<Verdict, Halt> {
    let before = probe.named()?;
    let call = with(probe, "process_results", true.into())?;
    Ok(
        match (before, probe.call("process_results", &call, None)?) {
            (Answer::Said(before), Answer::Said(now)) if before.code != now.code => {
                Verdict::error(format!(
                    "status {} ({}); without it {}",
                    now.code,
                    shown(&now.message),
                    before.code
                ))
            }
            (_, answer) => answer.replied(),
        },
    )
}

pub(super) fn undeclared_input(probe: &mut Probe) -> Result<Verdict, Halt> {
    let call = with(probe, "no_such_input", 1.into())?;
    let answer = probe.call("undeclared input", &call, None)?;
    // The rule's severity: the call without it does no harm, and neither does
    // this.
    Ok(answer.refused(StatusCode::INVALID_DATA))
}

pub(super) fn unsafe_text(probe: &mut Probe) -> Result<Verdict, Halt> {
    let call = probe.named_call()?;
    let Some(action) = probe.action(&call.action).cloned() else {
        return skip("there is no DDL, which has the validation");
    };
    let mut verdicts = Vec::new();
    for input in &*action.inputs {
        let Some(text) = refused_text(input) else {
            continue;
        };
        let call = with(probe, &input.name, text.into())?;
        let answer = probe.call("string its validation refuses", &call, None)?;
        let verdict = match (answer.refused(StatusCode::INVALID_DATA), &answer) {
            // Servers refuse it as well.
            (Verdict::Broken(Breach { what, .. }), Answer::Said(_))
                if input.check(&text.into()).is_err() =>
            {
                Verdict::warning(what)
            }
            (verdict, _) => verdict,
        };
        verdicts.push(verdict.with_what(|what| format!("{} is {text:?}: {what}", input.name)));
    }
    if verdicts.is_empty() {
        return skip(format!("no input of {} has a validation", call.action));
    }
    Ok(Verdict::worst(verdicts))
}

/// A text that an input's validation refuses, and that does no harm in a shell.
fn refused_text(input: &Input) -> Option<&'static str> {
    let has_validation = !matches!(input.validation, Validation::None | Validation::Unknown(_));
    if input.kind != Type::String || !has_validation {
        return None;
    }
    let texts = ["a;:", "\u{1}", "", "-", "\u{e9}\u{e9}"];
    let refused = |text: &&&str| input.check_strictly(&Value::from(**text)).is_err();
    texts.iter().find(refused).copied()
}

/// The named call with one input more, or another value for it.
fn with(probe: &Probe, name: &str, value: Value) -> Result<Call, Halt> {
    let call = probe.named_call()?;
    let mut data = call.checked_data();
    match &mut data {
        Value::Object(inputs) => {
            inputs.insert(name.into(), value);
        }
        other => *other = serde_json::json!({ name: value }),
    }
    Ok(Call::new(&*call.action, &data))
}
