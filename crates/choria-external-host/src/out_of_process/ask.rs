//! One request to a program: the start, and the answer that its end makes.

use std::fmt::Display;
use std::time::Duration;

use choria_external_ddl::{Refusal, check_inputs_strictly};
use choria_external_go::json;
use choria_external_protocol::{Activation, Failure, FunctionType, Rpc, RpcRequest};
use choria_external_service::{Answer, CallInfo, CancelToken};
use serde_json::Value;

use crate::error::HostError;
use crate::function::{FunctionProgram, NoReplyKind, Terms};
use crate::launch::End;
use crate::log::{Level, LogLine};
use crate::program::{Program, Start};
use crate::supervisor::Supervisor;

/// Calls an action of an agent.
pub(super) fn action(program: &Program, message: Value, call: &CallInfo) -> Answer {
    let bytes = to_bytes(&message);
    let request = match Rpc::read_request(message) {
        Ok(request) => request,
        Err(error) => return failed::<Rpc>(Failure::invalid_data(error)),
    };
    let what = format!("action '{}'", request.action);
    match check(program, request).and(bytes) {
        Ok(bytes) => agent::<Rpc>(program, &what, program.action_start(&bytes), call),
        Err(failure) => failed::<Rpc>(failure),
    }
}

/// Asks an agent whether it wants to be active.
pub(super) fn activation(program: &Program, message: Value, call: &CallInfo) -> Answer {
    let bytes = to_bytes(&message);
    let checked = Activation::read_request(message).map_err(Failure::invalid_data);
    match checked.and(bytes) {
        Ok(bytes) => {
            let start = Start::activation(&bytes);
            agent::<Activation>(program, Activation::NAME, start, call)
        }
        Err(failure) => failed::<Activation>(failure),
    }
}

/// Asks a program of any function type.
pub(super) fn function<F: FunctionType>(
    program: &FunctionProgram,
    message: Value,
    call: &CallInfo,
) -> Answer {
    let request = match F::read_request(message.clone()) {
        Ok(request) => request,
        Err(error) => return failed::<F>(Failure::invalid_data(error)),
    };
    let carrier = program.function.carrier();
    let mut arguments = program.arguments.clone();
    if carrier.own_arguments {
        arguments.extend(call.arguments.iter().cloned());
    }
    let limit = within(call, F::limit(&request).unwrap_or(program.limit));
    let outcome = cancelled_by(&program.supervisor, call, |supervisor| {
        let terms = Terms {
            supervisor,
            arguments: &arguments,
            limit,
        };
        program.call_on(&terms, &message)
    });
    let outcome = match outcome {
        Ok(outcome) => outcome,
        Err(error) => return failed::<F>(not_asked(&error)),
    };
    let mut answer = match outcome.reply {
        Ok(reply) => replied::<F>(reply.to_string().as_bytes()),
        Err(error) if error.kind() == NoReplyKind::TimedOut => {
            failed::<F>(too_late(F::NAME, limit))
        }
        Err(error) => failed::<F>(no_reply(F::NAME, error)),
    };
    if carrier.exit_is_reply
        && let Some(exit) = outcome.trace.exit
    {
        // On Unix it is one byte.
        answer.exit = exit.try_into().unwrap_or(u8::MAX);
    }
    answer.with_warnings(warnings(outcome.log))
}

/// Starts an agent's program, as a server does; `what` it does, for texts.
fn agent<F: FunctionType>(
    program: &Program,
    what: &str,
    mut start: Start,
    call: &CallInfo,
) -> Answer {
    start.limit = within(call, start.limit);
    let run = cancelled_by(&program.supervisor, call, |supervisor| {
        program.start_by(supervisor, &start)
    });
    let run = match run {
        Ok(run) => run,
        Err(error) => return failed::<F>(not_asked(&error)),
    };
    let answer = match run.end {
        End::Replied => replied::<F>(run.trace.reply()),
        End::Failed(reason) => failed::<F>(no_reply(what, reason)),
        End::Unreadable(reason) => failed::<F>(no_reply(what, format_args!("its reply {reason}"))),
        End::TimedOut => failed::<F>(too_late(what, start.limit)),
    };
    answer.with_warnings(warnings(run.log))
}

