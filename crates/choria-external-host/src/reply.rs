//! What the server makes of a reply file. Vectors: `reply_handling.json`,
//! `network/reply_seen.jsonl`.

use choria_external_ddl::Action;
use choria_external_go::json::{self as gojson, Kind, MAX_DEPTH};
use choria_external_protocol::StatusCode;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::error::HostError;

/// A reply as the server publishes it to the caller.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PublishedReply {
    /// The action that was called; a key `action` in the reply file overrides
    /// it.
    pub action: String,
    /// The outcome.
    pub statuscode: StatusCode,
    /// What the caller reads about the outcome.
    pub statusmsg: String,
    /// The outputs: an object, but in replies the server found wrong.
    pub data: Value,
}

impl PublishedReply {
    /// What the server starts from: a reply file adds what it has.
    fn new(action: &str) -> Self {
        Self {
            action: action.into(),
            statuscode: StatusCode::OK,
            statusmsg: "OK".into(),
            data: Value::Object(Map::new()),
        }
    }

    /// A reply by the server itself, in place of the program's.
    pub(crate) fn by_server(action: &str, code: StatusCode, message: String) -> Self {
        Self {
            statuscode: code,
            statusmsg: message,
            ..Self::new(action)
        }
    }

    /// The server's reply where the program gave none that can be read.
    pub(crate) fn could_not_call(agent: &str, action: &str, reason: &str) -> Self {
        Self::by_server(
            action,
            StatusCode::ABORTED,
            could_not_call(agent, action, reason),
        )
    }

    /// What the server publishes for this content of the reply file of a
    /// program that ended with status 0.
    ///
    /// `ddl` is the action's DDL, whose defaults fill the outputs that the reply
    /// lacks; a server always has one.
    ///
    /// ```
    /// use choria_external_host::outcome::PublishedReply;
    ///
    /// let published = PublishedReply::from_reply("parrot", "echo", None, br#"{"statuscode":3,"data":{"n":1.0}}"#)?;
    /// assert_eq!(published.to_json(), br#"{"action":"echo","statuscode":3,"statusmsg":"OK","data":{"n":1}}"#);
    ///
    /// let published = PublishedReply::from_reply("parrot", "echo", None, b"")?;
    /// assert_eq!(
    ///     published.statusmsg,
    ///     "Could not call external agent parrot#echo: failed to decode reply json: unexpected end of JSON input"
    /// );
    /// # Ok::<(), choria_external_host::HostError>(())
    /// ```
    ///
    /// # Errors
    /// Returns [`HostError::Nesting`] if the reply is nested more deeply than the 500
    /// levels that are read here. Go reads 10,000, so a server would publish something;
    /// beyond them it publishes an error, and so does this.
    pub fn from_reply(
        agent: &str,
        action: &str,
        ddl: Option<&Action>,
        file: &[u8],
    ) -> Result<Self, HostError> {
        let mut reply = Reply {
            published: Self::new(action),
            data: Data::Missing,
        };
        let decoded = match reply.decode(file) {
            Ok(()) => Ok(()),
            Err(Wrong::Told(reason)) => Err(reason),
            Err(Wrong::Nesting) => return Err(HostError::Nesting),
        };
        let Reply {
            mut published,
            data,
        } = reply;
        if let Err(reason) = decoded {
            // What was read before the error, and after it, stays.
            published.data = match data {
                Data::Missing => published.data,
                // A slip of the server: it means {} and sends this.
                Data::Given(Value::Null) => Value::String("{}".into()),
                Data::Given(value) => value,
            };
            published.statuscode = StatusCode::ABORTED;
            published.statusmsg = could_not_call(agent, action, &failed_to_decode(&reason));
            return Ok(published);
        }
        let outputs = match data {
            Data::Given(Value::Object(outputs)) => Some(outputs),
            Data::Given(Value::Null) => Some(Map::new()),
            Data::Given(other) => {
                published.data = other;
                None
            }
            Data::Missing => None,
        };
        match outputs {
            Some(mut outputs) => {
                if let Some(ddl) = ddl {
                    ddl.fill_outputs(&mut outputs);
                }
                published.data = Value::Object(outputs);
            }
            None => {
                published.statuscode = StatusCode::ABORTED;
                published.statusmsg =
                    "Could not set reply defaults: reply data is in the wrong format".into();
            }
        }
        Ok(published)
    }

    /// The bytes on the wire.
    pub fn to_json(&self) -> Vec<u8> {
        // Texts and JSON values always serialize.
        gojson::to_bytes(self).unwrap_or_default()
    }
}

/// What a program itself says in a reply file.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    /// Its status; 0 where it says none.
    pub(crate) code: StatusCode,
    /// Its message.
    pub(crate) message: String,
    /// What of the three keys is missing, or not what it must be; a few words
    /// each.
    pub(crate) missing: Vec<String>,
}

/// Reads what a program says.
///
/// # Errors
/// [`HostError::Nesting`]. The inner error is the server's, who cannot read it.
pub(crate) fn said(file: &[u8]) -> Result<Result<Said, String>, HostError> {
    let mut reply = Reply {
        published: PublishedReply::new(""),
        data: Data::Missing,
    };
    match reply.decode(file) {
        Ok(()) => {}
        Err(Wrong::Told(reason)) => return Ok(Err(failed_to_decode(&reason))),
        Err(Wrong::Nesting) => return Err(HostError::Nesting),
    }
    let keys = ["statuscode", "statusmsg", "data"];
    let given = fields(file, "mcorpc.Reply", &keys).unwrap_or_default();
    let mut missing = Vec::new();
    for key in keys {
        let last = given.iter().rev().find(|(name, _)| *name == key);
        match last.map(|(_, value)| Kind::of(value)) {
            None => missing.push(format!("{key} is missing")),
            Some(Kind::Null) => missing.push(format!("{key} is null")),
            Some(kind) if key == "data" && kind != Kind::Object => {
                missing.push(format!("data is not an object but of type {}", kind.name()));
            }
            Some(_) => {}
        }
    }
    Ok(Ok(Said {
        code: reply.published.statuscode,
        message: reply.published.statusmsg,
        missing,
    }))
}

