//! The report for people.

use std::fmt::Write as _;

use choria_external_host::Outcome;

use super::file::Asks;
use super::report::{Report, problems};
use super::run::{Done, Job, Verdict};
use crate::paint::{ODD, Paint, WELL, WRONG};
use crate::show::{self, printable};

fn verdict(paint: Paint, verdict: &Verdict) -> String {
    let (colour, word) = match verdict {
        Verdict::Passed => (WELL, "ok     "),
        Verdict::Updated(_) => (ODD, "updated"),
        Verdict::Failed(_) => (WRONG, "FAILED "),
        Verdict::Trouble(_) => (WRONG, "TROUBLE"),
        Verdict::NotRun => (ODD, "not run"),
    };
    paint.paint(colour, word)
}

/// All of it, without colours.
pub(super) fn whole(report: &Report<'_>) -> String {
    let paint = Paint::NONE;
    let cases = report.cases.iter();
    let lines: String = cases.map(|(job, done)| line(paint, job, done)).collect();
    lines + &rest(paint, report)
}

/// A line about a case.
pub(super) fn line(paint: Paint, job: &Job<'_>, done: &Done) -> String {
    let name = printable(&format!("{}: {}", job.file.document.name, job.case.name));
    let mut line = format!("{} {name}", verdict(paint, &done.verdict));
    if let Verdict::Updated(keys) = &done.verdict {
        let _ = write!(line, ": {}", keys.join(", "));
    }
    if !matches!(done.verdict, Verdict::NotRun) {
        let _ = write!(line, " ({:.3} s)", done.time.as_secs_f64());
    }
    line + "\n"
}

/// What failed and why, and how many there are.
pub(super) fn rest(paint: Paint, report: &Report<'_>) -> String {
    let mut text = String::new();
    for (job, done) in &report.cases {
        if matches!(done.verdict, Verdict::Failed(_) | Verdict::Trouble(_)) {
            text.push('\n');
            text += &failure(paint, job, done);
        }
    }
    let mut counts = vec![format!("{} passed", report.count("passed"))];
    for verdict in ["updated", "failed", "trouble", "not_run"] {
        match report.count(verdict) {
            0 => {}
            count => counts.push(format!("{count} {}", verdict.replace('_', " "))),
        }
    }
    let cases = match report.cases.len() {
        1 => "1 case".into(),
        many => format!("{many} cases"),
    };
    let _ = writeln!(
        text,
        "\n{cases}: {} ({:.3} s)",
        counts.join(", "),
        report.time.as_secs_f64()
    );
    text
}

fn failure(paint: Paint, job: &Job<'_>, done: &Done) -> String {
    let case = job.case;
    let place = printable(&format!(
        "{}:{}: {}",
        job.file.document.name, case.line, case.name
    ));
    let mut text = paint.paint("1", &place) + "\n";
    for problem in problems(done) {
        let _ = writeln!(text, "  {}", printable(&problem));
    }
    let asked = match &case.asks {
        Asks::Action(action, data) => {
            format!("call: {}#{action} {data}", job.subject.program.name)
        }
        Asks::Request(request) => format!("request: {request}"),
    };
    let _ = writeln!(text, "  {}", printable(&asked));
    if let Some(outcome) = &done.outcome {
        text += &seen(&case.asks, outcome);
    }
    text
}

/// What came of a call, indented.
pub(super) fn seen(asks: &Asks, outcome: &Outcome) -> String {
    let mut text = String::new();
    if let Some(reply) = &outcome.reply {
        let data = serde_json::to_string_pretty(&reply.data).unwrap_or_default();
        if asks.action().is_some() {
            let _ = writeln!(text, "  reply: {}", printable(&show::status(reply)));
        }
        let mut lines = data.lines();
        let _ = writeln!(
            text,
            "  data: {}",
            printable(lines.next().unwrap_or_default())
        );
        for line in lines {
            let _ = writeln!(text, "  {}", printable(line));
        }
    }
    for line in show::log_by_start(outcome, |_| true).lines() {
        let _ = writeln!(text, "  {line}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_those_of_terminals_or_none() {
        let failed = Verdict::Failed(Vec::new());
        assert_eq!(
            verdict(Paint::COLOURS, &Verdict::Passed),
            "\u{1b}[32mok     \u{1b}[0m"
        );
        assert_eq!(
            verdict(Paint::COLOURS, &failed),
            "\u{1b}[31mFAILED \u{1b}[0m"
        );
        assert_eq!(verdict(Paint::NONE, &failed), "FAILED ");
    }
}
