//! One cause, told once: a rule that fails because a plain request gets no reply
//! explains the later cases that get none for the same reason.
//!
//! | what fails first | rule | what it explains |
//! |---|---|---|
//! | the program cannot be started | C002, C005 | all that needs a start |
//! | an activation | C005 | activations; requests too, if the agent answers none |
//! | an unknown action | C007 | what goes to such an action; calls too, if the agent answers none |
//! | the call that the author names | C016 | calls of the agent's own actions |

use choria_external_ddl::lint::Rule;

use crate::trace::Trace;

/// What is asked of a program at a start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Whether it is active.
    Activation,
    /// An action that it does not have.
    Unknown,
    /// An action that it has.
    Known,
}

/// How it shows that there is no reply. Two starts that show the same are taken
/// to have the same cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Symptom {
    CannotStart,
    TimedOut,
    /// It failed, in the server's words, and what it printed last.
    Failed {
        why: String,
        last: Option<String>,
    },
    /// What lies in the place of the reply is not to be read at all.
    Unreadable(String),
    /// The server's words for a reply that it cannot decode, and whether there
    /// is none.
    Undecoded {
        why: String,
        empty: bool,
    },
}

impl Symptom {
    pub(super) fn failed(why: &str, trace: &Trace) -> Self {
        let alike = |line: String| {
            // Process ids, times, lines and the names of temporary files differ from start to start.
            let differs = |word: &&str| {
                let of_start = |path: &str| word.contains(path);
                let mut paths = trace.files.iter().filter_map(|file| file.path.to_str());
                word.bytes().any(|byte| byte.is_ascii_digit()) || paths.any(of_start)
            };
            let words = line.split_whitespace().filter(|word| !differs(word));
            words.collect::<Vec<_>>().join(" ")
        };
        Self::Failed {
            why: why.into(),
            last: last_line(trace).map(alike),
        }
    }

    pub(super) fn undecoded(why: &str, trace: &Trace) -> Self {
        Self::Undecoded {
            why: why.into(),
            empty: trace.reply().trim_ascii().is_empty(),
        }
    }
}

/// The last line that a program printed on standard error: why it failed often
/// stands there.
pub(super) fn last_line(trace: &Trace) -> Option<String> {
    let text = String::from_utf8_lossy(&trace.stderr.bytes);
    let line = text.lines().rev().find(|line| !line.trim().is_empty())?;
    Some(line.trim().into())
}

/// Why requests of a kind get no reply, and the rule that says so.
pub(super) struct Cause {
    pub(super) rule: &'static Rule,
    pub(super) kind: Kind,
    pub(super) symptom: Symptom,
}

impl Cause {
    /// Whether a start shows nothing new. `answers` is whether the program answers
    /// any request: then a request of another kind fails for a reason of its own,
    /// even if it looks the same.
    pub(super) fn explains(&self, kind: Kind, symptom: &Symptom, answers: bool) -> bool {
        let unstartable = self.symptom == Symptom::CannotStart;
        self.symptom == *symptom && (unstartable || self.kind == kind || !answers)
    }
}

/// Why a case is skipped that a rule explains.
pub(super) fn because(rule: &Rule, what: &str) -> String {
    format!("because of {}: {what}", rule.code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::KeptFile;

    fn failed(why: &str, stderr: &str, reply: &str) -> Symptom {
        let mut trace = Trace::default();
        trace.stderr.bytes = stderr.into();
        trace.files = vec![KeptFile {
            name: "reply".into(),
            path: reply.into(),
            ..KeptFile::default()
        }];
        Symptom::failed(why, &trace)
    }

    #[test]
    fn what_differs_from_start_to_start_makes_no_other_symptom() {
        let one = failed(
            "exit status 1",
            "x\n12:00:01 [4711] no /tmp/reply\n",
            "/tmp/reply",
        );
        let same = failed(
            "exit status 1",
            "12:00:02 [4712] no /tmp/other",
            "/tmp/other",
        );
        assert_eq!(one, same);
        for (why, stderr) in [
            ("exit status 2", "12:00:01 [4711] no /tmp/reply"),
            ("exit status 1", "12:00:01 [4711] no /tmp/facts"),
            ("exit status 1", ""),
        ] {
            assert_ne!(one, failed(why, stderr, "/tmp/reply"), "{why}: {stderr}");
        }
    }
}
