//! The activation, and requests that an agent must refuse or survive.

use choria_external_ddl::{Action, Type};
use choria_external_protocol::StatusCode;
use serde_json::{Map, Value, json};

use super::Verdict;
use super::answer::Answer;
use super::basic::Basic;
use super::cause::{Kind, because};
use super::probe::{Halt, Probe, skip};
use crate::call::Call;

/// The code of agents where an input is missing.
const MISSING_DATA: StatusCode = StatusCode::MISSING_DATA;
const INVALID_DATA: StatusCode = StatusCode::INVALID_DATA;

pub(super) fn activation(probe: &mut Probe) -> Result<Verdict, Halt> {
    let answer = probe.activation()?;
    if let Some(verdict) = Basic::Activation.unanswered(probe, &answer)? {
        return Ok(verdict);
    }
    Ok(match answer {
        Answer::Nothing(..) | Answer::Explained { .. } => answer.replied(),
        Answer::Said(said) if said.code.is_ok() => Verdict::Kept("active".into()),
        Answer::Said(said) if said.missing.is_empty() => {
            Verdict::warning("it replied false: the agent would not be active on this node")
        }
        Answer::Said(said) => Verdict::error(said.missing.join(", ")),
    })
}

pub(super) fn no_facts(probe: &mut Probe) -> Result<Verdict, Halt> {
    if matches!(probe.activation()?, Answer::Said(_)) {
        return Ok(Verdict::Kept("answered with an empty facts file".into()));
    }
    match probe.activation_with_facts()? {
        Answer::Said(_) => Ok(Verdict::error(
            "it answers if the facts file has {}, but not if it is empty",
        )),
        Answer::Nothing(..) => skip("the activation fails with facts too"),
        answer @ Answer::Explained { .. } => Ok(answer.replied()),
    }
}

pub(super) fn unknown_action(probe: &mut Probe) -> Result<Verdict, Halt> {
    let answer = probe.unknown()?;
    if let Some(verdict) = Basic::Unknown.unanswered(probe, &answer)? {
        return Ok(verdict);
    }
    probe.suspect_accepted(Kind::Unknown, &probe.unknown_call("{}")?, &answer);
    Ok(answer.refused(StatusCode::UNKNOWN_ACTION))
}

/// The actions that require an input. Only they can be called without doing
/// anything.
fn with_required(probe: &Probe) -> Result<Vec<Action>, Halt> {
    let Some(ddl) = &probe.program.ddl else {
        return skip("there is no DDL, which has the inputs");
    };
    let required = |action: &&Action| action.inputs.iter().any(|input| !input.optional);
    let actions: Vec<Action> = ddl.actions.iter().filter(required).cloned().collect();
    if actions.is_empty() {
        return skip("no action requires an input");
    }
    Ok(actions)
}

/// A call without inputs of each action that requires one: at least one.
pub(super) fn missing_inputs(probe: &Probe) -> Result<Vec<Call>, Halt> {
    let actions = with_required(probe)?.into_iter();
    let call = |action: Action| Call::new(&*action.name, &json!({}));
    Ok(actions.map(call).collect())
}

pub(super) fn missing_input(probe: &mut Probe) -> Result<Verdict, Halt> {
    let mut verdicts = Vec::new();
    for call in missing_inputs(probe)? {
        let answer = probe.call("missing input", &call, None)?;
        probe.suspect_accepted(Kind::Known, &call, &answer);
        verdicts.push(answer.refused(MISSING_DATA));
    }
    Ok(Verdict::worst(verdicts))
}

pub(super) fn wrong_input(probe: &mut Probe) -> Result<Verdict, Halt> {
    let mut verdicts = Vec::new();
    for action in with_required(probe)? {
        // Each of them, so that nothing is left that the action could do.
        let required = action.inputs.iter().filter(|input| !input.optional);
        let data: Map<String, Value> = required
            .map(|input| (input.name.to_string(), of_another_type(&input.kind)))
            .collect();
        let call = Call::new(&*action.name, &Value::Object(data));
        let answer = probe.call("wrong input", &call, None)?;
        verdicts.push(answer.refused(INVALID_DATA));
    }
    Ok(Verdict::worst(verdicts))
}

