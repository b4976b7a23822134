//! Does an agent want to be active on a node?

use serde::ser::SerializeStruct as _;
use serde::{Deserialize, Serialize, Serializer};

use crate::{FunctionType as _, Name};

crate::function_type! {
    /// Asks an agent, when its server starts, whether it wants to be active.
    ///
    /// Choria allows 2 seconds. An agent that answers no, late, wrongly or not
    /// at all stays inactive until the server restarts.
    pub struct Activation = "activation";
    request: ActivationRequest = "io.choria.mcorpc.external.v1.activation_request"
        in "schemas/io.choria.mcorpc.external.v1.activation_request.json";
    reply: ActivationReply = "io.choria.mcorpc.external.v1.activation_reply"
        in "schemas/io.choria.mcorpc.external.v1.activation_reply.json";
    failed: |_failure| ActivationReply { activate: false };
}

/// The server's question. It serializes with all of Choria's keys, in Choria's
/// order.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ActivationRequest {
    /// The agent that is asked.
    pub agent: Name,
}

impl Serialize for ActivationRequest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut message = serializer.serialize_struct("ActivationRequest", 3)?;
        message.serialize_field(
            "$schema",
            "https://choria.io/schemas/mcorpc/external/v1/activation_request.json",
        )?;
        message.serialize_field("protocol", Activation::REQUEST.protocol())?;
        message.serialize_field("agent", &self.agent)?;
        message.end()
    }
}

/// The agent's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActivationReply {
    /// Whether the agent wants to be active.
    pub activate: bool,
}
