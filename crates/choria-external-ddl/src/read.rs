//! Reading the JSON form of a DDL, as leniently as Choria does.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

pub(crate) use choria_external_protocol::describe;
use serde_json::Value;

use crate::extra::{Field, find};
use crate::json::{self, Json, Member, Node, NotJson, Place};
use crate::{Action, Aggregate, Ddl, Display, Extra, Input, Metadata, Output, Type, Validation};

type Text = Cow<'static, str>;

/// Why bytes are not a DDL.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DdlError {
    /// The bytes cannot be read as JSON.
    Json(NotJson),
    /// A place is not what it must be.
    Place(WrongValue),
}

/// A value of a DDL that is not what it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WrongValue {
    /// JSON path of the value, such as `$.actions[0].input.message.maxlength`.
    pub path: String,
    /// Line of the file in which the value starts, from 1.
    pub line: usize,
    /// Character of that line, from 1.
    pub column: usize,
    /// What Choria takes there.
    pub wanted: &'static str,
    /// What is there, shortened where long.
    pub found: String,
}

impl fmt::Display for WrongValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            path,
            line,
            column,
            wanted,
            found,
        } = self;
        write!(
            f,
            "{path}: expected {wanted}, got {found} at line {line} column {column}"
        )
    }
}

impl fmt::Display for DdlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(error) => write!(f, "the DDL is {error}"),
            Self::Place(wrong) => write!(f, "the DDL has a wrong value at {wrong}"),
        }
    }
}

impl std::error::Error for DdlError {}

impl Ddl {
    /// Reads a DDL from its JSON form, the file `NAME.json` of any agent.
    ///
    /// It takes what Choria's own loader takes (`agent.NewFromBytes`): whatever
    /// is missing or null is empty, keys fit in any case, of a key that is
    /// given twice the last counts, and nothing is said of a DDL that makes no
    /// sense: ask [`Ddl::refused_by_server`]. The only difference is a null in
    /// place of an action, which crashes Choria.
    ///
    /// [`Ddl::to_json`] writes it again with everything that is in the file, in
    /// its order. Not kept are only bytes that are no UTF-8 and surrogates
    /// without a partner, which Choria replaces too.
    ///
    /// # Errors
    /// Returns [`DdlError`], which says what is not JSON, or which place has a value of
    /// another type, with line and column.
    pub fn from_json(bytes: &[u8]) -> Result<Self, DdlError> {
        // Choria replaces bytes that are no UTF-8, too.
        let text = String::from_utf8_lossy(bytes);
        let node = json::parse(&text).map_err(DdlError::Json)?;
        let reader = Reader { of_file: true };
        reader
            .ddl(&node)
            .map_err(|wrong| DdlError::Place(wrong.into()))
    }
}

/// A value in a few words.
pub(crate) fn described(node: &Node) -> String {
    let value: Value = serde_json::from_str(&node.compact()).unwrap_or_default();
    describe(&value)
}

/// A value that is not what it must be. The path grows on the way out.
pub(crate) struct Wrong {
    at: Place,
    wanted: &'static str,
    found: String,
    parts: Vec<Part>,
}

enum Part {
    Key(String),
    Index(usize),
}

type Read<T> = Result<T, Wrong>;

impl Wrong {
    fn new(wanted: &'static str, found: &Node) -> Self {
        Self {
            at: found.at,
            wanted,
            found: described(found),
            parts: Vec::new(),
        }
    }

    fn at(mut self, part: Part) -> Self {
        self.parts.push(part);
        self
    }
}

impl From<Wrong> for WrongValue {
    fn from(wrong: Wrong) -> Self {
        let path = wrong.parts.iter().rev();
        Self {
            path: path.fold("$".into(), |path, part| match part {
                Part::Key(key) => json::at_key(&path, key),
                Part::Index(index) => json::at_index(&path, *index),
            }),
            line: wrong.at.line,
            column: wrong.at.column,
            wanted: wrong.wanted,
            found: wrong.found,
        }
    }
}

