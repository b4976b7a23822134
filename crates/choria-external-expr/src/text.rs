//! What functions do with texts, and values as texts.

use choria_external_go::json::quote;
use choria_external_go::number::{Form, format};

use super::Stop;
use super::arithmetic;
use super::budget::Budget;
use super::value::{Key, Keys, Of, Run, Value};

/// At most 60 characters of a text.
pub(super) fn shorten(text: &str) -> String {
    let mut short: String = text.chars().take(60).collect();
    if short.len() < text.len() {
        short.push_str("..");
    }
    format!("{short:?}")
}

pub(super) fn text<'v>(value: &'v Value<'_>) -> Result<&'v str, Stop> {
    match value {
        Value::Text(text) => Ok(text),
        other => Err(Stop::failed(format!(
            "expected a string, got {}",
            other.type_name()
        ))),
    }
}

/// Every character of its own, as Go does it. Rust knows more: letters that
/// become two.
pub(super) fn cased<'a>(value: &Value<'_>, upper: bool) -> Run<'a> {
    let mut made = String::new();
    for char in text(value)?.chars() {
        let other = if upper {
            one(char.to_uppercase())
        } else {
            one(char.to_lowercase())
        };
        made.push(other.ok_or_else(|| Stop::unsure(format!("{char:?} has no single other case")))?);
    }
    Ok(Value::text(made))
}

fn one(mut chars: impl Iterator<Item = char>) -> Option<char> {
    let first = chars.next();
    first.filter(|_| chars.next().is_none())
}

/// `split` and `splitAfter`, which keeps the separator.
pub(super) fn split<'a>(
    budget: &mut Budget,
    value: &Value<'a>,
    separator: &Value<'a>,
    limit: Option<&Value<'a>>,
    keep: bool,
) -> Run<'a> {
    let (text, separator) = (text(value)?, text(separator)?);
    let limit = match limit {
        None => -1,
        Some(limit) => arithmetic::int(limit)?,
    };
    if limit == 0 {
        // Go gives a list there that is none.
        return Err(Stop::unsure("a string is split into no parts"));
    }
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    budget.work(2 * text.len())?;
    let mut parts = Vec::new();
    let mut rest = text;
    while parts.len() + 1 < limit {
        let cut = if separator.is_empty() {
            rest.chars()
                .next()
                .map(char::len_utf8)
                .filter(|first| *first < rest.len())
        } else {
            rest.find(separator)
        };
        let Some(cut) = cut else { break };
        let kept = if keep { cut + separator.len() } else { cut };
        parts.push(Value::text(&rest[..kept]));
        rest = &rest[cut + separator.len()..];
    }
    // An empty text has no characters.
    if !(separator.is_empty() && text.is_empty()) {
        parts.push(Value::text(rest));
    }
    Value::list(Of::Texts, parts)
}

pub(super) fn replace<'a>(budget: &mut Budget, values: &[Value<'a>]) -> Run<'a> {
    let [value, old, new, rest @ ..] = values else {
        return Err(Stop::failed("replace() wants three strings"));
    };
    let (value, old, new) = (text(value)?, text(old)?, text(new)?);
    let limit = match rest.first() {
        None => -1,
        Some(limit) => arithmetic::int(limit)?,
    };
    let found = if old.is_empty() {
        value.chars().count() + 1
    } else {
        value.matches(old).count()
    };
    let limit = usize::try_from(limit).unwrap_or(usize::MAX).min(found);
    budget.work(value.len() + limit.saturating_mul(new.len()))?;
    Ok(Value::text(value.replacen(old, new, limit)))
}

pub(super) fn repeat<'a>(budget: &mut Budget, value: &Value<'a>, count: &Value<'a>) -> Run<'a> {
    let value = text(value)?;
    let count = usize::try_from(arithmetic::int(count)?)
        .map_err(|_| Stop::failed("repeat() wants no negative number"))?;
    if count > 1_000_000 {
        return Err(Stop::failed("repeat() makes too much"));
    }
    budget.grow(value.len().saturating_mul(count))?;
    budget.work(value.len() * count)?;
    Ok(Value::text(value.repeat(count)))
}

pub(super) fn join<'a>(
    budget: &mut Budget,
    value: &Value<'a>,
    glue: Option<&Value<'a>>,
) -> Run<'a> {
    let glue = glue.map_or(Ok(""), text)?;
    let list = match value {
        Value::List(list) if matches!(list.of(), Of::Any | Of::Texts) => list,
        other => {
            return Err(Stop::failed(format!(
                "join() wants a list of strings, got {}",
                other.type_name()
            )));
        }
    };
    let mut made = String::new();
    for (at, item) in list.iter().enumerate() {
        if at > 0 {
            made.push_str(glue);
        }
        let item = text(&item)?;
        budget.work(1 + item.len() + glue.len())?;
        made.push_str(item);
    }
    Ok(Value::text(made))
}

