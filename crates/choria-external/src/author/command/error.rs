//! Why a command has no result.

use std::fmt;
use std::io;
use std::time::Duration;

use super::MOST_OUTPUT;

/// The error for a command that has no result.
#[derive(Debug)]
pub struct CommandError {
    pub(super) program: String,
    pub(super) reason: Reason,
}

#[derive(Debug)]
pub(super) enum Reason {
    Start(io::Error),
    Wait(io::Error),
    TimeUp(Duration),
    Asked(Duration, &'static str),
    Cancelled(Duration),
    TooMuch,
}

impl CommandError {
    /// Returns whether the command was ended because there was no more time for it.
    pub fn is_time_up(&self) -> bool {
        matches!(self.reason, Reason::TimeUp(_))
    }

    /// Returns whether the command was ended because a signal asked the program to end, or the
    /// call was cancelled, see [`Context::cancelled`](crate::Context::cancelled).
    pub fn is_cancelled(&self) -> bool {
        matches!(self.reason, Reason::Asked(..) | Reason::Cancelled(_))
    }
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let program = &self.program;
        match &self.reason {
            Reason::Start(reason) => write!(f, "could not start {program}: {reason}"),
            Reason::Wait(reason) => write!(f, "could not wait for {program}: {reason}"),
            Reason::TimeUp(after) => write!(
                f,
                "{program} was ended after {:.1} s: there was no more time for it",
                after.as_secs_f64()
            ),
            Reason::Asked(after, signal) => write!(
                f,
                "{program} was ended after {:.1} s: the program was asked to end by {signal}",
                after.as_secs_f64()
            ),
            Reason::Cancelled(after) => write!(
                f,
                "{program} was ended after {:.1} s: the call was cancelled",
                after.as_secs_f64()
            ),
            Reason::TooMuch => write!(
                f,
                "{program} was ended: it printed more than {} MiB",
                MOST_OUTPUT / 1024 / 1024
            ),
        }
    }
}

impl std::error::Error for CommandError {}
