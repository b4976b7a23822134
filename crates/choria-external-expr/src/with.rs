//! What an expression is asked about, and what `with("..")` means in it.

use std::fmt;
use std::sync::Arc;

/// What is known of a node, borrowed from wherever it is kept.
#[derive(Clone, Copy, Debug)]
pub struct Node<'a> {
    /// The agents it runs: the variable `agents`.
    pub agents: &'a [String],
    /// The classes that the configuration management gave it: the variable `classes`.
    pub classes: &'a [String],
    /// Its facts: the text of a JSON object, in which `fact("..")` looks.
    pub facts: &'a str,
}

/// Says what `with("..")` means: in Choria a fact filter, a class or an agent.
pub trait With: Send + Sync {
    /// Prepares the question for many nodes.
    fn question(&self, text: &str) -> Arc<dyn Question>;
}

/// What `with("..")` asks, prepared.
pub trait Question: fmt::Debug + Send + Sync {
    /// Why it has no answer for any node.
    fn mistake(&self) -> Option<&str>;

    /// Whether the answer is yes for a node.
    ///
    /// # Errors
    /// Returns why it is not decided. The expression then has no verdict: where Choria
    /// takes that for false, `not with(..)` would select too much.
    fn matches(&self, node: &Node<'_>) -> Result<bool, Undecided>;
}

/// Why a [`Question`] has no answer on a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undecided(String);

impl Undecided {
    /// For this reason, a sentence without its end.
    pub fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

impl fmt::Display for Undecided {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Undecided {}
