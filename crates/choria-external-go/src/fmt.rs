//! Values as Go's package `fmt` prints them, and strings as `strconv` quotes them.

mod quote;
mod sprintf;
mod verbs;

use serde_json::Value;

use crate::number::{self, Form};
pub(crate) use quote::quote as quote_within;
pub use sprintf::sprintf;
pub use verbs::Arg;

/// Returns a string between double quotation marks, with the escapes of
/// `strconv.Quote`, which is also what `%q` prints.
pub fn quote(text: &str) -> String {
    quote_within(text, '"', false)
}

/// Prints a JSON value as `fmt.Sprint` prints what Go reads it into, where every
/// number is a `float64`.
///
/// ```
/// use choria_external_go::fmt::sprint;
/// use serde_json::json;
///
/// assert_eq!(sprint(&json!({"b": [1, 2.5e9, null], "a": "x"})), "map[a:x b:[1 2.5e+09 <nil>]]");
/// ```
pub fn sprint(value: &Value) -> String {
    let items = |items: Vec<String>| items.join(" ");
    match value {
        Value::Null => "<nil>".into(),
        Value::Bool(truth) => truth.to_string(),
        Value::Number(of) => number::format(number::to_float(of), Form::General),
        Value::String(text) => text.clone(),
        Value::Array(list) => format!("[{}]", items(list.iter().map(sprint).collect())),
        Value::Object(entries) => {
            let mut entries: Vec<_> = entries.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| *key);
            let entry = |(key, value): (&String, &Value)| format!("{key}:{}", sprint(value));
            format!("map[{}]", items(entries.into_iter().map(entry).collect()))
        }
    }
}
