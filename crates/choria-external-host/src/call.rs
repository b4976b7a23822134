//! One request, as a client sends it and a server passes it on.

use std::time::{SystemTime, UNIX_EPOCH};

use choria_external_ddl::{Action, Refusal};
use choria_external_go::json::{self as gojson, Kind, MAX_DEPTH};
use choria_external_protocol::{Name, RpcRequest};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::error::HostError;
use crate::garbled::garbled;

/// One request to an action.
///
/// ```
/// use choria_external_host::Call;
/// use serde_json::json;
///
/// let mut call = Call::new("echo", &json!({"message": "hi"}));
/// call.callerid = "choria=alice.mcollective".into();
/// assert_eq!(call.requestid.len(), 32);
/// ```
#[derive(Clone, Debug)]
pub struct Call {
    /// The action.
    pub action: String,
    /// Identifies the request in the network: 32 hexadecimal digits, random.
    pub requestid: String,
    /// Identity of the node that sent the request.
    pub senderid: String,
    /// Who made the request, as the server's security provider verified it.
    pub callerid: String,
    /// The sub-collective the request was sent to.
    pub collective: String,
    /// Seconds for which the request is valid.
    pub ttl: i64,
    /// When the request was made, in seconds since 1970-01-01 UTC.
    pub msgtime: i64,
    data: Box<RawValue>,
}

impl Call {
    /// A request with these inputs, an object; null stands for no inputs at
    /// all, as some clients send it.
    pub fn new(action: impl Into<String>, data: &Value) -> Self {
        // JSON values always serialize, and their text is JSON.
        let text = gojson::to_bytes(data).unwrap_or_default();
        let data = RawValue::from_string(String::from_utf8_lossy(&text).into_owned());
        Self::raw(
            action.into(),
            data.unwrap_or_else(|_| RawValue::NULL.to_owned()),
        )
    }

    /// The same request once more, with an id of its own.
    #[must_use]
    pub fn again(&self) -> Self {
        Self {
            requestid: crate::random::hex(),
            ..self.clone()
        }
    }

    /// A request whose inputs are this JSON text. It is passed on as it is, but
    /// compacted: equal keys, the texts of numbers and escapes are kept.
    ///
    /// # Errors
    /// Returns [`HostError::Data`] if the bytes are not JSON in UTF-8, or nested
    /// more than 500 levels deep: so much the harness reads.
    pub fn from_json(action: impl Into<String>, data: impl AsRef<[u8]>) -> Result<Self, HostError> {
        let bytes = data.as_ref();
        if let Some(garbled) = garbled("the data", bytes) {
            return Err(HostError::Data(garbled.sentences.join("; ")));
        }
        let wrong = |reason| Err(HostError::Data(reason));
        match gojson::check(bytes) {
            Err(error) => return wrong(error.to_string()),
            Ok(depth) if depth > MAX_DEPTH => {
                return wrong(format!(
                    "it has {depth} levels, and {MAX_DEPTH} are read here"
                ));
            }
            Ok(_) => {}
        }
        let data = String::from_utf8_lossy(bytes).into_owned();
        let data =
            RawValue::from_string(data).map_err(|error| HostError::Data(error.to_string()))?;
        Ok(Self::raw(action.into(), data))
    }

    fn raw(action: String, data: Box<RawValue>) -> Self {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Self {
            action,
            requestid: crate::random::hex(),
            senderid: "localhost".into(),
            callerid: "choria=developer.mcollective".into(),
            collective: "mcollective".into(),
            ttl: 60,
            msgtime: i64::try_from(now.as_secs()).unwrap_or(i64::MAX),
            data,
        }
    }

    /// Returns the inputs as the server's check reads them: each number is a 64-bit
    /// float, and of equal keys the last one counts.
    pub fn checked_data(&self) -> Value {
        gojson::read(self.data.get().as_bytes()).0
    }

    /// Judges the inputs as the server does: reads them, then checks them against the
    /// DDL. Returns the warnings, which the server drops.
    ///
    /// # Errors
    /// Returns the first thing that is wrong, in the server's words.
    pub(crate) fn check(&self, action: &Action) -> Result<Vec<String>, Refusal> {
        let data = self.data.get().as_bytes();
        let wrong = |what: &str, wanted| {
            Err(Refusal::Invalid(format!(
                "json: cannot unmarshal {what} into Go value of type {wanted}"
            )))
        };
        match (Kind::of(data), gojson::read(data)) {
            (Kind::Object | Kind::Null, (data, None)) => action.check_request(&data),
            (Kind::Object | Kind::Null, (_, Some(error))) => {
                wrong(&format!("number {}", error.0), "float64")
            }
            (other, _) => wrong(other.name(), "map[string]interface {}"),
        }
    }

    /// The bytes of the request file.
    pub(crate) fn request(&self, agent: &Name) -> Result<Vec<u8>, HostError> {
        let request = RpcRequest {
            agent: agent.clone(),
            action: Name::new(&self.action).map_err(|error| HostError::Name {
                of: "action",
                error,
            })?,
            requestid: self.requestid.clone(),
            senderid: self.senderid.clone(),
            callerid: self.callerid.clone(),
            collective: self.collective.clone(),
            ttl: self.ttl,
            msgtime: self.msgtime,
            data: &*self.data,
        };
        gojson::to_bytes(&request).map_err(|error| HostError::Data(error.to_string()))
    }
}
