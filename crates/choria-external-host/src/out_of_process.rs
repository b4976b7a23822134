//! A program in any language as a service: one process for each request.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use choria_external_ddl::Metadata;
use choria_external_protocol::{Activation, Failure, FunctionType, MessageError, Rpc, read_json};
use choria_external_service::{
    About, Answer, CallInfo, Function, Message, Request, Service, unserved,
};
use serde_json::Value;

use crate::function::FunctionProgram;
use crate::program::Program;

mod ask;

/// A [`Service`] outside of this process: a program in any language, which is started
/// once for each request, as Choria starts it.
///
/// ```no_run
/// use choria_external_host::{OutOfProcess, Program};
/// use choria_external_service::{CallInfo, Request, Service};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let parrot = OutOfProcess::agent(Program::find("agents/parrot".as_ref(), None)?);
/// let call = CallInfo::new("f8a2decdcdbd4616ac1d5b7c011252c8", "choria=alice");
/// let data = serde_json::from_str(r#"{"message": "hi"}"#)?;
/// let answer = parrot.answer(Request::action("echo", data), call);
/// assert_eq!(answer.json().ok_or("no reply")?["data"]["message"], "hi");
/// # Ok(())
/// # }
/// ```
///
/// Whatever the program does - it crashes, hangs, or leaves processes running - the
/// request gets an answer, and the process that asks is unharmed. If the deadline of
/// the call passes, or the program's own limit, or if the call is cancelled, the program
/// is killed. The processes that a program leaves running are ended as described at
/// [`Supervisor`](crate::Supervisor).
///
/// # Checks
///
/// If an agent's program has a DDL, the inputs of an action are checked against it
/// before the program is started, with a server's texts. Unlike a server, this check
/// never skips a validator. No defaults are filled in.
///
/// A reply that breaks the schema of its function type is a failure.
///
/// # Warnings and texts for the log
///
/// An answer's [`warnings`](Answer::warnings) are the lines that the program printed
/// on standard error and remarks on how it ended. A [`failure`](Answer::failure) that
/// the program reports has only the text for the caller: a program that has another
/// text for the log prints it.
///
/// # What it shares with the process
///
/// The first request that waits for a program installs a handler of SIGCHLD (Unix),
/// which stays and runs the handler that was there before. Nothing else changes:
/// children that the process has started in another way are left alone, and no thread,
/// open file or zombie remains after an answer.
pub struct OutOfProcess {
    about: About,
    /// At least one.
    served: Vec<Served>,
}

/// A function type that the program serves.
struct Served {
    protocol: &'static str,
    ask: Box<Ask>,
    fail: fn(Failure) -> Answer,
}

type Ask = dyn Fn(Value, &CallInfo) -> Answer + Send + Sync;

impl Served {
    fn of<F: FunctionType>(
        ask: impl Fn(Value, &CallInfo) -> Answer + Send + Sync + 'static,
    ) -> Self {
        Self {
            protocol: F::REQUEST.protocol(),
            ask: Box::new(ask),
            fail: ask::failed::<F>,
        }
    }
}

impl OutOfProcess {
    /// The program of an agent. It answers calls of its actions, and requests of
    /// whether it wants to be active.
    pub fn agent(program: Program) -> Self {
        let without_ddl = || Metadata {
            name: program.name.to_string().into(),
            timeout: program.limit.as_secs().try_into().unwrap_or(i64::MAX),
            ..Metadata::default()
        };
        let ddl = program.ddl.clone();
        let metadata = ddl.as_ref().map(|ddl| ddl.metadata.clone());
        let about = About {
            metadata: metadata.unwrap_or_else(without_ddl),
            functions: vec![Function::of::<Rpc>(), Function::of::<Activation>()],
            ddl,
        };
        let for_calls = Arc::new(program);
        let for_activations = Arc::clone(&for_calls);
        Self {
            about,
            served: vec![
                Served::of::<Rpc>(move |message, call| ask::action(&for_calls, message, call)),
                Served::of::<Activation>(move |message, call| {
                    ask::activation(&for_activations, message, call)
                }),
            ],
        }
    }

    /// A program of the function type `F`, such as a discovery source. `metadata`
    /// describes the program; its timeout is not used, see
    /// [`FunctionProgram::limit`].
    ///
    /// # Panics
    /// If the program is of another function type.
    #[track_caller]
    pub fn function<F: FunctionType>(program: FunctionProgram, metadata: Metadata) -> Self {
        assert!(
            program.function.name() == F::NAME,
            "{} is a program of the function type {}, not {}",
            program.path.display(),
            program.function.name(),
            F::NAME
        );
        Self {
            about: About {
                metadata,
                functions: vec![Function::of::<F>()],
                ddl: None,
            },
            served: vec![Served::of::<F>(move |message, call| {
                ask::function::<F>(&program, message, call)
            })],
        }
    }

    fn respond(&self, request: Request<'_>, call: &CallInfo) -> Answer {
        let (protocol, message) = match request.into_message(&self.about.metadata.name, call) {
            Ok(Message::Json(message)) => (None, Ok(message)),
            Ok(Message::Text { protocol, text }) => (
                protocol.map(str::to_owned),
                read_json(text).map_err(|error| Failure::invalid_data(MessageError::from(error))),
            ),
            Err(failure) => (None, Err(failure)),
        };
        let own = || {
            let protocol = message.as_ref().ok()?.get("protocol")?;
            protocol.as_str().map(str::to_owned)
        };
        let served = match self.find(protocol.or_else(own).as_deref()) {
            Ok(served) => served,
            // That the message is damaged is more to the point than that it has no
            // protocol.
            Err(failure) => return (self.served[0].fail)(message.err().unwrap_or(failure)),
        };
        match (message, call.refusal()) {
            (Ok(message), None) => (served.ask)(message, call),
            (Err(failure), _) | (_, Some(failure)) => (served.fail)(failure),
        }
    }

    /// The function type of a request.
    fn find(&self, protocol: Option<&str>) -> Result<&Served, Failure> {
        let mut all = self.served.iter();
        let served = all.find(|served| protocol == Some(served.protocol));
        served.ok_or_else(|| unserved(protocol, self.served.iter().map(|served| served.protocol)))
    }
}

impl Service for OutOfProcess {
    fn about(&self) -> &About {
        &self.about
    }

    fn answer(&self, request: Request<'_>, call: CallInfo) -> Answer {
        // How a failure becomes a reply is code of the function type's author.
        let answer = catch_unwind(AssertUnwindSafe(|| self.respond(request, &call)));
        answer.unwrap_or_else(|payload| {
            // Dropping it could panic again.
            std::mem::forget(payload);
            Answer::without_reply(Failure::unknown_error("asking the program panicked"))
        })
    }
}

impl fmt::Debug for OutOfProcess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutOfProcess")
            .field("name", &self.about.metadata.name)
            .field("functions", &self.about.functions)
            .finish_non_exhaustive()
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests;
