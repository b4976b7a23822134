//! Where Choria's verdict is not the one that a reader of the filter expects.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// A surprise: each is told of once for a [`Matcher`](crate::Matcher).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Surprise {
    // Seen in the filter.
    MatchesAll,
    DottedMoreThan,
    LowerCased,
    BrokenIdentity,
    Majority,
    UnknownName,
    // Seen at a node.
    CutNumber,
    NoNumber,
    NoOrder,
    NeverUnequal,
    FalseUnequal,
    FalseEqual,
    BoolAsWord,
    UpperClass,
    NoVerdict,
    GaveUp,
}

impl Surprise {
    fn text(self) -> &'static str {
        match self {
            Self::MatchesAll => "an empty regular expression matches everything",
            Self::DottedMoreThan => {
                "with a value that has a dot Choria compares numbers by > as by >="
            }
            Self::LowerCased => {
                "Choria makes a class filter lower case, but not the classes: those with a capital are never found; use /^(name)$/"
            }
            Self::BrokenIdentity => {
                "invalid regular expression, so only an identity that is the string between the slashes matches"
            }
            Self::Majority => {
                "Choria counts several compound expressions as votes: one may be false if two are true; join them with && instead"
            }
            Self::UnknownName => {
                "Choria knows no such name and takes it for nil: read a fact by fact(\"..\"), put a string in quotes"
            }
            Self::CutNumber => {
                "Choria cuts a number to an integer and compares its text, unless the value has a dot (a regular expression then sees four decimals): another verdict than that of the numbers"
            }
            Self::NoNumber => {
                "a node's fact is a number and the value is none, so the node does not match"
            }
            Self::NoOrder => {
                "a node's fact is neither a number nor a string, so it is not more and not less than anything: the node does not match"
            }
            Self::NeverUnequal => {
                "a node's fact is null, a list or an object, which Choria never matches, not even by !="
            }
            Self::FalseUnequal => {
                "a node's fact is false, for which Choria turns != around: it is unequal to false and equal to all that is true"
            }
            Self::FalseEqual => {
                "a node's fact is false, which Choria takes for equal to every value that is not 1, t or true"
            }
            Self::BoolAsWord => {
                "a node's fact is a boolean, which Choria does not match by a regular expression: true passes for 1, t and true, false for all else"
            }
            Self::UpperClass => {
                "a node has this class with a capital, and Choria makes only the filter lower case: the node does not match"
            }
            Self::NoVerdict => "the expression fails on a node, which then does not match",
            Self::GaveUp => {
                "looking for the fact takes too long on a node, which then does not match: use a plainer path"
            }
        }
    }
}

impl fmt::Display for Surprise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

/// Which surprises have been told of. Clones know of each other.
#[derive(Clone, Debug, Default)]
pub(crate) struct Told(Arc<AtomicU32>);

impl Told {
    /// Writes a warning, the first time. `about` is the part of the filter.
    pub(crate) fn tell(&self, surprise: Surprise, about: impl fmt::Display) {
        let bit = 1 << surprise as u32;
        // Looked at first: a write to memory that all threads share is slow.
        if self.0.load(Ordering::Relaxed) & bit == 0
            && self.0.fetch_or(bit, Ordering::Relaxed) & bit == 0
        {
            tracing::warn!(target: "choria_external_filter", "{about}: {surprise}");
        }
    }
}

/// A text of a filter, quoted, and shortened where it is long.
pub(crate) fn quoted(text: &str) -> String {
    const LONGEST: usize = 100;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{:?}..", &text[..end]),
        None => format!("{text:?}"),
    }
}
