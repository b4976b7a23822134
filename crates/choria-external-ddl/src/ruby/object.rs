//! The values of Ruby.

use crate::json::{Json, Member, Node, Place};

/// A value, and where it was made.
#[derive(Clone, Debug)]
pub(super) struct Object {
    pub(super) at: Place,
    pub(super) thing: Thing,
}

#[derive(Clone, Debug)]
pub(super) enum Thing {
    Nil,
    Bool(bool),
    /// As JSON would have it.
    Number(String),
    Text(String),
    Symbol(String),
    List(Vec<Object>),
    Hash(Vec<Pair>),
}

/// A key of a hash and its value. JSON has no symbols as keys, so that `:a` and
/// `"a"` are one here.
#[derive(Clone, Debug)]
pub(super) struct Pair {
    pub(super) at: Place,
    pub(super) key: String,
    pub(super) value: Object,
}

impl Object {
    pub(super) fn new(at: Place, thing: Thing) -> Self {
        Self { at, thing }
    }

    /// What JSON has for it: strings in place of symbols.
    pub(super) fn into_node(self) -> Node {
        let json = match self.thing {
            Thing::Nil => Json::Null,
            Thing::Bool(truth) => Json::Bool(truth),
            Thing::Number(number) => Json::Number(number),
            Thing::Text(text) | Thing::Symbol(text) => Json::Text(text),
            Thing::List(items) => Json::List(items.into_iter().map(Self::into_node).collect()),
            Thing::Hash(pairs) => Json::Object(pairs.into_iter().map(Pair::into_member).collect()),
        };
        Node { at: self.at, json }
    }

    /// Whether `if` takes it for true: everything is but `false` and `nil`.
    pub(super) fn is_true(&self) -> bool {
        !matches!(self.thing, Thing::Nil | Thing::Bool(false))
    }

    /// A string or a symbol.
    pub(super) fn as_word(&self) -> Option<&str> {
        match &self.thing {
            Thing::Text(text) | Thing::Symbol(text) => Some(text),
            _ => None,
        }
    }

    /// A number that fits into 64 bits.
    pub(super) fn as_whole(&self) -> Option<i64> {
        match &self.thing {
            Thing::Number(number) => number.parse().ok(),
            _ => None,
        }
    }

    /// Whether `==` holds; `None` for what is not compared here.
    pub(super) fn equals(&self, other: &Self) -> Option<bool> {
        match (&self.thing, &other.thing) {
            (Thing::Nil, Thing::Nil) => Some(true),
            (Thing::Bool(one), Thing::Bool(other)) => Some(one == other),
            (Thing::Text(one), Thing::Text(other)) | (Thing::Symbol(one), Thing::Symbol(other)) => {
                Some(one == other)
            }
            (Thing::Number(_), Thing::Number(_)) => Some(self.as_whole()? == other.as_whole()?),
            (Thing::List(_) | Thing::Hash(_), _) | (_, Thing::List(_) | Thing::Hash(_)) => None,
            _ => Some(false),
        }
    }

    /// What a copy of it costs.
    pub(super) fn weight(&self) -> usize {
        1 + match &self.thing {
            Thing::Nil | Thing::Bool(_) => 0,
            Thing::Number(text) | Thing::Text(text) | Thing::Symbol(text) => text.len(),
            Thing::List(items) => items.iter().map(Self::weight).sum(),
            Thing::Hash(pairs) => pairs
                .iter()
                .map(|pair| pair.key.len() + pair.value.weight())
                .sum(),
        }
    }

    /// Lists and hashes within each other.
    pub(super) fn depth(&self) -> usize {
        match &self.thing {
            Thing::List(items) => 1 + items.iter().map(Self::depth).max().unwrap_or(0),
            Thing::Hash(pairs) => {
                let values = pairs.iter().map(|pair| pair.value.depth());
                1 + values.max().unwrap_or(0)
            }
            _ => 0,
        }
    }

    /// How messages show it.
    pub(super) fn shown(&self) -> String {
        match &self.thing {
            Thing::Nil => "nil".into(),
            Thing::Bool(truth) => truth.to_string(),
            Thing::Number(number) => number.clone(),
            Thing::Text(text) => super::text::double_quoted(&cut(text)),
            Thing::Symbol(name) => super::text::symbol(&cut(name)),
            Thing::List(items) if items.is_empty() => "[]".into(),
            Thing::List(_) => "[..]".into(),
            Thing::Hash(pairs) if pairs.is_empty() => "{}".into(),
            Thing::Hash(_) => "{..}".into(),
        }
    }
}

/// The most characters of a string that a message shows.
const SHOWN: usize = 40;

fn cut(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}..", &text[..at]),
        None => text.to_owned(),
    }
}

impl Pair {
    pub(super) fn into_member(self) -> Member {
        let Self { at, key, value } = self;
        let value = value.into_node();
        Member { at, key, value }
    }
}
