//! The registry of function types.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::message::{MessageError, MessageKind, checked, read_message};
use crate::reply::{self, EncodedReply, WrittenReply};
use crate::{Activation, Carrier, DiscoveryFunction, Failure, Rpc, read_json};

/// A function type: a request, the reply to it, and how a failure becomes such
/// a reply.
///
/// Implemented by [`function_type!`](crate::function_type), which also puts
/// the type into the [`registry`].
pub trait FunctionType: 'static {
    /// The request, typed.
    type Request: DeserializeOwned + 'static;
    /// The reply, typed. It serializes to the whole message.
    type Reply: Serialize + DeserializeOwned + 'static;
    /// Name for people, such as `rpc`.
    const NAME: &'static str;
    /// Name, schema and validator of the request.
    const REQUEST: MessageKind;
    /// Name, schema and validator of the reply.
    const REPLY: MessageKind;

    /// Whether a server reads the reply and sends it on, in a message of its own
    /// that a network carries. Then a reply of more than 768,000 bytes is an
    /// error, since the network would lose it, and integers beyond 2^53 are
    /// rounded. Else the reply is read on the same machine, and has no limit.
    const OVER_NETWORK: bool = false;

    /// Whether the type of the reply can only hold what its schema allows, and what
    /// JSON can hold: no NaN. Then a reply is written without a look at the schema,
    /// which costs a copy of the reply.
    const REPLY_KEEPS_SCHEMA: bool = false;

    /// Whether the type has a [`carrier`](Self::carrier) of its own. A program of a type
    /// that has none, such as an agent, does not contain the code for others.
    const HAS_OWN_CARRIER: bool = false;

    /// Makes what the program sends of a reply that keeps its schema. `None` if that is
    /// the reply's JSON, with exit code 0.
    const ENCODE: Option<fn(&Self::Reply) -> EncodedReply> = None;

    /// How a program is started, gets the request and gives the reply.
    fn carrier() -> Carrier {
        Carrier::FILES
    }

    /// The reply that says that the request failed. Every function type can.
    fn failed(failure: &Failure) -> Self::Reply;

    /// The failure that a reply tells of, with the text that the caller reads; `None`
    /// if it tells of none, or if replies of this type do not say so.
    fn failure(reply: &Self::Reply) -> Option<Failure> {
        let _ = reply;
        None
    }

    /// How long Choria lets the program run for any request of this type; `None` if the
    /// request or the program's own metadata says it.
    const FIXED_LIMIT: Option<Duration> = None;

    /// How long Choria lets the program run for this request; `None` if the program's own
    /// metadata says it.
    fn limit(request: &Self::Request) -> Option<Duration> {
        let _ = request;
        Self::FIXED_LIMIT
    }

    /// The request of a message that keeps its schema.
    ///
    /// # Errors
    /// Returns why the message is not a valid request.
    fn from_json(message: Value) -> Result<Self::Request, String> {
        serde_json::from_value(message).map_err(|error| error.to_string())
    }

    /// The request of a text in one go, without the JSON between them; `None`
    /// where that cannot be, or the text is not as it mostly is. What this gives
    /// must be what [`read_request`](Self::read_request) gives.
    fn from_text(text: &[u8]) -> Option<Self::Request> {
        let _ = text;
        None
    }

    /// Reads a request from its text, as [`read_request`](Self::read_request)
    /// does.
    ///
    /// # Errors
    /// [`MessageError`]: it is no JSON, or the first of that function's.
    fn read_request_text(text: &[u8]) -> Result<Self::Request, MessageError> {
        match Self::from_text(text) {
            Some(request) => Ok(request),
            None => Self::read_request(read_json(text)?),
        }
    }

    /// Reads a request: it must name its protocol, where its
    /// [carrier](Self::carrier) wants that, keep its schema and fit its type.
    ///
    /// # Errors
    /// Returns [`MessageError`] for the first of these that fails.
    fn read_request(message: Value) -> Result<Self::Request, MessageError> {
        let wanted = Self::REQUEST.protocol();
        let found = message.get("protocol").and_then(Value::as_str);
        if message.is_object() && found != Some(wanted) && Self::carrier().is_named {
            return Err(MessageError::Protocol {
                wanted,
                found: found.map(Into::into),
            });
        }
        checked(&Self::REQUEST, message, Self::from_json)
    }

    /// Reads a reply: it must keep its schema and fit its type.
    ///
    /// # Errors
    /// Returns [`MessageError`] for the first of these that fails.
    fn read_reply(bytes: &[u8]) -> Result<Self::Reply, MessageError> {
        read_message(&Self::REPLY, bytes)
    }

    /// Writes a reply, checked against its schema where its type does not
    /// [keep it](Self::REPLY_KEEPS_SCHEMA) anyway, and [encoded](Self::ENCODE) if the
    /// type is not sent as JSON.
    ///
    /// # Errors
    /// Returns [`MessageError`] if the reply's type allows what its schema refuses, or
    /// what JSON cannot hold: NaN, a key that is not a string. Also when it is [too
    /// large](MessageError::TooLarge) for the network.
    fn write_reply(reply: &Self::Reply) -> Result<WrittenReply, MessageError> {
        let checked = (!Self::REPLY_KEEPS_SCHEMA).then_some(&Self::REPLY);
        let mut written = reply::write(Self::REPLY.protocol(), checked, Self::OVER_NETWORK, reply)?;
        if let Some(encode) = Self::ENCODE {
            let encoded = encode(reply);
            (written.bytes, written.exit) = (encoded.bytes, encoded.exit);
        }
        Ok(written)
    }
}

