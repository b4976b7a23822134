//! One kind of message: its name, its schema, and the check against it.

use std::borrow::Cow;
use std::fmt;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::json::{JsonError, read_json};

/// A kind of message: what it is called on the wire, its JSON Schema, and the
/// validator that was generated from that schema.
///
/// Made by [`function_type!`](crate::function_type).
#[derive(Clone, Copy)]
pub struct MessageKind {
    protocol: &'static str,
    schema: &'static str,
    check: fn(&Value) -> Result<(), Found>,
}

impl MessageKind {
    /// For [`function_type!`](crate::function_type): name on the wire, text of
    /// the JSON Schema, and a validator that gives the first place that is wrong.
    pub const fn new(
        protocol: &'static str,
        schema: &'static str,
        check: fn(&Value) -> Result<(), Found>,
    ) -> Self {
        Self {
            protocol,
            schema,
            check,
        }
    }

    /// The name on the wire, such as `io.choria.mcorpc.external.v1.rpc_request`.
    pub const fn protocol(&self) -> &'static str {
        self.protocol
    }

    /// The bundled JSON Schema (draft 7), as text.
    pub const fn schema(&self) -> &'static str {
        self.schema
    }

    /// Checks a message against the schema.
    ///
    /// # Errors
    /// The first place that is wrong, with what was wanted and what was there.
    pub fn check(&self, message: &Value) -> Result<(), Violation> {
        (self.check)(message).map_err(|found| {
            let schema = serde_json::from_str(self.schema).unwrap_or_default();
            Violation::of(&schema, message, &found)
        })
    }
}

impl fmt::Debug for MessageKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MessageKind({})", self.protocol)
    }
}

/// Where a generated validator stopped: two JSON Pointers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Place in the message.
    pub instance: String,
    /// Place of the rule in the schema.
    pub rule: String,
}

/// One place of a message that breaks a rule of its schema.
///
/// ```
/// use choria_external_protocol::{FunctionType as _, Rpc};
/// use serde_json::json;
///
/// let violation = Rpc::REPLY
///     .check(&json!({"statuscode": "1", "statusmsg": "OK", "data": {}}))
///     .unwrap_err();
/// assert_eq!(violation.to_string(), r#"$.statuscode: expected an integer, got "1""#);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// JSON path of the place, such as `$.filter.fact[0].operator`.
    pub path: String,
    /// What the schema wants there, for a person to read.
    pub wanted: String,
    /// What was there, shortened where long.
    pub found: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: expected {}, got {}",
            self.path, self.wanted, self.found
        )
    }
}

impl Violation {
    /// Looks up what the broken rule of the JSON Schema says: validators themselves
    /// carry no texts.
    pub fn of(schema: &Value, message: &Value, found: &Found) -> Self {
        let there = message.pointer(&found.instance).unwrap_or(&Value::Null);
        let keyword = found.rule.rsplit('/').next().unwrap_or_default();
        let rule = schema.pointer(&found.rule).unwrap_or(&Value::Null);
        let mut path = json_path(&found.instance);
        if keyword == "required" {
            let missing = rule
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str);
            if let Some(key) = missing.into_iter().find(|key| there.get(key).is_none()) {
                path = format!("{path}.{key}");
                return Self {
                    path,
                    wanted: "this key".into(),
                    found: "none".into(),
                };
            }
        }
        // A rule for names complains of the whole object.
        if found.rule.contains("/propertyNames/") {
            let names = there
                .as_object()
                .into_iter()
                .flat_map(|object| object.keys());
            let names: Vec<String> = names.map(|name| format!("{name:?}")).collect();
            return Self {
                path,
                wanted: format!("{} as each key", wanted(keyword, rule)),
                found: shorten(&names.join(", ")).into_owned(),
            };
        }
        Self {
            path,
            wanted: wanted(keyword, rule),
            found: describe(there),
        }
    }
}

