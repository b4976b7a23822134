//! Programs of any function type: how a request becomes a start, and what comes
//! back, by the carrier of the type.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::time::Duration;

use choria_external_protocol::ReplyBy;
use serde_json::Value;

use super::{Function, NoReplyError, NoReplyKind, RawReply};
use crate::error::HostError;
use crate::facts::Facts;
use crate::launch::{End, KILLED, Launch, executing, exit_status, file_reply};
use crate::log::LogLine;
use crate::os;
use crate::output::ReadTiming;
use crate::plan::{self, Done};
use crate::program::UNKNOWN_LIMIT;
use crate::supervisor::Supervisor;
use crate::trace::Trace;

/// A program of a function type, and what it is given.
///
/// ```no_run
/// use choria_external_host::{Function, FunctionProgram};
/// use choria_external_protocol::registry;
/// use serde_json::json;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let protocol = "io.choria.choria.example.v1.external_request";
/// let registration = registry()?.get(protocol).ok_or("not linked")?;
/// let greeter = FunctionProgram::new("target/debug/greeter", Function::of(registration))?;
/// let outcome = greeter.call(&json!({"protocol": protocol, "name": "Ann"}))?;
/// println!("{}", outcome.reply?["greeting"]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct FunctionProgram {
    /// The executable, absolute.
    pub path: PathBuf,
    /// Its own arguments, before those of the carrier.
    pub arguments: Vec<String>,
    /// Its function type.
    pub function: Function,
    /// What it is told is its settings file, which need not exist.
    pub settings: Option<PathBuf>,
    /// The node's facts.
    pub facts: Facts,
    /// How long it may take; by default what its carrier says, else 10 s.
    pub limit: Duration,
    /// Owns what is started for it, and ends calls early.
    pub supervisor: Supervisor,
}

/// The outcome of calling a [`FunctionProgram`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct FunctionOutcome {
    /// The reply, which keeps the schema of its type; else why there is none.
    pub reply: Result<Value, NoReplyError>,
    /// What the program printed, where that is a log, and the harness's own remarks.
    pub log: Vec<LogLine>,
    /// How long the program took; zero if it was not started.
    pub time: Duration,
    /// The start as it was.
    pub trace: Trace,
}

impl FunctionOutcome {
    /// Whether the program took longer than its limit and was killed.
    pub fn timed_out(&self) -> bool {
        let error = self.reply.as_ref().err();
        error.is_some_and(|error| error.kind() == NoReplyKind::TimedOut)
    }
}

/// What a single call can have of its own.
pub(crate) struct Terms<'a> {
    /// Owns the start, and ends it early.
    pub(crate) supervisor: &'a Supervisor,
    /// The program's own arguments.
    pub(crate) arguments: &'a [String],
    pub(crate) limit: Duration,
}

impl FunctionProgram {
    /// A program without arguments, settings and facts.
    ///
    /// # Errors
    /// Returns [`HostError::File`] if the path cannot be made absolute.
    pub fn new(path: impl Into<PathBuf>, function: Function) -> Result<Self, HostError> {
        Ok(Self {
            path: os::absolute(&path.into())?,
            arguments: Vec::new(),
            limit: function.carrier.limit.unwrap_or(UNKNOWN_LIMIT),
            function,
            settings: None,
            facts: Facts::default(),
            supervisor: Supervisor::default(),
        })
    }

    /// Starts the program with a request, and reads its reply.
    ///
    /// # Errors
    /// Returns [`HostError::Request`] if the request breaks its schema; otherwise
    /// [`HostError`] if the harness itself fails. A misbehaving program is a
    /// [`FunctionOutcome`] without a reply.
    pub fn call(&self, request: &Value) -> Result<FunctionOutcome, HostError> {
        self.call_on(&self.terms(), request)
    }

    /// What all calls have.
    pub(crate) fn terms(&self) -> Terms<'_> {
        Terms {
            supervisor: &self.supervisor,
            arguments: &self.arguments,
            limit: self.limit,
        }
    }

    /// [`call`](Self::call) with what a single call can have of its own.
    pub(crate) fn call_on(
        &self,
        terms: &Terms,
        request: &Value,
    ) -> Result<FunctionOutcome, HostError> {
        self.start(terms, &self.function.request_bytes(request)?, None)
    }

    /// Starts the program with a request that is not checked. `search_path` is its
    /// `PATH`; `None` stands for that of this process.
    pub(crate) fn start(
        &self,
        terms: &Terms,
        request: &[u8],
        search_path: Option<&OsStr>,
    ) -> Result<FunctionOutcome, HostError> {
        let function = &self.function;
        let protocol = function.request.protocol();
        let done = Launch {
            supervisor: terms.supervisor,
            program: &self.path,
            arguments: terms.arguments,
            carrier: &function.carrier,
            protocol,
            named: protocol,
            request,
            settings: self.settings.as_deref(),
            facts: Some(self.facts.as_bytes()),
            search_path,
            home: None,
            limit: terms.limit,
            read_timing: ReadTiming::AtOnce,
        }
        .start()?;
        Ok(FunctionOutcome {
            reply: self.judge(&done, terms.limit),
            log: done.log,
            time: done.time,
            trace: done.trace,
        })
    }

    /// The reply, or why there is none.
    fn judge(&self, done: &Done, limit: Duration) -> Result<Value, NoReplyError> {
        let carrier = &self.function.carrier;
        let reply = match carrier.reply {
            ReplyBy::File => match file_reply(&self.path, done) {
                End::Replied => done.trace.reply(),
                End::Failed(reason) => return Err(NoReplyError::of(NoReplyKind::Failed, reason)),
                End::Unreadable(what) => {
                    return Err(NoReplyError::of(
                        NoReplyKind::Unreadable,
                        format!("its reply {what}"),
                    ));
                }
                End::TimedOut => return Err(too_long(limit)),
            },
            ReplyBy::Stdout | ReplyBy::Streams => {
                self.ended(done, limit)?;
                let dropped = done.trace.stdout.dropped;
                if dropped > 0 {
                    return Err(NoReplyError::of(
                        NoReplyKind::Unreadable,
                        format!("its reply has {dropped} bytes more than this harness reads"),
                    ));
                }
                &done.trace.stdout.bytes
            }
        };
        let exit = done.trace.exit;
        self.function.read_reply(&RawReply { bytes: reply, exit })
    }

    /// Whether the program ended by itself, in a way that can be a reply.
    fn ended(&self, done: &Done, limit: Duration) -> Result<(), NoReplyError> {
        match &done.end {
            plan::End::NotStarted(error) => {
                let reason = os::start_error(&self.path, error);
                Err(NoReplyError::of(
                    NoReplyKind::Failed,
                    executing(&self.path, &reason),
                ))
            }
            plan::End::TimedOut => Err(too_long(limit)),
            plan::End::Exited(status) => {
                let is_reply = self.function.carrier.exit_is_reply && status.code().is_some();
                if is_reply || status.success() {
                    return Ok(());
                }
                let code = exit_status(status.code().unwrap_or(KILLED));
                Err(NoReplyError::of(
                    NoReplyKind::Failed,
                    executing(&self.path, &code),
                ))
            }
        }
    }
}

fn too_long(limit: Duration) -> NoReplyError {
    NoReplyError::of(
        NoReplyKind::TimedOut,
        format!(
            "it took longer than {} s and was killed",
            limit.as_secs_f64()
        ),
    )
}

#[cfg(unix)]
#[cfg(test)]
mod tests;
