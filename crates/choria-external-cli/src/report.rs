//! The one JSON object of `run --json`.

use crate::show::printable_json;
use choria_external_host::Outcome;
use choria_external_host::log::{Level, LogLine};
use choria_external_host::outcome::PublishedReply;
use choria_external_protocol::StatusCode;
use serde::Serialize;
use serde_json::Value;

/// Programs read it: keys are added at most.
#[derive(Serialize)]
struct Report<'a> {
    activated: bool,
    reply: Option<Reply<'a>>,
    log: Vec<Line>,
    seconds: f64,
    exit: Option<i32>,
    meant: Option<IntendedReply<'a>>,
    left: Vec<&'a str>,
}

/// A line of the log.
#[derive(Serialize)]
struct Line {
    #[serde(flatten)]
    line: LogLine,
    /// At which of the two starts; a remark of the command has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    start: Option<&'static str>,
}

impl Line {
    fn of(start: &'static str) -> impl Fn(&LogLine) -> Self {
        move |line| Self {
            line: line.clone(),
            start: Some(start),
        }
    }

    fn remark(line: impl Into<String>) -> Self {
        Self {
            line: LogLine::warn(line),
            start: None,
        }
    }
}

/// What the agent meant, where the caller gets something else.
#[derive(Serialize)]
struct IntendedReply<'a> {
    reply: String,
    differences: &'a [String],
}

#[derive(Serialize)]
struct Reply<'a> {
    statuscode: StatusCode,
    statusmsg: &'a str,
    data: &'a Value,
}

/// What came of a call. Warnings, and why there is no reply, stand in the log.
pub(crate) fn called(warnings: &[String], outcome: &Outcome) -> String {
    let mut log: Vec<Line> = warnings.iter().map(Line::remark).collect();
    let (activation, action) = outcome.log_by_start();
    log.extend(activation.iter().map(Line::of("activation")));
    log.extend(action.iter().map(Line::of("action")));
    log.extend(outcome.warnings.iter().map(Line::remark));
    // The server's reasons are lines of its log already.
    let reason = outcome.reason.iter();
    let logged = |reason: &&String| outcome.log.contains(&LogLine::warn(*reason));
    log.extend(reason.filter(|reason| !logged(reason)).map(Line::remark));
    let traces = [&outcome.activation, &outcome.trace].into_iter().flatten();
    line(&Report {
        activated: outcome.activated,
        reply: outcome.reply.as_ref().map(reply),
        log,
        seconds: outcome.time.as_secs_f64(),
        exit: outcome.trace.as_ref().and_then(|trace| trace.exit),
        meant: outcome.intended.as_ref().map(|meant| IntendedReply {
            reply: String::from_utf8_lossy(&meant.reply).into_owned(),
            differences: &meant.differences,
        }),
        left: traces
            .flat_map(|trace| &trace.left)
            .map(|left| &*left.command)
            .collect(),
    })
}

/// Trouble that is not the agent's: the error stands in the log.
pub(crate) fn failed(warnings: &[String], error: &str) -> String {
    let mut log: Vec<Line> = warnings.iter().map(Line::remark).collect();
    log.push(Line {
        line: LogLine {
            level: Level::Error,
            line: error.into(),
        },
        start: None,
    });
    line(&Report {
        activated: false,
        reply: None,
        log,
        seconds: 0.0,
        exit: None,
        meant: None,
        left: Vec::new(),
    })
}

fn reply(reply: &PublishedReply) -> Reply<'_> {
    Reply {
        statuscode: reply.statuscode,
        statusmsg: &reply.statusmsg,
        data: &reply.data,
    }
}

fn line(report: &Report) -> String {
    // Texts, numbers and JSON values always serialize.
    let json = serde_json::to_string(report).unwrap_or_default();
    printable_json(&json) + "\n"
}
