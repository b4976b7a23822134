//! From the request to the reply.

use std::io::{self, Write};
use std::mem::ManuallyDrop;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use choria_external_protocol::Carrier;

use super::carried::Carried;
use super::delivery::Delivery;
use super::environment::{self, MARGIN};
use super::logging::{self, Info, complain};
use super::only::{self, Only, Source, limit, read_stdin};
use super::reply::{Place, Reply, ReplyFile};
use super::start::Start;
use super::{os, panics};
use crate::answer::external::{External, Functions};
use crate::answer::respond::{Protocol, SERVES_NOTHING};
use crate::answer::response::Plan;
use crate::author::context::deadline;
use crate::author::running::Running;

/// Runs the program: reads the request that it was started with, answers it,
/// and gives the exit code.
///
/// How it was started is found out in this order:
///
/// 1. `CHORIA_EXTERNAL_PROTOCOL` is set, as Choria does: it names the request;
///    the files are in `CHORIA_EXTERNAL_REQUEST` and `CHORIA_EXTERNAL_REPLY`,
///    else the last three arguments are request, reply and protocol. One or two
///    arguments that are an option of 2. come first: a program that an action
///    starts inherits the variables of the action.
/// 2. Three arguments, `REQUEST REPLY PROTOCOL`, of which the last is a request
///    that the program serves; any other three words are wrong arguments, and
///    no file is written. The message's own `protocol` counts first, since Choria passes the same third argument for
///    activations and actions. One of `--help`, `--version`,
///    `--ddl json|ruby|markdown` (agents) and `--functions` (all others): these.
/// 3. Neither: a request on stdin, the reply on stdout, and the log on stderr;
///    at a terminal, a short explanation.
///
/// A program of a function type that has a [`Carrier`] of its own is started as that
/// says; `--help`, `--version` and `--functions` alone are for people there, too. It
/// serves no other function type. If both output streams are its reply, there is no log,
/// and nothing that the program or a child of it prints gets out.
///
/// Whatever happens - a failure, a panic, a request that is no JSON - one
/// whole, valid reply is written and the exit code is 0: a server throws away
/// the reply of a program that ends with another. Only when no reply can be
/// written it is 1, with the reason on stderr; after wrong arguments, 2. (A carrier of its
/// own can say otherwise.)
///
/// The reply file and its folder are opened, and the time is watched, before
/// anything else is read: an action that changes its user, folder, root folder,
/// umask or limits, or uses up all descriptors, does not lose the reply. The file
/// is locked until the program ends; another program that is started with the
/// same file ends with exit code 1.
///
/// What `tracing` is told goes where Choria reads it: INFO and below to stdout,
/// WARN and ERROR to stderr. Two settings are about it:
///
/// | setting | meaning |
/// |---|---|
/// | `log_level` | `off`, `error`, `warn`, `info`, `debug` or `trace`; else `info` |
/// | `log_limit` | bytes that one run logs at the most; else 1,048,576. Errors have 64 KiB more, the program's own failure again as much. The last line says how much was left out |
///
/// A line over 60 KiB becomes several with a mark (`(part 1 of 4)`), and control
/// characters are shown (`\n`): one event is never read as two. A program that
/// has set up a subscriber of its own keeps it; with the feature `layer`, `LogLayer` is
/// this log as a part of such a subscriber.
pub fn dispatch<T: External + Default>() -> ExitCode {
    let started = Instant::now();
    let start = Start::of::<T>();
    // No agent contains the code for it.
    if !T::HAS_DDL
        && let Some(carried) = Carried::<T>::of(&start)
    {
        return carried.dispatch(started);
    }
    let by_server = matches!(start, Start::Files { .. });
    let outcome = match start {
        Start::Files {
            request,
            reply,
            protocol,
            arguments,
        } => ReplyFile::open(reply).and_then(|reply| {
            let place = Place::File(reply);
            reply_to::<T>(started, Source::File(request), protocol, place, arguments)
        }),
        Start::Pipe => os::reserve_stdout()
            .map_err(|error| format!("could not keep stdout for the reply: {error}"))
            .and_then(|stdout| {
                let request = Source::Arrived(read_stdin());
                // Nobody counts the time until there is a request.
                let started = Instant::now();
                let (protocol, place) = (Protocol::InMessage(None), Place::Stdout(stdout));
                reply_to::<T>(started, request, protocol, place, Vec::new())
            }),
        Start::Say(text) => print(io::stdout().lock(), text.as_bytes()).map(|()| 0),
        Start::NoReply => Err(
            "CHORIA_EXTERNAL_PROTOCOL is set and CHORIA_EXTERNAL_REPLY is not: there is no place for a reply".into(),
        ),
        Start::Misuse(reason) => {
            complain(&format!("{}: {reason}; see --help", T::metadata().name));
            return ExitCode::from(2);
        }
    };
    let left = limit::<T>().saturating_sub(started.elapsed());
    only::end(outcome, Carrier::FILES.unsent, T::metadata, by_server, left)
}

/// Answers the request that the program was started with, and returns the exit code.
fn reply_to<T: External + Default>(
    started: Instant,
    request: Source,
    protocol: Protocol,
    place: Place,
    arguments: Vec<String>,
) -> Result<u8, String> {
    let delivery = Delivery::new(T::metadata, Reply::to(place, Carrier::FILES.unsent));
    logging::set_info(if delivery.is_for_server() {
        Info::Stdout
    } else {
        Info::Stderr
    });
    let running = Arc::<Running>::default();
    panics::log_on_one_line(Arc::clone(&running));
    let functions = Functions::<T>::of().map_err(|failure| failure.to_string())?;
    // What handlers hold is the author's: dropping it could cost the exit code.
    let functions = ManuallyDrop::new(functions);
    let expected = expected(&functions, &protocol, started)?;
    let only = Only {
        functions: &functions,
        protocol,
        started,
        expected,
        delivery,
        running,
    };
    only.answer(
        || request.read(),
        |running| {
            let context = environment::context(started, limit::<T>(), running)?;
            Ok(context.with_arguments(arguments))
        },
    )
}

/// What is to be answered, as far as it is known before the request is read.
fn expected<T: External>(
    functions: &Functions<T>,
    protocol: &Protocol,
    started: Instant,
) -> Result<Plan, String> {
    let name = match protocol {
        Protocol::Given(name) => Some(name),
        Protocol::InMessage(fallback) => fallback.as_ref(),
    };
    let served = name
        .and_then(|name| functions.find(name))
        .or(functions.main())
        .ok_or(SERVES_NOTHING)?;
    let limit = served.limit.unwrap_or_else(limit::<T>);
    Ok(Plan {
        name: served.name,
        fail: served.fail,
        limit,
        deadline: deadline(started, limit, MARGIN),
    })
}

fn print(mut out: impl Write, bytes: &[u8]) -> Result<(), String> {
    out.write_all(bytes)
        .and_then(|()| out.flush())
        .map_err(|error| format!("could not write to stdout: {error}"))
}
