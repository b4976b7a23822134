//! What can be asked.

use choria_external_ddl::{Ddl, Metadata};
use choria_external_protocol::FunctionType;

use crate::{Answer, CallInfo, Request};

/// Something that answers requests of one or more function types.
///
/// The trait is object-safe: a server keeps `Arc<dyn Service>` and asks it from
/// any thread, several calls at a time.
pub trait Service: Send + Sync + 'static {
    /// What this service is: its metadata, function types and DDL.
    fn about(&self) -> &About;

    /// Answers one request. Blocks until there is an answer.
    ///
    /// Never panics: whatever goes wrong, a panic of the author's code included,
    /// is an [`Answer`] with a [`failure`](Answer::failure).
    ///
    /// `call` says who asks, until when the answer is of use, and how the call
    /// can be cancelled. If the deadline has passed or the call has been
    /// cancelled already, the author's code does not run, see
    /// [`CallInfo::refusal`].
    fn answer(&self, request: Request<'_>, call: CallInfo) -> Answer;
}

/// What a [`Service`] is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct About {
    /// Name, version, author, and the seconds a call may take.
    pub metadata: Metadata,
    /// The function types it serves. The first one is the main one: a request
    /// that is too damaged to name its type gets a reply of that type.
    pub functions: Vec<Function>,
    /// The DDL, if it is an agent.
    pub ddl: Option<Ddl>,
}

/// A function type that a [`Service`] serves.
///
/// [`Registry::get`](choria_external_protocol::Registry::get) gives the schemas
/// of a [`protocol`](Self::protocol).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Function {
    /// The name for people, such as `rpc`.
    pub name: &'static str,
    /// The name of its request on the wire, such as
    /// `io.choria.mcorpc.external.v1.rpc_request`.
    pub protocol: &'static str,
}

impl Function {
    /// The entry of a function type.
    pub const fn of<F: FunctionType>() -> Self {
        Self {
            name: F::NAME,
            protocol: F::REQUEST.protocol(),
        }
    }
}

#[cfg(test)]
mod tests {
    use choria_external_protocol::{Rpc, registry};

    use super::*;

    #[test]
    fn a_function_is_found_in_the_registry() {
        let function = Function::of::<Rpc>();
        let registry = registry().unwrap();
        let registered = registry.get(function.protocol).unwrap();
        assert_eq!(registered.name(), function.name);
    }
}
