//! Does an agent, in any language, do what a real Choria needs of it?
//!
//! Each case is a rule with a code. Most cases start the program with requests
//! that a server of today would refuse itself: older servers and other clients
//! let them through, and an agent must survive them.
//!
//! **No case gives an agent that looks at its requests anything to do**, but those with the call that the
//! author names, see [`Conformance::call`]: other requests are for an action
//! that no agent has, or lack all that the action requires, or have nothing of
//! the type it wants.
//!
//! | module | what it holds |
//! |---|---|
//! | `rules` | every rule with its code, as data |
//! | `probe` | the starts of the program |
//! | `answer` | what it answers |
//! | `files` | the program's file and its DDL |
//! | `requests` | the activation, requests that must be refused, odd ones |
//! | `named` | the call that the author names |
//! | `surroundings` | configuration files, `HOME`, `PATH` |
//! | `last_words` | what it prints last |
//! | `cause` | what an earlier rule explains |
//! | `every_start` | what holds for all starts together |

use choria_external_ddl::lint::{Rule, Severity};

use crate::call::Call;
use crate::error::HostError;
use crate::program::Program;

mod answer;
mod cause;
mod every_start;
mod files;
mod last_words;
mod named;
mod probe;
mod requests;
mod rules;
mod surroundings;

use cause::because;
use probe::{Halt, Probe};
pub use rules::CONFORMANCE_RULES;

/// How an agent is checked.
///
/// ```no_run
/// use choria_external_host::{Call, Conformance, Program};
/// use serde_json::json;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let program = Program::find("agents/parrot".as_ref(), None)?;
/// let harmless = Call::new("echo", &json!({"message": "hi"}));
/// let conformance = Conformance { call: Some(harmless), ..Conformance::default() };
/// conformance.check(&program, |case| println!("{}: {:?}", case.rule.code, case.verdict))?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Conformance {
    /// A call that does no harm: it is made several times, some of them with an
    /// input more, or with one that its DDL refuses. Without it the cases that
    /// need it are skipped.
    pub call: Option<Call>,
    /// Whether the program's configuration changes what that call replies, so
    /// that it shows from which places it is read.
    pub config: bool,
    /// Codes of the rules to look at; none stand for all.
    pub only: Vec<String>,
    /// Codes of rules not to look at, nor to start the program for.
    pub skip: Vec<String>,
}

/// What came of one case.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Case {
    /// The rule.
    pub rule: &'static Rule,
    /// Whether the agent keeps it.
    pub verdict: Verdict,
}

/// Whether an agent keeps a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It does: what was seen, in a few words.
    Kept(String),
    /// It does not: how bad that is here, which is at most as bad as the rule
    /// says; and what was seen.
    Broken(Severity, String),
    /// It was not looked at: why.
    Skipped(String),
}

impl Verdict {
    fn error(what: impl Into<String>) -> Self {
        Self::Broken(Severity::Error, what.into())
    }

    fn warning(what: impl Into<String>) -> Self {
        Self::Broken(Severity::Warning, what.into())
    }

    fn at_most(self, most: Severity) -> Self {
        match self {
            Self::Broken(severity, what) => Self::Broken(severity.min(most), what),
            other => other,
        }
    }

    /// How bad it is.
    pub fn severity(&self) -> Option<Severity> {
        match self {
            Self::Broken(severity, _) => Some(*severity),
            Self::Kept(_) | Self::Skipped(_) => None,
        }
    }

    /// What was seen, or why nothing was.
    pub fn what(&self) -> &str {
        let (Self::Kept(what) | Self::Broken(_, what) | Self::Skipped(what)) = self;
        what
    }

