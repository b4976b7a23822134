//! Programs of other function types than an agent's: what holds for all of them.

use std::ffi::OsStr;

use choria_external_ddl::lint::Rule;
use choria_external_protocol::{ReplyBy, RequestBy};
use serde_json::{Map, Value, json};

use super::every_start::listed;
use super::files::permission;
use super::probe::{MOST_TIME_OUTS, NAMED};
use super::rules::{
    EMPTY_PATH, EXIT_STATUS, LEFT_BEHIND, LONG_LINE, NAMED_CALL, PERMISSIONS, TIME_LIMIT,
    VALID_REPLY,
};
use super::{Case, Conformance, Verdict, several};
use crate::error::HostError;
use crate::function::{FunctionOutcome, FunctionProgram, NoReplyError};
use crate::os;

/// One start that was made.
struct Made {
    /// With which request, in a word or two.
    of: &'static str,
    outcome: FunctionOutcome,
}

impl Conformance {
    /// Checks a program of any function type, and tells what came of each case as soon
    /// as it is known: those rules of [`CONFORMANCE_RULES`](super::CONFORMANCE_RULES)
    /// that are not only about agents.
    ///
    /// The program gets nothing to do but `request`, if there is one: each other request
    /// breaks the schema of the type. [`Conformance::call`] and [`Conformance::config`]
    /// are only for agents.
    ///
    /// # Errors
    /// Returns [`HostError::Request`] if `request` breaks its schema; another
    /// [`HostError`] if the harness itself fails. A broken rule is not an error.
    pub fn check_function(
        &self,
        program: &FunctionProgram,
        request: Option<&Value>,
        mut told: impl FnMut(&Case),
    ) -> Result<(), HostError> {
        let mut tell = |rule: &'static Rule, verdict: Verdict| {
            if self.wants(rule) {
                let verdict = verdict.at_most(rule.severity);
                told(&Case { rule, verdict });
            }
        };
        tell(&PERMISSIONS, permissions(program)?);
        let mut made = Vec::new();
        if let Some(request) = request {
            let request = program.function.request_bytes(request)?;
            let named = start(program, NAMED, &request, None)?;
            tell(&NAMED_CALL, replied(&named.outcome.reply));
            if self.wants(&EMPTY_PATH) {
                tell(&EMPTY_PATH, empty_path(program, &request, &named)?);
            }
            made.push(named);
        } else {
            let why = "give --request, a request that does no harm";
            tell(&NAMED_CALL, Verdict::Skipped(why.into()));
            tell(&EMPTY_PATH, Verdict::Skipped(why.into()));
        }
        for (of, request) in broken_requests(program) {
            let time_outs = made.iter().filter(|made| made.outcome.timed_out()).count();
            if time_outs < MOST_TIME_OUTS && made.iter().all(|made| !made.outcome.time.is_zero()) {
                made.push(start(program, of, &request, None)?);
            }
        }
        let carrier = program.function.carrier();
        tell(
            &EXIT_STATUS,
            if carrier.exit_is_reply {
                Verdict::Skipped("the exit status is a part of the reply".into())
            } else {
                each(&made, "always", exit_status)
            },
        );
        let stdout_is_log = carrier.reply == ReplyBy::File;
        tell(
            &LONG_LINE,
            if carrier.reply == ReplyBy::Streams {
                Verdict::Skipped("there is no log".into())
            } else {
                each(&made, "none", |made| long_line(made, stdout_is_log))
            },
        );
        tell(
            &TIME_LIMIT,
            each(&made, "always", |made| {
                made.outcome.timed_out().then(|| "it was killed".into())
            }),
        );
        tell(
            &LEFT_BEHIND,
            if cfg!(target_os = "linux") {
                each(&made, "nothing", left_behind)
            } else {
                Verdict::Skipped("this is seen on Linux only".into())
            },
        );
        tell(
            &VALID_REPLY,
            each(&made, "always", |made| {
                // The rule about it has told of the named call.
                let reply = made.outcome.reply.as_ref();
                reply
                    .err()
                    .filter(|_| made.of != NAMED)
                    .map(ToString::to_string)
            }),
        );
        Ok(())
    }
}

fn start(
    program: &FunctionProgram,
    of: &'static str,
    request: &[u8],
    search_path: Option<&OsStr>,
) -> Result<Made, HostError> {
    let outcome = program.start(&program.terms(), request, search_path)?;
    Ok(Made { of, outcome })
}

