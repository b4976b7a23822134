//! A program whose function type has a carrier of its own.

use std::env;
use std::io::{self, IsTerminal as _};
use std::mem::ManuallyDrop;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use choria_external_protocol::{
    Carrier, Clock, MessageError, Part, PartBy, ReplyBy, RequestBy, read_json,
};
use serde_json::{Map, Value};

use super::delivery::Delivery;
use super::environment::{self, MARGIN, path};
use super::logging::{self, Info};
use super::only::{self, Only};
use super::reply::{Place, Reply, ReplyFile};
use super::start::{Start, is_option};
use super::{os, panics};
use crate::Failure;
use crate::answer::external::{External, Functions, Message, Served};
use crate::answer::respond::Protocol;
use crate::answer::response::Plan;
use crate::author::context::deadline;
use crate::author::running::Running;

/// A start by the carrier of the one function type that a program serves.
pub(super) struct Carried<T: 'static> {
    functions: ManuallyDrop<Functions<T>>,
    carrier: Carrier,
    /// The words of the command line that are the program's own.
    words: Vec<String>,
    /// The files of the request and of the reply, if the carrier has them.
    files: Option<(PathBuf, PathBuf)>,
}

impl<T: External + Default> Carried<T> {
    /// `None` if the program's type has no carrier of its own, or the program was started
    /// otherwise: by a person who asks for help, or with a request that is tried by hand.
    pub(super) fn of(start: &Start) -> Option<Self> {
        let functions = Functions::<T>::of().ok()?;
        let carrier = functions.iter().find_map(|served| served.carrier)?();
        let words: Vec<String> = env::args_os()
            .skip(1)
            .map(|word| word.to_string_lossy().into_owned())
            .collect();
        let mut files = None;
        let words = match (&carrier.request, start) {
            (
                RequestBy::Files,
                Start::Files {
                    request,
                    reply,
                    arguments,
                    ..
                },
            ) => {
                files = Some((request.clone(), reply.clone()));
                arguments.clone()
            }
            (RequestBy::Files, _) => return None,
            _ if is_for_people(&carrier, &words) => return None,
            _ => words,
        };
        Some(Self {
            functions: ManuallyDrop::new(functions),
            carrier,
            words,
            files,
        })
    }

    /// Answers the request, and gives the exit code.
    pub(super) fn dispatch(self, started: Instant) -> ExitCode {
        let (unsent, limit) = (self.carrier.unsent, self.limit());
        // Where both streams are the reply, nobody reads a log.
        let has_log = self.carrier.reply != ReplyBy::Streams;
        let outcome = self.answer(started);
        let left = limit.saturating_sub(started.elapsed());
        only::end(outcome, unsent, T::metadata, has_log, left)
    }

    fn limit(&self) -> Duration {
        self.carrier.limit.unwrap_or_else(only::limit::<T>)
    }

    fn answer(self, started: Instant) -> Result<u8, String> {
        let served = self.served()?;
        if !self.carrier.takes_arguments() && !self.words.is_empty() {
            return Err(format!(
                "expected no arguments, got {:?}; see --help",
                self.words.join(" ")
            ));
        }
        let delivery = Delivery::new(T::metadata, Reply::to(self.place()?, self.carrier.unsent));
        let running = Arc::<Running>::default();
        panics::log_on_one_line(Arc::clone(&running));
        let (arrived, started) = match self.carrier.clock {
            Clock::Start => (None, started),
            Clock::Request => (Some(self.request()), Instant::now()),
        };
        let limit = self.limit();
        let only = Only {
            functions: &self.functions,
            protocol: Protocol::Given(served.request.protocol().into()),
            started,
            expected: Plan {
                name: served.name,
                fail: served.fail,
                limit,
                deadline: deadline(started, limit, MARGIN),
            },
            delivery,
            running,
        };
        only.answer(
            || arrived.unwrap_or_else(|| self.request()),
            |running| {
                let name = &T::metadata().name;
                let context =
                    environment::carried_context(&self.carrier, name, started, limit, running)?;
                Ok(if self.carrier.own_arguments {
                    context.with_arguments(self.words.clone())
                } else {
                    context
                })
            },
        )
    }

