//! What the derives have the compiler check; their messages are what an author
//! reads. Not for direct use.

use std::borrow::Cow;

use choria_external_ddl::Type;

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
}

/// A default must be of the input's or output's own type.
pub const fn default_fits(kind: &Type, literal: Literal) {
    let fits = match literal {
        Literal::Text => matches!(kind, Type::String | Type::List),
        Literal::Whole => matches!(kind, Type::Integer | Type::Float | Type::Number),
        Literal::Fraction => matches!(kind, Type::Float | Type::Number),
        Literal::Boolean => matches!(kind, Type::Boolean),
        Literal::Array => matches!(kind, Type::Array),
    };
    assert!(fits, "the `default` is of another type than the field");
}

/// A default must be in the range of its type.
pub const fn default_in_range(range: Option<(i128, i128)>, default: i128) {
    if let Some((least, most)) = range {
        assert!(
            least <= default && default <= most,
            "the `default` is not in the range of the field's type"
        );
    }
}

/// A default must be one of the list.
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
    panic!("the `default` is none of the texts of the list");
}

/// `==`, which constants cannot use on texts.
const fn same(one: &[u8], other: &[u8]) -> bool {
    let mut at = 0;
    while at < one.len() && at < other.len() && one[at] == other[at] {
        at += 1;
    }
    at == one.len() && at == other.len()
}

/// `maxlength` and `validation` are for texts, and a text needs the first.
pub const fn text_rules(kind: &Type, maxlength: bool, validation: bool) {
    if matches!(kind, Type::String) {
        assert!(
            maxlength,
            "a text input needs `maxlength = ..`: without it Choria skips the validation and takes any text"
        );
    } else {
        assert!(
            !maxlength && !validation,
            "`maxlength` and `validation` are for text inputs: Choria ignores them elsewhere"
        );
    }
}

/// A regular expression needs the engine.
pub const fn regex_rules(is_regex: bool) {
    assert!(
        !is_regex || cfg!(feature = "regex"),
        "a regular expression needs the feature `regex` of choria-external: add it in Cargo.toml"
    );
}

/// `average` and `chart` need numbers.
pub const fn aggregate_fits(kind: &Option<Type>, needs_numbers: bool) {
    if needs_numbers && let Some(kind) = kind {
        assert!(
            matches!(kind, Type::Integer | Type::Float | Type::Number),
            "`average` and `chart` need a number: a chart over none crashes the client"
        );
    }
}
