//! Where a function that looks at each element of a list is.

use super::value::{List, Value};

/// Where a closure is.
pub(super) struct Scope<'a> {
    pub(super) list: Source<'a>,
    pub(super) index: usize,
    pub(super) accumulator: Value<'a>,
}

/// What closures look at. Go counts the entries of a map and the bytes of a
/// text as well, and fails when one of them is asked for.
pub(super) enum Source<'a> {
    List(List<'a>),
    Other(usize),
}

impl Source<'_> {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::List(list) => list.len(),
            Self::Other(len) => *len,
        }
    }
}
