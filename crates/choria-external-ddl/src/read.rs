//! Reading the JSON form of a DDL, as leniently as Choria does.

use std::borrow::Cow;
use std::fmt;

pub(crate) use choria_external_protocol::describe;
use choria_external_protocol::{JsonError, Violation, read_json};
use serde_json::{Map, Value};

use crate::{Action, Aggregate, Ddl, Display, Input, Metadata, Output, Type, Validation};

type Text = Cow<'static, str>;

/// Why bytes are not a DDL.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DdlError {
    /// The bytes are not JSON.
    Json(JsonError),
    /// A place is not what it must be.
    Place(Violation),
}

impl fmt::Display for DdlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(error) => write!(f, "the DDL is {error}"),
            Self::Place(violation) => write!(f, "the DDL has a wrong value at {violation}"),
        }
    }
}

impl std::error::Error for DdlError {}

impl Ddl {
    /// Reads a DDL from its JSON form, the file `NAME.json` of any agent.
    ///
    /// It takes what Choria's own loader takes (`agent.NewFromBytes`): whatever
    /// is missing or null is empty, keys fit in any case, unknown keys are
    /// passed over, and nothing is said of a DDL that makes no sense: ask
    /// [`Ddl::refused_by_server`]. The only difference is a null in place of
    /// an action, which crashes Choria. Inputs and outputs are given in the
    /// order of their names; Choria sees no other order in them.
    ///
    /// Not kept, because [`Ddl`] has no place for it: unknown keys, the flag
    /// `service`, the options of aggregates, aggregates that no client knows
    /// or that name no output; and a timeout outside of a `u32` becomes the
    /// nearest one.
    ///
    /// # Errors
    /// [`DdlError`] says what is not JSON, or which place has a value of
    /// another type.
    pub fn from_json(bytes: &[u8]) -> Result<Self, DdlError> {
        // Choria replaces bytes that are no UTF-8, too.
        let text = String::from_utf8_lossy(bytes);
        let value = read_json(text.as_bytes()).map_err(DdlError::Json)?;
        ddl(&value).map_err(
            |Wrong {
                 path,
                 wanted,
                 found,
             }| {
                let path = format!("${path}");
                let wanted = wanted.into();
                DdlError::Place(Violation {
                    path,
                    wanted,
                    found,
                })
            },
        )
    }
}

/// A value that is not what it must be. The path grows on the way out.
struct Wrong {
    path: String,
    wanted: &'static str,
    found: String,
}

type Read<T> = Result<T, Wrong>;

impl Wrong {
    fn new(wanted: &'static str, found: &Value) -> Self {
        let path = String::new();
        let found = describe(found);
        Self {
            path,
            wanted,
            found,
        }
    }

    fn at_key(mut self, key: &str) -> Self {
        let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$');
        self.path = if !key.is_empty() && key.chars().all(plain) {
            format!(".{key}{}", self.path)
        } else {
            format!("[{key:?}]{}", self.path)
        };
        self
    }

    fn at_index(mut self, index: usize) -> Self {
        self.path = format!("[{index}]{}", self.path);
        self
    }
}

/// The value under a key; empty where it is missing or null. As in Go, a key
/// in another case will do.
fn field<T: Default>(
    object: &Map<String, Value>,
    key: &str,
    read: fn(&Value) -> Read<T>,
) -> Read<T> {
    let in_any_case = || {
        object
            .iter()
            .rfind(|(other, _)| other.eq_ignore_ascii_case(key))
    };
    match object.get_key_value(key).or_else(in_any_case) {
        None | Some((_, Value::Null)) => Ok(T::default()),
        Some((key, value)) => read(value).map_err(|wrong| wrong.at_key(key)),
    }
}

fn text(value: &Value) -> Read<Text> {
    match value {
        Value::String(text) => Ok(text.clone().into()),
        other => Err(Wrong::new("a text", other)),
    }
}

fn flag(value: &Value) -> Read<bool> {
    value
        .as_bool()
        .ok_or_else(|| Wrong::new("true or false", value))
}

/// Go refuses 5.0 here, too.
fn integer(value: &Value) -> Read<i64> {
    value
        .as_i64()
        .ok_or_else(|| Wrong::new("a whole number", value))
}

fn object(value: &Value) -> Read<&Map<String, Value>> {
    value
        .as_object()
        .ok_or_else(|| Wrong::new("an object", value))
}

