//! What is known of a value before the expression runs.

use std::fmt;

/// A type, as the language's checker has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Nil,
    /// Not known: a fact, or a name that Choria does not have.
    Any,
    Bool,
    Int,
    Float,
    Text,
    /// A list, with what its elements are.
    List(Element),
    /// Texts to anything.
    Map,
    /// Anything to anything, from `fromPairs`.
    AnyMap,
    /// Anything to lists, from `groupBy`.
    Groups,
}

/// What the elements of a list are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Element {
    Any,
    Int,
    Text,
}

pub(super) const ANY_LIST: Type = Type::List(Element::Any);
pub(super) const TEXTS: Type = Type::List(Element::Text);
pub(super) const INTS: Type = Type::List(Element::Int);

impl Type {
    pub(super) fn is_number(self) -> bool {
        matches!(self, Self::Int | Self::Float)
    }

    pub(super) fn is_list(self) -> bool {
        matches!(self, Self::List(_))
    }

    pub(super) fn is_map(self) -> bool {
        matches!(self, Self::Map | Self::AnyMap | Self::Groups)
    }

    /// Whether it may turn out to be one of those wanted.
    pub(super) fn may_be(self, wanted: impl Fn(Self) -> bool) -> bool {
        self == Self::Any || wanted(self)
    }

    /// What an element of it is; of no use for other types than lists.
    pub(super) fn element(self) -> Self {
        match self {
            Self::List(Element::Int) => Self::Int,
            Self::List(Element::Text) => Self::Text,
            _ => Self::Any,
        }
    }

    /// Go's assignment: nothing is converted.
    pub(super) fn assignable_to(self, wanted: Self) -> bool {
        self == wanted || wanted == Self::Any
    }

    /// What Go calls the kind: all lists are of one, and all maps.
    pub(super) fn same_kind(self, other: Self) -> bool {
        self == other || (self.is_list() && other.is_list()) || (self.is_map() && other.is_map())
    }

    /// Whether `==` takes the two.
    pub(super) fn comparable(self, other: Self) -> bool {
        let free = |this: Self| matches!(this, Self::Nil | Self::Any);
        free(self)
            || free(other)
            || self.same_kind(other)
            || (self.is_number() && other.is_number())
    }
}

/// Both may be one of those wanted, each of its own: the checker's rule where
/// one of the two is not known.
pub(super) fn either(left: Type, right: Type, wanted: impl Fn(Type) -> bool) -> bool {
    let any = Type::Any;
    (left == any && right.may_be(&wanted)) || (right == any && wanted(left))
}

/// The number that comes of two.
pub(super) fn combined(left: Type, right: Type) -> Type {
    match (left, right) {
        (Type::Int, Type::Int) => Type::Int,
        _ => Type::Float,
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nil => "nil",
            Self::Any => "a value of unknown type",
            Self::Bool => "a bool",
            Self::Int => "an int",
            Self::Float => "a float",
            Self::Text => "a string",
            Self::List(Element::Any) => "a list",
            Self::List(Element::Int) => "a list of ints",
            Self::List(Element::Text) => "a list of strings",
            Self::Map | Self::AnyMap | Self::Groups => "a map",
        })
    }
}
