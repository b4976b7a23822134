//! A line for each case.

use choria_external_ddl::lint::Severity;
use choria_external_host::conformance::{Breach, Case, Verdict};

use crate::paint::{FAINT, NOTE, ODD, Paint, WELL, WRONG};
use crate::show::printable;

/// The word at the start of a line, and its colour at a terminal.
fn mark(verdict: &Verdict) -> (&'static str, &'static str) {
    match verdict {
        Verdict::Kept(_) => ("ok", WELL),
        Verdict::Broken(Breach {
            severity: Severity::Error,
            ..
        }) => ("FAIL", WRONG),
        Verdict::Broken(Breach {
            severity: Severity::Warning,
            ..
        }) => ("warn", ODD),
        Verdict::Broken(Breach {
            severity: Severity::Note,
            ..
        }) => ("note", NOTE),
        Verdict::Skipped(_) => ("skip", FAINT),
    }
}

/// `FAIL C007 unknown action: what was seen. What to do.`
pub(super) fn line(paint: Paint, case: &Case) -> String {
    let (mark, colour) = mark(&case.verdict);
    let rule = case.rule;
    let advice = match case.verdict {
        Verdict::Broken(..) => format!(". {}", case.mend()),
        Verdict::Kept(_) | Verdict::Skipped(_) => String::new(),
    };
    let text = format!("{}: {}{advice}", rule.title, case.verdict.what());
    let text = printable(&text);
    let code = rule.code;
    format!(
        "{} {code} {text}\n",
        paint.paint(colour, &format!("{mark:4}"))
    )
}

/// How many cases came out how.
pub(super) fn summary(agent: &str, cases: &[Case]) -> String {
    let count = |wanted: &str| {
        let cases = cases.iter();
        cases.filter(|case| mark(&case.verdict).0 == wanted).count()
    };
    let plural = |count: usize, word: &str| match count {
        1 => format!("1 {word}"),
        _ => format!("{count} {word}s"),
    };
    format!(
        "\n{}: {} ok, {}, {}, {}, {} skipped\n",
        printable(agent),
        count("ok"),
        plural(count("FAIL"), "failure"),
        plural(count("warn"), "warning"),
        plural(count("note"), "note"),
        count("skip")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use choria_external_host::conformance::Conformance;

    #[test]
    fn colours_are_round_the_mark_alone() {
        let names = Conformance {
            only: vec!["C001".into()],
            ..Conformance::default()
        };
        let mut lines = Vec::new();
        for paint in [Paint::NONE, Paint::COLOURS] {
            names.refused("none", |case| lines.push(line(paint, case)));
        }
        assert_eq!(
            lines,
            [
                "skip C001 names: because of C003: servers refuse the DDL\n",
                "\u{1b}[2mskip\u{1b}[0m C001 names: because of C003: servers refuse the DDL\n"
            ]
        );
    }
}
