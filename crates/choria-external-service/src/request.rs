//! What a service is asked.

use std::time::{Duration, SystemTime};

use choria_external_protocol::{Failure, FunctionType as _, Name, Rpc, RpcRequest};
use serde_json::{Map, Value};

use crate::CallInfo;

/// A request to a [`Service`](crate::Service).
#[derive(Clone, Debug, PartialEq)]
pub enum Request<'a> {
    /// A call of an agent's action.
    Action {
        /// The action.
        action: &'a str,
        /// Its inputs, by name.
        data: Map<String, Value>,
    },
    /// A message of any function type, which its key `protocol` names.
    ///
    /// If it calls an action, who calls is taken from the [`CallInfo`], whatever
    /// the message says: it may have come from outside.
    Message(Value),
    /// The text of a message, as it is. It may be damaged, and it says itself who
    /// calls: this is for tests, and for repeating recorded calls.
    Text {
        /// The name of the request on the wire; `None` leaves it to the message's
        /// key `protocol`.
        protocol: Option<&'a str>,
        /// The text.
        text: &'a [u8],
    },
}

impl<'a> Request<'a> {
    /// A call of an agent's action.
    pub const fn action(action: &'a str, data: Map<String, Value>) -> Self {
        Self::Action { action, data }
    }

    /// The message that asks this of `agent`: for those who implement
    /// [`Service`](crate::Service).
    ///
    /// # Errors
    /// Code 2 if the agent or the action cannot have such a name.
    pub fn into_message(self, agent: &str, call: &CallInfo) -> Result<Message<'a>, Failure> {
        let mut message = match self {
            Self::Text { protocol, text } => return Ok(Message::Text { protocol, text }),
            Self::Message(message) => message,
            Self::Action { action, data } => {
                let name = |name: &str| {
                    Name::new(name).map_err(|error| {
                        Failure::unknown_action(format_args!(
                            "unknown action {agent}#{action}: {error}"
                        ))
                    })
                };
                rpc_message(name(agent)?, name(action)?, data)
            }
        };
        let protocol = message.get("protocol").and_then(Value::as_str);
        if protocol == Some(Rpc::REQUEST.protocol())
            && let Value::Object(message) = &mut message
        {
            message.extend(who_calls(call));
        }
        Ok(Message::Json(message))
    }
}

/// The failure of a message of a function type that is not served, or that names none: for
/// those who implement [`Service`](crate::Service). `served` are the names on the wire of
/// the requests that are.
pub fn unserved<'a>(protocol: Option<&str>, served: impl IntoIterator<Item = &'a str>) -> Failure {
    let served: Vec<_> = served.into_iter().collect();
    let served = served.join(", ");
    Failure::invalid_data(match protocol {
        Some(name) => format!("unknown protocol {name:?}; this program answers {served}"),
        None => {
            format!("the message has no string under the key protocol, expected one of {served}")
        }
    })
}

/// A call of an action that nobody makes yet.
fn rpc_message(agent: Name, action: Name, data: Map<String, Value>) -> Value {
    let request = RpcRequest {
        agent,
        action,
        requestid: String::new(),
        senderid: String::new(),
        callerid: String::new(),
        collective: String::new(),
        ttl: 0,
        msgtime: 0,
        // Moved below: it can be large.
        data: (),
    };
    // All of it has a form in JSON.
    let mut message = serde_json::to_value(request).unwrap_or_default();
    message["data"] = Value::Object(data);
    message
}

/// The keys of a call of an action that say who calls.
fn who_calls(call: &CallInfo) -> [(String, Value); 6] {
    let since_1970 = call.time.duration_since(SystemTime::UNIX_EPOCH);
    let seconds = |time: Duration| Value::from(i64::try_from(time.as_secs()).unwrap_or(i64::MAX));
    [
        ("requestid", Value::from(&*call.id)),
        ("senderid", Value::from(&*call.sender)),
        ("callerid", Value::from(&*call.caller)),
        ("collective", Value::from(&*call.collective)),
        ("ttl", seconds(call.ttl)),
        ("msgtime", seconds(since_1970.unwrap_or_default())),
    ]
    .map(|(key, value)| (key.to_owned(), value))
}

/// A request as a message of its function type.
#[derive(Clone, Debug, PartialEq)]
pub enum Message<'a> {
    /// The JSON in it.
    Json(Value),
    /// Its text.
    Text {
        /// The name of the request on the wire; `None` leaves it to the message's
        /// key `protocol`.
        protocol: Option<&'a str>,
        /// The text.
        text: &'a [u8],
    },
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn call() -> CallInfo {
        let mut call = CallInfo::new("f8a2", "choria=me");
        call.sender = "client".into();
        call.time = SystemTime::UNIX_EPOCH + Duration::from_millis(1_795_265_775_900);
        call
    }

    fn json(request: Request<'_>) -> Value {
        match request.into_message("parrot", &call()) {
            Ok(Message::Json(message)) => message,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_call_of_an_action_is_a_whole_message() {
        let data = Map::from_iter([("message".to_owned(), json!("hi"))]);
        let message = json(Request::action("echo", data));
        let wanted = json!({
            "$schema": "https://choria.io/schemas/mcorpc/external/v1/rpc_request.json",
            "protocol": "io.choria.mcorpc.external.v1.rpc_request",
            "agent": "parrot", "action": "echo", "requestid": "f8a2", "senderid": "client",
            "callerid": "choria=me", "collective": "mcollective", "ttl": 60, "msgtime": 1_795_265_775,
            "data": {"message": "hi"},
        });
        assert_eq!(message, wanted);
        assert!(Rpc::read_request(message).is_ok());
    }

    #[test]
    fn a_message_cannot_say_who_calls_an_action() {
        let message = json(Request::Message(json!({
            "protocol": Rpc::REQUEST.protocol(), "callerid": "choria=root", "more": 1,
        })));
        assert_eq!(message["callerid"], "choria=me");
        assert_eq!(message["requestid"], "f8a2");
        assert_eq!(message["more"], 1);
        for other in [
            json!({"protocol": "x", "callerid": "y"}),
            json!([1]),
            json!({}),
        ] {
            assert_eq!(json(Request::Message(other.clone())), other);
        }
    }

    #[test]
    fn a_text_is_not_touched() {
        let text = br#"{"callerid": "choria=root""#;
        let protocol = Some("x");
        let message = Request::Text { protocol, text }.into_message("parrot", &call());
        assert_eq!(message, Ok(Message::Text { protocol, text }));
    }

    #[test]
    fn a_name_that_no_action_can_have_is_unknown() {
        let failure = Request::action("Echo", Map::new()).into_message("parrot", &call());
        let failure = failure.unwrap_err();
        assert_eq!(failure.code(), 2);
        assert_eq!(
            failure.message(),
            "unknown action parrot#Echo: expected a name of a-z, 0-9 and _, got \"Echo\""
        );
    }
}
