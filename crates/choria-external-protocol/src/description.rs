//! Function types as data, for those who do not link them.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Carrier, MessageKind, Registration};

/// What a program's help says of `--functions`. The harness asks only programs that
/// have this text in them: nobody knows what others do with that option.
pub const FUNCTIONS_OFFER: &str = "prints the requests it answers, with their schemas, as JSON";

/// A function type as data: what `PROGRAM --functions` prints of each type that the
/// program serves, as an entry of a JSON list. With it a program can be called by
/// someone who does not have the type.
///
/// ```
/// use choria_external_protocol::{DiscoveryFunction, FunctionDescription, FunctionType as _, registry};
///
/// let registry = registry()?;
/// let discovery = registry.get(DiscoveryFunction::REQUEST.protocol()).ok_or("not linked")?;
/// let described = FunctionDescription::of(discovery);
/// assert_eq!(described.name, "discovery");
/// assert_eq!(described.reply.schema["type"], "object");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FunctionDescription {
    /// Name for people, such as `greeting`.
    pub name: String,
    /// What it is for, in one sentence.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub about: String,
    /// The request.
    pub request: MessageDescription,
    /// The reply.
    pub reply: MessageDescription,
    /// How a program is started, gets the request and gives the reply; by default as
    /// Choria calls agents.
    #[serde(default = "files")]
    pub carrier: Carrier,
}

/// A message as data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MessageDescription {
    /// The name on the wire, such as `io.choria.choria.example.v1.external_request`.
    pub protocol: String,
    /// The JSON Schema (draft 7).
    pub schema: Value,
}

fn files() -> Carrier {
    Carrier::FILES
}

impl FunctionDescription {
    /// Describes a function type that is linked into this program.
    pub fn of(registration: &Registration) -> Self {
        Self {
            name: registration.name().into(),
            about: registration.about().into(),
            request: MessageDescription::of(registration.request()),
            reply: MessageDescription::of(registration.reply()),
            carrier: registration.carrier(),
        }
    }
}

impl MessageDescription {
    fn of(kind: &MessageKind) -> Self {
        Self {
            protocol: kind.protocol().into(),
            // The macro has compiled it.
            schema: serde_json::from_str(kind.schema()).unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry;

    #[test]
    fn each_type_comes_back_as_it_was() {
        for registration in registry().unwrap().iter() {
            let described = FunctionDescription::of(registration);
            let text = serde_json::to_string(&described).unwrap();
            let read: FunctionDescription = serde_json::from_str(&text).unwrap();
            assert_eq!(read, described);
            assert_eq!(read.request.protocol, registration.request().protocol());
            assert!(read.reply.schema.is_object());
        }
    }

    #[test]
    fn the_carrier_need_not_be_said() {
        let text = r#"{"name":"n","request":{"protocol":"q","schema":true},"reply":{"protocol":"r","schema":{}}}"#;
        let read: FunctionDescription = serde_json::from_str(text).unwrap();
        assert_eq!(read.carrier, Carrier::FILES);
        let more = text.replacen('{', r#"{"nmae":"n","#, 1);
        assert!(serde_json::from_str::<FunctionDescription>(&more).is_err());
    }
}
