//! Programs of any function type: how a request becomes a start, and what comes
//! back, by the carrier of the type.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use choria_external_go::json;
use choria_external_protocol::{Carrier, MessageKind, Registration, ReplyBy, read_json};
use serde_json::Value;

use crate::error::HostError;
use crate::facts::Facts;
use crate::launch::{End, KILLED, Launch, executing, exit_status, file_reply};
use crate::log::LogLine;
use crate::os;
use crate::output::Reading;
use crate::plan::{self, Done};
use crate::program::UNKNOWN_LIMIT;
use crate::supervisor::Supervisor;
use crate::trace::Trace;

/// A function type, as the harness calls programs of it.
#[derive(Clone, Debug)]
pub struct Function {
    name: &'static str,
    request: MessageKind,
    reply: MessageKind,
    carrier: Carrier,
    decode: Option<Decode>,
}

type Decode = fn(&Heard) -> Result<Value, NoReply>;

/// What the harness needs to know of a function type whose reply is not the text
/// of a JSON object: registered by [`host_type!`](crate::host_type), beside the
/// type and apart from it, so that no program that serves the type has it.
#[derive(Clone, Copy, Debug)]
pub struct HostType {
    /// The name of the function type, such as `rpc`.
    pub name: &'static str,
    /// Makes the reply, as the type's schema says it, of what Choria reads.
    pub decode: fn(&Heard) -> Result<Value, NoReply>,
}

inventory::collect!(HostType);

/// Registers a [`HostType`].
///
/// ```
/// use choria_external_host::{Heard, NoReply, host_type};
/// use serde_json::{Value, json};
///
/// fn decode(heard: &Heard) -> Result<Value, NoReply> {
///     let text = str::from_utf8(heard.reply).map_err(|error| NoReply::new(error.to_string()))?;
///     Ok(json!({"text": text, "status": heard.exit}))
/// }
///
/// host_type!("greeting in words", decode);
/// ```
#[macro_export]
macro_rules! host_type {
    ($name:expr, $decode:expr) => {
        $crate::__private::inventory::submit! {
            $crate::HostType { name: $name, decode: $decode }
        }
    };
}

/// What a program gave as its reply.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Heard<'a> {
    /// The bytes, from where the carrier says that the reply is.
    pub reply: &'a [u8],
    /// The exit code; `None` if a signal ended the program.
    pub exit: Option<i32>,
}

/// Why there is no reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoReply(String);

impl NoReply {
    /// For this reason, a sentence without its end.
    pub fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

impl fmt::Display for NoReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NoReply {}

impl Function {
    /// A function type that is linked into this program, see
    /// [`registry`](choria_external_protocol::registry).
    pub fn of(registration: &Registration) -> Self {
        let name = registration.name();
        let mut types = inventory::iter::<HostType>.into_iter();
        Self {
            name,
            request: *registration.request(),
            reply: *registration.reply(),
            carrier: registration.carrier(),
            decode: types.find(|one| one.name == name).map(|one| one.decode),
        }
    }

    /// The name for people, such as `rpc`.
    pub fn name(&self) -> &str {
        self.name
    }

    /// How a program gets the request and gives the reply.
    pub fn carrier(&self) -> &Carrier {
        &self.carrier
    }

