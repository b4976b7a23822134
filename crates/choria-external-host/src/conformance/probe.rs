//! The starts of the program that is checked.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::time::Duration;

use choria_external_ddl::Action;
use choria_external_protocol::{Activation, FunctionType as _, StatusCode};
use serde_json::Value;

use super::{Conformance, Verdict};
use crate::call::Call;
use crate::error::HostError;
use crate::launch::{End, Run};
use crate::meant::Meant;
use crate::program::{ACTIVATION_KEYS, Program, REPLY_KEYS, Start, activation_request};
use crate::reply::{Said, activates, said};
use crate::trace::Trace;

/// What the starts of the named call are of.
pub(super) const NAMED: &str = "the named call";
/// Starts that may take longer than their limit before no more are made.
const MOST_TIME_OUTS: usize = 2;
/// Characters of a text of the program that a verdict shows.
const MOST_SHOWN: usize = 160;

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

/// What a program gave at one start.
#[derive(Clone, Debug)]
pub(super) enum Answer {
    /// A reply that a server can read.
    Said(Said),
    /// None: why, in the words of the server where it has some.
    Nothing(String),
}

impl Answer {
    /// Whether there is a reply at all.
    pub(super) fn replied(&self) -> Verdict {
        match self {
            Self::Said(said) => Verdict::Kept(format!("status {}", said.code)),
            Self::Nothing(why) => Verdict::error(format!("no reply: {why}")),
        }
    }

    /// Whether it refuses the request. `wanted` is what Choria's own agents say
    /// then; another failure tells the caller as well, so it is a warning.
    pub(super) fn refused(&self, wanted: StatusCode) -> Verdict {
        match self {
            Self::Said(said) if said.code == wanted => self.replied(),
            Self::Said(said) if said.code.is_ok() => {
                Verdict::error(format!("status 0 although it must fail, wanted {wanted}"))
            }
            Self::Said(said) => Verdict::warning(format!(
                "status {} ({}), wanted {wanted}",
                said.code,
                shown(&said.message)
            )),
            Self::Nothing(_) => self.replied(),
        }
    }
}

/// One start that was made.
pub(super) struct Made {
    /// Of which case, in a word or two.
    pub(super) of: &'static str,
    pub(super) activation: bool,
    pub(super) timed_out: bool,
    pub(super) time: Duration,
    /// Why the program did not end with 0.
    pub(super) failed: Option<String>,
    pub(super) trace: Trace,
}

impl Made {
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
    activation: Option<Answer>,
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
            activation: None,
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
            None => skip("give --action NAME and --data, a call that does no harm"),
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
        self.start(of, &start)
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
        self.start(of, &start)
    }

    fn start(&mut self, of: &'static str, start: &Start) -> Result<Answer, Halt> {
        if self.cannot_start {
            return skip("the program cannot be started");
        }
        if self.time_outs >= MOST_TIME_OUTS {
            return skip(format!(
                "{MOST_TIME_OUTS} starts took longer than their limit: mend these first"
            ));
        }
        let run = self.program.start(start)?;
        let activation = start.kind.protocol() == Activation::REQUEST.protocol();
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
            return Ok(Answer::Nothing(why.join("; ")));
        }
        let answer = answer(&run, start, activation);
        if !self.aside {
            self.made.push(Made {
                of,
                activation,
                timed_out,
                time: run.time,
                failed,
                trace: run.trace,
            });
        }
        Ok(answer)
    }
}

/// Each of the answers that are kept is there once it was asked for.
fn nothing() -> Result<Answer, Halt> {
    skip("nothing was started")
}

fn answer(run: &Run, start: &Start, activation: bool) -> Answer {
    let reply = run.trace.reply();
    let why = match &run.end {
        End::Replied if activation => match activates(reply) {
            Ok(Ok(active)) => return Answer::Said(activation_said(reply, active)),
            Ok(Err(why)) => unread(why, &run.trace, activation),
            Err(error) => error.to_string(),
        },
        End::Replied => match said(reply) {
            Ok(Ok(said)) => return Answer::Said(said),
            Ok(Err(why)) => unread(why, &run.trace, activation),
            Err(error) => error.to_string(),
        },
        End::Failed(why) => with_last_line(why, &run.trace),
        End::Unreadable(what) => format!("the reply file {what}"),
        End::TimedOut => format!(
            "it took longer than its {} s and was killed",
            start.limit.as_secs_f64()
        ),
    };
    Answer::Nothing(why)
}

/// Why a server reads no reply, in its words and in plain ones.
pub(super) fn unread(why: String, trace: &Trace, activation: bool) -> String {
    let keys = if activation {
        ACTIVATION_KEYS
    } else {
        REPLY_KEYS
    };
    match Meant::unread(trace, true, keys) {
        Some(meant) => format!("{why}: {}", meant.differences.join("; ")),
        None => why,
    }
}

/// An activation has no status: 0 stands for yes, 1 for no. What is missing is
/// the key.
fn activation_said(reply: &[u8], active: bool) -> Said {
    let (reply, _) = choria_external_go::json::read(reply.trim_ascii());
    let answers = reply.get("activate").is_some_and(Value::is_boolean);
    Said {
        code: StatusCode::new(u8::from(!active)),
        message: String::new(),
        missing: if answers {
            Vec::new()
        } else {
            vec!["activate is missing".into()]
        },
    }
}

/// Why a program failed often stands in the last line that it printed.
fn with_last_line(why: &str, trace: &Trace) -> String {
    let text = String::from_utf8_lossy(&trace.stderr.bytes);
    match text.lines().rev().find(|line| !line.trim().is_empty()) {
        Some(line) => format!(
            "{why}; its last line on standard error: {}",
            shown(line.trim())
        ),
        None => why.into(),
    }
}

/// The start of a text.
pub(super) fn shown(text: &str) -> String {
    if text.chars().count() <= MOST_SHOWN {
        return text.into();
    }
    let start: String = text.chars().take(MOST_SHOWN).collect();
    format!("{start}..")
}