/// The value under a key; empty where it is missing or null.
fn field<T: Default>(object: &[Member], key: &str, read: impl Fn(&Node) -> Read<T>) -> Read<T> {
    match find(object, key).map(|at| &object[at]) {
        None => Ok(T::default()),
        Some(member) if member.value.is_null() => Ok(T::default()),
        Some(member) => {
            read(&member.value).map_err(|wrong| wrong.at(Part::Key(member.key.clone())))
        }
    }
}

fn text(node: &Node) -> Read<Text> {
    match node.as_text() {
        Some(text) => Ok(text.to_owned().into()),
        None => Err(Wrong::new("a string", node)),
    }
}

fn flag(node: &Node) -> Read<bool> {
    match node.json {
        Json::Bool(truth) => Ok(truth),
        _ => Err(Wrong::new("true or false", node)),
    }
}

/// Go refuses 5.0 here, too.
fn integer(node: &Node) -> Read<i64> {
    match &node.json {
        Json::Number(number) => number.parse().ok(),
        _ => None,
    }
    .ok_or_else(|| Wrong::new("a whole number", node))
}

fn object<'a>(node: &'a Node, wanted: &'static str) -> Read<&'a [Member]> {
    node.as_object().ok_or_else(|| Wrong::new(wanted, node))
}

/// The items of a list, each read.
fn list<T>(node: &Node, read: impl Fn(&Node) -> Read<T>) -> Read<Vec<T>> {
    let items = node.as_list().ok_or_else(|| Wrong::new("a list", node))?;
    let one = |(index, item)| read(item).map_err(|wrong: Wrong| wrong.at(Part::Index(index)));
    items.iter().enumerate().map(one).collect()
}

/// The entries of an object, each read with its name. A null is an entry with
/// nothing in it. Of two that have the same name the last counts.
fn entries<T>(node: &Node, read: impl Fn(&str, &[Member]) -> Read<T>) -> Read<Vec<T>> {
    let members = object(node, "an object")?;
    let last: HashMap<&str, usize> = (members.iter().enumerate())
        .map(|(at, member)| (member.key.as_str(), at))
        .collect();
    let mut entries = Vec::new();
    for (at, member) in members.iter().enumerate() {
        let entry = if member.value.is_null() {
            Ok(&[][..])
        } else {
            object(&member.value, "an object")
        };
        let entry = entry
            .and_then(|entry| read(&member.key, entry))
            .map_err(|wrong| wrong.at(Part::Key(member.key.clone())))?;
        if last[member.key.as_str()] == at {
            entries.push(entry);
        }
    }
    Ok(entries)
}

/// Makes a DDL of nodes.
pub(crate) struct Reader {
    /// Whether what is read comes from a JSON file, which is to be written as
    /// it was.
    pub(crate) of_file: bool,
}

impl Reader {
    fn extra(&self, object: &[Member], fields: Vec<Field>) -> Extra {
        if self.of_file {
            return Extra::of_file(object, fields);
        }
        let mut extra = Extra::of_file(object, fields.clone());
        extra.forget_file(fields);
        extra
    }

    pub(crate) fn ddl(&self, node: &Node) -> Read<Ddl> {
        if node.is_null() {
            return Ok(Ddl::default());
        }
        let top = object(node, "an object")?;
        field(top, "$schema", text)?;
        let mut ddl = Ddl {
            metadata: field(top, "metadata", |node| self.metadata(node))?,
            actions: field(top, "actions", |node| list(node, |node| self.action(node)))?,
            extra: Extra::NONE,
        };
        ddl.extra = self.extra(top, ddl.fields());
        Ok(ddl)
    }

