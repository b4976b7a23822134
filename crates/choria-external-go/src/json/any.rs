//! JSON values as `json.Marshal` writes what Go reads them into.

use serde_json::Value;

use super::write::quote;
use crate::number::{Form, format, to_float};

/// Writes a value as `json.Marshal` writes what Go's `any` holds after reading it:
/// every number is a `float64`, and keys are sorted.
pub fn marshal(value: &Value) -> String {
    let mut out = String::new();
    push(&mut out, value);
    out
}

fn push(out: &mut String, value: &Value) {
    match value {
        Value::Number(number) => out.push_str(&format(to_float(number), Form::Json)),
        Value::String(text) => quote(out, text),
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                out.push_str(if at > 0 { "," } else { "" });
                push(out, item);
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
                push(out, value);
            }
            out.push('}');
        }
        plain @ (Value::Null | Value::Bool(_)) => out.push_str(&plain.to_string()),
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
            marshal(&json!({"b": [1, 1.5, -0.0, null], "a": "<\u{7f}\u{8}\u{2028}é"})),
            "{\"a\":\"\\u003c\u{7f}\\b\\u2028é\",\"b\":[1,1.5,-0,null]}"
        );
    }
}
