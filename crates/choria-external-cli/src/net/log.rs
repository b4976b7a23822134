//! A line of a log, read and shown.

use serde::Deserialize;

use crate::paint::{NOTE, ODD, Paint, WRONG};
use crate::show::printable;

/// A line that a broker or a server logged.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct LogLine {
    pub(super) level: String,
    pub(super) text: String,
    /// The agent that printed it, or whose call it is about.
    pub(super) agent: Option<String>,
    /// Whether an agent printed it, or the server says it of one.
    pub(super) is_agents: bool,
}

/// What Choria writes.
#[derive(Deserialize)]
struct Written {
    level: String,
    msg: String,
    agent: Option<String>,
}

impl LogLine {
    /// Reads a line. What is no line of a log, such as the trace of a crash, has
    /// no level.
    pub(super) fn of(line: &str) -> Self {
        match serde_json::from_str::<Written>(line) {
            Ok(written) => Self {
                level: match &*written.level {
                    "warning" => "WARN".into(),
                    level => level.to_uppercase(),
                },
                // Of each call the server itself says so much.
                is_agents: written.agent.is_some() && !written.msg.starts_with("Handling message "),
                text: written.msg,
                agent: written.agent,
            },
            Err(_) => Self {
                level: String::new(),
                text: line.into(),
                agent: None,
                is_agents: false,
            },
        }
    }

    /// For people: `>` in front of what an agent printed.
    pub(super) fn show(&self, of: &str, paint: Paint) -> String {
        let Self { level, text, .. } = self;
        let colour = match &**level {
            "WARN" => Some(ODD),
            "ERROR" | "FATAL" => Some(WRONG),
            _ => None,
        };
        let padded = format!("{level:5}");
        let level = colour.map_or(padded.clone(), |colour| paint.paint(colour, &padded));
        let text = printable(text);
        match &self.agent {
            Some(agent) if self.is_agents => {
                let mark = paint.paint(NOTE, ">");
                format!("{mark} {of} {level} {}: {text}\n", printable(agent))
            }
            _ => format!("  {of} {level} {text}\n"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_agent_printed_is_marked() {
        let show = |line: &str| LogLine::of(line).show("node1", Paint::NONE);
        assert_eq!(
            show(
                r#"{"agent":"parrot","subsystem":"agents","level":"info","msg":"repeated \u001b[31mit"}"#
            ),
            "> node1 INFO  parrot: repeated \\u{1b}[31mit\n"
        );
        assert_eq!(
            show(
                r#"{"agent":"parrot","level":"info","msg":"Handling message 1","subsystem":"agents"}"#
            ),
            "  node1 INFO  Handling message 1\n"
        );
        assert_eq!(
            show(r#"{"level":"warning","msg":"Denying"}"#),
            "  node1 WARN  Denying\n"
        );
        assert_eq!(show("panic: oops"), "  node1       panic: oops\n");
    }
}
