//! A line for each case.

use std::io::{self, IsTerminal as _};

use choria_external_ddl::lint::Severity;
use choria_external_host::{Case, Verdict};

use crate::show::printable;

/// How lines are written.
pub(super) struct Lines {
    colours: bool,
}

/// The word at the start of a line, and its colour at a terminal.
fn mark(verdict: &Verdict) -> (&'static str, &'static str) {
    match verdict {
        Verdict::Kept(_) => ("ok", "32"),
        Verdict::Broken(Severity::Error, _) => ("FAIL", "1;31"),
        Verdict::Broken(Severity::Warning, _) => ("warn", "33"),
        Verdict::Broken(Severity::Note, _) => ("note", "36"),
        Verdict::Skipped(_) => ("skip", "2"),
    }
}

impl Lines {
    /// Colours are for a terminal, and for people who do not say by `NO_COLOR`
    /// that they want none.
    pub(super) fn new() -> Self {
        let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self {
            colours: io::stdout().is_terminal() && !unwanted,
        }
    }

    /// `FAIL C007 unknown action: what was seen. What to do.`
    pub(super) fn line(&self, case: &Case) -> String {
        let (mark, colour) = mark(&case.verdict);
        let rule = case.rule;
        let advice = match case.verdict {
            Verdict::Broken(..) => format!(". {}", rule.mend),
            Verdict::Kept(_) | Verdict::Skipped(_) => String::new(),
        };
        let text = format!("{}: {}{advice}", rule.title, case.verdict.what());
        let text = printable(&text);
        let code = rule.code;
        if self.colours {
            format!("\x1b[{colour}m{mark:4}\x1b[0m {code} {text}\n")
        } else {
            format!("{mark:4} {code} {text}\n")
        }
    }
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
    use choria_external_host::Conformance;

    #[test]
    fn colours_are_round_the_mark_alone() {
        let names = Conformance {
            only: vec!["C001".into()],
            ..Conformance::default()
        };
        let mut lines = Vec::new();
        for colours in [false, true] {
            names.refused("none", |case| lines.push(Lines { colours }.line(case)));
        }
        assert_eq!(
            lines,
            [
                "skip C001 names: servers refuse the DDL, see C003\n",
                "\u{1b}[2mskip\u{1b}[0m C001 names: servers refuse the DDL, see C003\n"
            ]
        );
    }
}
