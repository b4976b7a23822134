//! The starts of the program that is checked.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::time::Duration;

use choria_external_ddl::Action;
use choria_external_ddl::lint::Rule;

use super::Conformance;
use super::answer::{Answer, answer};
use super::basic::Basic;
use super::cause::{Cause, Kind, Symptom, because};
use super::requests::missing_inputs;
use crate::call::Call;
use crate::error::HostError;
use crate::launch::End;
use crate::program::{Program, Start, activation_request};
use crate::trace::Trace;

/// What the starts of the named call are of.
pub(super) const NAMED: &str = "the named call";
/// Starts that may take longer than their limit before no more are made.
pub(super) const MOST_TIME_OUTS: usize = 2;

/// What ends a case without a verdict.
pub(super) enum Halt {
    /// It cannot be looked at: why.
    Skip(String),
    /// The harness itself failed.
    Host(HostError),
}

impl From<HostError> for Halt {
    fn from(error: HostError) -> Self {
        Self::Host(error)
    }
}

pub(super) fn skip<T>(why: impl Into<String>) -> Result<T, Halt> {
    Err(Halt::Skip(why.into()))
}

/// One start that was made.
pub(super) struct Made {
    /// Of which case, in a word or two.
    pub(super) of: &'static str,
    pub(super) kind: Kind,
    /// Why it was not answered.
    symptom: Option<Symptom>,
    /// The rule that has said so already.
    pub(super) explained: Option<&'static Rule>,
    pub(super) timed_out: bool,
    pub(super) time: Duration,
    /// Why the program did not end with 0.
    pub(super) failed: Option<String>,
    pub(super) trace: Trace,
}

impl Made {
    pub(super) fn activation(&self) -> bool {
        self.kind == Kind::Activation
    }

    pub(super) fn printed(&self) -> bool {
        !(self.trace.stdout.bytes.is_empty() && self.trace.stderr.bytes.is_empty())
    }

    /// Bytes that were read only when the program had ended.
    pub(super) fn unread(&self) -> usize {
        self.trace.stdout.unread + self.trace.stderr.unread
    }
}

/// The program that is checked, and what was seen of it.
pub(super) struct Probe<'a> {
    pub(super) program: Program,
    /// Its configuration, where cases put no other in its place.
    pub(super) config: Option<PathBuf>,
    pub(super) conformance: &'a Conformance,
    /// Every start but those that show what it does where a server has no PATH:
    /// that not all can do this is a rule of its own.
    pub(super) made: Vec<Made>,
    /// The starts now are such: they are not kept.
    pub(super) aside: bool,
    time_outs: usize,
    cannot_start: bool,
    /// What explains other cases.
    causes: Vec<Cause>,
    /// What becomes such a cause if the case that is judged now fails.
    suspects: Vec<(Kind, Symptom)>,
    /// Whether any request is answered, as far as that is known.
    answers: Option<bool>,
    activation: Option<Answer>,
    with_facts: Option<Answer>,
    /// Which plain starts were made with a `HOME`, and whether they were answered.
    pub(super) with_home: Vec<(Basic, bool)>,
    unknown: Option<Answer>,
    named: Option<Answer>,
}

impl<'a> Probe<'a> {
    pub(super) fn new(program: &Program, conformance: &'a Conformance) -> Self {
        Self {
            program: program.clone(),
            config: program.config.clone(),
            conformance,
            made: Vec::new(),
            aside: false,
            time_outs: 0,
            cannot_start: false,
            causes: Vec::new(),
            suspects: Vec::new(),
            answers: None,
            activation: None,
            with_facts: None,
            with_home: Vec::new(),
            unknown: None,
            named: None,
        }
    }

    /// The answer to an activation as a server makes it.
    pub(super) fn activation(&mut self) -> Result<Answer, Halt> {
        if self.activation.is_none() {
            let answer = self.activate("activation", b"", None)?;
            self.activation = Some(answer);
        }
        self.activation.clone().map_or_else(nothing, Ok)
    }

    /// The answer to an activation with a facts file that is not empty.
    pub(super) fn activation_with_facts(&mut self) -> Result<Answer, Halt> {
        let answer = match self.with_facts.take() {
            Some(answer) => answer,
            None => self.activate("activation with facts", b"{}", None)?,
        };
        self.with_facts = Some(answer.clone());
        // More can be known by now.
        Ok(self.explain(Kind::Activation, answer)?.0)
    }