    /// The one function type of the program.
    fn served(&self) -> Result<&Served<T>, String> {
        let mut served = self.functions.iter();
        match (served.next(), served.next()) {
            (Some(one), None) => Ok(one),
            _ => Err(
                "this program serves several function types, of which one has a carrier of its own: \
                 make a program of its own for that one"
                    .into(),
            ),
        }
    }

    /// Where the reply goes. From then on nothing else is printed there.
    fn place(&self) -> Result<Place, String> {
        logging::set_info(match self.carrier.reply {
            ReplyBy::File => Info::Stdout,
            ReplyBy::Stdout | ReplyBy::Streams => Info::Stderr,
        });
        let reserved = match self.carrier.reply {
            ReplyBy::File => {
                let (_, reply) = self.files.as_ref().ok_or(
                    "the carrier of its function type gives it no file for the reply: \
                     RequestBy::Files belongs to ReplyBy::File",
                )?;
                return ReplyFile::open(reply.clone()).map(Place::File);
            }
            ReplyBy::Stdout => os::reserve_stdout(),
            ReplyBy::Streams => os::reserve_streams(),
        };
        reserved
            .map(Place::Output)
            .map_err(|error| format!("could not keep stdout for the reply: {error}"))
    }

    fn request(&self) -> Result<Message, Failure> {
        match &self.carrier.request {
            RequestBy::Files => {
                let path = self.files.as_ref().map(|(request, _)| &**request);
                only::read(path.unwrap_or("".as_ref())).map(Message::Text)
            }
            RequestBy::Stdin => only::read_stdin().map(Message::Text),
            RequestBy::PathIn(variable) => match path(variable) {
                Some(path) => only::read(&path).map(Message::Text),
                None => Err(Failure::aborted(format_args!(
                    "there is no request: {variable} is not set"
                ))),
            },
            RequestBy::Parts(parts) => self.parts(parts).map(Message::Json),
        }
    }

    /// The request that is made of its parts. One that is not there has no key.
    fn parts(&self, parts: &[Part]) -> Result<Value, Failure> {
        let mut request = Map::new();
        for part in parts {
            let value = match &part.by {
                PartBy::Variable(variable) => env::var_os(&**variable)
                    .map(|text| Value::from(text.to_string_lossy().into_owned())),
                PartBy::FileIn(variable) => match path(variable) {
                    Some(path) => {
                        let invalid = |error| {
                            Failure::invalid_data(format_args!(
                                "{variable}, {}: {}",
                                path.display(),
                                MessageError::from(error)
                            ))
                        };
                        Some(read_json(&only::read(&path)?).map_err(invalid)?)
                    }
                    None => None,
                },
                PartBy::Arguments => Some(self.words.clone().into()),
            };
            if let Some(value) = value {
                request.insert(part.key.clone().into_owned(), value);
            }
        }
        Ok(request.into())
    }
}

/// Whether a person asks: by an option alone, or at a terminal, without anything of what
/// the carrier brings.
fn is_for_people(carrier: &Carrier, words: &[String]) -> bool {
    match words {
        [word] if is_option(word) => true,
        [] => {
            let is_set = |variable: &str| path(variable).is_some();
            let is_given = match &carrier.request {
                RequestBy::Files | RequestBy::Stdin => false,
                RequestBy::PathIn(variable) => is_set(variable),
                RequestBy::Parts(parts) => parts.iter().any(|part| match &part.by {
                    PartBy::Variable(variable) | PartBy::FileIn(variable) => is_set(variable),
                    PartBy::Arguments => false,
                }),
            };
            !is_given && !carrier.takes_arguments() && io::stdin().is_terminal()
        }
        _ => false,
    }
}