fn could_not_call(agent: &str, action: &str, reason: &str) -> String {
    format!("Could not call external agent {agent}#{action}: {reason}")
}

/// A reply that is being read.
struct Reply {
    published: PublishedReply,
    data: Data,
}

enum Data {
    Missing,
    Given(Value),
}

impl Reply {
    /// Reads what can be read. The error is the first one; all after it is read
    /// too, as Go does it.
    fn decode(&mut self, file: &[u8]) -> Result<(), Wrong> {
        let mut first_error = None;
        for (field, value) in fields(
            file,
            "mcorpc.Reply",
            &["action", "statuscode", "statusmsg", "data"],
        )? {
            if let Err(error) = self.field(field, value) {
                first_error.get_or_insert(error);
            }
        }
        first_error.map_or(Ok(()), |error| Err(Wrong::Told(error)))
    }

    fn field(&mut self, field: &str, value: &[u8]) -> Result<(), String> {
        let wrong = |what: &str, wanted: &str| {
            Err(format!(
                "json: cannot unmarshal {what} into Go struct field Reply.{field} of type {wanted}"
            ))
        };
        let kind = Kind::of(value);
        let text = |target: &mut String| match gojson::read(value).0 {
            Value::String(text) => {
                *target = text;
                Ok(())
            }
            Value::Null if kind == Kind::Null => Ok(()),
            _ => wrong(kind.name(), "string"),
        };
        match field {
            "action" => text(&mut self.published.action),
            "statusmsg" => text(&mut self.published.statusmsg),
            "data" => {
                let (data, error) = gojson::read(value);
                self.data = match (&error, kind) {
                    // The number that is too large is all there is: it is skipped.
                    (Some(_), Kind::Number) => return wrong(&number(value), "float64"),
                    _ => Data::Given(data),
                };
                error.map_or(Ok(()), |error| {
                    wrong(&format!("number {}", error.0), "float64")
                })
            }
            _ => match kind {
                Kind::Null => Ok(()),
                Kind::Number => match whole(value) {
                    Some(code) => {
                        self.published.statuscode = StatusCode::new(code);
                        Ok(())
                    }
                    None => wrong(&number(value), "mcorpc.StatusCode"),
                },
                other => wrong(other.name(), "mcorpc.StatusCode"),
            },
        }
    }
}

/// The number with its text, as Go's errors show it.
fn number(value: &[u8]) -> String {
    format!("number {}", String::from_utf8_lossy(value))
}

/// 0 to 255, digits only: `1.0` and `1e0` are none.
fn whole(value: &[u8]) -> Option<u8> {
    let digits = str::from_utf8(value).ok()?;
    digits
        .bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| digits.parse().ok())?
}

/// What the server makes of the reply file of an activation: a JSON object
/// whose key `activate` is true. Everything else is no, or an error, which is no
/// too.
///
/// # Errors
/// [`HostError::Nesting`]. The inner error is the server's.
pub(crate) fn activates(file: &[u8]) -> Result<Result<bool, String>, HostError> {
    let members = match fields(file, "external.ActivationReply", &["activate"]) {
        Ok(members) => members,
        Err(Wrong::Told(reason)) => return Ok(Err(failed_to_decode(&reason))),
        Err(Wrong::Nesting) => return Err(HostError::Nesting),
    };
    let mut active = false;
    let mut first_error = None;
    for (_, value) in members {
        match Kind::of(value) {
            Kind::Null => {}
            Kind::Bool => active = value == b"true",
            other => {
                first_error.get_or_insert_with(|| {
                    failed_to_decode(&format!(
                        "json: cannot unmarshal {} into Go struct field ActivationReply.activate of type bool",
                        other.name()
                    ))
                });
            }
        }
    }
    Ok(first_error.map_or(Ok(active), Err))
}

pub(crate) fn failed_to_decode(reason: &str) -> String {
    format!("failed to decode reply json: {reason}")
}

/// Why a file is not read.
pub(crate) enum Wrong {
    /// The server says so.
    Told(String),
    /// It is too deep for this harness.
    Nesting,
}

/// The members of an object that have one of these names, in their order, with
/// the name. Go minds no case there, and takes the long s for an s.
pub(crate) fn fields<'a>(
    file: &'a [u8],
    target: &str,
    names: &[&'static str],
) -> Result<Vec<(&'static str, &'a [u8])>, Wrong> {
    let depth = gojson::check(file).map_err(|error| Wrong::Told(error.to_string()))?;
    if depth > MAX_DEPTH {
        return Err(Wrong::Nesting);
    }
    let value = file.trim_ascii();
    match Kind::of(value) {
        Kind::Object => {}
        // null sets nothing.
        Kind::Null => return Ok(Vec::new()),
        other => {
            return Err(Wrong::Told(format!(
                "json: cannot unmarshal {} into Go value of type {target}",
                other.name()
            )));
        }
    }
    let members = gojson::members(value).into_iter();
    Ok(members
        .filter_map(|(key, value)| {
            let key = key.replace('\u{17f}', "s").to_ascii_lowercase();
            let name = names.iter().find(|name| **name == key)?;
            Some((*name, value))
        })
        .collect())
}
