//! What a plain text of YAML stands for: the rules of Go's `yaml.v2`.

use choria_external_go::yaml::Scalar;
use saphyr_parser::{ScalarStyle, Tag};

use crate::document::{float as float_text, push_text};

/// Reads a scalar as it stands in a file. Tags of one's own are refused.
pub(crate) fn read(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Result<Scalar, String> {
    let tag = match tag {
        None => None,
        Some(tag) if tag.is_yaml_core_schema() => Some(format!("!!{}", tag.suffix)),
        // A lone `!` says that it is a string.
        Some(tag) if tag.handle.is_empty() && tag.suffix == "!" => Some("!!str".into()),
        Some(tag) => return Err(format!("the tag {tag} is not supported here")),
    };
    let known = ["!!str", "!!int", "!!float", "!!bool", "!!null"];
    match tag.as_deref() {
        Some(tag) if !known.contains(&tag) => Err(format!("the tag {tag} is not supported here")),
        tag => Scalar::read(text, style == ScalarStyle::Plain, tag),
    }
}

/// A scalar as the key of a JSON object; `null` is none.
pub(crate) fn as_key(scalar: &Scalar) -> Option<String> {
    Some(match scalar {
        Scalar::Null => return None,
        Scalar::Bool(yes) => yes.to_string(),
        Scalar::Integer(number) => number.to_string(),
        Scalar::Float(number) => float_text(*number),
        Scalar::String(text) => text.clone(),
    })
}

/// Adds a scalar to a text of JSON.
pub(crate) fn push_to(scalar: &Scalar, json: &mut String) -> Result<(), String> {
    match scalar {
        Scalar::Null => json.push_str("null"),
        Scalar::Bool(yes) => json.push_str(if *yes { "true" } else { "false" }),
        Scalar::Integer(number) => json.push_str(&number.to_string()),
        Scalar::Float(number) if number.is_finite() => json.push_str(&float_text(*number)),
        Scalar::Float(number) => {
            let got = match number {
                number if number.is_nan() => ".nan",
                number if *number > 0.0 => ".inf",
                _ => "-.inf",
            };
            return Err(format!("expected a number that JSON can hold, got {got}"));
        }
        Scalar::String(text) => push_text(json, text),
    }
    Ok(())
}
