//! Why a text cannot be read as JSON.

use std::error::Error;
use std::fmt;

use super::Place;
use super::parse::{DEEPEST, parse};

/// Why a text cannot be read as JSON, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NotJson {
    /// Line of the text, from 1.
    pub line: usize,
    /// Character of that line, from 1.
    pub column: usize,
    /// What kind of thing is wrong.
    pub kind: NotJsonKind,
    /// What was wanted there, and what there is.
    pub what: String,
}

/// What keeps a text from being read as JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotJsonKind {
    /// Nothing but white space.
    Empty,
    /// It starts with a byte order mark, which Go does not read as JSON.
    Marked,
    /// More than 127 lists and objects within each other. Go reads 10,000 of
    /// them; here it is an error, so that no text can exhaust the stack.
    TooDeep,
    /// Anything else.
    Syntax,
}

impl NotJson {
    /// Why a text cannot be read; `None` where it can.
    ///
    /// It is exactly what [`choria_external_protocol::read_json`] does not take.
    pub fn of(text: &str) -> Option<Self> {
        parse(text).err()
    }

    pub(super) fn new(at: Place, kind: NotJsonKind, what: impl Into<String>) -> Self {
        Self {
            line: at.line,
            column: at.column,
            kind,
            what: what.into(),
        }
    }

    pub(super) fn too_deep(at: Place) -> Self {
        let what = format!("more than {DEEPEST} nested lists and objects");
        Self::new(at, NotJsonKind::TooDeep, what)
    }

    /// What it is in a word or two.
    pub const fn label(&self) -> &'static str {
        match self.kind {
            NotJsonKind::TooDeep => "nested too deeply",
            _ => "not JSON",
        }
    }

    /// What there is and what to do about it, without the place.
    pub fn advice(&self) -> String {
        let what = &self.what;
        match self.kind {
            NotJsonKind::Marked => {
                format!("{what}, which Choria refuses: save the file without it")
            }
            NotJsonKind::TooDeep => format!(
                "{what}: Choria reads up to 10000, but no more than {DEEPEST} are read here, so nest less deeply"
            ),
            NotJsonKind::Empty | NotJsonKind::Syntax => what.clone(),
        }
    }
}

impl fmt::Display for NotJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.kind == NotJsonKind::Empty {
            return f.write_str("empty, expected a JSON object");
        }
        let Self { line, column, .. } = self;
        let (label, advice) = (self.label(), self.advice());
        match self.kind {
            NotJsonKind::Syntax => write!(f, "{label}: {advice} at line {line} column {column}"),
            _ => write!(f, "{label} at line {line} column {column}: {advice}"),
        }
    }
}

impl Error for NotJson {}
