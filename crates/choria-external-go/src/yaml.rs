//! YAML: the text as a tree, and what Go's `yaml.v2` makes of it.
//!
//! Choria reads YAML by `ghodss/yaml`, which is `yaml.v2` and then JSON. That is
//! YAML 1.1: `yes` is true, `010` is 8, `1.10` is 1.1, a date is a string; of
//! equal keys the last counts, of several documents the first.
//!
//! [`Tree`] is for other readers, too: it has places, and leaves scalars as they
//! are written.

mod scalar;
mod tree;
mod value;

use std::fmt;

pub use scalar::Scalar;
pub use tree::{DEEPEST, Kind, Node, Tree};
pub use value::to_value;

/// A text that is not YAML, or YAML that is not read here. It prints the reason;
/// the place is beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidYaml {
    /// The byte of the text at which what is wrong begins.
    pub at: usize,
    /// What is wrong, in a few words.
    pub reason: String,
}

impl InvalidYaml {
    fn new(at: usize, reason: impl Into<String>) -> Self {
        Self {
            at,
            reason: reason.into(),
        }
    }
}

impl fmt::Display for InvalidYaml {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for InvalidYaml {}
