//! Function types, as the harness knows them, and programs of any function type.

// `program`: how a request becomes a start, and what comes back. `message`: a message
// with its schema. `no_reply`: why there is none. `requests`: requests made from a schema.

mod message;
mod no_reply;
mod program;
mod requests;

use std::path::Path;

use choria_external_go::json;
use choria_external_protocol::{
    Carrier, FUNCTIONS_OFFER, FunctionDescription, Registration, Violation, read_json, registry,
};
use serde_json::Value;

use crate::ask::{ask, offers};
use crate::error::HostError;
use crate::supervisor::Supervisor;
use message::Message;
pub use no_reply::{NoReplyError, NoReplyKind};
pub(crate) use program::Terms;
pub use program::{FunctionOutcome, FunctionProgram};

/// A function type, as the harness calls programs of it: one that is linked into
/// this program, or that a program describes.
#[derive(Clone, Debug)]
pub struct Function {
    name: String,
    request: Message,
    reply: Message,
    carrier: Carrier,
    decode: Option<Decode>,
}

type Decode = fn(&RawReply) -> Result<Value, NoReplyError>;

/// What the harness needs to know of a function type whose reply is not the text
/// of a JSON object: registered by [`host_type!`](crate::host_type), beside the
/// type and apart from it, so that no program that serves the type has it.
#[derive(Clone, Copy, Debug)]
pub struct HostType {
    /// The name of the function type, such as `rpc`.
    pub name: &'static str,
    /// Makes the reply, as the type's schema says it, of what Choria reads.
    pub decode: fn(&RawReply) -> Result<Value, NoReplyError>,
}

inventory::collect!(HostType);

/// Registers a [`HostType`].
///
/// ```
/// use choria_external_host::function::{NoReplyError, RawReply};
/// use choria_external_host::host_type;
/// use serde_json::{Value, json};
///
/// fn decode(reply: &RawReply) -> Result<Value, NoReplyError> {
///     let text = str::from_utf8(reply.bytes).map_err(|error| NoReplyError::new(error.to_string()))?;
///     Ok(json!({"text": text, "status": reply.exit}))
/// }
///
/// host_type!("greeting in words", decode);
/// ```
#[macro_export]
macro_rules! host_type {
    ($name:expr, $decode:expr) => {
        $crate::__private::inventory::submit! {
            $crate::function::HostType { name: $name, decode: $decode }
        }
    };
}

/// A reply as the program gave it, before it is decoded.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct RawReply<'a> {
    /// The bytes in the place of the reply that the carrier names.
    pub bytes: &'a [u8],
    /// The exit code; `None` if a signal ended the program.
    pub exit: Option<i32>,
}

impl Function {
    /// A function type that is linked into this program, see
    /// [`registry`].
    pub fn of(registration: &Registration) -> Self {
        Self {
            name: registration.name().into(),
            request: Message::Linked(*registration.request()),
            reply: Message::Linked(*registration.reply()),
            carrier: registration.carrier(),
            decode: decode(registration.name()),
        }
    }

    /// Asks a program with `--functions` which function types it serves. The first one
    /// is the main one. The list is empty if the program does not know the question:
    /// only programs that have the text
    /// [`FUNCTIONS_OFFER`] in them are
    /// asked, as those that are made with the library for Rust.
    ///
    /// # Errors
    /// Returns [`HostError::Functions`] if the program gives no answer, or one that
    /// [`Function::read`] refuses; another [`HostError`] if it cannot be asked.
    pub fn served_by(program: &Path, supervisor: &Supervisor) -> Result<Vec<Self>, HostError> {
        if offers(program, [FUNCTIONS_OFFER]) == [false] {
            return Ok(Vec::new());
        }
        let from = program.display().to_string();
        match ask(program, &["--functions"], supervisor)? {
            Ok(text) => Self::read(&text, &from),
            Err(error) => Err(HostError::Functions {
                from,
                reason: error.to_string(),
            }),
        }
    }

    /// Reads what a program prints with `--functions`: a JSON list of
    /// [`FunctionDescription`]s. A type that is linked into this program is taken as it
    /// is here. `from` says in errors where the list comes from.
    ///
    /// # Errors
    /// Returns [`HostError::Functions`] if it is not such a list, is empty, or a schema
    /// in it is not a JSON Schema.
    pub fn read(text: &[u8], from: &str) -> Result<Vec<Self>, HostError> {
        let wrong = |reason: String| HostError::Functions {
            from: from.into(),
            reason,
        };
        let descriptions: Vec<FunctionDescription> =
            serde_json::from_slice(text).map_err(|error| {
                wrong(format!(
                    "expected a list of function types, as --functions prints it: {error}"
                ))
            })?;
        if descriptions.is_empty() {
            return Err(wrong("the list of function types is empty".into()));
        }
        let registry = registry().map_err(|error| wrong(error.to_string()))?;
        let functions = descriptions.into_iter().map(|description| {
            match registry.get(&description.request.protocol) {
                Some(registration) => Ok(Self::of(registration)),
                None => Self::described(description).map_err(wrong),
            }
        });
        functions.collect()
    }

    fn described(description: FunctionDescription) -> Result<Self, String> {
        Ok(Self {
            decode: decode(&description.name),
            request: Message::described(description.request)?,
            reply: Message::described(description.reply)?,
            carrier: description.carrier,
            name: description.name,
        })
    }

    /// The name for people, such as `rpc`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name of the request on the wire.
    pub fn protocol(&self) -> &str {
        self.request.protocol()
    }

    /// The JSON Schema of the request.
    pub fn request_schema(&self) -> Value {
        self.request.schema()
    }