    /// The answer to an action that no agent has.
    pub(super) fn unknown(&mut self) -> Result<Answer, Halt> {
        if self.unknown.is_none() {
            let call = self.unknown_call("{}")?;
            let answer = self.call("unknown action", &call, None)?;
            self.unknown = Some(answer);
        }
        self.unknown.clone().map_or_else(nothing, Ok)
    }

    /// The answer to the call that was named.
    pub(super) fn named(&mut self) -> Result<Answer, Halt> {
        if self.named.is_none() {
            let call = self.named_call()?;
            let answer = self.call(NAMED, &call, None)?;
            self.named = Some(answer);
        }
        self.named.clone().map_or_else(nothing, Ok)
    }

    /// A request, with these inputs, for an action that the agent has not.
    pub(super) fn unknown_call(&self, data: &str) -> Result<Call, Halt> {
        let mut name = String::from("no_such_action");
        while self.action(&name).is_some() {
            name.push('_');
        }
        Ok(Call::from_json(name, data)?)
    }

    pub(super) fn named_call(&self) -> Result<Call, Halt> {
        match &self.conformance.call {
            Some(call) => Ok(call.clone()),
            None => skip("give --action NAME, with its inputs: a call that does no harm"),
        }
    }

    pub(super) fn action(&self, name: &str) -> Option<&Action> {
        self.program.ddl.as_ref()?.action(name)
    }

    pub(super) fn activate(
        &mut self,
        of: &'static str,
        facts: &[u8],
        home: Option<&OsStr>,
    ) -> Result<Answer, Halt> {
        let request = activation_request(&self.program.name)?;
        let start = Start {
            facts,
            home,
            ..Start::activation(&request)
        };
        self.start(of, Kind::Activation, &start)
    }

    pub(super) fn call(
        &mut self,
        of: &'static str,
        call: &Call,
        home: Option<&OsStr>,
    ) -> Result<Answer, Halt> {
        let request = call.request(&self.program.name)?;
        let program = self.program.clone();
        let start = Start {
            home,
            ..program.action_start(&request)
        };
        let named = self.conformance.call.as_ref();
        let named = named.is_some_and(|named| named.action == call.action);
        let kind = if named || self.action(&call.action).is_some() {
            Kind::Known
        } else {
            Kind::Unknown
        };
        self.start(of, kind, &start)
    }

    fn start(&mut self, of: &'static str, kind: Kind, start: &Start) -> Result<Answer, Halt> {
        if self.cannot_start {
            return skip(self.halted(&Symptom::CannotStart, "the program cannot be started"));
        }
        if self.time_outs >= MOST_TIME_OUTS {
            let what = format!("{MOST_TIME_OUTS} starts took longer than their limit");
            return skip(self.halted(&Symptom::TimedOut, &what));
        }
        let run = self.program.start(start)?;
        let timed_out = matches!(run.end, End::TimedOut);
        self.time_outs += usize::from(timed_out);
        let failed = match &run.end {
            End::Failed(why) => Some(why.clone()),
            _ => None,
        };
        // No time: there never was a process.
        if run.time.is_zero() {
            self.cannot_start = true;
            let reasons = failed.into_iter();
            let hints = run.log.into_iter().map(|line| line.line);
            let why: Vec<String> = reasons.chain(hints).collect();
            let answer = Answer::Nothing(why.join("; "), Symptom::CannotStart);
            return Ok(self.explain(kind, answer)?.0);
        }
        let answer = answer(&run, start, kind == Kind::Activation);
        if self.aside {
            return Ok(answer);
        }
        let symptom = match &answer {
            Answer::Nothing(_, symptom) => Some(symptom.clone()),
            Answer::Said(_) | Answer::Explained { .. } => None,
        };
        if kind != Kind::Activation && start.home.is_none() && symptom.is_none() {
            self.answers = Some(true);
        }
        let (answer, explained) = self.explain(kind, answer)?;
        self.made.push(Made {
            of,
            kind,
            symptom,
            explained,
            timed_out,
            time: run.time,
            failed,
            trace: run.trace,
        });
        Ok(answer)
    }

    /// Why no more starts are made.
    fn halted(&self, symptom: &Symptom, what: &str) -> String {
        let cause = self.causes.iter().find(|cause| cause.symptom == *symptom);
        cause.map_or_else(|| what.into(), |cause| because(cause.rule, what))
    }

