//! JSON as Go's `Marshal` writes it.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Value;
use serde_json::ser::{Formatter, Serializer};

use crate::number::{self, Form};

/// Serializes a value as `json.Marshal` does: `<`, `>`, `&`, U+2028 and U+2029 are
/// escaped, floats have Go's form, raw JSON is compacted. Integers stay integers.
///
/// # Errors
///
/// Returns the error of the value's own `Serialize`; writing itself cannot fail.
pub fn to_bytes(value: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    value.serialize(&mut Serializer::with_formatter(&mut bytes, Go))?;
    Ok(bytes)
}

struct Go;

impl Formatter for Go {
    fn write_f64<W: ?Sized + Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        writer.write_all(number::format(value, Form::Json).as_bytes())
    }

    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        write_escaped(writer, fragment)
    }

    /// Blanks go, everything else stays as it is: key order, equal keys, the
    /// texts of numbers, escapes.
    fn write_raw_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let (mut in_string, mut escaped) = (false, false);
        let mut compact = String::with_capacity(fragment.len());
        for character in fragment.chars() {
            if in_string {
                in_string = escaped || character != '"';
                escaped = !escaped && character == '\\';
            } else if character.is_ascii_whitespace() {
                continue;
            } else {
                in_string = character == '"';
            }
            compact.push(character);
        }
        write_escaped(writer, &compact)
    }
}

/// These characters stand in strings only, wherever they come from.
fn write_escaped<W: ?Sized + Write>(writer: &mut W, text: &str) -> io::Result<()> {
    let mut rest = text;
    while let Some(at) = rest.find(['<', '>', '&', '\u{2028}', '\u{2029}']) {
        let (before, from) = rest.split_at(at);
        writer.write_all(before.as_bytes())?;
        let mut characters = from.chars();
        if let Some(character) = characters.next() {
            write!(writer, "\\u{:04x}", u32::from(character))?;
        }
        rest = characters.as_str();
    }
    writer.write_all(rest.as_bytes())
}

/// Appends a string as `json.Marshal` writes it: safe within HTML.
pub fn quote(out: &mut String, text: &str) {
    let json = Value::from(text).to_string();
    out.push_str(&escape_html(&json));
}

/// Escapes in the text of a JSON document what would do harm within HTML: `<`,
/// `>`, `&`, U+2028 and U+2029.
pub fn escape_html(json: &str) -> String {
    let mut escaped = Vec::with_capacity(json.len());
    // Writing into memory cannot fail, and what is written is UTF-8.
    let _ = write_escaped(&mut escaped, json);
    String::from_utf8(escaped).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::value::RawValue;
    use serde_json::{Value, json};

    fn text(value: &impl Serialize) -> String {
        String::from_utf8(to_bytes(value).unwrap()).unwrap()
    }

    #[test]
    fn floats_have_gos_form() {
        let numbers = json!([1.0, 1e21, 1e-7, 2.0_f64.powi(-25), 7]);
        assert_eq!(text(&numbers), "[1,1e+21,1e-7,2.9802322387695312e-8,7]");
    }

    #[test]
    fn strings_are_escaped_as_go_escapes_them() {
        let value = json!({"<&>": "\u{1}\u{8}\u{c}\u{7f}\u{2028}\u{2029}/\u{e9}\""});
        assert_eq!(
            text(&value),
            "{\"\\u003c\\u0026\\u003e\":\"\\u0001\\b\\f\u{7f}\\u2028\\u2029/\u{e9}\\\"\"}"
        );
    }

    #[test]
    fn raw_json_loses_its_blanks_only() {
        let raw = r#" { "s" : "a \" b\\" , "s":[ 1.0, 9007199254740993 ,"\ud800 <\u2028" ] } "#;
        let raw = RawValue::from_string(raw.into()).unwrap();
        assert_eq!(
            text(&raw),
            r#"{"s":"a \" b\\","s":[1.0,9007199254740993,"\ud800 \u003c\u2028"]}"#
        );
    }

    #[test]
    fn what_is_written_reads_back() {
        let value: Value = json!({"a": [1, 2.5, 1e300, null, true, "<x>"], "b": {}});
        assert_eq!(serde_json::from_str::<Value>(&text(&value)).unwrap(), value);
    }
}