    /// How a program gets the request and gives the reply.
    pub fn carrier(&self) -> &Carrier {
        &self.carrier
    }

    /// Returns a request that the schema allows: its first entry of `examples`, else
    /// the keys that it requires, each with the simplest value.
    ///
    /// # Errors
    /// Returns [`HostError::Request`] if the result breaks the schema: not all of a
    /// schema's rules are followed.
    pub fn sample(&self) -> Result<Value, HostError> {
        let sample = requests::sample(&self.request.schema());
        self.request.check(&sample).map_err(|violation| {
            HostError::Request(format!(
                "the sample made from the schema breaks it, at {violation}; add a request to the schema's examples"
            ))
        })?;
        Ok(sample)
    }

    /// Makes a request of `KEY=VALUE` arguments. A value is a string if the schema
    /// allows one, else JSON; keys that can have one value only, such as `protocol`,
    /// are filled in.
    ///
    /// # Errors
    /// Returns [`HostError::Request`] if the schema has no such key, or one is given
    /// twice.
    pub fn request_from_text(&self, arguments: &[(String, String)]) -> Result<Value, HostError> {
        requests::from_arguments(&self.request.schema(), arguments)
    }

    /// # Errors
    /// Returns the first place that breaks the schema.
    pub(crate) fn check_request(&self, request: &Value) -> Result<(), Violation> {
        self.request.check(request)
    }

    /// Returns the bytes of a request that keeps the schema.
    pub(crate) fn request_bytes(&self, request: &Value) -> Result<Vec<u8>, HostError> {
        self.check_request(request)
            .map_err(|violation| HostError::Request(violation.to_string()))?;
        json::to_bytes(request).map_err(|error| HostError::Request(error.to_string()))
    }

    /// Reads a reply: it is JSON, unless the type decodes it, and keeps
    /// the type's schema.
    fn read_reply(&self, raw: &RawReply) -> Result<Value, NoReplyError> {
        let reply = match self.decode {
            Some(decode) => decode(raw)?,
            None => read_json(raw.bytes)
                .map_err(|error| NoReplyError::new(format!("the reply is {error}")))?,
        };
        let protocol = self.reply.protocol();
        self.reply.check(&reply).map_err(|violation| {
            NoReplyError::new(format!("not a valid {protocol}: {violation}"))
        })?;
        Ok(reply)
    }
}

fn decode(name: &str) -> Option<Decode> {
    let mut types = inventory::iter::<HostType>.into_iter();
    types.find(|one| one.name == name).map(|one| one.decode)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn greeting() -> Value {
        json!({
            "name": "greeting",
            "request": {
                "protocol": "example.request",
                "schema": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}},
            },
            "reply": {"protocol": "example.reply", "schema": {"type": "object"}},
        })
    }

    fn refused(list: &Value) -> String {
        let error = Function::read(list.to_string().as_bytes(), "./greeter").unwrap_err();
        assert!(matches!(error, HostError::Functions { .. }));
        error.to_string()
    }

    #[test]
    fn a_type_is_learnt_from_its_description() {
        let list = json!([greeting()]).to_string();
        let functions = Function::read(list.as_bytes(), "here").unwrap();
        let [greeting] = &*functions else {
            panic!("{functions:?}");
        };
        assert_eq!(
            (greeting.name(), greeting.protocol()),
            ("greeting", "example.request")
        );
        assert_eq!(greeting.carrier(), &Carrier::FILES);
        assert_eq!(greeting.sample().unwrap(), json!({"name": "text"}));
        let violation = greeting.request.check(&json!({"name": 1})).unwrap_err();
        assert_eq!(violation.to_string(), "$.name: expected a string, got 1");
    }

    #[test]
    fn a_linked_type_is_taken_as_it_is_here() {
        let registry = registry().unwrap();
        let linked: Vec<_> = registry.iter().map(FunctionDescription::of).collect();
        let list = serde_json::to_vec(&linked).unwrap();
        for function in Function::read(&list, "here").unwrap() {
            assert!(matches!(function.request, Message::Linked(_)));
        }
    }

    #[test]
    fn what_is_no_list_of_types_is_refused_with_its_place() {
        assert_eq!(
            refused(&json!([])),
            "could not learn from ./greeter which function types it serves: the list of function types is empty"
        );
        let mut broken = greeting();
        broken["request"]["schema"]["properties"]["name"]["type"] = "word".into();
        let text = refused(&json!([broken]));
        assert!(
            text.contains(
                "the schema of example.request is not a JSON Schema: $.properties.name.type"
            ),
            "{text}"
        );
        let mut elsewhere = greeting();
        elsewhere["reply"]["schema"] = json!({"$ref": "https://example.net/other.json"});
        let text = refused(&json!([elsewhere]));
        assert!(
            text.ends_with(
                "the schema of example.reply refers to https://example.net/other.json; a schema can refer only to itself"
            ),
            "{text}"
        );
        for list in [json!({}), json!([{"name": "greeting"}]), json!([1])] {
            assert!(refused(&list).contains("expected a list of function types"));
        }
    }

    #[test]
    fn a_sample_that_breaks_its_schema_is_not_sent() {
        let mut pattern = greeting();
        pattern["request"]["schema"]["properties"]["name"]["pattern"] = "^[0-9]+$".into();
        let list = json!([pattern]).to_string();
        let functions = Function::read(list.as_bytes(), "here").unwrap();
        let error = functions[0].sample().unwrap_err().to_string();
        assert!(
            error.ends_with(
                r#"at $.name: expected a string that matches "^[0-9]+$", got "text"; add a request to the schema's examples"#
            ),
            "{error}"
        );
    }
}
