//! The report in the Test Anything Protocol, version 14.

use std::fmt::Write as _;

use super::edit::quoted;
use super::report::{Report, problems};
use super::run::{Done, Job, Verdict};
use super::text::seen;
use crate::show::printable;

/// A test point for each case, with a YAML block where it failed.
pub(super) fn whole(report: &Report<'_>) -> String {
    let mut text = format!("TAP version 14\n1..{}\n", report.cases.len());
    for (at, (job, done)) in report.cases.iter().enumerate() {
        let well = done.verdict.is_well() || matches!(done.verdict, Verdict::NotRun);
        let not = if well { "" } else { "not " };
        let name = description(&format!("{}: {}", job.file.document.name, job.case.name));
        let skip = match done.verdict {
            Verdict::NotRun => " # SKIP another case failed before",
            _ => "",
        };
        let _ = writeln!(text, "{not}ok {} - {name}{skip}", at + 1);
        if !matches!(done.verdict, Verdict::NotRun) {
            text += &diagnostic(job, done);
        }
    }
    text
}

/// A text in which nothing is a directive, an escape or a line's end.
fn description(text: &str) -> String {
    let text = printable(text).replace('\t', "\\t");
    text.replace('\\', "\\\\").replace('#', "\\#")
}

fn diagnostic(job: &Job<'_>, done: &Done) -> String {
    let (file, line) = (&job.file.document.name, job.case.line);
    let mut text = String::from("  ---\n");
    let _ = writeln!(text, "  duration_ms: {:.3}", done.time.as_secs_f64() * 1e3);
    let problems = problems(done);
    if !problems.is_empty() {
        let _ = writeln!(text, "  at:\n    file: {}\n    line: {line}", quoted(file));
        text += &block("problems", problems.iter().map(String::as_str));
    }
    if let (Verdict::Failed(_), Some(outcome)) = (&done.verdict, &done.outcome) {
        text += &block("seen", seen(&job.case.asks, outcome).lines());
    }
    text + "  ...\n"
}

/// Lines as they are: the YAML that readers of this protocol know has no more
/// than this, and takes a colon within quotes for that of a key.
fn block<'a>(key: &str, lines: impl Iterator<Item = &'a str>) -> String {
    let mut text = format!("  {key}: |\n");
    for line in lines {
        // The first line says how far all are indented.
        let line = line.strip_prefix("  ").unwrap_or(line);
        let _ = writeln!(text, "    {}", printable(line));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_no_directive() {
        assert_eq!(description("a # SKIP\nb\\c"), "a \\# SKIP\\\\nb\\\\c");
    }
}