/// A value that is of no use where the other type is wanted: numbers, say,
/// would be files that are open.
fn of_another_type(kind: &Type) -> Value {
    match kind {
        Type::Hash => json!([]),
        _ => json!({}),
    }
}

pub(super) fn null_data(probe: &mut Probe) -> Result<Verdict, Halt> {
    let mut verdicts = vec![odd(probe, "null data", "null")?];
    for action in with_required(probe).unwrap_or_default() {
        let call = Call::new(&*action.name, &Value::Null);
        let answer = probe.call("null data", &call, None)?;
        verdicts.push(match probe.accepts(Kind::Known, &call, &answer) {
            Some(rule) => Verdict::Skipped(because(rule, "status 0 here, too")),
            None => answer.refused(MISSING_DATA),
        });
    }
    Ok(Verdict::worst(verdicts))
}

pub(super) fn odd_unicode(probe: &mut Probe) -> Result<Verdict, Halt> {
    // A lone surrogate of each kind, a pair the wrong way round, as a name too;
    // what ends texts in C and lines in JavaScript; a direction, a flag.
    let data = r#"{"lone": "\ud800", "other": "x\udfff", "swapped": "\udc00\ud800", "\ud83d": 1, "nul": "a\u0000b",
        "lines": "\u2028\u2029\u0085", "rtl": "\u202eabc\u202c \u05d0\u0628", "flag": "\ud83c\udff4\udb40\udc67",
        "none": "\ufffe\uffff\ufeff", "combining": "COMBINING"}"#;
    odd(
        probe,
        "odd Unicode",
        &data.replace("COMBINING", &format!("a{}", "\u{301}".repeat(1_000))),
    )
}

pub(super) fn large_numbers(probe: &mut Probe) -> Result<Verdict, Halt> {
    let data = format!(
        r#"{{"a": 9007199254740993, "b": -9223372036854775809, "c": 18446744073709551616, "d": 1{}, "e": -0, "f": 1e-400,
        "g": 0.1000000000000000055511151231257827}}"#,
        "0".repeat(300)
    );
    odd(probe, "large numbers", &data)
}

pub(super) fn equal_keys(probe: &mut Probe) -> Result<Verdict, Halt> {
    odd(
        probe,
        "equal keys",
        r#"{"a": 1, "a": "two", "A": 3, "a": {"b": 1, "b": 2}}"#,
    )
}

pub(super) fn deep_nesting(probe: &mut Probe) -> Result<Verdict, Halt> {
    let mut verdicts = Vec::new();
    for levels in [100, 499] {
        let data = format!(r#"{{"a": {}{}}}"#, "[".repeat(levels), "]".repeat(levels));
        verdicts.push(odd(probe, "deep nesting", &data)?);
    }
    Ok(Verdict::worst(verdicts))
}

pub(super) fn large_request(probe: &mut Probe) -> Result<Verdict, Halt> {
    let data = format!(r#"{{"text": "{}"}}"#, "x".repeat(1 << 20));
    odd(probe, "1 MiB of data", &data)
}

/// Whether there is a reply to these inputs, and none of success. They go to an
/// action that the agent has not: it must read them, and can do nothing.
fn odd(probe: &mut Probe, of: &'static str, data: &str) -> Result<Verdict, Halt> {
    let call = probe.unknown_call(data)?;
    let answer = probe.call(of, &call, None)?;
    if let Some(rule) = probe.accepts(Kind::Unknown, &call, &answer) {
        return Ok(Verdict::Skipped(because(rule, "status 0 here, too")));
    }
    Ok(if answer.accepted() {
        Verdict::error("status 0 for an action that it does not have")
    } else {
        // The code is judged by the rule for unknown actions.
        answer.replied()
    })
}