/// What [`function_type!`](crate::function_type) knows of a declaration.
pub trait Declared {
    /// The first paragraph of its documentation.
    const ABOUT: &'static str;
    /// Package, file and line.
    const PLACE: &'static str;
}

/// A registered function type, without its Rust types.
#[derive(Clone, Copy, Debug)]
pub struct Registration {
    name: &'static str,
    about: &'static str,
    request: MessageKind,
    reply: MessageKind,
    carrier: fn() -> Carrier,
    place: &'static str,
}

inventory::collect!(Registration);

impl Registration {
    /// For [`function_type!`](crate::function_type).
    pub const fn of<F: FunctionType + Declared>() -> Self {
        Self {
            name: F::NAME,
            about: F::ABOUT,
            request: F::REQUEST,
            reply: F::REPLY,
            carrier: F::carrier,
            place: F::PLACE,
        }
    }

    /// Name for people, such as `rpc`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The first sentence of its documentation.
    pub fn about(&self) -> &'static str {
        self.about.trim()
    }

    /// The request.
    pub fn request(&self) -> &MessageKind {
        &self.request
    }

    /// The reply.
    pub fn reply(&self) -> &MessageKind {
        &self.reply
    }

    /// How a program is started, gets the request and gives the reply.
    pub fn carrier(&self) -> Carrier {
        (self.carrier)()
    }

    /// Where it is declared: package, file and line.
    pub fn place(&self) -> &'static str {
        self.place
    }
}

/// The function types that are linked into this program, by the protocol of
/// their request.
#[derive(Clone, Debug)]
pub struct Registry(BTreeMap<&'static str, &'static Registration>);

impl Registry {
    /// The function type with this request.
    pub fn get(&self, request_protocol: &str) -> Option<&'static Registration> {
        self.0.get(request_protocol).copied()
    }

    /// All, in the order of their requests' protocols.
    pub fn iter(&self) -> impl Iterator<Item = &'static Registration> {
        self.0.values().copied()
    }
}

/// Two function types with one name, or for one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConflictError {
    what: &'static str,
    places: [&'static str; 2],
}

impl fmt::Display for ConflictError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, second] = self.places;
        write!(
            f,
            "two function types for {}: {first}, and {second}; remove or rename one",
            self.what
        )
    }
}

impl std::error::Error for ConflictError {}

