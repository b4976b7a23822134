//! What the derives have the compiler check; their messages are what an author
//! reads. Not for direct use.
//!
//! The compiler shows them at the caller, for which the derives choose the
//! author's own token.

use std::borrow::Cow;

use choria_external_ddl::{Type, is_shell_word, unsafe_in_shell};

/// The kind of a literal after `default =`.
#[derive(Clone, Copy)]
pub enum Literal {
    /// `"text"`
    Text,
    /// `1`
    Whole,
    /// `1.5`
    Fraction,
    /// `true`
    Boolean,
    /// `[1, 2]`
    Array,
    /// `{"key": 1}`
    Hash,
}

/// A default must be of the input's or output's own type.
#[track_caller]
pub const fn default_fits(kind: &Type, literal: Literal) {
    match (kind, literal) {
        (Type::String | Type::List, Literal::Text)
        | (Type::Integer | Type::Float | Type::Number, Literal::Whole)
        | (Type::Float | Type::Number, Literal::Fraction)
        | (Type::Boolean, Literal::Boolean)
        | (Type::Array, Literal::Array)
        | (Type::Hash, Literal::Hash)
        | (Type::Other(_), _) => {}
        (Type::String | Type::List, _) => {
            panic!("the `default` is of another type than the field: expected a string in quotes")
        }
        (Type::Integer, _) => {
            panic!("the `default` is of another type than the field: expected a whole number")
        }
        (Type::Float | Type::Number, _) => {
            panic!("the `default` is of another type than the field: expected a number")
        }
        (Type::Boolean, _) => {
            panic!("the `default` is of another type than the field: expected true or false")
        }
        (Type::Array, _) => {
            panic!("the `default` is of another type than the field: expected a list, as [1, 2]")
        }
        (Type::Hash, _) => {
            panic!(
                "the `default` is of another type than the field: expected a hash, as {{\"key\": 1}}"
            )
        }
    }
}

/// A default must be in the range of its type.
#[track_caller]
pub const fn default_in_range(range: Option<(i128, i128)>, default: i128) {
    if let Some((least, most)) = range {
        assert!(
            least <= default && default <= most,
            "the `default` is not in the range of the field's type: change one of them"
        );
    }
}

/// A default must be one of the list.
#[track_caller]
pub const fn default_in_list(kind: &Type, list: &[Cow<'static, str>], default: &str) {
    if !matches!(kind, Type::List) {
        return;
    }
    let mut at = 0;
    while at < list.len() {
        if let Cow::Borrowed(text) = &list[at]
            && same(text.as_bytes(), default.as_bytes())
        {
            return;
        }
        at += 1;
    }
    panic!("the `default` is not in the list: give the string of one of its variants");
}

/// A default must be what `shellsafe` takes.
#[track_caller]
pub const fn default_is_shellsafe(default: &str) {
    assert!(
        unsafe_in_shell(default).is_none(),
        "the `default` breaks the `validation`: change one of them"
    );
}

/// A default must be what `shell_word` takes.
#[track_caller]
pub const fn default_is_shell_word(default: &str) {
    assert!(
        is_shell_word(default),
        "the `default` breaks the `validation`: change one of them"
    );
}

/// `==`, which constants cannot use on texts.
const fn same(one: &[u8], other: &[u8]) -> bool {
    let mut at = 0;
    while at < one.len() && at < other.len() && one[at] == other[at] {
        at += 1;
    }
    at == one.len() && at == other.len()
}

/// A text needs a `maxlength`.
#[track_caller]
pub const fn text_has_maxlength(kind: &Type) {
    assert!(
        !matches!(kind, Type::String),
        "a string input needs `maxlength = ..`: without it Choria skips the validation and accepts any string"
    );
}

/// `maxlength` and `validation` are for texts.
#[track_caller]
pub const fn only_for_texts(kind: &Type) {
    assert!(
        matches!(kind, Type::String),
        "`maxlength` and `validation` are for string inputs: Choria ignores them elsewhere, leave them out"
    );
}

/// A regular expression needs the engine.
#[track_caller]
pub const fn regex_rules(is_regex: bool) {
    assert!(
        !is_regex || cfg!(feature = "regex"),
        "a regular expression needs the feature `regex` of choria-external: add it in Cargo.toml"
    );
}

/// `average` and `chart` need numbers.
#[track_caller]
pub const fn aggregate_fits(kind: &Type) {
    assert!(
        matches!(kind, Type::Integer | Type::Float | Type::Number),
        "`average` and `chart` need a number, and a chart over none crashes the client: choose summary, or another type"
    );
}