/// Requests that break the schema, so that a program that checks them does nothing.
fn broken_requests(program: &FunctionProgram) -> Vec<(&'static str, Vec<u8>)> {
    let function = &program.function;
    let schema = function.request_schema();
    let properties = schema["properties"].as_object();
    let fixed = properties.into_iter().flatten();
    let fixed: Map<String, Value> = fixed
        .filter_map(|(key, part)| Some((key.clone(), part.get("const")?.clone())))
        .collect();
    let required = schema["required"].as_array().into_iter().flatten();
    let required = required.filter_map(Value::as_str);
    let required: Vec<&str> = required.filter(|key| !fixed.contains_key(*key)).collect();
    let with = |more: Map<String, Value>| {
        let mut request = fixed.clone();
        request.extend(more);
        Value::Object(request)
    };
    let one = |key: &str, value: Value| with(Map::from_iter([(key.to_owned(), value)]));
    let other_types = required.iter().map(|key| {
        let is_object = schema["properties"][key]["type"] == "object";
        let other = if is_object { json!([]) } else { json!({}) };
        ((*key).to_owned(), other)
    });
    let mut deep = json!(0);
    for _ in 0..400 {
        deep = json!([deep]);
    }
    let mut requests = vec![
        ("missing keys", with(Map::new())),
        ("wrong types", with(other_types.collect())),
        ("a list", json!([])),
        ("deep nesting", one("deep", deep)),
        ("1 MiB", one("text", "x".repeat(1 << 20).into())),
    ];
    // A lone surrogate is written below.
    requests.push((
        "odd Unicode",
        one("odd", "\u{0}\u{2028}\u{202e}LONE".into()),
    ));
    // Without a key that is required, some are requests like any other.
    requests.retain(|(_, request)| function.check_request(request).is_err());
    let has_parts = matches!(function.carrier().request, RequestBy::Parts(_));
    requests.retain(|(_, request)| request.is_object() || !has_parts);
    let mut texts: Vec<(&str, Vec<u8>)> = requests
        .into_iter()
        .map(|(of, request)| (of, request.to_string().replace("LONE", "\\ud800").into()))
        .collect();
    if !has_parts {
        texts.push(("half a request", b"{\"protocol\": ".into()));
        texts.push(("an empty request", Vec::new()));
    }
    texts
}

/// The requests of which a start is such that `wrong` has something to say; those of
/// which it says the same are told together.
fn each(made: &[Made], kept: &str, wrong: impl Fn(&Made) -> Option<String>) -> Verdict {
    if made.is_empty() {
        return Verdict::Skipped("nothing was started".into());
    }
    let mut texts: Vec<(String, Vec<&str>)> = Vec::new();
    for one in made {
        let Some(what) = wrong(one) else { continue };
        match texts.iter_mut().find(|(text, _)| *text == what) {
            Some((_, requests)) => requests.push(one.of),
            None => texts.push((what, vec![one.of])),
        }
    }
    if texts.is_empty() {
        return Verdict::Kept(kept.into());
    }
    let texts: Vec<String> = texts
        .into_iter()
        .map(|(what, requests)| format!("{}: {what}", listed(&requests)))
        .collect();
    Verdict::error(several(&texts))
}

fn permissions(program: &FunctionProgram) -> Result<Verdict, HostError> {
    let mode = os::mode(&program.path).map_err(|error| HostError::File {
        what: "look at",
        path: program.path.clone(),
        error,
    })?;
    let name = program.path.file_name().unwrap_or_default();
    Ok(match mode {
        Some(mode) => permission(&name.to_string_lossy(), mode, super::files::EXECUTE),
        None => Verdict::Skipped("this system has other permissions".into()),
    })
}

fn replied(reply: &Result<Value, NoReplyError>) -> Verdict {
    match reply {
        Ok(_) => Verdict::Kept("a valid reply".into()),
        Err(why) => Verdict::error(format!("no reply: {why}")),
    }
}

fn empty_path(
    program: &FunctionProgram,
    request: &[u8],
    named: &Made,
) -> Result<Verdict, HostError> {
    if named.outcome.reply.is_err() {
        let why = "it does not reply with a PATH either";
        return Ok(Verdict::Skipped(why.into()));
    }
    let without = start(program, NAMED, request, Some(OsStr::new("")))?;
    Ok(match without.outcome.reply {
        Ok(_) => Verdict::Kept("answered as with one".into()),
        Err(why) => Verdict::warning(format!("no reply: {why}")),
    })
}

fn exit_status(made: &Made) -> Option<String> {
    let outcome = &made.outcome;
    match outcome.trace.exit {
        Some(0) => None,
        _ if outcome.timed_out() => None,
        Some(code) => Some(format!("exit status {code}")),
        None if outcome.time.is_zero() => Some("it could not be started".into()),
        None => Some("a signal ended it".into()),
    }
}

fn long_line(made: &Made, stdout_is_log: bool) -> Option<String> {
    let trace = &made.outcome.trace;
    let outputs = [
        ("standard output", &trace.stdout, stdout_is_log),
        ("standard error", &trace.stderr, true),
    ];
    let mut outputs = outputs.iter();
    let (name, ..) = outputs.find(|(_, printed, is_log)| *is_log && printed.unlogged > 0)?;
    Some(format!("a line on {name} has 64 KiB or more"))
}

fn left_behind(made: &Made) -> Option<String> {
    let left = &made.outcome.trace.left;
    let first = left.first()?;
    Some(match left.len() {
        1 => first.command.clone(),
        several => format!("{several} processes, such as {}", first.command),
    })
}
