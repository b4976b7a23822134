//! One request to one action of an agent.

use serde::de::Error as _;
use serde::ser::SerializeStruct as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Number, Value};

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
    over_network: true;
    from_json: |message| request(message);
}

/// Moves the data, however large it is, from the message to the request.
fn request(mut message: Value) -> Result<RpcRequest, String> {
    let data = message.get_mut("data").map(Value::take);
    let request: RpcRequest<()> =
        serde_json::from_value(message).map_err(|error| error.to_string())?;
    Ok(RpcRequest {
        agent: request.agent,
        action: request.action,
        requestid: request.requestid,
        senderid: request.senderid,
        callerid: request.callerid,
        collective: request.collective,
        ttl: request.ttl,
        msgtime: request.msgtime,
        data: match data {
            Some(Value::Object(data)) => Some(data),
            // The schema allows nothing else but null.
            _ => None,
        },
    })
}

/// The request. It serializes with all of Choria's keys, in Choria's order.
///
/// `D` is the form of the data: the inputs as JSON, or whatever else
/// serializes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct RpcRequest<D = Option<Map<String, Value>>> {
    /// The agent.
    #[serde(deserialize_with = "agent")]
    pub agent: Name,
    /// Its action.
    #[serde(deserialize_with = "action")]
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
    #[serde(deserialize_with = "ttl")]
    pub ttl: i64,
    /// When the request was made, in seconds since 1970-01-01 UTC.
    #[serde(deserialize_with = "msgtime")]
    pub msgtime: i64,
    /// The inputs, by name; `None` where the caller sent null.
    pub data: D,
}

fn agent<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Name, D::Error> {
    Name::at("$.agent", deserializer)
}

fn action<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Name, D::Error> {
    Name::at("$.action", deserializer)
}

fn ttl<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    integer_at("$.ttl", deserializer)
}

fn msgtime<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    integer_at("$.msgtime", deserializer)
}

/// An integer as Choria writes it: 60.0 is one to JSON Schema only.
fn integer_at<'de, D: Deserializer<'de>>(path: &str, deserializer: D) -> Result<i64, D::Error> {
    let number = Number::deserialize(deserializer)?;
    number.as_i64().ok_or_else(|| {
        D::Error::custom(format_args!(
            "{path}: wanted an integer of 64 bits without a fraction, got {number}"
        ))
    })
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const REQUEST: &str = concat!(
        r#"{"$schema":"https://choria.io/schemas/mcorpc/external/v1/rpc_request.json","#,
        r#""protocol":"io.choria.mcorpc.external.v1.rpc_request","agent":"parrot","action":"echo","#,
        r#""requestid":"f8a2","senderid":"client","callerid":"choria=me","collective":"mcollective","#,
        r#""ttl":60,"msgtime":1795265775,"data":null}"#
    );

    fn request() -> Value {
        serde_json::from_str(REQUEST).unwrap()
    }

    #[test]
    fn a_request_has_the_keys_of_choria_in_its_order() {
        let read = Rpc::read_request(request()).unwrap();
        assert_eq!(read.data, None);
        assert_eq!(serde_json::to_string(&read).unwrap(), REQUEST);
    }

    #[test]
    fn the_data_can_have_a_type_of_its_own() {
        #[derive(Deserialize)]
        struct Data {
            message: String,
        }
        let mut request = request();
        request["data"] = json!({"message": "hi", "process_results": true});
        let read: RpcRequest<Data> = serde_json::from_value(request).unwrap();
        assert_eq!(read.data.message, "hi");
    }

    #[test]
    fn times_that_choria_cannot_send_are_refused() {
        for odd in [json!(60.0), json!(60.5), json!(u64::MAX), json!("60")] {
            let mut request = request();
            request["ttl"] = odd.clone();
            assert!(Rpc::read_request(request).is_err(), "{odd}");
        }
    }

    #[test]
    fn a_reply_is_always_written_whole() {
        let write =
            |reply: &RpcReply| String::from_utf8(Rpc::write_reply(reply).unwrap().bytes).unwrap();
        let whole = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        assert_eq!(
            whole(&write(&RpcReply::ok(Map::new()))),
            json!({"statuscode": 0, "statusmsg": "OK", "data": {}})
        );
        assert_eq!(
            whole(&write(&Err(Failure::missing_data("no message")).into())),
            json!({"statuscode": 3, "statusmsg": "no message", "data": {}})
        );
    }

    #[test]
    fn a_reply_that_the_server_would_replace_is_refused() {
        let read = |text: &str| Rpc::read_reply(text.as_bytes()).map_err(|error| error.to_string());
        let code = |code: &str| {
            read(&format!(
                r#"{{"statuscode":{code},"statusmsg":"","data":{{}}}}"#
            ))
        };
        assert_eq!(code("255").unwrap().statuscode, 255);
        for wrong in ["256", "-1", "1.0", "null", "\"1\"", "true"] {
            assert!(code(wrong).is_err(), "{wrong}");
        }
        assert_eq!(
            read(r#"{"statuscode":0,"statusmsg":"OK"}"#).unwrap_err(),
            "not a valid io.choria.mcorpc.external.v1.rpc_reply: $.data: wanted this key, got none"
        );
        assert_eq!(
            read("").unwrap_err(),
            "the message is empty, wanted a JSON object"
        );
        assert!(read("\u{feff}{}").is_err());
        assert!(read(r#"{"statuscode":0,"statusmsg":"OK","data":{}} x"#).is_err());
    }
}
