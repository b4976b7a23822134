//! Programs of other function types than an agent's.

use std::fmt::Write as _;

use anyhow::{anyhow, bail};
use choria_external_host::function::FunctionOutcome;
use choria_external_host::log::LogLine;
use choria_external_host::{Function, FunctionProgram, Program};
use choria_external_protocol::ReplyBy;
use serde_json::{Value, json};

use crate::args::{Run, input};
use crate::functions::{self, main, named, names, program_of};
use crate::nearest::nearest;
use crate::node::surround;
use crate::output::tell;
use crate::paint::{Paint, WELL, WRONG};
use crate::show::printable_json;
use crate::show::{log, printable};

/// Characters of an output that is no reply.
const MOST_UNREAD: usize = 10_000;

/// A program of a function type, and the request it is to get.
pub(super) struct Prepared {
    program: FunctionProgram,
    request: Value,
}

impl Prepared {
    pub(super) fn new(
        args: &Run,
        found: &mut Program,
        functions: Vec<Function>,
    ) -> anyhow::Result<Self> {
        surround(
            found,
            args.config.as_deref(),
            args.facts.as_deref(),
            args.timeout,
        )?;
        let names = names(&functions);
        if args.repeat.is_some() {
            bail!("--repeat is for agents, and this program serves {names}");
        }
        if args.data.is_some() {
            bail!("--data is for actions, and {names} has none; give --request");
        }
        let (function, request) = chosen(args, functions)?;
        let program = program_of(found, function, args.timeout)?;
        Ok(Self { program, request })
    }

    pub(super) fn name(&self) -> &str {
        self.program.function.name()
    }

    pub(super) fn call(&self) -> anyhow::Result<FunctionOutcome> {
        Ok(self.program.call(&self.request)?)
    }

    /// The outcome, the reply and the log, for people.
    pub(super) fn text(&self, paint: Paint, outcome: &FunctionOutcome) -> String {
        let (colour, what) = match &outcome.reply {
            Ok(_) => (WELL, "a valid reply".into()),
            Err(reason) => (WRONG, format!("no reply: {reason}")),
        };
        let what = paint.paint(colour, &printable(&what));
        let mut text = format!("{}: {what}", printable(self.name()));
        // Zero: the program was not started.
        if !outcome.time.is_zero() {
            let _ = write!(text, " ({:.3} s)", outcome.time.as_secs_f64());
        }
        text.push('\n');
        if let Ok(reply) = &outcome.reply {
            text.push('\n');
            for line in format!("{reply:#}").lines() {
                let _ = writeln!(text, "   {}", printable(line));
            }
        }
        text += &self.unread(outcome).map_or_else(String::new, |unread| {
            let lines = unread
                .lines()
                .map(|line| format!("  {}\n", printable(line)));
            format!(
                "\nIts output, which is no reply:\n{}",
                lines.collect::<String>()
            )
        });
        let log = log(&outcome.log);
        if !log.is_empty() {
            text.push('\n');
        }
        text + &log
    }

    /// What a program printed in the place of a reply, if that is not one. It is no part
    /// of the log.
    fn unread(&self, outcome: &FunctionOutcome) -> Option<String> {
        let is_log = self.program.function.carrier().reply == ReplyBy::File;
        if is_log || outcome.reply.is_ok() {
            return None;
        }
        let printed = String::from_utf8_lossy(&outcome.trace.stdout.bytes);
        let shown: String = printed.chars().take(MOST_UNREAD).collect();
        (!shown.is_empty()).then_some(shown)
    }

