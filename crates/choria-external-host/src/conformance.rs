//! Checks whether an agent, in any language, does what a real Choria needs of it.
//!
//! Each case is a rule with a code. Most cases start the program with requests
//! that a current server would refuse itself: older servers and other clients
//! let them through, and an agent must survive them.
//!
//! **No case makes an agent that validates its requests do anything**, except the
//! call that the author names, see [`Conformance::call`]: other requests are for an
//! action that no agent has, or lack every required input, or have inputs of the
//! wrong type.
//!
//! | module | what it holds |
//! |---|---|
//! | `rules` | every rule with its code, as data |
//! | `probe` | the starts of the program |
//! | `answer` | what it answers |
//! | `basic` | the three plain starts, in other surroundings too |
//! | `files` | the program's file and its DDL |
//! | `functions` | programs of other function types than an agent's |
//! | `requests` | the activation, requests that must be refused, odd ones |
//! | `named` | the call that the author names |
//! | `surroundings` | configuration files, `HOME`, `PATH` |
//! | `last_words` | what it prints last |
//! | `cause` | which rule explains the failure of another one |
//! | `every_start` | what holds for all starts together |

use choria_external_ddl::lint::{Rule, Severity};

use crate::call::Call;
use crate::error::HostError;
use crate::program::Program;

mod answer;
mod basic;
mod cause;
mod every_start;
mod files;
mod functions;
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
/// use choria_external_host::conformance::Conformance;
/// use choria_external_host::{Call, Program};
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
    /// A harmless call. It is made several times, also with an additional input, or
    /// with one that its DDL refuses. Without it the cases that need it are skipped.
    pub call: Option<Call>,
    /// Whether the program's configuration changes the reply to that call, which
    /// shows the places that it is read from.
    pub config: bool,
    /// Codes of the rules to check; if empty, all rules are checked.
    pub only: Vec<String>,
    /// Codes of the rules to leave out; the program is not started for them.
    pub skip: Vec<String>,
}

/// The result of one case.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Case {
    /// The rule.
    pub rule: &'static Rule,
    /// Whether the agent keeps it.
    pub verdict: Verdict,
}

impl Case {
    /// Returns how to keep the rule: a sentence that fits what was seen, or else what
    /// the rule says.
    pub fn mend(&self) -> &'static str {
        match &self.verdict {
            Verdict::Broken(Breach {
                mend: Some(mend), ..
            }) => mend,
            _ => self.rule.mend,
        }
    }
}

/// Whether an agent keeps a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The agent keeps it: what was seen, in a few words.
    Kept(String),
    /// The agent does not keep it.
    Broken(Breach),
    /// The rule was not checked: why.
    Skipped(String),
}

/// How an agent breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Breach {
    /// How severe it is here: at most the severity of the rule.
    pub severity: Severity,
    /// What was seen.
    pub what: String,
    /// What to do about it, a sentence, if that is not what the rule says. See
    /// [`Case::mend`].
    pub mend: Option<&'static str>,
}

impl Breach {
    fn new(severity: Severity, what: impl Into<String>) -> Self {
        Self {
            severity,
            what: what.into(),
            mend: None,
        }
    }

    fn error(what: impl Into<String>) -> Self {
        Self::new(Severity::Error, what)
    }
}

impl Verdict {
    fn error(what: impl Into<String>) -> Self {
        Self::Broken(Breach::error(what))
    }

    fn warning(what: impl Into<String>) -> Self {
        Self::Broken(Breach::new(Severity::Warning, what))
    }

    fn note(what: impl Into<String>) -> Self {
        Self::Broken(Breach::new(Severity::Note, what))
    }

    fn at_most(self, most: Severity) -> Self {
        match self {
            Self::Broken(broken) => Self::Broken(Breach {
                severity: broken.severity.min(most),
                ..broken
            }),
            other => other,
        }
    }

    /// The same, with another text if the rule is broken.
    fn with_what(self, text: impl FnOnce(String) -> String) -> Self {
        match self {
            Self::Broken(broken) => Self::Broken(Breach {
                what: text(broken.what),
                ..broken
            }),
            other => other,
        }
    }

    /// Returns how severe it is, or `None` if the rule is not broken.
    pub fn severity(&self) -> Option<Severity> {
        match self {
            Self::Broken(broken) => Some(broken.severity),
            Self::Kept(_) | Self::Skipped(_) => None,
        }
    }

    /// Returns what was seen, or why the rule was not checked.
    pub fn what(&self) -> &str {
        match self {
            Self::Kept(what) | Self::Skipped(what) => what,
            Self::Broken(broken) => &broken.what,
        }
    }

    fn mend(&self) -> Option<&'static str> {
        match self {
            Self::Broken(broken) => broken.mend,
            Self::Kept(_) | Self::Skipped(_) => None,
        }
    }

    /// Returns the worst of several verdicts, with the texts of all that are as bad.
    /// A skipped one is worse than one that is kept: not everything was seen.
    fn worst(verdicts: Vec<Self>) -> Self {
        let rank = |one: &Self| (one.severity(), matches!(one, Self::Skipped(_)));
        let Some(worst) = verdicts.iter().map(rank).max() else {
            return Self::Skipped("there is nothing to check".into());
        };
        let mut texts: Vec<String> = Vec::new();
        let mut mends: Vec<Option<&'static str>> = Vec::new();
        for one in verdicts.iter().filter(|one| rank(one) == worst) {
            if !texts.iter().any(|text| text == one.what()) {
                texts.push(one.what().to_owned());
                mends.push(one.mend());
            }
        }
        let text = several(&texts);
        let same = mends.windows(2).all(|pair| pair[0] == pair[1]);
        match worst {
            (Some(severity), _) => Self::Broken(Breach {
                mend: mends.first().copied().flatten().filter(|_| same),
                ..Breach::new(severity, text)
            }),
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
    /// Checks an agent and calls `told` with each case as soon as it is judged.
    ///
    /// The program is started many times, one after the other. A broken rule is
    /// not an error of this function.
    ///
    /// # Errors
    /// Returns [`HostError`] if the harness itself fails, and [`HostError::Input`]
    /// if a server would refuse the call that was named.
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

    /// Calls `told` with the cases of an agent whose DDL servers refuse, for this
    /// reason: such a program is not started at all.
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
                "the DDL has no action {}; expected {}",
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
