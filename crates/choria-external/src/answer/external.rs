//! Programs that serve function types.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use choria_external_ddl::Ddl;
use choria_external_protocol::{Carrier, FunctionType, MessageKind, WrittenReply};
use serde_json::Value;

use super::response::{Fail, Plan, Response, failed};
use crate::author::context::Context;
use crate::author::failures::{caught, unsent};
use crate::{Failure, Metadata};

/// A program that Choria can start: it serves one or more function types.
///
/// Every [`Agent`](crate::Agent) is one. For a function type of your own write
/// a base trait for its authors and a type that serves it, see [`Functions`].
#[diagnostic::on_unimplemented(
    message = "Choria cannot start `{Self}`",
    label = "neither an `Agent` nor an `External`",
    note = "implement `choria_external::Agent` for an agent, `choria_external::External` for other function types"
)]
pub trait External: Send + Sync + Sized + 'static {
    /// Whether a DDL describes the program, as it does agents. Other programs describe
    /// themselves: `PROGRAM --functions` prints the function types that they serve,
    /// with their schemas.
    const HAS_DDL: bool = false;

    /// Name, version and the rest, by [`metadata!`](crate::metadata).
    fn metadata() -> Metadata;

    /// Says which function types the program serves, and how. Called once, even if
    /// many requests are answered.
    fn functions(functions: &mut Functions<Self>);

    /// The DDL, where the program has one: `PROGRAM --ddl json` prints it,
    /// [`assert_ddl`](crate::assert_ddl) compares it with the file.
    fn ddl() -> Option<Ddl> {
        None
    }
}

/// The function types that a program `T` serves.
///
/// The first one is the main one: a request that is too damaged to say what it
/// is gets that one's reply.
///
/// ```
/// use choria_external::protocol::{DiscoveryFunction, DiscoveryReply};
/// use choria_external::{External, Functions, Metadata, metadata};
///
/// /// A discovery source that always finds the same node.
/// #[derive(Default)]
/// struct Lighthouse {
///     name: String,
/// }
///
/// impl External for Lighthouse {
///     fn metadata() -> Metadata {
///         metadata!(name = "lighthouse", description = "Finds itself", author = "R.I.P.", url = "https://choria.io")
///     }
///
///     fn functions(functions: &mut Functions<Self>) {
///         functions.serve::<DiscoveryFunction>(|lighthouse, _context, _request| {
///             Ok(DiscoveryReply { nodes: vec![lighthouse.name.clone()], error: String::new() })
///         });
///     }
/// }
/// ```
pub struct Functions<T> {
    served: Vec<Served<T>>,
}

/// The value whose functions are called.
pub(crate) enum Own<'a, T> {
    /// One that answers other requests, too.
    Kept(&'a T),
    /// One for this request alone. It is made and dropped where a panic of the
    /// author's code is caught.
    Made(fn() -> T),
}

impl<T> Own<'_, T> {
    fn with<R>(&self, run: impl FnOnce(&T) -> R) -> R {
        let for_this;
        run(match self {
            Self::Kept(value) => value,
            Self::Made(make) => {
                for_this = make();
                &for_this
            }
        })
    }
}

/// A message that is to be answered.
pub(crate) enum Message {
    /// Its text.
    Text(Vec<u8>),
    /// The JSON in it.
    Json(Value),
}

/// Is called with what is to be answered, and in which time, before the author's code
/// runs.
pub(crate) type Begun<'a> = &'a dyn Fn(Plan);

type Respond<T> =
    dyn Fn(Own<'_, T>, Context, Message, Begun<'_>) -> Result<WrittenReply, Failure> + Send + Sync;

/// One function type, without its Rust types.
///
/// What it calls is the author's code down to the `Serialize` of a reply, and
/// all of that may panic.
pub(crate) struct Served<T> {
    pub(crate) name: &'static str,
    pub(crate) request: MessageKind,
    /// How long the program may run for any request of the type, if the type says it.
    pub(crate) limit: Option<Duration>,
    /// That of its own, if it has one.
    pub(crate) carrier: Option<fn() -> Carrier>,
    respond: Box<Respond<T>>,
    pub(crate) fail: Fail,
}

impl<T: External> Functions<T> {
    /// Serves a function type: from the program's own value, the context and the
    /// typed request to the typed reply. A failure, a panic and a reply that breaks
    /// its schema become the type's own failed reply.
    ///
    /// # Panics
    /// When the type is served already.
    #[track_caller]
    pub fn serve<F: FunctionType>(
        &mut self,
        handler: impl Fn(&T, Context, F::Request) -> Result<F::Reply, Failure> + Send + Sync + 'static,
    ) {
        assert!(
            self.find(F::REQUEST.protocol()).is_none(),
            "{} is served twice",
            F::NAME
        );
        self.served.push(Served {
            name: F::NAME,
            request: F::REQUEST,
            fail: Fail::of::<F>(),
            limit: F::FIXED_LIMIT,
            carrier: F::HAS_OWN_CARRIER.then_some(F::carrier as fn() -> Carrier),
            respond: Box::new(move |own, context, message, begun| {
                let read = match message {
                    Message::Text(text) => F::read_request_text(&text),
                    Message::Json(message) => F::read_request(message),
                };
                let request = read.map_err(Failure::invalid_data)?;
                let context = match F::limit(&request) {
                    Some(limit) => context.limited(limit),
                    None => context,
                };
                begun(Plan {
                    name: F::NAME,
                    fail: Fail::of::<F>(),
                    limit: context.limit(),
                    deadline: context.deadline(),
                });
                let reply = own.with(|value| handler(value, context, request))?;
                F::write_reply(&reply).map_err(unsent)
            }),
        });
    }

    pub(crate) fn new() -> Self {
        Self { served: Vec::new() }
    }

    /// Those of a program.
    ///
    /// # Errors
    /// That the program does not say them, but panics.
    pub(crate) fn of() -> Result<Self, Failure> {
        caught(
            || "the list of functions".into(),
            || {
                let mut functions = Self::new();
                T::functions(&mut functions);
                Ok(functions)
            },
        )
    }

    /// The function type of a request.
    pub(crate) fn find(&self, protocol: &str) -> Option<&Served<T>> {
        self.served
            .iter()
            .find(|served| served.request.protocol() == protocol)
    }

    /// The first.
    pub(crate) fn main(&self) -> Option<&Served<T>> {
        self.served.first()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Served<T>> {
        self.served.iter()
    }
}

impl<T> fmt::Debug for Functions<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.served.iter().map(|served| served.name);
        f.debug_list().entries(names).finish()
    }
}

impl<T> Served<T> {
    /// Answers a request.
    pub(crate) fn respond(
        &self,
        own: Own<'_, T>,
        context: Context,
        message: Message,
        begun: Begun<'_>,
    ) -> Response {
        let running = Arc::clone(context.running());
        let respond = || (self.respond)(own, context, message, begun);
        match caught(|| self.name.to_owned(), respond) {
            Ok(WrittenReply {
                bytes,
                exit,
                warnings,
            }) => Response {
                reply: Ok(bytes),
                exit,
                failure: None,
                warnings,
            },
            Err(failure) => self.fail(running.secrets.hide(failure)),
        }
    }

    /// Answers what never became a request.
    pub(crate) fn fail(&self, failure: Failure) -> Response {
        failed(self.fail, failure)
    }
}
