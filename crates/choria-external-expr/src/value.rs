//! What an expression works with, and when two of it are equal.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use super::Stop;

/// How deep lists may be nested that an expression builds.
const DEEPEST: usize = 200;

/// What a part of a program gives.
pub(super) type Run<'a> = Result<Value<'a>, Stop>;

/// A value. What can be borrowed from the node is.
#[derive(Clone)]
pub(super) enum Value<'a> {
    Nil,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Text<'a>),
    List(List<'a>),
    Map(Arc<Map<'a>>),
}

#[derive(Clone)]
pub(super) enum Text<'a> {
    Borrowed(&'a str),
    Shared(Arc<str>),
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::Borrowed(text) => text,
            Self::Shared(text) => text,
        }
    }
}

/// What Go's type of a list is. Lists of different types are not the same, and
/// some functions take only one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    /// `[]any`
    Any,
    /// `[]string`
    Texts,
    /// `[]int`
    Ints,
    /// `[][2]any`, from `toPairs`
    Pairs,
    /// `[2]any`
    Pair,
}

#[derive(Clone)]
pub(super) enum List<'a> {
    /// The classes, the agents.
    Names(&'a [String]),
    Shared(Arc<Items<'a>>),
}

/// The elements of a list.
pub(super) struct Items<'a> {
    of: Of,
    all: Vec<Value<'a>>,
    depth: usize,
}

/// What Go's type of a map is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keys {
    /// `map[string]any`
    Texts,
    /// `map[any]any`, from `fromPairs`
    Any,
    /// `map[any][]any`, from `groupBy`
    Groups,
}

pub(super) struct Map<'a> {
    pub(super) keys: Keys,
    pub(super) entries: BTreeMap<Key, Value<'a>>,
    depth: usize,
}

/// A key: equal only to one of the same type.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    Nil,
    Bool(bool),
    Int(i64),
    /// The bits of a float that is not -0 and a number.
    Float(u64),
    Text(Arc<str>),
}

fn too_deep() -> Stop {
    Stop::unsure("a value is nested too deeply")
}

