//! The node's facts.

use choria_external_protocol::{describe, read_json};
use serde_json::{Map, Value};

use crate::error::HostError;
use crate::gojson;

/// The node's facts, a JSON object, as the bytes that an action reads.
///
/// ```
/// use choria_external_host::Facts;
///
/// let facts = Facts::from_json(r#"{"role": "\ud800", "n": 1.0}"#)?;
/// assert_eq!(facts.as_bytes(), br#"{"role": "\ud800", "n": 1.0}"#);
/// assert_eq!(
///     Facts::from_json("[1]").unwrap_err().to_string(),
///     "the facts are a list of 1, wanted a JSON object"
/// );
/// # Ok::<(), choria_external_host::HostError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts(Vec<u8>);

impl Facts {
    /// Facts from JSON. What Choria's own reading takes is taken, and passed on
    /// to the agent byte by byte: texts of numbers, equal keys and lone
    /// surrogates stay.
    ///
    /// # Errors
    /// [`HostError::Facts`] where it is no JSON object.
    pub fn from_json(bytes: impl Into<Vec<u8>>) -> Result<Self, HostError> {
        let bytes = bytes.into();
        match read_json(&bytes) {
            Ok(Value::Object(_)) => Ok(Self(bytes)),
            Ok(other) => Err(HostError::Facts(format!(
                "{}, wanted a JSON object",
                describe(&other)
            ))),
            Err(error) => Err(HostError::Facts(error.to_string())),
        }
    }

    /// The content of the facts file.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// A node without facts: `{}`.
impl Default for Facts {
    fn default() -> Self {
        Self(b"{}".to_vec())
    }
}

impl From<Map<String, Value>> for Facts {
    fn from(facts: Map<String, Value>) -> Self {
        // Maps always serialize.
        Self(gojson::to_bytes(&facts).unwrap_or_default())
    }
}
