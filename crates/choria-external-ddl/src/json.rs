//! JSON as it stands in a file: the order of keys, keys that are given twice,
//! how a number is spelled, and the place of everything.
//!
//! `serde_json` keeps none of these unless a feature is switched on that every
//! agent would pay for, so this is a small reader and writer of our own. What
//! it takes is exactly what [`choria_external_protocol::read_json`] takes.

mod error;
mod parse;
mod print;
#[cfg(test)]
mod tests;

use std::fmt;

pub use error::{NotJson, NotJsonKind};
pub(crate) use parse::parse;

/// Where something starts in a text. Both count from 1; a column is one
/// Unicode character wide.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} column {}", self.line, self.column)
    }
}

/// One value and its place. Two nodes are equal if their values are; the places
/// do not count.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) at: Place,
    pub(crate) json: Json,
}

/// One value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    /// As it is spelled in the file.
    Number(String),
    Text(String),
    List(Vec<Node>),
    /// As in the file: keys can be there more than once.
    Object(Vec<Member>),
}

/// A key of an object with its place, and its value.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) at: Place,
    pub(crate) key: String,
    pub(crate) value: Node,
}

impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.json == other.json
    }
}

impl PartialEq for Member {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key && self.value == other.value
    }
}

impl Member {
    /// A key and value that are in no file.
    pub(crate) fn new(key: &str, value: Node) -> Self {
        let (at, key) = (Place::default(), key.to_owned());
        Self { at, key, value }
    }
}

impl Node {
    /// A value that is in no file.
    pub(crate) fn new(json: Json) -> Self {
        let at = Place::default();
        Self { at, json }
    }

    /// A value from its JSON text. A text that is no JSON stands for itself.
    pub(crate) fn from_default(text: &str) -> Self {
        parse(text).unwrap_or_else(|_| Self::text(text))
    }

    pub(crate) fn text(text: &str) -> Self {
        Self::new(Json::Text(text.to_owned()))
    }

    pub(crate) fn as_text(&self) -> Option<&str> {
        match &self.json {
            Json::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn as_list(&self) -> Option<&[Node]> {
        match &self.json {
            Json::List(items) => Some(items),
            _ => None,
        }
    }

    pub(crate) fn as_object(&self) -> Option<&[Member]> {
        match &self.json {
            Json::Object(members) => Some(members),
            _ => None,
        }
    }

    pub(crate) fn is_null(&self) -> bool {
        self.json == Json::Null
    }

    /// The value under exactly this key; of duplicates the last, which is the
    /// one that counts.
    #[cfg(test)]
    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        let members = self.as_object()?;
        let member = members.iter().rfind(|member| member.key == key)?;
        Some(&member.value)
    }
}

/// The path of a key's value: `$.metadata` and `name` give `$.metadata.name`.
pub(crate) fn at_key(path: &str, key: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$');
    if !key.is_empty() && key.chars().all(plain) {
        format!("{path}.{key}")
    } else {
        format!("{path}[{key:?}]")
    }
}

/// The path of an item: `$.actions` and 0 give `$.actions[0]`.
pub(crate) fn at_index(path: &str, index: usize) -> String {
    format!("{path}[{index}]")
}
