//! Programs that serve function types.

use std::fmt;

use choria_external_ddl::Ddl;
use choria_external_protocol::{FunctionType, MessageError, MessageKind};
use serde_json::Value;

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
    const META: Metadata;

    /// Says which function types the program serves, and how.
    fn functions(functions: &mut Functions);

    /// The DDL, where the program has one: `PROGRAM --ddl json` prints it.
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
///     const META: Metadata = metadata!(
///         name = "lighthouse", description = "Finds itself", author = "R.I.P.", url = "https://choria.io"
///     );
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

type Respond = dyn Fn(Context, Value) -> Response;

/// One function type, without its Rust types.
pub(crate) struct Served {
    pub(crate) name: &'static str,
    pub(crate) request: MessageKind,
    respond: Box<Respond>,
    fail: fn(&Failure) -> Result<Vec<u8>, MessageError>,
}

/// A reply as it goes out, and the failure it stands for.
pub(crate) struct Response {
    pub(crate) reply: Result<Vec<u8>, MessageError>,
    pub(crate) failure: Option<Failure>,
}

impl Functions {
    /// Serves a function type: from the context and the typed request to the
    /// typed reply. A failure, a panic and a reply that breaks its schema
    /// become the type's own failed reply.
    pub fn serve<F: FunctionType>(
        &mut self,
        handler: impl Fn(Context, F::Request) -> Result<F::Reply, Failure> + 'static,
    ) {
        self.served.push(Served {
            name: F::NAME,
            request: F::REQUEST,
            fail: fail::<F>,
            respond: Box::new(move |context, message| {
                let outcome = F::read_request(message)
                    .map_err(Failure::invalid_data)
                    .and_then(|request| {
                        panics::caught(|| F::NAME.to_owned(), || handler(context, request))
                    })
                    .and_then(|reply| {
                        F::write_reply(&reply).map_err(|error| {
                            Failure::unknown_error(format_args!(
                                "the reply cannot be sent: {error}"
                            ))
                        })
                    });
                match outcome {
                    Ok(reply) => Response {
                        reply: Ok(reply),
                        failure: None,
                    },
                    Err(failure) => failed(fail::<F>, failure),
                }
            }),
        });
    }

    pub(crate) fn of<T: External>() -> Self {
        let mut functions = Self::default();
        T::functions(&mut functions);
        functions
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
    pub(crate) fn respond(&self, context: Context, message: Value) -> Response {
        (self.respond)(context, message)
    }

    /// Answers what never became a request.
    pub(crate) fn fail(&self, failure: Failure) -> Response {
        failed(self.fail, failure)
    }
}

fn fail<F: FunctionType>(failure: &Failure) -> Result<Vec<u8>, MessageError> {
    F::write_reply(&F::failed(failure))
}

fn failed(fail: fn(&Failure) -> Result<Vec<u8>, MessageError>, failure: Failure) -> Response {
    Response {
        reply: fail(&failure),
        failure: Some(failure),
    }
}