impl Value<'_> {
    pub(super) fn text(text: impl Into<Arc<str>>) -> Self {
        Self::Text(Text::Shared(text.into()))
    }

    pub(super) fn list(of: Of, items: Vec<Self>) -> Result<Self, Stop> {
        let depth = items.iter().map(Self::depth).max().unwrap_or(0) + 1;
        if depth > DEEPEST {
            return Err(too_deep());
        }
        Ok(Self::List(List::Shared(Arc::new(Items {
            of,
            all: items,
            depth,
        }))))
    }

    pub(super) fn map(keys: Keys, entries: BTreeMap<Key, Self>) -> Result<Self, Stop> {
        let depth = entries.values().map(Self::depth).max().unwrap_or(0) + 1;
        if depth > DEEPEST {
            return Err(too_deep());
        }
        let map = Map {
            keys,
            entries,
            depth,
        };
        Ok(Self::Map(Arc::new(map)))
    }

    /// A fact. All its numbers are floats.
    pub(super) fn from_json(json: serde_json::Value) -> Result<Self, Stop> {
        use serde_json::Value as Json;
        Ok(match json {
            Json::Null => Self::Nil,
            Json::Bool(value) => Self::Bool(value),
            Json::Number(number) => Self::Float(number.as_f64().unwrap_or(f64::NAN)),
            Json::String(text) => Self::text(text),
            Json::Array(items) => {
                let items = items.into_iter().map(Self::from_json);
                Self::list(Of::Any, items.collect::<Result<_, _>>()?)?
            }
            Json::Object(entries) => {
                let entries = entries
                    .into_iter()
                    .map(|(key, value)| Ok((Key::Text(key.into()), Self::from_json(value)?)));
                Self::map(Keys::Texts, entries.collect::<Result<_, Stop>>()?)?
            }
        })
    }

    fn depth(&self) -> usize {
        match self {
            Self::List(List::Shared(list)) => list.depth,
            Self::List(List::Names(_)) => 1,
            Self::Map(map) => map.depth,
            _ => 0,
        }
    }

    /// What the language calls its type.
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Self::Nil => "nil",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Float(_) => "float",
            Self::Text(_) => "string",
            Self::List(_) => "array",
            Self::Map(_) => "map",
        }
    }

    pub(super) fn is_nil(&self) -> bool {
        matches!(self, Self::Nil)
    }

    pub(super) fn key(&self) -> Result<Key, Stop> {
        Ok(match self {
            Self::Nil => Key::Nil,
            Self::Bool(value) => Key::Bool(*value),
            Self::Int(number) => Key::Int(*number),
            Self::Float(number) if number.is_nan() => {
                return Err(Stop::unsure("NaN is the key of a map"));
            }
            Self::Float(number) => Key::Float((number + 0.0).to_bits()),
            Self::Text(text) => Key::Text(Arc::from(&**text)),
            Self::List(_) | Self::Map(_) => {
                return Err(Stop::failed(format!(
                    "{} cannot be the key of a map",
                    self.type_name()
                )));
            }
        })
    }

    /// `==`: numbers by their value, lists by their elements.
    pub(super) fn equals(&self, other: &Self) -> Result<bool, Stop> {
        #[allow(clippy::cast_precision_loss, clippy::float_cmp)] // As Go does.
        Ok(match (self, other) {
            (Self::Int(left), Self::Int(right)) => left == right,
            (Self::Int(left), Self::Float(right)) => *left as f64 == *right,
            (Self::Float(left), Self::Int(right)) => *left == *right as f64,
            (Self::Float(left), Self::Float(right)) => left == right,
            (Self::List(left), Self::List(right)) => {
                let alike = match (left.of(), right.of()) {
                    (Of::Any, Of::Any | Of::Texts | Of::Ints) | (Of::Texts | Of::Ints, Of::Any) => {
                        true
                    }
                    (left, right) => left == right && matches!(left, Of::Texts | Of::Ints),
                };
                if !alike {
                    return self.is_same(other);
                }
                if left.len() != right.len() {
                    return Ok(false);
                }
                for at in 0..left.len() {
                    if !left.at(at).equals(&right.at(at))? {
                        return Ok(false);
                    }
                }
                true
            }
            _ => return self.is_same(other),
        })
    }

    /// Equal and of the same types: 1 and 1.0 are not, deep inside maps and in
    /// `include()`.
    pub(super) fn is_same(&self, other: &Self) -> Result<bool, Stop> {
        #[allow(clippy::float_cmp)] // As Go does.
        Ok(match (self, other) {
            (Self::Nil, Self::Nil) => true,
            (Self::Bool(left), Self::Bool(right)) => left == right,
            (Self::Int(left), Self::Int(right)) => left == right,
            (Self::Float(left), Self::Float(right)) => {
                // Whether Go looks at what is the same list is not plain.
                if left.is_nan() || right.is_nan() {
                    return Err(Stop::unsure("NaN is compared"));
                }
                left == right
            }
            (Self::Text(left), Self::Text(right)) => **left == **right,
            (Self::List(left), Self::List(right)) => {
                if left.of() != right.of() || left.len() != right.len() {
                    return Ok(false);
                }
                for at in 0..left.len() {
                    if !left.at(at).is_same(&right.at(at))? {
                        return Ok(false);
                    }
                }
                true
            }
            (Self::Map(left), Self::Map(right)) => {
                if left.keys != right.keys || !left.entries.keys().eq(right.entries.keys()) {
                    return Ok(false);
                }
                for (left, right) in left.entries.values().zip(right.entries.values()) {
                    if !left.is_same(right)? {
                        return Ok(false);
                    }
                }
                true
            }
            _ => false,
        })
    }

    /// The order of two numbers, or two texts; `None` where NaN is one.
    pub(super) fn order(&self, other: &Self) -> Result<Option<Ordering>, Stop> {
        #[allow(clippy::cast_precision_loss)] // As Go does.
        Ok(match (self, other) {
            (Self::Int(left), Self::Int(right)) => Some(left.cmp(right)),
            (Self::Int(left), Self::Float(right)) => (*left as f64).partial_cmp(right),
            (Self::Float(left), Self::Int(right)) => left.partial_cmp(&(*right as f64)),
            (Self::Float(left), Self::Float(right)) => left.partial_cmp(right),
            (Self::Text(left), Self::Text(right)) => Some(left.cmp(right)),
            _ => {
                return Err(Stop::failed(format!(
                    "{} and {} have no order",
                    self.type_name(),
                    other.type_name()
                )));
            }
        })
    }
}

impl<'a> List<'a> {
    pub(super) fn of(&self) -> Of {
        match self {
            Self::Names(_) => Of::Texts,
            Self::Shared(list) => list.of,
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Names(names) => names.len(),
            Self::Shared(list) => list.all.len(),
        }
    }

    /// An element; there must be that many.
    pub(super) fn at(&self, at: usize) -> Value<'a> {
        match self {
            Self::Names(names) => Value::Text(Text::Borrowed(&names[at])),
            Self::Shared(list) => list.all[at].clone(),
        }
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = Value<'a>> + '_ {
        (0..self.len()).map(|at| self.at(at))
    }
}

/// Numbers are written by their value, so that 1 and 1.0 look the same.
impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nil => f.write_str("nil"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Int(number) => write!(f, "{number}"),
            Self::Float(number) => write!(f, "{number}"),
            Self::Text(text) => write!(f, "{:?}", &**text),
            Self::List(list) => f.debug_list().entries(list.iter()).finish(),
            Self::Map(map) => f.debug_map().entries(&map.entries).finish(),
        }
    }
}
