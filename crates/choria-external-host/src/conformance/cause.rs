//! One cause is reported once: a rule that fails explains the other cases that
//! fail for the same reason.
//!
//! | what fails | rule | what it explains |
//! |---|---|---|
//! | the program cannot be started | C002, C005 | every case that needs a start |
//! | an activation | C005 | activations; requests too, if the agent answers none |
//! | an unknown action | C007 | requests for such an action; calls too, if the agent answers none |
//! | the named call | C016 | calls of the agent's own actions |
//! | an activation, unless there are facts | C006 | the activation |
//! | any of these, unless there is a HOME | C022 | that case, and what it would explain |
//! | an unknown action is accepted | C007 | other requests for it that are accepted |
//! | an action runs without its inputs | C008 | the same with null in place of the inputs |

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
    /// There is a reply, of success, although this action must refuse the request.
    Accepted {
        action: String,
    },
}

impl Symptom {
    /// Returns what to do about it, for a request or an activation that showed it;
    /// `None` if the rule that failed says it best.
    pub(super) fn mend(&self, kind: Kind) -> Option<&'static str> {
        Some(match self {
            Self::CannotStart => {
                "Make sure that it can be started, then check again: nothing else can be seen before."
            }
            Self::TimedOut if kind == Kind::Activation => {
                "Answer the activation at once, before anything that can take long; find out what the program waits for."
            }
            Self::TimedOut => {
                "Answer and end within the limit; find out what the program waits for, and give that a shorter limit."
            }
            Self::Failed { .. } if kind == Kind::Activation => {
                "Catch every error, write {\"activate\": false} if the agent cannot work on this node, and end with exit status 0."
            }
            Self::Failed { .. } => {
                "Catch every error, write a reply whose statuscode and statusmsg say what is wrong, and end with exit status 0."
            }
            Self::Unreadable(_) => {
                "Write the reply into the file that CHORIA_EXTERNAL_REPLY names, and leave it a file."
            }
            // What the activation has to answer is news to a program that takes it for a call.
            Self::Undecoded { .. } if kind == Kind::Activation => return None,
            Self::Undecoded { empty: true, .. } => {
                "Write a reply into the file that CHORIA_EXTERNAL_REPLY names, on every path through the program."
            }
            Self::Undecoded { .. } => "Write one JSON object, in UTF-8, with a library for JSON.",
            Self::Accepted { .. } => return None,
        })
    }

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

/// Returns why a case is skipped that a rule explains.
pub(super) fn because(rule: &Rule, what: &str) -> String {
    format!("because of {}: {what}", rule.code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::TraceFile;

    fn failed(why: &str, stderr: &str, reply: &str) -> Symptom {
        let mut trace = Trace::default();
        trace.stderr.bytes = stderr.into();
        trace.files = vec![TraceFile {
            name: "reply".into(),
            path: reply.into(),
            ..TraceFile::default()
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