/// The items of a list, each read.
fn list<T>(value: &Value, read: fn(&Value) -> Read<T>) -> Read<Vec<T>> {
    let items = value
        .as_array()
        .ok_or_else(|| Wrong::new("a list", value))?;
    let one = |(index, item)| read(item).map_err(|wrong: Wrong| wrong.at_index(index));
    items.iter().enumerate().map(one).collect()
}

/// The entries of an object, each read with its name. A null is an entry with
/// nothing in it.
fn entries<T>(value: &Value, read: fn(&str, &Map<String, Value>) -> Read<T>) -> Read<Vec<T>> {
    let empty = Map::new();
    let one = |(name, entry): (&String, &Value)| {
        let entry = if entry.is_null() {
            Ok(&empty)
        } else {
            object(entry)
        };
        entry
            .and_then(|entry| read(name, entry))
            .map_err(|wrong| wrong.at_key(name))
    };
    let mut all: Vec<(&String, &Value)> = object(value)?.iter().collect();
    all.sort_unstable_by_key(|(name, _)| *name);
    all.into_iter().map(one).collect()
}

fn ddl(value: &Value) -> Read<Ddl> {
    let empty = Map::new();
    let top = if value.is_null() {
        &empty
    } else {
        object(value)?
    };
    field(top, "$schema", text)?;
    Ok(Ddl {
        metadata: field(top, "metadata", metadata)?,
        actions: field(top, "actions", |actions| list(actions, action))?,
    })
}

fn metadata(value: &Value) -> Read<Metadata> {
    let about = object(value)?;
    let timeout = field(about, "timeout", integer)?;
    field(about, "service", flag)?;
    Ok(Metadata {
        name: field(about, "name", text)?,
        description: field(about, "description", text)?,
        author: field(about, "author", text)?,
        license: field(about, "license", text)?,
        version: field(about, "version", text)?,
        url: field(about, "url", text)?,
        timeout: u32::try_from(timeout.max(0)).unwrap_or(u32::MAX),
        provider: field(about, "provider", text)?,
    })
}

fn action(value: &Value) -> Read<Action> {
    let action = value
        .as_object()
        .ok_or_else(|| Wrong::new("an action", value))?;
    let mut outputs = field(action, "output", |outputs| entries(outputs, output))?;
    // Of two aggregates for one output the last counts.
    for (name, function) in field(action, "aggregate", |all| list(all, aggregate))? {
        if let (Some(output), Some(function)) = (
            outputs.iter_mut().find(|output| output.name == name),
            function,
        ) {
            output.aggregate = Some(function);
        }
    }
    Ok(Action {
        name: field(action, "action", text)?,
        description: field(action, "description", text)?,
        display: Display::from_text(&field(action, "display", text)?),
        inputs: field(action, "input", |inputs| entries(inputs, input))?.into(),
        outputs: outputs.into(),
    })
}

fn input(name: &str, input: &Map<String, Value>) -> Read<Input> {
    Ok(Input {
        name: name.to_owned().into(),
        prompt: field(input, "prompt", text)?,
        description: field(input, "description", text)?,
        kind: Type::from_text(field(input, "type", text)?),
        optional: field(input, "optional", flag)?,
        default: field(input, "default", default)?,
        list: field(input, "list", |items| {
            list(items, |item| {
                if item.is_null() {
                    Ok(Text::default())
                } else {
                    text(item)
                }
            })
        })?
        .into(),
        maxlength: Some(field(input, "maxlength", integer)?).filter(|most| *most != 0),
        validation: Validation::from_text(field(input, "validation", text)?),
    })
}

fn output(name: &str, output: &Map<String, Value>) -> Read<Output> {
    let kind = field(output, "type", text)?;
    Ok(Output {
        name: name.to_owned().into(),
        description: field(output, "description", text)?,
        display_as: field(output, "display_as", text)?,
        kind: (!kind.is_empty()).then(|| Type::from_text(kind)),
        default: field(output, "default", default)?,
        aggregate: None,
    })
}

/// Any value, as JSON text.
#[allow(clippy::unnecessary_wraps)] // The form that `field` wants.
fn default(value: &Value) -> Read<Option<Text>> {
    Ok(Some(value.to_string().into()))
}

/// The output that an aggregate is over, and its function; `None` where
/// clients skip it.
fn aggregate(value: &Value) -> Read<(Text, Option<Aggregate>)> {
    if value.is_null() {
        return Ok((Text::default(), None));
    }
    let function = field(object(value)?, "function", text)?;
    let output = value
        .pointer("/args/0")
        .and_then(Value::as_str)
        .unwrap_or_default();
    Ok((output.to_owned().into(), Aggregate::from_text(&function)))
}
