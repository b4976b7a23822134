//! The outcomes of calls and activations.

use std::time::Duration;

pub use crate::intended::IntendedReply;
use crate::log::{Level, LogLine};
use crate::plan::left_behind;
pub use crate::reply::PublishedReply;
use crate::supervisor::LeftoverProcess;
use crate::trace::Trace;

/// Whether an agent wants to be active.
#[derive(Clone, Debug, PartialEq)]
pub struct ActivationOutcome {
    /// Whether the server would let it be called.
    pub active: bool,
    /// Why it would not, for a person to read. If the server logs a line for it, this is
    /// that line.
    pub reason: Option<String>,
    /// What the program printed, and what the server would log. The first 10,000 lines
    /// and 4 MiB of each start are kept; a last line counts the others.
    pub log: Vec<LogLine>,
    /// How long it took.
    pub time: Duration,
    /// What the program meant to answer, if the server cannot read it.
    pub intended: Option<IntendedReply>,
    /// The start as it was; `None` if the program was not started.
    pub trace: Option<Trace>,
}

/// The outcome of a call.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// Whether the agent was active; else it was not called at all.
    pub activated: bool,
    /// What the caller gets; `None` if it gets nothing.
    pub reply: Option<PublishedReply>,
    /// Why the caller gets nothing, for a person to read. If the server logs a line for
    /// it, this is that line.
    pub reason: Option<String>,
    /// What the program printed at both starts, and what the server would log. The first
    /// 10,000 lines and 4 MiB of each start are kept; a last line counts the others.
    pub log: Vec<LogLine>,
    /// How many lines of `log`, the first ones, belong to the activation.
    pub activation_lines: usize,
    /// How long the action took: zero if the program was not started for it.
    pub time: Duration,
    /// What may go wrong on a real network although it went well here.
    pub warnings: Vec<String>,
    /// What the program meant to say, at the activation or at the call, if the
    /// server or the caller does not get it.
    pub intended: Option<IntendedReply>,
    /// The start for the activation; `None` if there was none.
    pub activation: Option<Trace>,
    /// The start for the action; `None` if the program was not started for it.
    pub trace: Option<Trace>,
}

impl Outcome {
    pub(crate) fn replied(reply: PublishedReply) -> Self {
        Self {
            activated: true,
            reply: Some(reply),
            ..Self::default()
        }
    }

    pub(crate) fn no_reply(reason: String) -> Self {
        Self {
            activated: true,
            reason: Some(reason),
            ..Self::default()
        }
    }

    /// The lines of `log` that belong to the activation, and those of the action.
    pub fn log_by_start(&self) -> (&[LogLine], &[LogLine]) {
        self.log.split_at(self.activation_lines.min(self.log.len()))
    }

    /// The lines of one level.
    pub fn lines(&self, level: Level) -> Vec<&str> {
        let lines = self.log.iter().filter(|line| line.level == level);
        lines.map(|line| line.line.as_str()).collect()
    }

    /// What the program left running, at both starts. Under a server it lives
    /// on; here it was ended.
    pub fn left(&self) -> impl Iterator<Item = &LeftoverProcess> {
        self.starts().flat_map(|trace| &trace.left)
    }

    /// What went wrong beside the reply, a sentence each: the program left
    /// something running, the caller does not get what it meant, the server does
    /// not log all it printed, or a warning was given.
    pub fn unclean(&self) -> Vec<String> {
        self.unclean_but(&[])
    }

    /// [`Outcome::unclean`] without what the program left running.
    pub fn unclean_but_left(&self) -> Vec<String> {
        let remarks = self.starts().filter_map(|trace| left_behind(&trace.left));
        self.unclean_but(&remarks.collect::<Vec<_>>())
    }

    fn unclean_but(&self, remarks: &[LogLine]) -> Vec<String> {
        let intended = self.intended.iter().flat_map(|reply| &reply.differences);
        let log = self.log.iter().filter(|line| line.level == Level::Warn);
        let log = log
            .filter(|line| !remarks.contains(line))
            .map(|line| &line.line);
        self.warnings
            .iter()
            .chain(intended)
            .chain(log)
            .cloned()
            .collect()
    }

    fn starts(&self) -> impl Iterator<Item = &Trace> {
        self.activation.iter().chain(&self.trace)
    }
}