fn to_bytes(message: &Value) -> Result<Vec<u8>, Failure> {
    json::to_bytes(message).map_err(|error| {
        Failure::aborted("the program could not be asked")
            .log(HostError::Request(error.to_string()))
    })
}

/// Checks the inputs of an action against the DDL, if the program has one. The
/// warnings are dropped, as by a server: a program that checks its inputs repeats
/// them.
fn check(program: &Program, request: RpcRequest) -> Result<(), Failure> {
    let Some(ddl) = &program.ddl else {
        return Ok(());
    };
    let Some(action) = ddl.action(request.action.as_str()) else {
        let names: Vec<&str> = ddl.actions.iter().map(|action| &*action.name).collect();
        let names = match &*names {
            [] => "none".to_owned(),
            _ => names.join(", "),
        };
        return Err(Failure::unknown_action(format_args!(
            "unknown action {}#{}; the agent has {names}",
            program.name, request.action,
        )));
    };
    let data = request.data.unwrap_or_default();
    check_inputs_strictly(&action.inputs, &data)
        .map(drop)
        .map_err(|refusal| match refusal {
            Refusal::Missing(text) => Failure::missing_data(text),
            Refusal::Invalid(text) => Failure::invalid_data(text),
        })
}

/// Runs something that is cancelled by the call or by the supervisor.
fn cancelled_by<T>(
    supervisor: &Supervisor,
    call: &CallInfo,
    run: impl FnOnce(&Supervisor) -> Result<T, HostError>,
) -> Result<T, HostError> {
    let either = CancelToken::default();
    let register = |token: &CancelToken| {
        let either = either.clone();
        token.on_cancel(move || either.cancel())
    };
    let _registered = [register(&call.cancel), register(&supervisor.cancel)];
    run(&supervisor.with_cancel(either))
}

/// How long the program may run: its own limit, but no longer than the call.
fn within(call: &CallInfo, limit: Duration) -> Duration {
    limit.min(call.remaining().unwrap_or(Duration::MAX))
}

/// The answer with the reply of a program.
fn replied<F: FunctionType>(reply: &[u8]) -> Answer {
    match F::read_reply(reply) {
        Ok(typed) => Answer {
            failure: F::failure(&typed),
            ..Answer::replied(reply)
        },
        Err(error) => failed::<F>(Failure::unknown_error(format_args!(
            "the reply cannot be read: {error}"
        ))),
    }
}

/// The answer to a request that failed, with the reply that the type has for that.
pub(super) fn failed<F: FunctionType>(failure: Failure) -> Answer {
    match F::write_reply(&F::failed(&failure)) {
        Ok(written) => Answer::replied(written.bytes).with_failure(failure),
        Err(error) => {
            let reason = format!("no reply can be sent: {error}");
            Answer::without_reply(failure.log(reason))
        }
    }
}

fn no_reply(what: &str, reason: impl Display) -> Failure {
    Failure::unknown_error(format_args!("{what} gave no reply: {reason}"))
}

fn too_late(what: &str, limit: Duration) -> Failure {
    Failure::unknown_error(format_args!(
        "{what} had no answer after {:.1} s and was ended",
        limit.as_secs_f64()
    ))
}

/// Why this process could not ask the program. The caller need not know more than
/// that.
fn not_asked(error: &HostError) -> Failure {
    match error {
        HostError::Cancelled => Failure::aborted("the call was cancelled"),
        error => Failure::aborted("the program could not be asked").log(error),
    }
}

/// What the log should say of what a program printed.
fn warnings(log: Vec<LogLine>) -> impl Iterator<Item = String> {
    let log = log.into_iter().filter(|line| line.level != Level::Info);
    log.map(|line| line.line)
}
