//! The report in the Test Anything Protocol, version 14.

use std::fmt::Write as _;

use super::report::{Report, problems};
use super::run::{Done, Verdict};
use super::text::seen;

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
            let place = (&*job.file.document.name, job.case.line);
            text += &diagnostic(place, done);
        }
    }
    text
}

/// A text in which nothing is a directive, an escape or a line's end.
fn description(text: &str) -> String {
    let text = crate::show::printable(text).replace('\t', "\\t");
    text.replace('\\', "\\\\").replace('#', "\\#")
}

/// JSON texts are YAML, too.
fn diagnostic((file, line): (&str, usize), done: &Done) -> String {
    let quoted = |text: &str| super::edit::quoted(text);
    let mut text = String::from("  ---\n");
    let _ = writeln!(text, "  duration_ms: {:.3}", done.time.as_secs_f64() * 1e3);
    let problems = problems(done);
    if !problems.is_empty() {
        let _ = writeln!(text, "  at:\n    file: {}\n    line: {line}", quoted(file));
        text += "  problems:\n";
        for problem in problems {
            let _ = writeln!(text, "    - {}", quoted(&problem));
        }
    }
    if let (Verdict::Failed(_), Some(outcome)) = (&done.verdict, &done.outcome) {
        text += "  seen:\n";
        for line in seen(outcome).lines() {
            let _ = writeln!(
                text,
                "    - {}",
                quoted(line.strip_prefix("  ").unwrap_or(line))
            );
        }
    }
    text + "  ...\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_no_directive() {
        assert_eq!(description("a # SKIP\nb\\c"), "a \\# SKIP\\\\nb\\\\c");
    }
}
