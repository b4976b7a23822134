//! Why an expression is not valid, or has no verdict.

use std::fmt;

/// Why an expression is not valid, or has no verdict on a node. Prints the place, the
/// reason, and the line with a mark below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpressionError {
    kind: ExpressionErrorKind,
    text: String,
}

/// What is wrong with an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExpressionErrorKind {
    /// It is longer than is read.
    TooLong,
    /// Choria does not accept it, or it is not certain what Choria does.
    Invalid,
    /// It fails on the node, in Choria as well.
    Failed,
    /// Its result is neither true nor false.
    NotBoolean,
    /// What Choria does on the node is not certain, or takes too long here.
    Undecided,
}

impl ExpressionError {
    pub(crate) fn new(kind: ExpressionErrorKind, text: String) -> Self {
        Self { kind, text }
    }

    /// What is wrong.
    pub fn kind(&self) -> ExpressionErrorKind {
        self.kind
    }
}

impl fmt::Display for ExpressionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for ExpressionError {}
