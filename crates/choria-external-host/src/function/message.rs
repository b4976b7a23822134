//! A message with its schema.

use std::fmt;
use std::sync::Arc;

use choria_external_protocol::{Found, MessageDescription, MessageKind, Violation};
use jsonschema::error::ValidationErrorKind;
use jsonschema::{Draft, ReferencingError, ValidationError, Validator};
use serde_json::Value;

/// A message with its schema.
#[derive(Clone)]
pub(crate) enum Message {
    /// One whose validator is compiled into this program.
    Linked(MessageKind),
    /// One that a program describes.
    Described(Arc<Described>),
}

pub(crate) struct Described {
    protocol: String,
    schema: Value,
    validator: Validator,
}

impl Message {
    /// # Errors
    /// Returns a sentence if the schema is not one.
    pub(crate) fn described(message: MessageDescription) -> Result<Self, String> {
        let MessageDescription { protocol, schema } = message;
        // Nothing is fetched from elsewhere.
        let options = jsonschema::options();
        let built = options.with_draft(Draft::Draft7).offline().build(&schema);
        let validator = built.map_err(|error| wrong_schema(&protocol, &error))?;
        Ok(Self::Described(Arc::new(Described {
            protocol,
            schema,
            validator,
        })))
    }

    pub(crate) fn protocol(&self) -> &str {
        match self {
            Self::Linked(kind) => kind.protocol(),
            Self::Described(described) => &described.protocol,
        }
    }

    pub(crate) fn schema(&self) -> Value {
        match self {
            // The macro has compiled it.
            Self::Linked(kind) => serde_json::from_str(kind.schema()).unwrap_or_default(),
            Self::Described(described) => described.schema.clone(),
        }
    }

    /// # Errors
    /// Returns the first place that breaks the schema.
    pub(crate) fn check(&self, message: &Value) -> Result<(), Violation> {
        match self {
            Self::Linked(kind) => kind.check(message),
            Self::Described(described) => described.validator.validate(message).map_err(|error| {
                let found = Found {
                    instance: error.instance_path().to_string(),
                    rule: error.schema_path().to_string(),
                };
                Violation::of(&described.schema, message, &found)
            }),
        }
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Message({})", self.protocol())
    }
}

fn wrong_schema(protocol: &str, error: &ValidationError<'_>) -> String {
    match error.kind() {
        ValidationErrorKind::Referencing(ReferencingError::Unretrievable { uri, .. }) => {
            // A relative one has become a part of the schema's own.
            let uri = uri.strip_prefix("json-schema:///").unwrap_or(uri);
            format!("the schema of {protocol} refers to {uri}; a schema can refer only to itself")
        }
        _ => {
            let place = error.instance_path().as_str().replace('/', ".");
            format!("the schema of {protocol} is not a JSON Schema: ${place}: {error}")
        }
    }
}
