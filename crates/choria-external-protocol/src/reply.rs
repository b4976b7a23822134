//! A reply on its way out: its bytes, how large the server makes it, and what
//! the network does to it.

mod wire;

use serde::Serialize;
use serde_json::Value;

use crate::message::{MessageError, MessageKind, step};
use crate::to_json;

/// Most bytes of a reply that goes over the network. Choria's carries 1 MiB a
/// message less one layer of base64: 785,600 bytes arrived, 786,000 were lost
/// without any reply, and with a federation it is less.
const LIMIT: usize = 768_000;
/// From so many bytes on the log has a warning.
const WARN: usize = 512_000;
/// How many places a warning names.
const PLACES: usize = 5;

/// A reply as it goes out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenReply {
    /// The message.
    pub bytes: Vec<u8>,
    /// The exit code of the program: 0, unless the exit code is a part of the reply.
    pub exit: u8,
    /// What the log should say of it: its size where it is near the limit, and
    /// the integers that the server rounds.
    pub warnings: Vec<String>,
}

/// A reply that is not sent as JSON: what the program prints, and its exit code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncodedReply {
    /// All that the program prints, to the byte.
    pub bytes: Vec<u8>,
    /// The exit code of the program.
    pub exit: u8,
}

/// Writes a reply, checked against a schema if there is one.
pub(crate) fn write(
    protocol: &'static str,
    schema: Option<&MessageKind>,
    over_network: bool,
    reply: &impl Serialize,
) -> Result<WrittenReply, MessageError> {
    let invalid = |reason: String| MessageError::Value { protocol, reason };
    let limit = if over_network { LIMIT } else { usize::MAX };
    // Before the copy that the schema needs: one that is too large has none.
    let written = wire::write(reply, limit).map_err(|error| match to_json(reply) {
        Err(unwritable) => invalid(format!("it {unwritable}")),
        Ok(_) => invalid(error.to_string()),
    })?;
    let size = written.size;
    let Some(bytes) = written.bytes else {
        return Err(MessageError::TooLarge { size, limit });
    };
    let message = || to_json(reply).map_err(|unwritable| invalid(format!("it {unwritable}")));
    if let Some(schema) = schema {
        schema
            .check(&message()?)
            .map_err(|violation| MessageError::Schema {
                protocol,
                violation,
            })?;
    }
    let mut warnings = Vec::new();
    if over_network && size > WARN {
        warnings.push(format!(
            "the reply has {size} bytes as the server sends it, which is near the limit of {limit}"
        ));
    }
    if over_network && written.long_integers {
        warnings.push(rounded(&message()?));
    }
    Ok(WrittenReply {
        bytes,
        exit: 0,
        warnings,
    })
}

/// Names the integers that do not survive a server, which reads each number as
/// a 64-bit float.
fn rounded(message: &Value) -> String {
    let mut places = Vec::new();
    find_long(message, &mut String::from("$"), &mut places);
    let more = match places.len().saturating_sub(PLACES) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    places.truncate(PLACES);
    format!(
        "the server rounds integers beyond 2^53: {}{more}; send them as strings, an output by #[output(as_text)]",
        places.join(", ")
    )
}

