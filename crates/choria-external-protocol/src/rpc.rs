//! One request to one action of an agent.

use std::borrow::Cow;

use serde::de::Error as _;
use serde::ser::SerializeStruct as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Number, Value};

use crate::{Failure, FunctionType as _, Name, StatusCode};

crate::unregistered_function_type! {
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
    failure: |reply| Failure::of_reply(reply.statuscode, &reply.statusmsg);
    over_network: true;
    reply_keeps_schema: true;
    from_json: |message| request(message);
    from_text: |text| serde_json::from_str::<Plain<'_>>(std::str::from_utf8(text).ok()?).ok()?.request();
}

/// The request as Choria writes it. Everything that the schema or the type
/// refuses, and everything odd, such as a key twice, is refused here too.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Plain<'a> {
    #[serde(rename = "$schema", borrow)]
    _schema: Cow<'a, str>,
    protocol: &'a str,
    agent: Name,
    action: Name,
    requestid: String,
    senderid: String,
    callerid: String,
    collective: String,
    ttl: i64,
    msgtime: i64,
    // With a function it must be there.
    #[serde(deserialize_with = "Deserialize::deserialize")]
    data: Option<Map<String, Value>>,
}

impl Plain<'_> {
    fn request(self) -> Option<RpcRequest> {
        (self.protocol == Rpc::REQUEST.protocol()).then_some(RpcRequest {
            agent: self.agent,
            action: self.action,
            requestid: self.requestid,
            senderid: self.senderid,
            callerid: self.callerid,
            collective: self.collective,
            ttl: self.ttl,
            msgtime: self.msgtime,
            data: self.data,
        })
    }
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
            "{path}: expected an integer of 64 bits without a fraction, got {number}"
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
    use crate::{MessageError, read_json};
    use proptest::prelude::*;
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
        // The agent's metadata says how long it may take.
        assert_eq!(Rpc::limit(&read), None);
    }

    #[test]
    fn a_plain_request_is_read_in_one_go() {
        let read = Rpc::from_text(REQUEST.as_bytes());
        assert_eq!(read, Some(Rpc::read_request(request()).unwrap()));
        for odd in ["{}", "", "[]", "\u{feff}{}"] {
            assert_eq!(Rpc::from_text(odd.as_bytes()), None, "{odd}");
        }
        let twice = REQUEST.replace("\"ttl\":60", "\"ttl\":60,\"ttl\":61");
        assert_eq!(Rpc::from_text(twice.as_bytes()), None);
        assert_eq!(Rpc::read_request_text(twice.as_bytes()).unwrap().ttl, 61);
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            "[a-z0-9_]{0,3}".prop_map(Value::from),
            "\\PC{0,4}".prop_map(Value::from),
            Just(json!("io.choria.mcorpc.external.v1.rpc_request")),
        ];
        leaf.prop_recursive(3, 8, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                prop::collection::btree_map("[a-z]{0,2}", inner, 0..3)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]
        #[test]
        fn what_is_read_in_one_go_is_what_the_schema_lets_through(
            key in prop::sample::select(vec![
                "$schema", "protocol", "agent", "action", "requestid", "senderid", "callerid",
                "collective", "ttl", "msgtime", "data", "more",
            ]),
            value in prop::option::of(value()),
            cut in prop::option::weighted(0.1, 0..400_usize),
        ) {
            let mut message = request();
            match value {
                Some(value) => message[key] = value,
                None => drop(message.as_object_mut().unwrap().remove(key)),
            }
            let mut text = message.to_string();
            if let Some(cut) = cut && text.is_char_boundary(cut) {
                text.truncate(cut);
            }
            let long = read_json(text.as_bytes())
                .map_err(MessageError::from)
                .and_then(Rpc::read_request);
            if let Some(request) = Rpc::from_text(text.as_bytes()) {
                prop_assert_eq!(Ok(request), long);
            } else {
                // All that is not taken in one go is odd.
                prop_assert!(long.is_err() || key == "more", "{text}");
            }
        }
    }

    proptest! {
        #[test]
        fn every_reply_keeps_its_schema(
            code: u8,
            statusmsg: String,
            data in prop::collection::btree_map(any::<String>(), value(), 0..3),
        ) {
            let reply = RpcReply {
                statuscode: StatusCode::new(code),
                statusmsg,
                data: data.into_iter().collect(),
            };
            let written = Rpc::write_reply(&reply).unwrap();
            let message = read_json(&written.bytes).unwrap();
            prop_assert_eq!(Rpc::REPLY.check(&message), Ok(()));
            prop_assert_eq!(Rpc::read_reply(&written.bytes), Ok(reply));
        }
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
            "not a valid io.choria.mcorpc.external.v1.rpc_reply: $.data: expected this key, got none"
        );
        assert_eq!(
            read("").unwrap_err(),
            "the message is empty, expected a JSON object"
        );
        assert!(read("\u{feff}{}").is_err());
        assert!(read(r#"{"statuscode":0,"statusmsg":"OK","data":{}} x"#).is_err());
    }
}
