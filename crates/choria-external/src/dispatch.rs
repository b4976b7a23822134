//! From how the program was started to the reply.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::{self, IsTerminal as _, Read as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use choria_external_protocol::{MessageError, read_json};
use serde_json::Value;

use crate::external::{Response, Served};
use crate::logging::{self, Info};
use crate::{Config, Context, External, Failure, Functions, help, panics, reply_file};

/// Runs the program: reads the request that it was started with, answers it,
/// and gives the exit code.
///
/// How it was started is found out in this order:
///
/// 1. `CHORIA_EXTERNAL_PROTOCOL` is set, as Choria does: it names the request;
///    the files are in `CHORIA_EXTERNAL_REQUEST` and `CHORIA_EXTERNAL_REPLY`,
///    else the first two arguments.
/// 2. Three arguments, `REQUEST REPLY PROTOCOL`: the message's own `protocol`
///    counts first, since Choria passes the same third argument for
///    activations and actions. One of `--help`, `--version` and `--ddl json`:
///    these.
/// 3. Neither: a request on stdin, the reply on stdout, and the log on stderr;
///    at a terminal, a short explanation.
///
/// Whatever happens - a failure, a panic, a request that is no JSON - one
/// whole, valid reply is written and the exit code is 0: a server throws away
/// the reply of a program that ends with another. Only when no reply can be
/// written it is 1, with the reason on stderr; after wrong arguments, 2.
pub fn dispatch<T: External>() -> ExitCode {
    let started = Instant::now();
    let outcome = match Start::of::<T>() {
        Start::Files {
            request,
            reply,
            protocol,
        } => {
            let bytes = fs::read(&request).map_err(|error| {
                Failure::aborted(format_args!(
                    "could not read the request file {}: {error}",
                    request.display()
                ))
            });
            let response = answer::<T>(started, bytes, protocol, Info::Stdout);
            response.and_then(|response| {
                reply_file::write(&reply, &response).map_err(|error| {
                    format!(
                        "could not write the reply file {}: {error}",
                        reply.display()
                    )
                })
            })
        }
        Start::Pipe => {
            let mut bytes = Vec::new();
            let read = io::stdin().read_to_end(&mut bytes);
            let bytes = read.map(|_| bytes).map_err(|error| {
                Failure::aborted(format_args!(
                    "could not read the request from stdin: {error}"
                ))
            });
            answer::<T>(started, bytes, Protocol::InMessage(None), Info::Stderr)
                .and_then(|reply| print(&[&reply[..], b"\n"].concat()))
        }
        Start::Say(text) => print(text.as_bytes()),
        Start::NoReply => Err(
            "CHORIA_EXTERNAL_PROTOCOL is set and CHORIA_EXTERNAL_REPLY is not: there is no place for a reply".into(),
        ),
        Start::Misuse(reason) => {
            eprintln!("{}: {reason}; see --help", T::META.name);
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("{}: {reason}", T::META.name);
            ExitCode::FAILURE
        }
    }
}

/// How the program was started.
enum Start {
    Files {
        request: PathBuf,
        reply: PathBuf,
        protocol: Protocol,
    },
    Pipe,
    Say(String),
    /// By Choria, and without a place for the reply.
    NoReply,
    Misuse(String),
}

/// What says which request it is.
enum Protocol {
    /// The environment.
    Given(String),
    /// The message; without a word of it, the last argument.
    InMessage(Option<String>),
}

impl Start {
    fn of<T: External>() -> Self {
        let arguments: Vec<OsString> = env::args_os().skip(1).collect();
        match env::var_os("CHORIA_EXTERNAL_PROTOCOL").filter(|name| !name.is_empty()) {
            Some(protocol) => Self::by_environment(&protocol, &arguments),
            None => Self::by_arguments::<T>(&arguments),
        }
    }

    fn by_environment(protocol: &OsString, arguments: &[OsString]) -> Self {
        let file = |variable: &str, position: usize| {
            let given = env::var_os(variable).or_else(|| arguments.get(position).cloned());
            given.filter(|path| !path.is_empty()).map(PathBuf::from)
        };
        let Some(reply) = file("CHORIA_EXTERNAL_REPLY", 1) else {
            return Self::NoReply;
        };
        Self::Files {
            // A request without a path cannot be read, and that is the reply.
            request: file("CHORIA_EXTERNAL_REQUEST", 0).unwrap_or_default(),
            reply,
            protocol: Protocol::Given(protocol.to_string_lossy().into_owned()),
        }
    }