/// A rule in words.
fn wanted(keyword: &str, rule: &Value) -> String {
    let list = |rule: &Value, each: fn(&Value) -> String| {
        let words: Vec<String> = rule.as_array().into_iter().flatten().map(each).collect();
        words.join(" or ")
    };
    match keyword {
        "type" if rule.is_array() => list(rule, type_words),
        "type" => type_words(rule),
        "const" => rule.to_string(),
        "enum" => list(rule, Value::to_string),
        "minimum" => format!("{rule} or more"),
        "maximum" => format!("{rule} or less"),
        "minLength" if *rule == 1 => "a string that is not empty".into(),
        "minLength" => format!("{rule} characters or more"),
        "maxLength" => format!("{rule} characters or less"),
        "pattern" => format!("a string that matches {rule}"),
        "minItems" if *rule == 1 => "a list that is not empty".into(),
        "maxItems" => format!("a list of {rule} or less"),
        "additionalProperties" => "no other keys than the declared ones".into(),
        "anyOf" | "oneOf" => "one of the forms that the schema lists".into(),
        _ => format!(
            "what the schema says of {keyword}: {}",
            shorten(&rule.to_string())
        ),
    }
}

fn type_words(name: &Value) -> String {
    match name.as_str().unwrap_or_default() {
        "object" => "an object",
        "array" => "a list",
        "string" => "a string",
        "integer" => "an integer",
        "number" => "a number",
        "boolean" => "true or false",
        "null" => "null",
        _ => "a JSON value",
    }
    .into()
}

/// A value in a line, for an error to say what was there: scalars as they are,
/// cut after 80 characters, the others by their kind.
///
/// ```
/// use choria_external_protocol::describe;
/// use serde_json::json;
///
/// assert_eq!(describe(&json!("a")), "\"a\"");
/// assert_eq!(describe(&json!([1, 2])), "a list of 2");
/// ```
pub fn describe(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("a list of {}", items.len()),
        Value::Object(keys) if keys.is_empty() => "an empty object".into(),
        Value::Object(_) => "an object".into(),
        scalar => shorten(&scalar.to_string()).into_owned(),
    }
}

/// At most 80 characters of a text.
pub(crate) fn shorten(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(80) {
        Some((end, _)) => Cow::Owned(format!("{}... ({} bytes)", &text[..end], text.len())),
        None => Cow::Borrowed(text),
    }
}

/// `/filter/fact/0/a b` as `$.filter.fact[0]["a b"]`.
fn json_path(pointer: &str) -> String {
    let mut path = String::from("$");
    for part in pointer.split('/').skip(1) {
        let part = part.replace("~1", "/").replace("~0", "~");
        if !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()) {
            path += &format!("[{part}]");
        } else {
            step(&mut path, &part);
        }
    }
    path
}

/// Adds a key to a path.
pub(crate) fn step(path: &mut String, key: &str) {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$');
    if !key.is_empty() && key.chars().all(plain) {
        *path += &format!(".{key}");
    } else {
        *path += &format!("[{key:?}]");
    }
}

/// Why bytes are not the message that was expected.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MessageError {
    /// The bytes are not JSON.
    Json(JsonError),
    /// The message says it is another one, or does not say what it is.
    Protocol {
        /// The message that was expected.
        wanted: &'static str,
        /// Its key `protocol`, if that is a text.
        found: Option<String>,
    },
    /// The message breaks its schema.
    Schema {
        /// The message that was expected.
        protocol: &'static str,
        /// The place, what was wanted there and what was there.
        violation: Violation,
    },
    /// The message keeps its schema but not a rule beyond it, such as that for
    /// names.
    Value {
        /// The message that was expected.
        protocol: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// The reply is larger than what the network carries.
    TooLarge {
        /// Its bytes, as the server would send it.
        size: usize,
        /// The most that it may have.
        limit: usize,
    },
}

impl fmt::Display for MessageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(error) => write!(f, "the message is {error}"),
            Self::Protocol {
                wanted,
                found: Some(found),
            } => write!(
                f,
                "wrong protocol: expected {wanted}, got {}",
                shorten(found)
            ),
            Self::Protocol {
                wanted,
                found: None,
            } => write!(
                f,
                "the message has no string under the key protocol, expected {wanted}"
            ),
            Self::Schema {
                protocol,
                violation,
            } => write!(f, "not a valid {protocol}: {violation}"),
            Self::Value { protocol, reason } => write!(f, "not a valid {protocol}: {reason}"),
            Self::TooLarge { size, limit } => write!(
                f,
                "the reply is too large: it has {size} bytes as the server sends it, the limit is {limit}, \
                 and the network loses larger ones without a word; reply with less, or in parts"
            ),
        }
    }
}

impl std::error::Error for MessageError {}

impl From<JsonError> for MessageError {
    fn from(error: JsonError) -> Self {
        Self::Json(error)
    }
}