    fn metadata(&self, node: &Node) -> Read<Metadata> {
        let about = object(node, "an object")?;
        let mut metadata = Metadata {
            name: field(about, "name", text)?,
            description: field(about, "description", text)?,
            author: field(about, "author", text)?,
            license: field(about, "license", text)?,
            version: field(about, "version", text)?,
            url: field(about, "url", text)?,
            timeout: field(about, "timeout", integer)?,
            provider: field(about, "provider", text)?,
            service: field(about, "service", flag)?,
            extra: Extra::NONE,
        };
        metadata.extra = self.extra(about, metadata.fields());
        Ok(metadata)
    }

    fn action(&self, node: &Node) -> Read<Action> {
        let about = object(node, "an action")?;
        let mut action = Action {
            name: field(about, "action", text)?,
            description: field(about, "description", text)?,
            display: Display::from_text(field(about, "display", text)?),
            inputs: field(about, "input", |node| {
                entries(node, |name, input| self.input(name, input))
            })?
            .into(),
            outputs: field(about, "output", |node| {
                entries(node, |name, output| self.output(name, output))
            })?
            .into(),
            aggregates: field(about, "aggregate", |node| {
                list(node, |node| self.aggregate(node))
            })?
            .into(),
            extra: Extra::NONE,
        };
        action.extra = self.extra(about, action.fields());
        Ok(action)
    }

    fn input(&self, name: &str, about: &[Member]) -> Read<Input> {
        let text_or_null = |node: &Node| {
            if node.is_null() {
                Ok(Text::default())
            } else {
                text(node)
            }
        };
        let mut input = Input {
            name: name.to_owned().into(),
            prompt: field(about, "prompt", text)?,
            description: field(about, "description", text)?,
            kind: Type::from_text(field(about, "type", text)?),
            optional: field(about, "optional", flag)?,
            default: field(about, "default", default)?,
            list: field(about, "list", |items| list(items, text_or_null))?.into(),
            maxlength: Some(field(about, "maxlength", integer)?).filter(|most| *most != 0),
            validation: Validation::from_text(field(about, "validation", text)?),
            extra: Extra::NONE,
        };
        input.extra = self.extra(about, input.fields());
        Ok(input)
    }

    fn output(&self, name: &str, about: &[Member]) -> Read<Output> {
        let kind = field(about, "type", text)?;
        let mut output = Output {
            name: name.to_owned().into(),
            description: field(about, "description", text)?,
            display_as: field(about, "display_as", text)?,
            kind: (!kind.is_empty()).then(|| Type::from_text(kind)),
            default: field(about, "default", default)?,
            extra: Extra::NONE,
        };
        output.extra = self.extra(about, output.fields());
        Ok(output)
    }

    fn aggregate(&self, node: &Node) -> Read<Aggregate> {
        if node.is_null() {
            return Ok(Aggregate::default());
        }
        let about = object(node, "an object")?;
        let mut aggregate = Aggregate {
            function: field(about, "function", text)?,
            ..Aggregate::default()
        };
        let args = find(about, "args").map(|at| &about[at].value);
        let is_plain = match args.map(|args| &args.json) {
            None | Some(Json::Null) => true,
            Some(Json::List(items)) => match items.split_first() {
                None => true,
                Some((output, options)) => {
                    aggregate.output = output.as_text().unwrap_or_default().to_owned().into();
                    aggregate.options = options.iter().map(json_text).collect();
                    output.as_text().is_some()
                }
            },
            Some(_) => false,
        };
        if !is_plain {
            aggregate.output = Text::default();
            aggregate.options = Cow::default();
        }
        let mut fields = aggregate.fields();
        fields.retain(|(key, _)| is_plain || *key != "args");
        aggregate.extra = self.extra(about, fields);
        Ok(aggregate)
    }
}

fn json_text(node: &Node) -> Text {
    node.compact().into()
}

/// Any value, as JSON text.
#[allow(clippy::unnecessary_wraps)] // The form that `field` wants.
fn default(node: &Node) -> Read<Option<Text>> {
    Ok(Some(json_text(node)))
}