    /// The reply in what was heard: it is JSON, unless the type decodes it, and keeps
    /// the type's schema.
    fn read(&self, heard: &Heard) -> Result<Value, NoReply> {
        let reply = match self.decode {
            Some(decode) => decode(heard)?,
            None => read_json(heard.reply)
                .map_err(|error| NoReply::new(format!("the reply is {error}")))?,
        };
        let protocol = self.reply.protocol();
        self.reply
            .check(&reply)
            .map_err(|violation| NoReply::new(format!("not a valid {protocol}: {violation}")))?;
        Ok(reply)
    }
}

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

/// What came of calling a [`FunctionProgram`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct FunctionOutcome {
    /// The reply, which keeps the schema of its type; else why there is none.
    pub reply: Result<Value, NoReply>,
    /// Whether the program took longer than its limit and was killed.
    pub timed_out: bool,
    /// What the program printed, where that is a log, and the harness's own remarks.
    pub log: Vec<LogLine>,
    /// How long the program took; zero if it was not started.
    pub time: Duration,
    /// The start as it was.
    pub trace: Trace,
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
    /// [`HostError::File`] if the path cannot be made absolute.
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
    /// [`HostError::Request`] if the request breaks its schema; otherwise
    /// [`HostError`] if the harness itself fails. A misbehaving program is a
    /// [`FunctionOutcome`] without a reply.
    pub fn call(&self, request: &Value) -> Result<FunctionOutcome, HostError> {
        let terms = Terms {
            supervisor: &self.supervisor,
            arguments: &self.arguments,
            limit: self.limit,
        };
        self.call_on(&terms, request)
    }

    /// [`call`](Self::call) with what a single call can have of its own.
    pub(crate) fn call_on(
        &self,
        terms: &Terms,
        request: &Value,
    ) -> Result<FunctionOutcome, HostError> {
        let function = &self.function;
        function
            .request
            .check(request)
            .map_err(|violation| HostError::Request(violation.to_string()))?;
        let bytes =
            json::to_bytes(request).map_err(|error| HostError::Request(error.to_string()))?;
        let protocol = function.request.protocol();
        let done = Launch {
            supervisor: terms.supervisor,
            program: &self.path,
            arguments: terms.arguments,
            carrier: &function.carrier,
            protocol,
            named: protocol,
            request: &bytes,
            settings: self.settings.as_deref(),
            facts: Some(self.facts.as_bytes()),
            search_path: None,
            home: None,
            limit: terms.limit,
            reading: Reading::AtOnce,
        }
        .start()?;
        Ok(FunctionOutcome {
            reply: self.judge(&done, terms.limit),
            timed_out: matches!(done.end, plan::End::TimedOut),
            log: done.log,
            time: done.time,
            trace: done.trace,
        })
    }

    /// The reply, or why there is none.
    fn judge(&self, done: &Done, limit: Duration) -> Result<Value, NoReply> {
        let carrier = &self.function.carrier;
        let reply = match carrier.reply {
            ReplyBy::File => match file_reply(&self.path, done) {
                End::Replied => done.trace.reply(),
                End::Failed(reason) => return Err(NoReply(reason)),
                End::Unreadable(what) => return Err(NoReply(format!("its reply {what}"))),
                End::TimedOut => return Err(too_long(limit)),
            },
            ReplyBy::Stdout | ReplyBy::Streams => {
                self.ended(done, limit)?;
                let dropped = done.trace.stdout.dropped;
                if dropped > 0 {
                    return Err(NoReply(format!(
                        "its reply has {dropped} bytes more than this harness reads"
                    )));
                }
                &done.trace.stdout.bytes
            }
        };
        let exit = done.trace.exit;
        self.function.read(&Heard { reply, exit })
    }

    /// Whether the program ended by itself, in a way that can be a reply.
    fn ended(&self, done: &Done, limit: Duration) -> Result<(), NoReply> {
        match &done.end {
            plan::End::NotStarted(error) => {
                let reason = os::start_error(&self.path, error);
                Err(NoReply(executing(&self.path, &reason)))
            }
            plan::End::TimedOut => Err(too_long(limit)),
            plan::End::Exited(status) => {
                let is_reply = self.function.carrier.exit_is_reply && status.code().is_some();
                if is_reply || status.success() {
                    return Ok(());
                }
                let code = exit_status(status.code().unwrap_or(KILLED));
                Err(NoReply(executing(&self.path, &code)))
            }
        }
    }
}

fn too_long(limit: Duration) -> NoReply {
    NoReply(format!(
        "it took longer than its {} s and was killed",
        limit.as_secs_f64()
    ))
}

#[cfg(unix)]
#[cfg(test)]
mod tests;
