//! Facts: any path can be asked for, and every value has a path that finds it.
//!
//! The first line is a path, what follows are the facts.

#![no_main]

use choria_external::protocol::read_json;
use choria_external::{Facts, Value};
use choria_external_fuzz::first_line;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let (path, json) = first_line(bytes);
    let Ok(json) = read_json(json) else { return };
    let facts = Facts::from_value(json.clone());

    let value = facts.value(&path);
    match facts.find::<Value>(&path) {
        Ok(None) => assert!(value.is_none_or(Value::is_null)),
        found => assert_eq!(found.as_ref().ok().and_then(Option::as_ref), value),
    }
    let missing = value.is_none_or(Value::is_null);
    assert_eq!(facts.get::<Value>(&path).is_err(), missing);
    if let Ok(text) = facts.get::<String>(&path) {
        assert_eq!(value, Some(&Value::String(text)));
    }
    // Only that they do not panic.
    let _ = facts.find::<u8>(&path);
    let _ = facts.find::<Vec<f64>>(&path);

    match &json {
        Value::Object(entries) => {
            for (key, value) in entries {
                each_path(&facts, &escaped(key), value);
            }
        }
        _ => assert_eq!(value, None, "facts are an object"),
    }
});

/// Looks every value below this one up.
fn each_path(facts: &Facts, path: &str, value: &Value) {
    assert_eq!(facts.value(path), Some(value), "{path}");
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                each_path(facts, &format!("{path}.{}", escaped(key)), value);
            }
        }
        Value::Array(items) => {
            for (at, value) in items.iter().enumerate() {
                each_path(facts, &format!("{path}.{at}"), value);
            }
        }
        _ => {}
    }
}

fn escaped(key: &str) -> String {
    key.replace('\\', r"\\").replace('.', r"\.")
}
