//! The report as the XML of `JUnit`, which build servers show.

use std::fmt::Write as _;
use std::time::Duration;

use choria_external_protocol::is_hidden;

use super::report::{Report, problems};
use super::run::{Done, Job, Verdict};
use super::text::seen;

/// A suite for each file.
pub(super) fn whole(report: &Report<'_>) -> String {
    let mut files: Vec<&str> = Vec::new();
    for (job, _) in &report.cases {
        if files.last() != Some(&&*job.file.document.name) {
            files.push(&job.file.document.name);
        }
    }
    let all: Vec<_> = report.cases.iter().collect();
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(xml, "<testsuites {}>", counts(&all, report.time));
    for file in files {
        let of_file = report
            .cases
            .iter()
            .filter(|(job, _)| job.file.document.name == file);
        let of_file: Vec<_> = of_file.collect();
        let time = of_file.iter().map(|(_, done)| done.time).sum();
        let _ = writeln!(
            xml,
            "  <testsuite name=\"{}\" {}>",
            attribute(file),
            counts(&of_file, time)
        );
        for (job, done) in of_file {
            xml += &case(job, done);
        }
        xml += "  </testsuite>\n";
    }
    xml + "</testsuites>\n"
}

fn counts(cases: &[&(&Job<'_>, &Done)], time: Duration) -> String {
    let count =
        |of: fn(&Verdict) -> bool| cases.iter().filter(|(_, done)| of(&done.verdict)).count();
    format!(
        "tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{:.3}\"",
        cases.len(),
        count(|verdict| matches!(verdict, Verdict::Failed(_))),
        count(|verdict| matches!(verdict, Verdict::Trouble(_))),
        count(|verdict| matches!(verdict, Verdict::NotRun)),
        time.as_secs_f64()
    )
}

fn case(job: &Job<'_>, done: &Done) -> String {
    let mut xml = format!(
        "    <testcase classname=\"{}#{}\" name=\"{}\" file=\"{}\" line=\"{}\" time=\"{:.3}\"",
        attribute(job.subject.program.name.as_str()),
        attribute(job.case.asks.action().unwrap_or("request")),
        attribute(&job.case.name),
        attribute(&job.file.document.name),
        job.case.line,
        done.time.as_secs_f64()
    );
    let problems = problems(done);
    let element = match &done.verdict {
        Verdict::Passed | Verdict::Updated(_) => return xml + "/>\n",
        Verdict::NotRun => {
            return xml + "><skipped message=\"another case failed before\"/></testcase>\n";
        }
        Verdict::Failed(_) => "failure",
        Verdict::Trouble(_) => "error",
    };
    let first = problems.first().map(String::as_str).unwrap_or_default();
    let mut body = problems.join("\n") + "\n";
    if let Some(outcome) = &done.outcome {
        body += &seen(&job.case.asks, outcome);
    }
    let _ = writeln!(
        xml,
        ">\n      <{element} message=\"{}\">{}</{element}>\n    </testcase>",
        attribute(first),
        escaped(&body)
    );
    xml
}

/// A text in an attribute, where line ends would become spaces.
fn attribute(text: &str) -> String {
    escaped(text).replace('\n', "&#10;").replace('\t', "&#9;")
}

/// A text in an element. Hidden characters, some of which XML cannot hold at all, are
/// written as Rust writes them, such as `\u{202e}`.
fn escaped(text: &str) -> String {
    let mut xml = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => xml += "&amp;",
            '<' => xml += "&lt;",
            '>' => xml += "&gt;",
            '"' => xml += "&quot;",
            '\n' | '\t' => xml.push(character),
            '\u{fffe}' | '\u{ffff}' => xml.push('\u{fffd}'),
            _ if is_hidden(character) => xml.extend(character.escape_default()),
            _ => xml.push(character),
        }
    }
    xml
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_escaped() {
        assert_eq!(
            attribute("a<b>&\"c\"\n\u{1b}\u{202e}\r\u{fc}\u{ffff}"),
            "a&lt;b&gt;&amp;&quot;c&quot;&#10;\\u{1b}\\u{202e}\\r\u{fc}\u{fffd}"
        );
    }
}