/// Reads a message from its bytes: JSON, then the schema, then the type.
///
/// For a [`FunctionType`](crate::FunctionType) use its
/// [`read_request`](crate::FunctionType::read_request) and
/// [`read_reply`](crate::FunctionType::read_reply).
///
/// # Errors
/// Returns [`MessageError`] for the first of these that fails.
pub fn read_message<M: DeserializeOwned>(
    kind: &MessageKind,
    bytes: &[u8],
) -> Result<M, MessageError> {
    checked(kind, read_json(bytes)?, |message| {
        serde_json::from_value(message).map_err(|error| error.to_string())
    })
}

/// The schema, then the type.
pub(crate) fn checked<M>(
    kind: &MessageKind,
    message: Value,
    typed: impl FnOnce(Value) -> Result<M, String>,
) -> Result<M, MessageError> {
    kind.check(&message)
        .map_err(|violation| MessageError::Schema {
            protocol: kind.protocol,
            violation,
        })?;
    typed(message).map_err(|reason| MessageError::Value {
        protocol: kind.protocol,
        reason,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers_become_paths_that_can_be_read() {
        for (pointer, path) in [
            ("", "$"),
            ("/filter/fact/0", "$.filter.fact[0]"),
            ("/a b/c~1d/e~0f", r#"$["a b"]["c/d"]["e~f"]"#),
            ("/", r#"$[""]"#),
            ("/$schema", "$.$schema"),
        ] {
            assert_eq!(json_path(pointer), path, "{pointer}");
        }
    }

    #[test]
    fn keys_of_letters_stand_plain_in_any_script() {
        let mut path = "$".to_owned();
        step(&mut path, "gr\u{f6}\u{df}e");
        step(&mut path, "a-b");
        assert_eq!(path, "$.gr\u{f6}\u{df}e[\"a-b\"]");
    }

    #[test]
    fn rules_are_told_in_words() {
        use serde_json::json;
        for (keyword, rule, words) in [
            ("minItems", json!(1), "a list that is not empty"),
            ("minItems", json!(2), "what the schema says of minItems: 2"),
            ("maxItems", json!(2), "a list of 2 or less"),
            ("minLength", json!(1), "a string that is not empty"),
            ("minLength", json!(2), "2 characters or more"),
            ("maxLength", json!(2), "2 characters or less"),
            ("minimum", json!(0), "0 or more"),
            ("maximum", json!(255), "255 or less"),
            ("enum", json!(["a", 1]), "\"a\" or 1"),
            ("const", json!("a"), "\"a\""),
            ("pattern", json!("^a"), "a string that matches \"^a\""),
            (
                "additionalProperties",
                json!(false),
                "no other keys than the declared ones",
            ),
            ("anyOf", json!([]), "one of the forms that the schema lists"),
            ("oneOf", json!([]), "one of the forms that the schema lists"),
            (
                "type",
                json!(["object", "array", "string", "integer"]),
                "an object or a list or a string or an integer",
            ),
            (
                "type",
                json!(["number", "boolean", "null"]),
                "a number or true or false or null",
            ),
            ("type", json!("other"), "a JSON value"),
        ] {
            assert_eq!(wanted(keyword, &rule), words, "{keyword}");
        }
    }

    #[test]
    fn a_message_kind_has_its_schema() {
        use crate::{FunctionType as _, Rpc};
        let schema: Value = serde_json::from_str(Rpc::REQUEST.schema()).unwrap();
        assert_eq!(schema["type"], "object");
        assert_eq!(
            format!("{:?}", Rpc::REQUEST),
            "MessageKind(io.choria.mcorpc.external.v1.rpc_request)"
        );
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        let text = "\u{e9}".repeat(81);
        assert_eq!(
            shorten(&text),
            format!("{}... (162 bytes)", "\u{e9}".repeat(80))
        );
        assert_eq!(shorten(&text[..160]), text[..160]);
    }

    #[test]
    fn values_are_described_in_a_line() {
        use serde_json::json;
        for (value, words) in [
            (json!(null), "null"),
            (json!("a"), "\"a\""),
            (json!([1, 2]), "a list of 2"),
            (json!({}), "an empty object"),
            (json!({"a": 1}), "an object"),
        ] {
            assert_eq!(describe(&value), words);
        }
    }
}
