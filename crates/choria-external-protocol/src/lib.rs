#![doc = include_str!("../README.md")]

mod activation;
mod carrier;
mod description;
mod discovery;
mod failure;
mod function_type;
mod hidden;
mod json;
mod message;
mod name;
mod registry;
mod reply;
mod rpc;
pub mod schema;
mod strict;

pub use activation::{Activation, ActivationReply, ActivationRequest};
pub use carrier::{
    Carrier, Clock, Environment, Folder, Part, PartBy, ReplyBy, RequestBy, Settings,
};
pub use description::{FUNCTIONS_OFFER, FunctionDescription, MessageDescription};
pub use discovery::{
    Comparison, DiscoveryFunction, DiscoveryReply, DiscoveryRequest, FactFilter, Filter,
    InvalidComparison,
};
pub use failure::{Failure, StatusCode};
pub use hidden::{is_hidden, printable, printable_json};
pub use json::{JsonError, read_json};
pub use message::{Found, MessageError, MessageKind, Violation, describe, read_message};
pub use name::{InvalidName, Name};
pub use registry::{ConflictError, FunctionType, Registration, Registry, registry};
pub use reply::{EncodedReply, WrittenReply};
pub use rpc::{Rpc, RpcReply, RpcRequest};
pub use strict::{Unwritable, to_json};

/// What the help of an agent in Rust says of its option `--ddl`. A program that
/// has this text in it was made with this library, and can be asked for its DDL;
/// nobody knows what another one does with that option.
pub const DDL_OFFER: &str = "prints the DDL that Choria needs beside this program";

/// What the code of [`function_type!`] needs by name; not for direct use.
#[doc(hidden)]
pub mod __private {
    pub use crate::registry::Declared;
    pub use inventory;
    pub use serde_json::Value;
}
