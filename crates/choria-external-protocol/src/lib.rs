#![doc = include_str!("../README.md")]

mod activation;
mod discovery;
mod failure;
mod json;
mod message;
mod name;
mod registry;
mod rpc;
pub mod schema;

pub use activation::{Activation, ActivationReply, ActivationRequest};
pub use discovery::{
    Comparison, Discovery, DiscoveryReply, DiscoveryRequest, FactFilter, Filter, InvalidComparison,
};
pub use failure::{Failure, StatusCode};
pub use json::{JsonError, read_json};
pub use message::{Found, MessageError, MessageKind, Violation, describe, read_message};
pub use name::{InvalidName, Name};
pub use registry::{ConflictError, FunctionType, Registration, Registry, registry};
pub use rpc::{Rpc, RpcReply, RpcRequest};

/// What the code of [`function_type!`] needs by name; not for direct use.
#[doc(hidden)]
pub mod __private {
    pub use inventory;
    pub use serde_json::Value;
}
