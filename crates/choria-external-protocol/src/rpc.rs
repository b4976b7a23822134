//! One request to one action of an agent.

use serde::ser::SerializeStruct as _;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::{Failure, FunctionType as _, Name, StatusCode};

crate::function_type! {
    /// Passes a caller's request to an action of an agent.
    ///
    /// Choria allows the `timeout` of the agent's DDL, in seconds; then it
    /// kills the program and the caller gets no reply at all.
    pub struct Rpc = "rpc";
    request: RpcRequest = "io.choria.mcorpc.external.v1.rpc_request"
        in "schemas/io.choria.mcorpc.external.v1.rpc_request.json";
    reply: RpcReply = "io.choria.mcorpc.external.v1.rpc_reply"
        in "schemas/io.choria.mcorpc.external.v1.rpc_reply.json";
    failed: |failure| RpcReply {
        statuscode: failure.code(),
        statusmsg: failure.message().into(),
        data: Map::new(),
    };
}

/// The request. It serializes with all of Choria's keys, in Choria's order.
///
/// `D` is the form of the data: the inputs as JSON, or whatever else
/// serializes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct RpcRequest<D = Option<Map<String, Value>>> {
    /// The agent.
    pub agent: Name,
    /// Its action.
    pub action: Name,
    /// Identifies the request in the network.
    pub requestid: String,
    /// Identity of the node that sent the request.
    pub senderid: String,
    /// Who made the request, as verified by the server's security provider.
    pub callerid: String,
    /// The sub-collective the request was sent to.
    pub collective: String,
    /// Seconds after `msgtime` for which the request is valid.
    pub ttl: i64,
    /// When the request was made, in seconds since 1970-01-01 UTC.
    pub msgtime: i64,
    /// The inputs, by name; `None` where the caller sent null.
    pub data: D,
}

impl<D: Serialize> Serialize for RpcRequest<D> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut message = serializer.serialize_struct("RpcRequest", 11)?;
        message.serialize_field(
            "$schema",
            "https://choria.io/schemas/mcorpc/external/v1/rpc_request.json",
        )?;
        message.serialize_field("protocol", Rpc::REQUEST.protocol())?;
        message.serialize_field("agent", &self.agent)?;
        message.serialize_field("action", &self.action)?;
        message.serialize_field("requestid", &self.requestid)?;
        message.serialize_field("senderid", &self.senderid)?;
        message.serialize_field("callerid", &self.callerid)?;
        message.serialize_field("collective", &self.collective)?;
        message.serialize_field("ttl", &self.ttl)?;
        message.serialize_field("msgtime", &self.msgtime)?;
        message.serialize_field("data", &self.data)?;
        message.end()
    }
}

/// The reply. All three keys are always written: a server that misses `data`
/// replaces the whole reply by an error of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RpcReply {
    /// The outcome.
    pub statuscode: StatusCode,
    /// What the caller reads about the outcome; `OK` where all went well.
    pub statusmsg: String,
    /// The outputs, by name.
    pub data: Map<String, Value>,
}

impl RpcReply {
    /// A reply that says that all went well.
    pub fn ok(data: Map<String, Value>) -> Self {
        Self {
            statuscode: StatusCode::OK,
            statusmsg: "OK".into(),
            data,
        }
    }
}

impl From<Result<Map<String, Value>, Failure>> for RpcReply {
    fn from(outcome: Result<Map<String, Value>, Failure>) -> Self {
        outcome.map_or_else(|failure| Rpc::failed(&failure), Self::ok)
    }
}
