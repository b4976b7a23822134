//! Programs that serve function types.

use std::fmt;

use choria_external_ddl::Ddl;
use choria_external_protocol::{FunctionType, MessageError, MessageKind, WrittenReply};
use serde_json::Value;

use crate::response::{Response, fail, failed, unsent};
use crate::watch::Watch;
use crate::{Context, Failure, Metadata, panics};

/// A program that Choria can start: it serves one or more function types.
///
/// Every [`Agent`](crate::Agent) is one. For a function type of your own write
/// a base trait for its authors and a type that serves it, see [`Functions`].
#[diagnostic::on_unimplemented(
    message = "Choria cannot start `{Self}`",
    label = "neither an `Agent` nor an `External`",
    note = "implement `choria_external::Agent` for an agent, `choria_external::External` for other function types"
)]
pub trait External: 'static {
    /// Name, version and the rest, by [`metadata!`](crate::metadata).
    fn metadata() -> Metadata;

    /// Says which function types the program serves, and how.
    fn functions(functions: &mut Functions);

    /// The DDL, where the program has one: `PROGRAM --ddl json` prints it,
    /// [`assert_ddl`](crate::assert_ddl) compares it with the file.
    fn ddl() -> Option<Ddl> {
        None
    }
}

/// The function types a program serves.
///
/// The first one is the main one: a request that is too damaged to say what it
/// is gets that one's reply.
///
/// ```
/// use choria_external::protocol::{Discovery, DiscoveryReply};
/// use choria_external::{External, Functions, Metadata, metadata};
///
/// /// A discovery source that always finds the same node.
/// struct Lighthouse;
///
/// impl External for Lighthouse {
///     fn metadata() -> Metadata {
///         metadata!(name = "lighthouse", description = "Finds itself", author = "R.I.P.", url = "https://choria.io")
///     }
///
///     fn functions(functions: &mut Functions) {
///         functions.serve::<Discovery>(|_context, _request| {
///             Ok(DiscoveryReply { nodes: vec!["lighthouse".into()], error: String::new() })
///         });
///     }
/// }
/// ```
#[derive(Default)]
pub struct Functions {
    served: Vec<Served>,
}

/// A message that is to be answered.
pub(crate) enum Message {
    /// Its text.
    Text(Vec<u8>),
    /// The JSON in it.
    Json(Value),
}

type Respond = dyn Fn(Context, Message, Option<&Watch>) -> Response;

/// One function type, without its Rust types.
///
/// What it calls is the author's code down to the `Serialize` of a reply, and
/// all of that may panic.
pub(crate) struct Served {
    pub(crate) name: &'static str,
    pub(crate) request: MessageKind,
    respond: Box<Respond>,
    fail: fn(&Failure) -> Result<Vec<u8>, MessageError>,
}

impl Functions {
    /// Serves a function type: from the context and the typed request to the
    /// typed reply. A failure, a panic and a reply that breaks its schema
    /// become the type's own failed reply.
    ///
    /// # Panics
    /// When the type is served already.
    #[track_caller]
    pub fn serve<F: FunctionType>(
        &mut self,
        handler: impl Fn(Context, F::Request) -> Result<F::Reply, Failure> + 'static,
    ) {
        assert!(
            self.find(F::REQUEST.protocol()).is_none(),
            "{} is served twice",
            F::NAME
        );
        self.served.push(Served {
            name: F::NAME,
            request: F::REQUEST,
            fail: fail::<F>,
            respond: Box::new(move |context, message, watch| {
                let read = match message {
                    Message::Text(text) => F::read_request_text(&text),
                    Message::Json(message) => F::read_request(message),
                };
                let outcome = read
                    .map_err(Failure::invalid_data)
                    .and_then(|request| {
                        let context = match F::limit(&request) {
                            Some(limit) => context.with_limit(limit),
                            None => context,
                        };
                        if let Some(watch) = watch {
                            watch.over(F::NAME, fail::<F>, &context);
                        }
                        panics::caught(|| F::NAME.to_owned(), || handler(context, request))
                    })
                    .and_then(|reply| F::write_reply(&reply).map_err(unsent));
                match outcome {
                    Ok(WrittenReply { bytes, warnings }) => Response {
                        reply: Ok(bytes),
                        failure: None,
                        warnings,
                    },
                    Err(failure) => failed(fail::<F>, failure),
                }
            }),
        });
    }

    /// Those of a program.
    ///
    /// # Errors
    /// That the program does not say them, but panics.
    pub(crate) fn of<T: External>() -> Result<Self, Failure> {
        panics::caught(
            || "the list of functions".into(),
            || {
                let mut functions = Self::default();
                T::functions(&mut functions);
                Ok(functions)
            },
        )
    }

    /// The function type of a request.
    pub(crate) fn find(&self, protocol: &str) -> Option<&Served> {
        self.served
            .iter()
            .find(|served| served.request.protocol() == protocol)
    }

    /// The first.
    pub(crate) fn main(&self) -> Option<&Served> {
        self.served.first()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Served> {
        self.served.iter()
    }
}

impl fmt::Debug for Functions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.served.iter().map(|served| served.name);
        f.debug_list().entries(names).finish()
    }
}

impl Served {
    /// Answers a request.
    pub(crate) fn respond(
        &self,
        context: Context,
        message: Message,
        watch: Option<&Watch>,
    ) -> Response {
        let respond = || Ok((self.respond)(context, message, watch));
        panics::caught(|| self.name.to_owned(), respond)
            .unwrap_or_else(|failure| self.fail(failure))
    }

    /// Answers what never became a request.
    pub(crate) fn fail(&self, failure: Failure) -> Response {
        failed(self.fail, failure)
    }
}