    fn by_arguments<T: External>(arguments: &[OsString]) -> Self {
        let texts: Vec<_> = arguments
            .iter()
            .map(|argument| argument.to_string_lossy())
            .collect();
        let texts: Vec<&str> = texts.iter().map(|text| &**text).collect();
        match texts[..] {
            [] if io::stdin().is_terminal() => Self::Say(help::short::<T>()),
            [] => Self::Pipe,
            ["--help" | "-h", ..] => Self::Say(help::full::<T>()),
            ["--version" | "-V", ..] => Self::Say(help::version::<T>()),
            ["--ddl"] | ["--ddl", "json"] => match T::ddl() {
                Some(ddl) => Self::Say(ddl.to_json()),
                None => Self::Misuse("only agents have a DDL".into()),
            },
            ["--ddl", form, ..] => {
                Self::Misuse(format!("a DDL in the form {form:?} is not known, json is"))
            }
            [option, ..] if option.starts_with('-') => {
                Self::Misuse(format!("there is no option {option}"))
            }
            [_, _, protocol] => Self::Files {
                request: arguments[0].clone().into(),
                reply: arguments[1].clone().into(),
                protocol: Protocol::InMessage(Some(protocol.into())),
            },
            _ => Self::Misuse(format!(
                "wanted REQUEST REPLY PROTOCOL, or nothing and a request on stdin, got {} arguments",
                arguments.len()
            )),
        }
    }
}

/// The reply to a request, as bytes. An error only where there is none to be
/// had: the program serves nothing, or its failed reply breaks its own schema.
fn answer<T: External>(
    started: Instant,
    request: Result<Vec<u8>, Failure>,
    protocol: Protocol,
    info: Info,
) -> Result<Vec<u8>, String> {
    let functions = Functions::of::<T>();
    let main = functions
        .main()
        .ok_or("this program serves no function type")?;
    let context = Context::from_environment(started, Duration::from_secs(T::META.timeout.into()));
    log(context.as_ref().ok().map(Context::config), info);

    let message = request.and_then(|bytes| {
        read_json(&bytes).map_err(|error| Failure::invalid_data(MessageError::from(error)))
    });
    let response = match serves(&functions, protocol, message.as_ref().ok()) {
        Ok(served) => match (message, context) {
            (Ok(message), Ok(context)) => served.respond(context, message),
            (Err(failure), _) => served.fail(failure),
            (_, Err(error)) => served.fail(error.into()),
        },
        // What the message is comes after whether it is one at all.
        Err(failure) => main.fail(message.err().unwrap_or(failure)),
    };
    let Response { reply, failure } = response;
    if let Some(failure) = failure {
        tracing::error!(target: "choria_external", "code {}: {}", failure.code(), failure.log_message());
    }
    reply.map_err(|error| format!("no reply can be sent: {error}"))
}

/// The function type that answers.
fn serves<'a>(
    functions: &'a Functions,
    protocol: Protocol,
    message: Option<&Value>,
) -> Result<&'a Served, Failure> {
    let protocol = match protocol {
        Protocol::Given(name) => Some(name),
        Protocol::InMessage(fallback) => {
            let own = message.and_then(|message| message.get("protocol")?.as_str());
            own.map(Into::into).or(fallback)
        }
    };
    let known = || {
        let names: Vec<_> = functions
            .iter()
            .map(|served| served.request.protocol())
            .collect();
        names.join(", ")
    };
    match protocol {
        Some(name) => functions.find(&name).ok_or_else(|| {
            Failure::invalid_data(format_args!(
                "unknown protocol {name:?}; this program answers {}",
                known()
            ))
        }),
        None => Err(Failure::invalid_data(format_args!(
            "the message has no text under the key protocol, wanted one of {}",
            known()
        ))),
    }
}

fn log(config: Option<&Config>, info: Info) {
    let none = Config::default();
    let config = config.unwrap_or(&none);
    logging::start(logging::level(config), info);
    panics::log_on_one_line();
    if let Some(level) = logging::unknown_level(config) {
        tracing::warn!(
            target: "choria_external",
            "log_level = {level}: wanted off, error, warn, info, debug or trace; info counts"
        );
    }
}

fn print(bytes: &[u8]) -> Result<(), String> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)
        .and_then(|()| out.flush())
        .map_err(|error| format!("could not write to stdout: {error}"))
}
