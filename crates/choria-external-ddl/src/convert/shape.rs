//! Which keys of a DDL are Choria's own.

use crate::json::{Json, Node};
use crate::keys;

/// What a value is, by its place in a DDL.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Ddl,
    Metadata,
    /// A list of actions, each [`Shape::Action`].
    Actions,
    Action,
    /// Inputs by name.
    Inputs,
    Input,
    /// Outputs by name.
    Outputs,
    Output,
    /// A list of aggregates.
    Aggregates,
    Aggregate,
    Other,
}

impl Shape {
    /// The keys that Choria reads there, but those whose null says something.
    fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Ddl => &["metadata", "actions", "requires", "usage"],
            Self::Metadata => keys::METADATA,
            Self::Action => keys::ACTION,
            Self::Input => keys::INPUT,
            Self::Output => keys::OUTPUT,
            Self::Aggregate => &["function"],
            _ => &[],
        }
    }

    /// Whether Choria reads this key, and takes one that says nothing for none.
    pub(super) fn knows(self, key: &str) -> bool {
        let is_key = |known: &&str| known.eq_ignore_ascii_case(key);
        !is_key(&"default") && self.keys().iter().any(is_key)
    }

    /// What the value of a key is.
    pub(super) fn value(self, key: &str) -> Self {
        match (self, &*key.to_ascii_lowercase()) {
            (Self::Ddl, "metadata") => Self::Metadata,
            (Self::Ddl, "actions") => Self::Actions,
            (Self::Action, "input") => Self::Inputs,
            (Self::Action, "output") => Self::Outputs,
            (Self::Action, "aggregate") => Self::Aggregates,
            (Self::Inputs, _) => Self::Input,
            (Self::Outputs, _) => Self::Output,
            _ => Self::Other,
        }
    }

    /// What the items of a list are.
    pub(super) fn item(self) -> Self {
        match self {
            Self::Actions => Self::Action,
            Self::Aggregates => Self::Aggregate,
            _ => Self::Other,
        }
    }

    /// Whether Choria takes a null in its place for an object with nothing in it.
    pub(super) fn is_object(self) -> bool {
        !matches!(self, Self::Actions | Self::Aggregates | Self::Other)
    }
}

/// Null, and what Go has where nothing is given.
pub(super) fn says_nothing(node: &Node) -> bool {
    match &node.json {
        Json::Null => true,
        Json::Bool(truth) => !truth,
        Json::Number(number) => number == "0",
        Json::Text(text) => text.is_empty(),
        Json::List(items) => items.is_empty(),
        Json::Object(members) => members.is_empty(),
    }
}