    /// One JSON object. Programs read it: keys are added at most.
    pub(super) fn json(&self, outcome: &FunctionOutcome, warnings: &[String]) -> String {
        let mut log: Vec<LogLine> = warnings.iter().map(LogLine::warn).collect();
        log.extend(outcome.log.iter().cloned());
        let reason = outcome.reply.as_ref().err();
        let left = outcome.trace.left.iter();
        let json = json!({
            "function": self.name(),
            "reply": outcome.reply.as_ref().ok(),
            "reason": reason.map(ToString::to_string),
            "output": self.unread(outcome),
            "log": log,
            "seconds": outcome.time.as_secs_f64(),
            "exit": outcome.trace.exit,
            "left": left.map(|left| &left.command).collect::<Vec<_>>(),
        });
        printable_json(&json.to_string()) + "\n"
    }
}

/// Returns the request that the command line gives, and its function type: the one
/// that the request names, else the main one.
fn chosen(args: &Run, functions: Vec<Function>) -> anyhow::Result<(Function, Value)> {
    if let Some(given) = &args.request {
        return functions::request(given, functions);
    }
    let Some(word) = &args.action else {
        let main = main(functions)?;
        if !args.json {
            tell(&keys(&main));
        }
        bail!("no request given; expected KEY=VALUE, or --request JSON, @FILE, - or sample");
    };
    let mut arguments = vec![input(word).map_err(|_| {
        anyhow!(
            "{} has no actions; expected KEY=VALUE in place of {word}, or --request",
            names(&functions)
        )
    })?];
    arguments.extend(args.inputs.iter().cloned());
    let protocol = arguments.iter().find(|(key, _)| key == "protocol");
    let function = named(functions, protocol.map(|(_, value)| &**value))?;
    let request = function.request_from_text(&arguments).map_err(|error| {
        if !args.json {
            tell(&keys(&function));
        }
        let meant = misspelt(&function, &arguments);
        anyhow!("{error}{}", meant.unwrap_or_default())
    })?;
    Ok((function, request))
}

/// What a key that the request does not have was meant to be.
fn misspelt(function: &Function, arguments: &[(String, String)]) -> Option<String> {
    let schema = function.request_schema();
    let known = schema["properties"].as_object()?;
    let (unknown, _) = arguments.iter().find(|(key, _)| !known.contains_key(key))?;
    let nearest = nearest(unknown, known.keys().map(String::as_str))?;
    Some(format!("; did you mean {nearest}?"))
}

/// The keys of the request, a line each; those that can have one value only are
/// filled in and left out.
fn keys(function: &Function) -> String {
    let schema = function.request_schema();
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    let nothing = serde_json::Map::new();
    let properties = schema["properties"].as_object().unwrap_or(&nothing);
    let keys = properties
        .iter()
        .filter(|(_, part)| part.get("const").is_none());
    let lines: Vec<[String; 4]> = keys
        .map(|(key, part)| {
            let needed = required.iter().any(|one| one == key);
            let needed = if needed { "required" } else { "optional" };
            let about = part["description"].as_str().unwrap_or_default();
            [key, &kind(part), needed, about].map(printable)
        })
        .collect();
    let width = |at: usize| {
        let widths = lines.iter().map(|line| line[at].chars().count());
        widths.max().unwrap_or_default()
    };
    let (names, kinds) = (width(0), width(1));
    let mut text = format!("Keys of a {} request:\n\n", printable(function.name()));
    for [key, kind, needed, about] in &lines {
        let line = format!("  {key:names$}  {kind:kinds$}  {needed}  {about}");
        text += line.trim_end();
        text.push('\n');
    }
    text + "\n"
}

/// The type that a schema says, or the values it lists.
fn kind(part: &Value) -> String {
    let words = |list: &Value| {
        let list = list.as_array().into_iter().flatten();
        let words = list.map(|word| word.as_str().map_or_else(|| word.to_string(), String::from));
        words.collect::<Vec<_>>().join("|")
    };
    match (&part["type"], &part["enum"]) {
        (_, values @ Value::Array(_)) => words(values),
        (Value::String(kind), _) => kind.clone(),
        (kinds @ Value::Array(_), _) => words(kinds),
        _ => "JSON".into(),
    }
}
