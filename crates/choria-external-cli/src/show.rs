//! What came of a call, for people.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use choria_external_host::log::LogLine;
use choria_external_host::outcome::{IntendedReply, PublishedReply};
use choria_external_host::supervisor::LeftoverProcess;
use choria_external_host::{Outcome, Program};
pub(crate) use choria_external_protocol::{printable, printable_json};
use serde_json::Value;

use crate::paint::{Paint, WELL, WRONG};

/// Several lines: the outcome, the data, the log.
pub(crate) fn text(paint: Paint, program: &Program, action: &str, outcome: &Outcome) -> String {
    let mut text = String::new();
    let reason = outcome
        .reason
        .as_deref()
        .unwrap_or("the caller gets nothing");
    match &outcome.reply {
        Some(reply) => text += &status(reply),
        None if outcome.activated => text += &format!("no reply: {reason}"),
        None => text += &format!("not called, the agent is not active: {reason}"),
    }
    let well = outcome
        .reply
        .as_ref()
        .is_some_and(|reply| reply.statuscode.is_ok());
    let colour = if well { WELL } else { WRONG };
    let called = printable(&format!("{}#{action}", program.name));
    let mut text = format!("{called}: {}", paint.paint(colour, &printable(&text)));
    // Zero: the program was not started for it.
    if !outcome.time.is_zero() {
        let _ = write!(text, " ({:.3} s)", outcome.time.as_secs_f64());
    }
    text.push('\n');
    if let Some(reply) = &outcome.reply {
        text += &data(program, action, &reply.data);
    }
    if let Some(meant) = &outcome.intended {
        text += &self::meant(meant);
    }
    // The reason stands in the first line already.
    let said = |line: &&LogLine| outcome.reason.as_ref() != Some(&line.line);
    let log = log_by_start(outcome, said);
    if !log.is_empty() {
        text.push('\n');
    }
    text + &log
}

/// What a program printed in a call, the lines that `keeps` keeps: those of the
/// activation, then those of the action.
pub(crate) fn log_by_start(outcome: &Outcome, keeps: impl Fn(&&LogLine) -> bool) -> String {
    let (activation, action) = outcome.log_by_start();
    let activation: Vec<_> = activation.iter().filter(&keeps).collect();
    let action: Vec<_> = action.iter().filter(&keeps).collect();
    let head = if activation.is_empty() {
        "Log:"
    } else {
        "Log of the action:"
    };
    lines("Log of the activation:", activation) + &lines(head, action)
}

/// What the agent meant, if the caller gets something else.
fn meant(meant: &IntendedReply) -> String {
    let reply = String::from_utf8_lossy(&meant.reply);
    let reply = reply.trim();
    let title = if reply.is_empty() {
        "Why"
    } else {
        "The agent meant something else"
    };
    let mut text = format!("\n{title}:\n");
    for difference in &meant.differences {
        let _ = writeln!(text, "  {}", printable(difference));
    }
    if !reply.is_empty() {
        let shown: String = reply.chars().take(MOST_REPLY).collect();
        let cut = if shown.len() < reply.len() { "..." } else { "" };
        let _ = writeln!(text, "  its reply: {}{cut}", printable(&shown));
    }
    text
}

/// Characters of a reply that the caller does not get.
const MOST_REPLY: usize = 500;

/// Sentences on processes that only the end of the command found; equal ones
/// are one.
pub(crate) fn left_behind(left: &[LeftoverProcess]) -> Vec<String> {
    were_left(left.iter().map(|left| &*left.command))
}

fn were_left<'a>(commands: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for command in commands {
        *counts.entry(command).or_default() += 1;
    }
    let text = |(command, count): (&str, usize)| {
        let (what, them, was) = match count {
            1 => ("a process".into(), "it", "it was"),
            _ => (format!("{count} processes"), "them", "they were"),
        };
        format!(
            "the program left {what} running, without the environment it was started with; a server would leave {them} \
             running, here {was} ended: {command}"
        )
    };
    counts.into_iter().map(text).collect()
}

/// What a program printed; nothing where it printed nothing.
pub(crate) fn log<'a>(lines: impl IntoIterator<Item = &'a LogLine>) -> String {
    self::lines("Log:", lines)
}

/// Lines under a head; without lines, nothing.
fn lines<'a>(head: &str, lines: impl IntoIterator<Item = &'a LogLine>) -> String {
    let lines = lines.into_iter();
    let text: String = lines
        .map(|line| format!("  {}\n", line.shown(printable)))
        .collect();
    if text.is_empty() {
        text
    } else {
        format!("{head}\n{text}")
    }
}

/// The label, the code and the message.
pub(crate) fn status(reply: &PublishedReply) -> String {
    let code = reply.statuscode;
    let label = code.label().unwrap_or("failed");
    match reply.statusmsg.as_str() {
        "" | "OK" => format!("{label}, code {code}"),
        message => format!("{label}, code {code}: {message}"),
    }
}

/// The outputs below each other, in the order of their names, with the labels
/// of the DDL.
fn data(program: &Program, action: &str, data: &Value) -> String {
    let outputs = match data {
        Value::Object(outputs) if outputs.is_empty() => return String::new(),
        Value::Object(outputs) => outputs,
        // What the server found wrong is shown as it is.
        other => return format!("\n   {}\n", printable(&other.to_string())),
    };
    let action = program.ddl.as_ref().and_then(|ddl| ddl.action(action));
    let label = |name: &str| {
        let output =
            action.and_then(|action| action.outputs.iter().find(|output| output.name == name));
        let label = output.map_or("", |output| &output.display_as);
        printable(if label.is_empty() { name } else { label })
    };
    let lines: Vec<(String, &Value)> = outputs
        .iter()
        .map(|(name, value)| (label(name), value))
        .collect();
    let width = lines
        .iter()
        .map(|(label, _)| label.chars().count())
        .max()
        .unwrap_or_default();
    let mut text = String::from("\n");
    for (label, value) in lines {
        let value = match value {
            Value::String(text) => text.clone(),
            Value::Object(_) | Value::Array(_) => {
                serde_json::to_string_pretty(value).unwrap_or_default()
            }
            other => other.to_string(),
        };
        let mut rest = value.lines();
        let _ = writeln!(
            text,
            "   {label:>width$}: {}",
            printable(rest.next().unwrap_or_default())
        );
        for line in rest {
            let _ = writeln!(text, "   {:width$}  {}", "", printable(line));
        }
    }
    text
}

/// Several lines, each of which is [`printable`].
pub(crate) fn printable_lines(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(printable).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_processes_that_were_left_running_are_one_sentence() {
        assert_eq!(
            were_left(["sleep 60", "cat", "sleep 60"]),
            [
                "the program left a process running, without the environment it was started with; a server would \
                 leave it running, here it was ended: cat",
                "the program left 2 processes running, without the environment it was started with; a server would \
                 leave them running, here they were ended: sleep 60",
            ]
        );
    }
}
