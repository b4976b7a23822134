//! The node's facts.

use choria_external_go::json as gojson;
use choria_external_protocol::{describe, read_json};
use serde_json::{Map, Value};

use crate::error::HostError;

/// The node's facts, a JSON object, as the bytes that an action reads.
///
/// A server reads its facts and writes them anew for each action (`facts.JSON` in
/// `filter/facts`): each number is a 64-bit float, keys are in order, of equal
/// ones the last counts.
///
/// ```
/// use choria_external_host::Facts;
///
/// let facts = Facts::from_json(r#"{"role": "web", "n": 1.0}"#)?;
/// assert_eq!(facts.as_bytes(), br#"{"n":1,"role":"web"}"#);
/// assert_eq!(
///     Facts::from_json("[1]").unwrap_err().to_string(),
///     "the facts are a list of 1, wanted a JSON object"
/// );
/// # Ok::<(), choria_external_host::HostError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts(Vec<u8>);

impl Facts {
    /// Facts from JSON: a server's file with facts. What Choria's own reading
    /// takes is taken.
    ///
    /// # Errors
    /// [`HostError::Facts`] where it is no JSON object, or has a number that is no
    /// 64-bit float: a server then has no facts.
    pub fn from_json(bytes: impl AsRef<[u8]>) -> Result<Self, HostError> {
        let bytes = bytes.as_ref();
        match read_json(bytes) {
            Ok(Value::Object(_)) => {}
            Ok(other) => {
                return Err(HostError::Facts(format!(
                    "{}, wanted a JSON object",
                    describe(&other)
                )));
            }
            Err(error) => return Err(HostError::Facts(error.to_string())),
        }
        match gojson::read(bytes.trim_ascii()) {
            (facts, None) => Ok(Self::written(&facts)),
            (_, Some(error)) => Err(HostError::Facts(format!(
                "a JSON object with a number that is no 64-bit float: {}",
                error.0
            ))),
        }
    }

    /// Facts as a server has read them.
    fn written(facts: &Value) -> Self {
        // JSON values always serialize.
        Self(gojson::to_bytes(facts).unwrap_or_default())
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
        let given = Self::written(&Value::Object(facts));
        Self::written(&gojson::read(given.as_bytes()).0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        match Facts::from_json(text) {
            Ok(facts) => String::from_utf8(facts.as_bytes().to_vec()).unwrap(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn an_action_reads_what_a_server_writes() {
        let given = r#" {"b": 9007199254740993, "a": {"z": 1.0, "y": "<\ud800>"}, "b": 2e21} "#;
        let wanted = "{\"a\":{\"y\":\"\\u003c\u{fffd}\\u003e\",\"z\":1},\"b\":2e+21}";
        assert_eq!(read(given), wanted);
        assert_eq!(
            read(r#"{"a":1e999}"#),
            "the facts are not JSON: number out of range at line 1 column 10"
        );
        let map = serde_json::json!({"n": 9_007_199_254_740_993_u64});
        let facts = Facts::from(map.as_object().unwrap().clone());
        assert_eq!(facts.as_bytes(), br#"{"n":9007199254740992}"#);
    }
}
