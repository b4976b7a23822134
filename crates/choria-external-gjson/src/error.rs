//! Why a path or what is found there cannot be read.

use std::fmt;

use crate::found::DEEPEST_VALUE;

/// A search took too long, so that it is not known whether there is a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GaveUp;

/// Why there is no value for a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PathError {
    /// The path contains `@pretty`, which is not read here: it changes only how
    /// JSON looks.
    Pretty,
    /// The search took too long.
    GaveUp,
    /// A number is too large for JSON, such as `1e999`.
    Number,
    /// The value has more than 200 levels.
    Levels,
}

impl From<GaveUp> for PathError {
    fn from(_: GaveUp) -> Self {
        Self::GaveUp
    }
}

impl fmt::Display for GaveUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        PathError::GaveUp.fmt(f)
    }
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pretty => f.write_str(
                "expected a path without @pretty, which changes only how JSON looks: leave it out",
            ),
            Self::GaveUp => f.write_str("the fact takes too long to find"),
            Self::Number => f.write_str("the fact is a number too large for JSON"),
            Self::Levels => write!(f, "the fact has more than {DEEPEST_VALUE} levels"),
        }
    }
}

impl std::error::Error for GaveUp {}

impl std::error::Error for PathError {}
