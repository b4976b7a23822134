//! The three plain starts, and whether they succeed in other surroundings.

use std::ffi::OsStr;

use super::answer::Answer;
use super::cause::{Kind, Symptom, because};
use super::probe::{Halt, NAMED, Probe, skip};
use super::surroundings::folder;
use super::{Breach, Verdict, rules};
use choria_external_ddl::lint::Rule;

/// A start that is made as a server makes it, and again in other surroundings.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Basic {
    Activation,
    Unknown,
    Named,
}

impl Basic {
    pub(super) const ALL: [Self; 3] = [Self::Activation, Self::Unknown, Self::Named];

    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Activation => "activation",
            Self::Unknown => "unknown action",
            Self::Named => NAMED,
        }
    }

    fn kind(self) -> Kind {
        match self {
            Self::Activation => Kind::Activation,
            Self::Unknown => Kind::Unknown,
            Self::Named => Kind::Known,
        }
    }

    /// Returns the answer as a server would see it; `None` if no call was named.
    pub(super) fn answer(self, probe: &mut Probe) -> Result<Option<Answer>, Halt> {
        Ok(Some(match self {
            Self::Activation => probe.activation()?,
            Self::Unknown => probe.unknown()?,
            Self::Named if probe.conformance.call.is_none() => return Ok(None),
            Self::Named => probe.named()?,
        }))
    }

    /// Makes the start again.
    pub(super) fn again(
        self,
        probe: &mut Probe,
        of: &'static str,
        home: Option<&OsStr>,
    ) -> Result<Answer, Halt> {
        let call = match self {
            Self::Activation => return probe.activate(of, b"", home),
            Self::Unknown => probe.unknown_call("{}")?,
            Self::Named => probe.named_call()?,
        };
        probe.call(of, &call, home)
    }

    /// Whether it is answered with a `HOME`. The start is made once.
    pub(super) fn succeeds_with_home(self, probe: &mut Probe) -> Result<bool, Halt> {
        let mut known = probe.with_home.iter();
        if let Some((_, succeeds)) = known.find(|(basic, _)| *basic == self) {
            return Ok(*succeeds);
        }
        let home = folder()?;
        let answer = self.again(probe, "with HOME", Some(home.path().as_os_str()))?;
        let succeeds = matches!(answer, Answer::Said(_));
        probe.with_home.push((self, succeeds));
        Ok(succeeds)
    }

    /// Returns the verdict on an answer that a server does not get, or `None` if it
    /// gets one. One cause is reported once: the case is skipped if a rule about the
    /// surroundings names the cause, and otherwise explains others.
    ///
    /// Nothing is odd about the request, so the remedy depends on what happened.
    pub(super) fn unanswered(
        self,
        probe: &mut Probe,
        answer: &Answer,
    ) -> Result<Option<Verdict>, Halt> {
        let symptom = match answer {
            Answer::Said(_) => return Ok(None),
            Answer::Explained { .. } => return Ok(Some(answer.replied())),
            Answer::Nothing(_, symptom) => symptom,
        };
        if self == Self::Activation
            && probe.reports(&rules::NO_FACTS)
            && possible(probe.activation_with_facts())?
                .is_some_and(|answer| matches!(answer, Answer::Said(_)))
        {
            let what = "it is answered if the facts file is not empty";
            return self.blame(probe, &rules::NO_FACTS, symptom, what);
        }
        if probe.reports(&rules::NO_HOME) && possible(self.succeeds_with_home(probe))? == Some(true)
        {
            let what = "it is answered if HOME is set";
            return self.blame(probe, &rules::NO_HOME, symptom, what);
        }
        probe.suspect(self.kind(), symptom.clone());
        Ok(Some(match answer.replied() {
            Verdict::Broken(breach) => Verdict::Broken(Breach {
                mend: symptom.mend(self.kind()),
                ..breach
            }),
            other => other,
        }))
    }

    fn blame(
        self,
        probe: &mut Probe,
        rule: &'static Rule,
        symptom: &Symptom,
        what: &str,
    ) -> Result<Option<Verdict>, Halt> {
        probe.blame(rule, self.kind(), symptom.clone());
        skip(because(rule, what))
    }
}

/// What another start shows; `None` if no more starts are made.
fn possible<T>(seen: Result<T, Halt>) -> Result<Option<T>, Halt> {
    match seen {
        Ok(seen) => Ok(Some(seen)),
        Err(Halt::Skip(_)) => Ok(None),
        Err(error) => Err(error),
    }
}
