//! Whether JSON is what was wanted, and where not.

use choria_external_protocol::describe;
use serde_json::Value;

/// How JSON is compared with what is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compare {
    /// Both are the same; the order of keys does not matter.
    Equal,
    /// Objects may have more keys than expected, at each level. Lists may not have
    /// more entries.
    Subset,
}

/// Compares JSON with what is expected. Returns a sentence with the JSON path of each
/// difference.
///
/// Numbers are compared by value, as in Choria, which makes a 64-bit float of each: `1`
/// and `1.0` are equal.
///
/// ```
/// use choria_external_host::harness::{Compare, differences};
/// use serde_json::json;
///
/// let got = json!({"nodes": 3.0, "names": ["a", "b"], "more": true});
/// assert!(differences(Compare::Subset, &json!({"nodes": 3}), &got).is_empty());
/// assert_eq!(
///     differences(Compare::Subset, &json!({"names": ["a", "c"], "size": 1}), &got),
///     [
///         "$.names[1] is \"b\", expected \"c\"",
///         "$.size is missing, expected 1",
///     ]
/// );
/// ```
pub fn differences(how: Compare, wanted: &Value, got: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare(how, "$", wanted, got, &mut found);
    found
}

fn compare(how: Compare, path: &str, wanted: &Value, got: &Value, found: &mut Vec<String>) {
    match (wanted, got) {
        (Value::Object(wanted), Value::Object(got)) => {
            for (name, wanted) in wanted {
                let path = format!("{path}.{name}");
                match got.get(name) {
                    Some(got) => compare(how, &path, wanted, got, found),
                    None => found.push(format!("{path} is missing, expected {}", describe(wanted))),
                }
            }
            let more = got.iter().filter(|(name, _)| !wanted.contains_key(*name));
            if how == Compare::Equal {
                found.extend(more.map(|(name, got)| {
                    format!("{path}.{name} is {}, expected no such key", describe(got))
                }));
            }
        }
        (Value::Array(wanted), Value::Array(got)) if wanted.len() == got.len() => {
            for (at, (wanted, got)) in wanted.iter().zip(got).enumerate() {
                compare(how, &format!("{path}[{at}]"), wanted, got, found);
            }
        }
        (Value::Number(one), Value::Number(other)) if one.as_f64() == other.as_f64() => {}
        _ if wanted == got => {}
        _ => found.push(format!(
            "{path} is {}, expected {}",
            describe(got),
            describe(wanted)
        )),
    }
}
