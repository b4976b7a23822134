//! The names that a program gives to values and methods.

use std::collections::HashSet;

use super::super::token::{Kind, Token};
use super::super::{Read, RubyError, WORDS};
use crate::json::Place;

/// What Ruby keeps for itself.
const KEYWORDS: [&str; 38] = [
    "__FILE__",
    "__LINE__",
    "__method__",
    "alias",
    "and",
    "begin",
    "break",
    "case",
    "class",
    "def",
    "defined?",
    "do",
    "else",
    "elsif",
    "end",
    "ensure",
    "false",
    "for",
    "if",
    "in",
    "module",
    "next",
    "nil",
    "not",
    "or",
    "redo",
    "rescue",
    "retry",
    "return",
    "self",
    "super",
    "then",
    "true",
    "undef",
    "unless",
    "until",
    "when",
    "yield",
];

/// The methods and constants of a program: a word of another kind can stand before
/// the place that says what it is.
#[derive(Default)]
pub(super) struct Names {
    methods: HashSet<String>,
    constants: HashSet<String>,
    variables: HashSet<String>,
}

impl Names {
    pub(super) fn of(tokens: &[Token]) -> Self {
        let mut names = Self::default();
        for pair in tokens.windows(2) {
            match [&pair[0].kind, &pair[1].kind] {
                [Kind::Word(def), Kind::Word(name)] if def == "def" => {
                    names.methods.insert(name.clone());
                }
                [Kind::Word(name), Kind::Mark("=")] => {
                    let all = if super::super::scope::is_constant(name) {
                        &mut names.constants
                    } else {
                        &mut names.variables
                    };
                    all.insert(name.clone());
                }
                _ => {}
            }
        }
        names
    }

    pub(super) fn is_method(&self, name: &str) -> bool {
        self.methods.contains(name)
    }

    pub(super) fn is_constant(&self, name: &str) -> bool {
        self.constants.contains(name)
    }

    /// Whether a variable can have this name. To Ruby one that is a method's, too,
    /// means either, by the place where it stands.
    pub(super) fn check_variable(&self, at: Place, name: &str) -> Read<()> {
        check(at, name, "variable")?;
        if self.is_method(name) {
            return Err(twice(at, name));
        }
        Ok(())
    }

    /// Whether a method can have this name.
    pub(super) fn check_method(&self, at: Place, name: &str) -> Read<()> {
        check(at, name, "method")?;
        if WORDS.contains(&name) || matches!(name, "dataquery" | "discovery" | "capabilities") {
            let what = format!("`{name}` is a word of DDLs: give the method another name");
            return Err(RubyError::new(at, what));
        }
        if self.variables.contains(name) {
            return Err(twice(at, name));
        }
        Ok(())
    }
}

/// Whether a word is a keyword of Ruby. Keywords that are values, such as `nil`, do not
/// count.
pub(super) fn is_keyword(word: &str) -> bool {
    KEYWORDS.contains(&word) && !matches!(word, "true" | "false" | "nil" | "self")
}

fn check(at: Place, name: &str, kind: &str) -> Read<()> {
    let is_plain = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && !name.ends_with('?')
        && !KEYWORDS.contains(&name);
    if is_plain {
        return Ok(());
    }
    let what = format!("`{name}` is no name of a {kind}: expected one such as `common`");
    Err(RubyError::new(at, what))
}

fn twice(at: Place, name: &str) -> RubyError {
    let what = format!(
        "`{name}` is the name of a method and of a variable: give one of them another name"
    );
    RubyError::new(at, what)
}
