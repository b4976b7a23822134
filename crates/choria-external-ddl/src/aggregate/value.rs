//! JSON values as the texts that Go makes of them.

use choria_external_go::number::parse_float;
use serde_json::Value;

use super::float;

/// What Choria counts a value under: a text as it is, all else as the JSON
/// that Go's `json.Marshal` writes, with every number a 64-bit float.
pub(crate) fn counted(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => {
            let mut out = String::new();
            marshal(&mut out, other);
            out
        }
    }
}

fn marshal(out: &mut String, value: &Value) {
    match value {
        Value::Number(number) => out.push_str(&json_number(to_float(number))),
        Value::String(text) => quote(out, text),
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                out.push_str(if at > 0 { "," } else { "" });
                marshal(out, item);
            }
            out.push(']');
        }
        Value::Object(entries) => {
            let mut entries: Vec<_> = entries.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| *key);
            out.push('{');
            for (at, (key, value)) in entries.into_iter().enumerate() {
                out.push_str(if at > 0 { "," } else { "" });
                quote(out, key);
                out.push(':');
                marshal(out, value);
            }
            out.push('}');
        }
        plain @ (Value::Null | Value::Bool(_)) => out.push_str(&plain.to_string()),
    }
}

fn to_float(number: &serde_json::Number) -> f64 {
    // By the text, so that a number of any length is read once, to the nearest.
    number
        .as_f64()
        .or_else(|| parse_float(&number.to_string()))
        .unwrap_or_default()
}

/// A number as `json.Marshal` writes a `float64`: with an exponent below
/// 0.000001 and from 10^21 on.
pub(crate) fn json_number(number: f64) -> String {
    let magnitude = number.abs();
    let sign = if number.is_sign_negative() { "-" } else { "" };
    if magnitude == 0.0 || (1e-6..1e21).contains(&magnitude) {
        return format!("{sign}{}", float::format(magnitude, 'f', None));
    }
    let text = float::format(magnitude, 'e', None);
    format!("{sign}{}", text.replace("e-0", "e-"))
}

/// A text as `json.Marshal` writes it: safe within HTML.
pub(crate) fn quote(out: &mut String, text: &str) {
    let json = Value::from(text).to_string();
    out.push_str(&escape_html(&json));
}

/// Escapes what would do harm within HTML, in texts of a JSON document.
pub(crate) fn escape_html(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '<' => escaped.push_str("\\u003c"),
            '>' => escaped.push_str("\\u003e"),
            '&' => escaped.push_str("\\u0026"),
            '\u{2028}' => escaped.push_str("\\u2028"),
            '\u{2029}' => escaped.push_str("\\u2029"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// A value of a DDL as `fmt.Sprint` prints it: what a label becomes that is no
/// text.
pub(crate) fn label(value: &Value) -> String {
    let items = |items: Vec<String>| items.join(" ");
    match value {
        Value::Null => "<nil>".into(),
        Value::Bool(truth) => truth.to_string(),
        Value::Number(number) => {
            let number = to_float(number);
            let sign = if number.is_sign_negative() { "-" } else { "" };
            format!("{sign}{}", float::format(number.abs(), 'g', None))
        }
        Value::String(text) => text.clone(),
        Value::Array(list) => format!("[{}]", items(list.iter().map(label).collect())),
        Value::Object(entries) => {
            let mut entries: Vec<_> = entries.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| *key);
            let entry = |(key, value): (&String, &Value)| format!("{key}:{}", label(value));
            format!("map[{}]", items(entries.into_iter().map(entry).collect()))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// What Go 1.26 printed.
    #[test]
    fn values_print_as_in_go() {
        assert_eq!(
            counted(&json!({"b": [1, 1.5, -0.0, null], "a": "<\u{7f}\u{8}\u{2028}é"})),
            "{\"a\":\"\\u003c\u{7f}\\b\\u2028é\",\"b\":[1,1.5,-0,null]}"
        );
        for (number, text) in [
            (1e21, "1e+21"),
            (123e18, "123000000000000000000"),
            (1.5e-7, "1.5e-7"),
            (0.000_001, "0.000001"),
            (1e-10, "1e-10"),
            (9_007_199_254_740_993.0, "9007199254740992"),
        ] {
            assert_eq!(json_number(number), text);
        }
        assert_eq!(
            label(&json!({"b": [1, 2.5e9, null, true], "a": "x"})),
            "map[a:x b:[1 2.5e+09 <nil> true]]"
        );
    }
}