/// Collects the function types of all crates that are linked into this program.
///
/// A crate that nothing names is dropped by the linker, and its function types
/// with it: name it once, by `use that_crate as _;`.
///
/// ```
/// use choria_external_protocol::registry;
///
/// let names: Vec<_> = registry()?.iter().map(|function| function.name()).collect();
/// assert_eq!(names, ["discovery", "activation", "rpc"]);
/// # Ok::<(), choria_external_protocol::ConflictError>(())
/// ```
///
/// # Errors
/// Returns [`ConflictError`] if two of them share a name or a request.
pub fn registry() -> Result<Registry, ConflictError> {
    let others = inventory::iter::<Registration>.into_iter();
    collect(OWN.iter().chain(others))
}

/// The function types of this crate. They are named here and nowhere else, so that a
/// program that does not ask for the registry has only those that it serves.
static OWN: [Registration; 3] = [
    Registration::of::<Activation>(),
    Registration::of::<DiscoveryFunction>(),
    Registration::of::<Rpc>(),
];

fn collect(all: impl Iterator<Item = &'static Registration>) -> Result<Registry, ConflictError> {
    let mut names = BTreeMap::new();
    let mut requests = BTreeMap::new();
    for one in all {
        let protocol = one.request.protocol();
        let conflict = |what, other: &Registration| {
            let mut places = [one.place, other.place];
            places.sort_unstable();
            ConflictError { what, places }
        };
        if let Some(other) = requests.insert(protocol, one) {
            return Err(conflict(protocol, other));
        }
        if let Some(other) = names.insert(one.name, one) {
            return Err(conflict(one.name, other));
        }
    }
    Ok(Registry(requests))
}

#[cfg(test)]
mod tests {
    use super::*;

    static ACTIVATION: Registration = Registration {
        place: "a.rs:1",
        ..Registration::of::<Activation>()
    };
    static RPC: Registration = Registration {
        place: "b.rs:2",
        ..Registration::of::<Rpc>()
    };

    #[test]
    fn function_types_are_found_by_their_request() {
        let functions = registry().unwrap();
        let rpc = functions
            .get("io.choria.mcorpc.external.v1.rpc_request")
            .unwrap();
        assert_eq!(rpc.name(), "rpc");
        assert_eq!(
            rpc.about(),
            "Passes a caller's request to an action of an agent."
        );
        assert_eq!(rpc.reply().protocol(), Rpc::REPLY.protocol());
        assert!(rpc.place().contains("rpc.rs:"), "{}", rpc.place());
        assert!(functions.get(DiscoveryFunction::REPLY.protocol()).is_none());
        let names: Vec<_> = functions.iter().map(Registration::name).collect();
        assert_eq!(names, ["discovery", "activation", "rpc"]);
    }

    #[test]
    fn what_is_no_object_breaks_the_schema_and_names_no_protocol() {
        let error = |message| Rpc::read_request(message).unwrap_err().to_string();
        assert_eq!(
            error(Value::from("rpc")),
            "not a valid io.choria.mcorpc.external.v1.rpc_request: $: expected an object, got \"rpc\""
        );
        assert!(error(serde_json::json!({})).contains("protocol"));
    }

    #[test]
    fn two_for_one_request_or_one_name_are_noticed_in_any_order() {
        static AGAIN: Registration = Registration {
            place: "c.rs:3",
            ..Registration::of::<Rpc>()
        };
        static SAME_NAME: Registration = Registration {
            name: "rpc",
            place: "d.rs:4",
            ..Registration::of::<DiscoveryFunction>()
        };
        let conflict = |all: [&'static Registration; 3]| {
            collect(all.into_iter())
                .map(|_| ())
                .unwrap_err()
                .to_string()
        };
        let request = "two function types for io.choria.mcorpc.external.v1.rpc_request: \
                       b.rs:2, and c.rs:3; remove or rename one";
        assert_eq!(conflict([&RPC, &ACTIVATION, &AGAIN]), request);
        assert_eq!(conflict([&AGAIN, &RPC, &ACTIVATION]), request);
        assert_eq!(
            conflict([&SAME_NAME, &ACTIVATION, &RPC]),
            "two function types for rpc: b.rs:2, and d.rs:4; remove or rename one"
        );
    }
}
