//! What a plain text of YAML stands for: the rules of Go's `yaml.v2`.

use saphyr_parser::{ScalarStyle, Tag};

use crate::document::{float as float_text, push_text};

/// A scalar.
#[derive(Debug, PartialEq)]
pub(crate) enum Scalar {
    Null,
    Bool(bool),
    /// Wide enough for all that Go reads: 64 bits with sign, or without.
    Integer(i128),
    Float(f64),
    Text(String),
}

impl Scalar {
    /// A scalar as it stands in a file.
    pub(crate) fn read(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Result<Self, String> {
        let core = |tag: &Tag, suffixes: &[&str]| {
            tag.is_yaml_core_schema() && suffixes.contains(&&*tag.suffix)
        };
        match tag {
            None if style == ScalarStyle::Plain => Ok(resolve(text)),
            None => Ok(Self::Text(text.to_owned())),
            // A lone `!` says that it is a text.
            Some(tag) if tag.handle.is_empty() && tag.suffix == "!" => {
                Ok(Self::Text(text.to_owned()))
            }
            Some(tag) if core(tag, &["str"]) => Ok(Self::Text(text.to_owned())),
            Some(tag) if core(tag, &["int", "float", "bool", "null"]) => Ok(resolve(text)),
            Some(tag) => Err(format!("there is no tag {tag} here")),
        }
    }

    /// As the key of a JSON object; `null` is none.
    pub(crate) fn as_key(&self) -> Option<String> {
        Some(match self {
            Self::Null => return None,
            Self::Bool(yes) => yes.to_string(),
            Self::Integer(number) => number.to_string(),
            Self::Float(number) => float_text(*number),
            Self::Text(text) => text.clone(),
        })
    }

    /// As JSON.
    pub(crate) fn push_to(&self, json: &mut String) -> Result<(), String> {
        match self {
            Self::Null => json.push_str("null"),
            Self::Bool(yes) => json.push_str(if *yes { "true" } else { "false" }),
            Self::Integer(number) => json.push_str(&number.to_string()),
            Self::Float(number) if number.is_finite() => json.push_str(&float_text(*number)),
            Self::Float(number) => {
                let got = match number {
                    number if number.is_nan() => ".nan",
                    number if *number > 0.0 => ".inf",
                    _ => "-.inf",
                };
                return Err(format!("wanted a number that JSON can hold, got {got}"));
            }
            Self::Text(text) => push_text(json, text),
        }
        Ok(())
    }
}

/// What a plain text, one without quotes, is.
fn resolve(text: &str) -> Scalar {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Scalar::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            return Scalar::Bool(true);
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Scalar::Bool(false);
        }
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => {
            return Scalar::Float(f64::INFINITY);
        }
        "-.inf" | "-.Inf" | "-.INF" => return Scalar::Float(f64::NEG_INFINITY),
        ".nan" | ".NaN" | ".NAN" => return Scalar::Float(f64::NAN),
        _ => {}
    }
    let number = match text.as_bytes().first() {
        Some(b'0'..=b'9' | b'+' | b'-') => {
            let plain = text.replace('_', "");
            integer(&plain)
                .map(Scalar::Integer)
                .or_else(|| float(&plain))
        }
        Some(b'.') => float(text),
        _ => None,
    };
    number.unwrap_or_else(|| Scalar::Text(text.to_owned()))
}

/// A whole number as Go writes it: `017`, `0o17`, `0xf` and `0b1111` too.
fn integer(text: &str) -> Option<i128> {
    let (negative, digits) = match text.strip_prefix(['-', '+']) {
        Some(digits) => (text.starts_with('-'), digits),
        None => (false, text),
    };
    let lower = digits.to_ascii_lowercase();
    let (digits, radix) = match lower.as_bytes() {
        [b'0', b'x', ..] => (&digits[2..], 16),
        [b'0', b'b', ..] => (&digits[2..], 2),
        [b'0', b'o', ..] => (&digits[2..], 8),
        [b'0', _, ..] => (&digits[1..], 8),
        _ => (digits, 10),
    };
    // `from_str_radix` takes a second sign.
    if digits.starts_with(['-', '+']) {
        return None;
    }
    let number = i128::from_str_radix(digits, radix).ok()?;
    let number = if negative { -number } else { number };
    let range = if negative {
        i128::from(i64::MIN)..=0
    } else if text.starts_with('+') {
        // Go reads what is beyond 63 bits without sign only.
        0..=i128::from(i64::MAX)
    } else {
        0..=i128::from(u64::MAX)
    };
    range.contains(&number).then_some(number)
}

/// A float: digits, a point, an exponent; no more than that.
fn float(text: &str) -> Option<Scalar> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let known = |byte: u8| byte.is_ascii_digit() || b".eE+-".contains(&byte);
    if !digits.starts_with(|first: char| first.is_ascii_digit() || first == '.')
        || !digits.bytes().all(known)
    {
        return None;
    }
    let number: f64 = text.parse().ok()?;
    number.is_finite().then_some(Scalar::Float(number))
}
