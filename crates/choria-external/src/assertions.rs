//! What the derives have the compiler check; their messages are what an author
//! reads. Not for direct use.

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