/// `%v` of Go: how `string()` writes a value.
pub(super) fn written(budget: &mut Budget, value: &Value<'_>, to: &mut String) -> Result<(), Stop> {
    budget.work(1)?;
    match value {
        Value::Nil => to.push_str("<nil>"),
        Value::Bool(value) => to.push_str(&value.to_string()),
        Value::Int(number) => to.push_str(&number.to_string()),
        Value::Float(number) => to.push_str(&format(*number, Form::General)),
        Value::Text(text) => {
            budget.work(text.len())?;
            to.push_str(text);
        }
        Value::List(list) => {
            to.push('[');
            for (at, item) in list.iter().enumerate() {
                if at > 0 {
                    to.push(' ');
                }
                written(budget, &item, to)?;
            }
            to.push(']');
        }
        Value::Map(map) if map.keys == Keys::Texts => {
            to.push_str("map[");
            for (at, (key, item)) in map.entries.iter().enumerate() {
                if at > 0 {
                    to.push(' ');
                }
                if let Key::Text(key) = key {
                    to.push_str(key);
                }
                to.push(':');
                written(budget, item, to)?;
            }
            to.push(']');
        }
        Value::Map(_) => {
            return Err(Stop::unsure(
                "a map of fromPairs() or groupBy() as a string",
            ));
        }
    }
    Ok(())
}

/// `json.MarshalIndent` with two spaces.
pub(super) fn json(
    budget: &mut Budget,
    value: &Value<'_>,
    depth: usize,
    to: &mut String,
) -> Result<(), Stop> {
    budget.work(1 + depth)?;
    let line = |to: &mut String, depth: usize| {
        to.push('\n');
        to.push_str(&"  ".repeat(depth));
    };
    match value {
        Value::Nil => to.push_str("null"),
        Value::Bool(value) => to.push_str(&value.to_string()),
        Value::Int(number) => to.push_str(&number.to_string()),
        Value::Float(number) if !number.is_finite() => {
            return Err(Stop::failed("JSON has no such number"));
        }
        Value::Float(number) => {
            to.push_str(&format(*number, Form::Json));
        }
        Value::Text(text) => {
            budget.work(text.len())?;
            quote(to, text);
        }
        Value::List(list) if list.len() == 0 => to.push_str("[]"),
        Value::List(list) => {
            to.push('[');
            for (at, item) in list.iter().enumerate() {
                to.push_str(if at > 0 { "," } else { "" });
                line(to, depth + 1);
                json(budget, &item, depth + 1, to)?;
            }
            line(to, depth);
            to.push(']');
        }
        Value::Map(map) if map.keys != Keys::Texts => {
            return Err(Stop::failed("JSON has only strings as keys"));
        }
        Value::Map(map) if map.entries.is_empty() => to.push_str("{}"),
        Value::Map(map) => {
            to.push('{');
            for (at, (key, item)) in map.entries.iter().enumerate() {
                to.push_str(if at > 0 { "," } else { "" });
                line(to, depth + 1);
                if let Key::Text(key) = key {
                    quote(to, key);
                }
                to.push_str(": ");
                json(budget, item, depth + 1, to)?;
            }
            line(to, depth);
            to.push('}');
        }
    }
    Ok(())
}

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

pub(super) fn to_base64(text: &str) -> String {
    let mut made = String::new();
    for chunk in text.as_bytes().chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * place) & 63) as usize];
            made.push(if place <= chunk.len() {
                char::from(digit)
            } else {
                '='
            });
        }
    }
    made
}

/// Reads base64 with its padding. Go skips newlines.
pub(super) fn from_base64(text: &str) -> Result<String, Stop> {
    let wrong = || Stop::failed("this is no base64");
    let text: Vec<u8> = text
        .bytes()
        .filter(|byte| !matches!(byte, b'\n' | b'\r'))
        .collect();
    let mut bytes = Vec::new();
    let last = text.len().div_ceil(4);
    for (at, chunk) in text.chunks(4).enumerate() {
        let padding = chunk.iter().rev().take_while(|byte| **byte == b'=').count();
        if chunk.len() != 4 || padding > 2 || (padding > 0 && at + 1 != last) {
            return Err(wrong());
        }
        let mut bits = 0_usize;
        for byte in &chunk[..4 - padding] {
            let digit = DIGITS
                .iter()
                .position(|digit| digit == byte)
                .ok_or_else(wrong)?;
            bits = bits << 6 | digit;
        }
        bits <<= 6 * padding;
        let three = [16, 8, 0].map(|shift| u8::try_from(bits >> shift & 0xff).unwrap_or(0));
        bytes.extend(&three[..3 - padding]);
    }
    String::from_utf8(bytes).map_err(|_| Stop::unsure("this is base64 of no UTF-8"))
}
