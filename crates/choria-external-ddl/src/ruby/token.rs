//! What a text in Ruby is made of.

use crate::json::Place;

/// One token and its place.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) at: Place,
    /// Whether there is a blank before it.
    pub(super) spaced: bool,
    pub(super) kind: Kind,
}

#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// A name or keyword.
    Word(String),
    /// `name:` or `"name":`, a key of a hash.
    Label(String),
    Symbol(String),
    Text(Vec<Part>),
    /// `%w[..]`, or `%i[..]` of symbols.
    Words {
        words: Vec<(Place, String)>,
        symbols: bool,
    },
    /// As JSON would have it.
    Number(String),
    Regex(Regex),
    Mark(&'static str),
    Newline,
    End,
}

/// `/pattern/options`
#[derive(Clone, Debug)]
pub(super) struct Regex {
    pub(super) pattern: String,
    pub(super) options: String,
}

/// A part of a text.
#[derive(Clone, Debug)]
pub(super) enum Part {
    Plain(String),
    /// What stands in `#{..}`.
    Code(Vec<Token>),
}

impl Kind {
    /// For messages.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Word(word) => format!("`{word}`"),
            Self::Label(name) => format!("`{name}:`"),
            Self::Symbol(name) => format!("`:{name}`"),
            Self::Text(_) => "a string".into(),
            Self::Words { .. } => "a list of words".into(),
            Self::Number(number) => format!("`{number}`"),
            Self::Regex(_) => "a regular expression".into(),
            Self::Mark(mark) => format!("`{mark}`"),
            Self::Newline => "the end of the line".into(),
            Self::End => "the end of the file".into(),
        }
    }
}
