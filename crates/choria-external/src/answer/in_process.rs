//! Answering in this process, as a part of a server.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use choria_external_service::{
    self as service, About, Answer, CallInfo, Function, Request, Service,
};

use super::answering::Answering;
use super::external::{External, Functions, Message, Own};
use super::respond::{Protocol, respond};
use super::response::Response;
use crate::Failure;
use crate::author::config::Config;
use crate::author::context::Context;
use crate::author::facts::Facts;

/// A [`Service`] in this process: an [`Agent`](crate::Agent), a discovery source
/// ([`Discovers`](crate::Discovers)) or any other [`External`].
///
/// ```
/// use choria_external::service::{CallInfo, Request, Service};
/// use choria_external::{
///     Actions, Agent, Call, Failure, InProcess, Metadata, Output, json, metadata,
/// };
/// use std::sync::atomic::{AtomicU32, Ordering};
///
/// struct Counter {
///     calls: AtomicU32,
/// }
///
/// #[derive(Output)]
/// struct Counted {
///     /// How many calls there were
///     calls: u32,
/// }
///
/// impl Agent for Counter {
///     const META: Metadata = metadata!(
///         name = "counter", description = "d", author = "a", url = "u"
///     );
///
///     fn actions(actions: &mut Actions<Self>) {
///         actions.add("count", Self::count).about("Counts the calls");
///     }
/// }
///
/// impl Counter {
///     fn count(&self, call: &Call, _inputs: ()) -> Result<Counted, Failure> {
///         if call.caller() != "choria=alice" {
///             return Err(Failure::aborted("not you").log(format_args!("not {}", call.caller())));
///         }
///         Ok(Counted { calls: 1 + self.calls.fetch_add(1, Ordering::Relaxed) })
///     }
/// }
///
/// let counter = InProcess::new(Counter { calls: AtomicU32::new(0) });
/// let ask = |caller: &str| {
///     let call = CallInfo::new("f8a2", caller);
///     counter.answer(Request::action("count", Default::default()), call)
/// };
/// assert_eq!(ask("choria=alice").json().unwrap()["data"], json!({"calls": 1}));
/// assert_eq!(ask("choria=alice").json().unwrap()["data"], json!({"calls": 2}));
/// let failure = ask("choria=bob").failure.unwrap();
/// assert_eq!((failure.message(), failure.log_message()), ("not you", "not choria=bob"));
/// ```
///
/// The value and the list of its functions are made once, and what the value holds,
/// such as a pool of connections, lives as long as the service.
///
/// # What it keeps, and what it does not
///
/// Each call runs in the thread that asks. Answering reads no environment, starts no
/// thread or process, and changes nothing that the whole process shares: no hook, no
/// signal handler, no subscriber. What is logged goes through `tracing`, to whatever
/// subscriber the server has.
///
/// A panic is an answer, with code 5. What else an author's code does to its process
/// it does to the server: an overflowing stack, `abort` and `exit` end it. Nothing
/// ends a handler that takes no notice of its deadline or of being cancelled
/// ([`Context::cancelled`]): it keeps its thread. Code that is not trusted that far
/// belongs in a process of its own.
///
/// # Secrets
///
/// The [`failure`](Answer::failure) of a call shows no secret input of that call,
/// whatever the panic or error says. The program's panic hook comes first, however,
/// and Rust's own prints all that a panic says. A [`Secret`](crate::Secret) prints as
/// `***` there as well; an `#[input(secret)]` of another type does not. A server with
/// such agents calls [`hide_secrets_in_panics`](crate::hide_secrets_in_panics) when it
/// starts.
pub struct InProcess<T> {
    value: T,
    functions: Functions<T>,
    about: About,
    config: Arc<Config>,
    facts: Arc<Facts>,
}

impl<T: External> InProcess<T> {
    /// A service without settings and facts.
    ///
    /// # Panics
    /// If the lists of functions or actions panic, such as for two actions of one
    /// name, or if there is no function.
    #[track_caller]
    pub fn new(value: T) -> Self {
        let mut functions = Functions::new();
        T::functions(&mut functions);
        let about = About {
            metadata: T::metadata(),
            functions: functions
                .iter()
                .map(|served| Function {
                    name: served.name,
                    protocol: served.request.protocol(),
                })
                .collect(),
            ddl: T::ddl(),
        };
        assert!(
            !about.functions.is_empty(),
            "{} serves no function type",
            about.metadata.name
        );
        Self {
            value,
            functions,
            about,
            config: Arc::default(),
            facts: Arc::default(),
        }
    }

    /// The same with these settings.
    #[must_use]
    pub fn with_config(mut self, config: Config) -> Self {
        self.config = Arc::new(config);
        self
    }

    /// The same with these facts. Those of a file are read once, by the first call
    /// that asks for them.
    #[must_use]
    pub fn with_facts(mut self, facts: Facts) -> Self {
        self.facts = Arc::new(facts);
        self
    }

    /// The value whose functions answer.
    pub fn value(&self) -> &T {
        &self.value
    }

    /// How long a call may take if nobody says so.
    fn limit(&self) -> Duration {
        Duration::from_secs(self.about.metadata.timeout.unsigned_abs())
    }
}

impl<T: External> Service for InProcess<T> {
    fn about(&self) -> &About {
        &self.about
    }

    fn answer(&self, request: Request<'_>, call: CallInfo) -> Answer {
        let (protocol, message) = match request.into_message(&self.about.metadata.name, &call) {
            Ok(service::Message::Json(message)) => {
                (Protocol::InMessage(None), Ok(Message::Json(message)))
            }
            Ok(service::Message::Text { protocol, text }) => (
                protocol.map_or(Protocol::InMessage(None), |name| {
                    Protocol::Given(name.into())
                }),
                Ok(Message::Text(text.into())),
            ),
            Err(failure) => (Protocol::InMessage(None), Err(failure)),
        };
        let refusal = call.refusal();
        let context = Context::of_call(call, self.limit(), &self.config, &self.facts);
        let _answering = Answering::begin(Arc::clone(context.running()));
        let context = refusal.map_or(Ok(context), Err);
        let own = Own::Kept(&self.value);
        match respond(&self.functions, own, protocol, message, context, &|_| ()) {
            Ok(response) => response.into(),
            Err(reason) => Answer::without_reply(Failure::unknown_error(reason)),
        }
    }
}

impl From<Response> for Answer {
    fn from(response: Response) -> Self {
        let Response {
            reply,
            exit,
            failure,
            warnings,
        } = response;
        let answer = match reply {
            Ok(reply) => Self {
                failure,
                exit,
                ..Self::replied(reply)
            },
            Err(reason) => {
                let failure = failure.unwrap_or_else(|| Failure::unknown_error(&reason));
                let failure = failure.log(format_args!("no reply can be sent: {reason}"));
                Self {
                    exit,
                    ..Self::without_reply(failure)
                }
            }
        };
        answer.with_warnings(warnings)
    }
}

impl<T> fmt::Debug for InProcess<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InProcess")
            .field("name", &self.about.metadata.name)
            .field("functions", &self.functions)
            .finish_non_exhaustive()
    }
}