    /// Of several verdicts the worst, with the texts of all that are as bad. One that
    /// is skipped counts before those that are kept: not all was seen.
    fn worst(verdicts: Vec<Self>) -> Self {
        let rank = |one: &Self| (one.severity(), matches!(one, Self::Skipped(_)));
        let Some(worst) = verdicts.iter().map(rank).max() else {
            return Self::Skipped("there is nothing to look at".into());
        };
        let mut texts: Vec<String> = Vec::new();
        let as_bad = verdicts.iter().filter(|one| rank(one) == worst);
        for text in as_bad.map(|one| one.what().to_owned()) {
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
        let text = several(&texts);
        match worst {
            (Some(severity), _) => Self::Broken(severity, text),
            (None, true) => Self::Skipped(text),
            (None, false) => Self::Kept(text),
        }
    }
}

/// Texts that one line names.
const MOST_TEXTS: usize = 3;

/// The first of several texts, in one line.
fn several(texts: &[String]) -> String {
    let mut line = texts[..texts.len().min(MOST_TEXTS)].join("; ");
    if texts.len() > MOST_TEXTS {
        line += &format!("; and {} more", texts.len() - MOST_TEXTS);
    }
    line
}

impl Conformance {
    /// Checks an agent, and tells what came of each case as soon as it is known.
    ///
    /// The program is started many times, one after the other. What breaks a
    /// rule is no error of this function.
    ///
    /// # Errors
    /// [`HostError`] where the harness itself fails; [`HostError::Input`] where
    /// a server would refuse the call that was named, so that it shows nothing.
    pub fn check(&self, program: &Program, mut told: impl FnMut(&Case)) -> Result<(), HostError> {
        self.check_call(program)?;
        let mut probe = Probe::new(program, self);
        for entry in rules::ENTRIES {
            if !self.runs(entry) {
                continue;
            }
            let verdict = match (entry.judge)(&mut probe) {
                Ok(verdict) => verdict.at_most(entry.rule.severity),
                Err(Halt::Skip(why)) => Verdict::Skipped(why),
                Err(Halt::Host(error)) => return Err(error),
            };
            let wanted = self.wants(entry.rule);
            let failed = wanted && verdict.severity() == Some(Severity::Error);
            probe.done(failed.then_some(entry.rule));
            if wanted {
                told(&Case {
                    rule: entry.rule,
                    verdict,
                });
            }
        }
        Ok(())
    }

    /// The cases of an agent whose DDL servers refuse, for this reason: such a
    /// program is not started at all.
    pub fn refused(&self, reason: &str, mut told: impl FnMut(&Case)) {
        for entry in rules::ENTRIES {
            let verdict = if entry.rule == &rules::DDL {
                Verdict::error(reason)
            } else {
                Verdict::Skipped(because(&rules::DDL, "servers refuse the DDL"))
            };
            if self.wants(entry.rule) {
                told(&Case {
                    rule: entry.rule,
                    verdict,
                });
            }
        }
    }

    /// Whether a case is made: it is asked for, or a rule about every start is.
    fn runs(&self, entry: &rules::Entry) -> bool {
        let every_start = || {
            let mut entries = rules::ENTRIES.iter();
            entries.any(|entry| entry.every_start && self.wants(entry.rule))
        };
        !self.skips(entry.rule) && (self.wants(entry.rule) || every_start())
    }

    fn wants(&self, rule: &Rule) -> bool {
        let asked = self.only.is_empty() || self.only.iter().any(|code| code == rule.code);
        asked && !self.skips(rule)
    }

    fn skips(&self, rule: &Rule) -> bool {
        self.skip.iter().any(|code| code == rule.code)
    }

    /// Whether a server makes the call that was named.
    fn check_call(&self, program: &Program) -> Result<(), HostError> {
        let (Some(call), Some(ddl)) = (&self.call, &program.ddl) else {
            return Ok(());
        };
        let Some(action) = ddl.action(&call.action) else {
            let names: Vec<&str> = ddl.actions.iter().map(|action| &*action.name).collect();
            return Err(HostError::Input(format!(
                "the DDL has no action {}; there are {}",
                call.action,
                names.join(", ")
            )));
        };
        match call.check(action) {
            Ok(_) => Ok(()),
            Err(reason) => Err(HostError::Input(format!(
                "a server refuses the call of {} that was named: {reason}",
                call.action
            ))),
        }
    }
}