    /// An answer in which an earlier rule's cause is known again, and that rule.
    fn explain(
        &mut self,
        kind: Kind,
        answer: Answer,
    ) -> Result<(Answer, Option<&'static Rule>), Halt> {
        let Answer::Nothing(why, symptom) = answer else {
            return Ok((answer, None));
        };
        // Whether it answers others need not be known where that changes nothing.
        let mut rule = self.explained(kind, &symptom, true);
        if rule.is_none() && self.explained(kind, &symptom, false).is_some() {
            let answers = self.answers()?;
            rule = self.explained(kind, &symptom, answers);
        }
        Ok(match rule {
            Some(rule) => {
                let because = because(rule, "no reply for the same reason");
                (Answer::Explained { because, why }, Some(rule))
            }
            None => (Answer::Nothing(why, symptom), None),
        })
    }

    /// Returns the rule that explains such an answer already. `answers`: whether the
    /// program answers any request.
    pub(super) fn explained(
        &self,
        kind: Kind,
        symptom: &Symptom,
        answers: bool,
    ) -> Option<&'static Rule> {
        let mut causes = self.causes.iter();
        let cause = causes.find(|cause| cause.explains(kind, symptom, answers));
        cause.map(|cause| cause.rule)
    }

    /// Whether the program answers any request. If it is not known yet, the one is
    /// made that it should answer if it answers any.
    fn answers(&mut self) -> Result<bool, Halt> {
        if let Some(answers) = self.answers {
            return Ok(answers);
        }
        self.answers = Some(false);
        let looked = if self.conformance.call.is_some() {
            self.named()
        } else {
            missing_inputs(self).and_then(|calls| self.call("missing input", &calls[0], None))
        };
        if let Err(Halt::Host(error)) = looked {
            return Err(error.into());
        }
        Ok(self.answers == Some(true))
    }

    /// The case that is judged now explains others that show this symptom, if it
    /// fails.
    pub(super) fn suspect(&mut self, kind: Kind, symptom: Symptom) {
        self.suspects.push((kind, symptom));
    }

    /// If an action accepts what it must refuse, and the case fails, the case explains
    /// others.
    pub(super) fn suspect_accepted(&mut self, kind: Kind, call: &Call, answer: &Answer) {
        if answer.accepted() {
            let action = call.action.clone();
            self.suspect(kind, Symptom::Accepted { action });
        }
    }

    /// The rule that says already that an action accepts what it must refuse.
    pub(super) fn accepts(
        &self,
        kind: Kind,
        call: &Call,
        answer: &Answer,
    ) -> Option<&'static Rule> {
        let action = call.action.clone();
        let known = || self.explained(kind, &Symptom::Accepted { action }, true);
        answer.accepted().then(known)?
    }

    /// The program cannot be started: if the case fails, it says why.
    pub(super) fn suspect_no_start(&mut self) {
        self.suspect(Kind::Activation, Symptom::CannotStart);
    }

    /// Ends a case. `failed`: the rule, if it failed and is reported.
    pub(super) fn done(&mut self, failed: Option<&'static Rule>) {
        let suspects = std::mem::take(&mut self.suspects);
        let Some(rule) = failed else { return };
        for (kind, symptom) in suspects {
            self.blame(rule, kind, symptom);
        }
    }

    /// Notes that a rule explains answers of this kind with this symptom.
    pub(super) fn blame(&mut self, rule: &'static Rule, kind: Kind, symptom: Symptom) {
        let same = |made: &&mut Made| made.kind == kind && made.symptom.as_ref() == Some(&symptom);
        for made in self.made.iter_mut().filter(same) {
            made.explained.get_or_insert(rule);
        }
        self.causes.push(Cause {
            rule,
            kind,
            symptom,
        });
    }

    /// Whether a rule is checked and reported.
    pub(super) fn reports(&self, rule: &Rule) -> bool {
        self.conformance.wants(rule)
    }

    /// Skips a case for which there is nothing to look at: by the first cause, if
    /// there is any.
    pub(super) fn skip<T>(&self, why: &str) -> Result<T, Halt> {
        skip(
            self.causes
                .first()
                .map_or_else(|| why.into(), |cause| because(cause.rule, why)),
        )
    }
}

/// Each of the answers that are kept is there once it was asked for.
fn nothing() -> Result<Answer, Halt> {
    skip("nothing was started")
}
