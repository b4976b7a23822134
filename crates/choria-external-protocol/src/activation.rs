//! Does an agent want to be active on a node?

use std::time::Duration;

use serde::ser::SerializeStruct as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{FunctionType as _, Name};

crate::unregistered_function_type! {
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
    fixed_limit: Activation::LIMIT;
}

impl Activation {
    /// How long Choria lets an agent run for its answer.
    pub const LIMIT: Duration = Duration::from_secs(2);
}

/// The server's question. It serializes with all of Choria's keys, in Choria's
/// order.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ActivationRequest {
    /// The agent that is asked.
    #[serde(deserialize_with = "agent")]
    pub agent: Name,
}

fn agent<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Name, D::Error> {
    Name::at("$.agent", deserializer)
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn a_request_has_the_keys_of_choria_in_its_order() {
        let agent = Name::new("parrot").unwrap();
        let text = serde_json::to_string(&ActivationRequest { agent }).unwrap();
        assert_eq!(
            text,
            concat!(
                r#"{"$schema":"https://choria.io/schemas/mcorpc/external/v1/activation_request.json","#,
                r#""protocol":"io.choria.mcorpc.external.v1.activation_request","agent":"parrot"}"#
            )
        );
    }

    #[test]
    fn a_request_must_name_its_protocol_and_an_agent() {
        let read = |change: fn(&mut Value)| {
            let mut request = json!({"$schema": "", "agent": "parrot"});
            request["protocol"] = Activation::REQUEST.protocol().into();
            change(&mut request);
            Activation::read_request(request)
                .map(|request| request.agent.to_string())
                .map_err(|error| error.to_string())
        };
        assert_eq!(read(|_| {}), Ok("parrot".into()));
        for (change, wanted) in [
            (
                (|request| request["protocol"] = json!(1)) as fn(&mut Value),
                "the message has no string under the key protocol, expected io.choria.mcorpc.external.v1.activation_request",
            ),
            (
                |request| request["protocol"] = json!("rpc"),
                "wrong protocol: expected io.choria.mcorpc.external.v1.activation_request, got rpc",
            ),
            (
                |request| request["agent"] = json!(""),
                "not a valid io.choria.mcorpc.external.v1.activation_request: \
                 $.agent: expected a string that is not empty, got \"\"",
            ),
            (
                |request| request["agent"] = json!("parrot\n"),
                "not a valid io.choria.mcorpc.external.v1.activation_request: \
                 $.agent: expected a name of a-z, 0-9 and _, got \"parrot\\n\"",
            ),
        ] {
            assert_eq!(read(change), Err(wanted.into()));
        }
    }

    #[test]
    fn a_failure_leaves_the_agent_inactive() {
        let reply = Activation::failed(&crate::Failure::aborted("no licence"));
        assert_eq!(
            Activation::write_reply(&reply).unwrap().bytes,
            br#"{"activate":false}"#
        );
    }
}
