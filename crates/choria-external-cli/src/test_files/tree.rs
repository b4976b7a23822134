//! YAML and JSON as one tree, in which everything knows its place.

use std::fmt;
use std::ops::Range;
use std::path::Path;

use anyhow::Context as _;
use serde_json::{Map, Value};

use super::{json, yaml};

/// Lists and maps within each other that are read.
pub(super) const DEEPEST: usize = 127;

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Yaml,
    Json,
}

/// A value and the bytes of the file where it stands.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) span: Range<usize>,
    pub(super) kind: Kind,
    /// It has an anchor, or is an alias: what is changed here changes elsewhere.
    pub(super) shared: bool,
}

#[derive(Clone, Debug)]
pub(super) enum Kind {
    Scalar(Value),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// A key and its value. No key is there twice.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) key_span: Range<usize>,
    pub(super) value: Node,
}

impl Node {
    /// What the tree says, without places.
    pub(super) fn value(&self) -> Value {
        match &self.kind {
            Kind::Scalar(value) => value.clone(),
            Kind::List(items) => items.iter().map(Self::value).collect(),
            Kind::Map(entries) => {
                let members = entries.iter();
                let members = members.map(|entry| (entry.key.clone(), entry.value.value()));
                Value::Object(members.collect::<Map<_, _>>())
            }
        }
    }

    /// The entries of a map; other values have none.
    pub(super) fn entries(&self) -> &[Entry] {
        match &self.kind {
            Kind::Map(entries) => entries,
            _ => &[],
        }
    }

    pub(super) fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    /// Where a JSON pointer leads: the byte where that part, or its key, begins;
    /// and its path as people write it. Where a part is not there, it is the
    /// last one that is.
    fn find(&self, pointer: &str) -> (usize, String) {
        let (mut at, mut path, mut node) = (self.span.start, "$".to_owned(), self);
        for part in pointer.split('/').skip(1) {
            let part = part.replace("~1", "/").replace("~0", "~");
            let next = match &node.kind {
                Kind::Map(_) => node.entry(&part).map(|entry| {
                    path += &member(&part);
                    (entry.key_span.start, &entry.value)
                }),
                Kind::List(items) => part.parse().ok().and_then(|index: usize| {
                    let item = items.get(index)?;
                    path += &format!("[{index}]");
                    Some((item.span.start, item))
                }),
                Kind::Scalar(_) => None,
            };
            match next {
                Some(next) => (at, node) = next,
                None => break,
            }
        }
        (at, path)
    }
}

impl Entry {
    /// Where the entry ends: an empty value stands nowhere.
    pub(super) fn end(&self) -> usize {
        self.value.span.end.max(self.key_span.end)
    }
}

/// `.name`, or `["a b"]`.
pub(super) fn member(key: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$');
    if !key.is_empty() && key.chars().all(plain) {
        format!(".{key}")
    } else {
        format!("[{key:?}]")
    }
}

/// A file that was read.
#[derive(Clone, Debug)]
pub(super) struct Document {
    /// As the user named it.
    pub(super) name: String,
    pub(super) format: Format,
    pub(super) text: String,
    pub(super) root: Node,
}

/// A text that is no YAML or JSON: the byte, and the reason.
pub(super) type Broken = (usize, String);

impl Document {
    /// Reads a file; the ending of its name says the format.
    pub(super) fn read(path: &Path) -> anyhow::Result<Self> {
        let name = path.display().to_string();
        let format = match path.extension().and_then(|ending| ending.to_str()) {
            Some("yaml" | "yml") => Format::Yaml,
            Some("json") => Format::Json,
            _ => anyhow::bail!("{name}: wanted a file whose name ends in .yaml, .yml or .json"),
        };
        let bytes = std::fs::read(path).with_context(|| format!("could not read {name}"))?;
        let text = String::from_utf8(bytes)
            .map_err(|error| anyhow::anyhow!("{name}: wanted UTF-8, but {}", error.utf8_error()))?;
        Self::from_text(name, format, text)
    }

    pub(super) fn from_text(name: String, format: Format, text: String) -> anyhow::Result<Self> {
        if text.trim().is_empty() {
            anyhow::bail!("{name}: the file is empty; wanted an object with cases");
        }
        let root = match format {
            Format::Yaml => yaml::read(&text),
            Format::Json => json::read(&text),
        };
        match root {
            Ok(root) => Ok(Self {
                name,
                format,
                text,
                root,
            }),
            Err((at, reason)) => Err(anyhow::anyhow!("{name}:{}: {reason}", Place::of(&text, at))),
        }
    }

    /// A sentence about the part that a JSON pointer leads to, with its place.
    pub(super) fn about(&self, pointer: &str, what: &str) -> String {
        let (at, path) = self.root.find(pointer);
        self.at(at, &format!("{path} {what}"))
    }

    /// A sentence about a byte.
    pub(super) fn at(&self, byte: usize, what: &str) -> String {
        format!("{}:{}: {what}", self.name, Place::of(&self.text, byte))
    }

    /// The line of the part that a JSON pointer leads to.
    pub(super) fn line(&self, pointer: &str) -> usize {
        Place::of(&self.text, self.root.find(pointer).0).line
    }
}

/// Line and column; both count from 1, a column is a character wide.
struct Place {
    line: usize,
    column: usize,
}

impl Place {
    fn of(text: &str, at: usize) -> Self {
        let before = &text[..at.min(text.len())];
        let line_start = before.rfind('\n').map_or(0, |end| end + 1);
        Self {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}