fn find_long(value: &Value, path: &mut String, places: &mut Vec<String>) {
    let length = path.len();
    match value {
        Value::Number(number) => {
            let long = match (number.as_u64(), number.as_i64()) {
                (Some(number), _) => wire::is_long(number),
                (None, Some(number)) => wire::is_long(number.unsigned_abs()),
                (None, None) => false,
            };
            if long {
                places.push(format!("{path} ({number})"));
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                *path += &format!("[{index}]");
                find_long(item, path, places);
                path.truncate(length);
            }
        }
        Value::Object(entries) => {
            for (key, value) in entries {
                step(path, key);
                find_long(value, path, places);
                path.truncate(length);
            }
        }
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, json};

    use super::*;
    use crate::{FunctionType, Rpc, RpcReply};

    fn written(data: Value) -> Result<WrittenReply, MessageError> {
        let Value::Object(data) = data else {
            panic!("no data: {data}");
        };
        Rpc::write_reply(&RpcReply::ok(data))
    }

    /// A reply that the server sends in so many bytes.
    fn of_size(size: usize) -> Result<WrittenReply, MessageError> {
        let around = written(json!({"a": ""})).unwrap().bytes.len();
        written(json!({"a": "x".repeat(size - around)}))
    }

    #[test]
    fn a_reply_that_the_network_loses_is_refused_and_one_near_it_warns() {
        assert_eq!(of_size(WARN).unwrap().warnings, [""; 0]);
        assert_eq!(
            of_size(WARN + 1).unwrap().warnings,
            [
                "the reply has 512001 bytes as the server sends it, which is near the limit of 768000"
            ]
        );
        assert_eq!(of_size(LIMIT).unwrap().bytes.len(), LIMIT);
        assert_eq!(
            of_size(LIMIT + 1).unwrap_err().to_string(),
            "the reply is too large: it has 768001 bytes as the server sends it, the limit is 768000, \
             and the network loses larger ones without a word; reply with less, or in parts"
        );
    }

    #[test]
    fn what_counts_is_the_size_after_the_server() {
        let size = |data| match written(data).unwrap_err() {
            MessageError::TooLarge { size, .. } => size,
            other => panic!("{other}"),
        };
        let around = br#"{"statuscode":0,"statusmsg":"OK","data":{"a":""}}"#.len();
        assert_eq!(size(json!({"a": "<".repeat(400_000)})), 2_400_000 + around);
        // One that is below the limit here and above it there.
        assert_eq!(
            size(json!({"a": "\u{2028}".repeat(200_000)})),
            1_200_000 + around
        );
        // 21 digits and a comma each, but for the last.
        assert_eq!(
            size(json!({"a": vec![1e20; 100_000]})),
            2_200_000 - 1 + around
        );
        assert!(written(json!({"a": "\u{e9}".repeat(200_000)})).is_ok());
    }

    #[test]
    fn long_integers_are_told_with_their_places() {
        let most = 1_i64 << 53;
        let warnings = |data| written(data).unwrap().warnings.concat();
        assert_eq!(warnings(json!({"a": [most, -most, 1e300, u32::MAX]})), "");
        assert_eq!(
            warnings(json!({"data": {"size": most + 1}, "b": [{"c d": -most - 1}, u64::MAX]})),
            "the server rounds integers beyond 2^53: $.data.b[0][\"c d\"] (-9007199254740993), \
             $.data.b[1] (18446744073709551615), $.data.data.size (9007199254740993); \
             send them as strings, an output by #[output(as_text)]"
        );
        assert_eq!(
            warnings(json!({"a": vec![u64::MAX; 7]}))
                .matches("18446744073709551615")
                .count(),
            PLACES
        );
        assert!(warnings(json!({"a": vec![u64::MAX; 7]})).contains(" and 2 more; "));
    }

    #[test]
    fn what_json_cannot_hold_is_told_with_its_place() {
        #[derive(Serialize)]
        struct Ratios {
            ratios: Vec<f64>,
        }
        let reply = Ratios {
            ratios: vec![0.5, f64::NAN],
        };
        assert_eq!(
            write(Rpc::REPLY.protocol(), Some(&Rpc::REPLY), false, &reply)
                .unwrap_err()
                .to_string(),
            "not a valid io.choria.mcorpc.external.v1.rpc_reply: it is NaN at .ratios[1], which JSON cannot hold"
        );
        let keys = Map::from_iter([("a".to_owned(), json!(1))]);
        let pairs = std::collections::BTreeMap::from([([1, 2], keys)]);
        assert_eq!(
            write(Rpc::REPLY.protocol(), Some(&Rpc::REPLY), true, &pairs)
                .unwrap_err()
                .to_string(),
            "not a valid io.choria.mcorpc.external.v1.rpc_reply: \
             it has a key that is not a string, which JSON cannot hold"
        );
    }

    #[test]
    fn a_reply_of_a_type_that_allows_more_is_checked() {
        struct Loose;
        impl FunctionType for Loose {
            type Request = Value;
            type Reply = Value;
            const NAME: &'static str = "loose";
            const REQUEST: MessageKind = Rpc::REQUEST;
            const REPLY: MessageKind = Rpc::REPLY;

            fn failed(_failure: &crate::Failure) -> Value {
                Value::Null
            }
        }
        assert_eq!(
            Loose::write_reply(&json!({})).unwrap_err().to_string(),
            "not a valid io.choria.mcorpc.external.v1.rpc_reply: $.statuscode: expected this key, got none"
        );
    }

    #[test]
    fn what_stays_on_the_node_has_no_limit() {
        let reply = RpcReply::ok(Map::from_iter([
            ("a".to_owned(), json!("x".repeat(LIMIT))),
            ("b".to_owned(), json!(u64::MAX)),
        ]));
        let written = write(Rpc::REPLY.protocol(), Some(&Rpc::REPLY), false, &reply).unwrap();
        assert_eq!(written.warnings, [""; 0]);
        assert!(written.bytes.len() > LIMIT);
    }
}
