//! YAML and JSON as one tree, in which everything knows its place.

use std::collections::HashSet;
use std::ops::Range;

use serde_json::{Map, Value};

pub(super) use choria_external_go::yaml::DEEPEST;

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

/// The keys of a map that is being read.
#[derive(Debug, Default)]
pub(super) struct Keys(HashSet<String>);

impl Keys {
    /// Notes a key; that it is there already is the error.
    pub(super) fn note(&mut self, key: &str) -> Result<(), String> {
        if self.0.insert(key.to_owned()) {
            Ok(())
        } else {
            Err(format!("the key {key:?} is there twice"))
        }
    }
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
    pub(super) fn find(&self, pointer: &str) -> (usize, String) {
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

/// A text that is no YAML or JSON: the byte, and the reason.
pub(super) type Broken = (usize, String);
