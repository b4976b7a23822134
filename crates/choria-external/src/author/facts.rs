//! What is known of the node.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use choria_external_protocol::{JsonError, read_json};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::files;

/// The facts of the node, by dotted path.
///
/// They are read on first use. At activation Choria passes an empty file, which counts as
/// no facts. So does a file that is not a JSON object, with a warning in the log.
///
/// ```
/// use choria_external::{Facts, json};
///
/// let facts = Facts::from_value(json!({"os": {"family": "Debian"}, "disks": [{"gb": 20}]}));
/// assert_eq!(facts.get::<String>("os.family")?, "Debian");
/// assert_eq!(facts.get::<u32>("disks.0.gb")?, 20);
/// assert_eq!(facts.find::<String>("os.release")?, None);
/// assert_eq!(
///     facts.get::<u32>("os.family").unwrap_err().to_string(),
///     r#"fact os.family: invalid type: string "Debian", expected u32"#
/// );
/// # Ok::<(), choria_external::FactError>(())
/// ```
#[derive(Debug, Default)]
pub struct Facts {
    source: Option<PathBuf>,
    value: OnceLock<Value>,
}

impl Facts {
    /// Makes facts of a JSON object, for tests. Any other value counts as no facts.
    pub fn from_value(value: Value) -> Self {
        let value = match value {
            Value::Object(_) => value,
            _ => no_facts(),
        };
        Self {
            source: None,
            value: value.into(),
        }
    }

    /// Facts from a file that is read on first use.
    pub(crate) fn from_file(path: PathBuf) -> Self {
        Self {
            source: Some(path),
            value: OnceLock::new(),
        }
    }

    /// All facts: always an object.
    pub fn all(&self) -> &Value {
        self.value.get_or_init(|| match &self.source {
            None => no_facts(),
            Some(path) => read(path).unwrap_or_else(|reason| {
                tracing::warn!(target: "choria_external", "no facts: {}: {reason}", path.display());
                no_facts()
            }),
        })
    }

    /// A fact by its path: keys and list positions between dots. A dot that is
    /// part of a key is written `\.`.
    pub fn value(&self, path: &str) -> Option<&Value> {
        keys(path).try_fold(self.all(), |value, key| match value {
            Value::Object(entries) => entries.get(&key),
            Value::Array(items) => items.get(position(&key)?),
            _ => None,
        })
    }

    /// A fact, typed, that must be there.
    ///
    /// # Errors
    /// Returns [`FactError`] if the fact is missing or of another type.
    pub fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, FactError> {
        self.find(path)?
            .ok_or_else(|| FactError::new(path, "this node has none"))
    }

    /// A fact, typed, that may be missing. One that is null counts as missing.
    ///
    /// # Errors
    /// Returns [`FactError`] if the fact is of another type.
    pub fn find<T: DeserializeOwned>(&self, path: &str) -> Result<Option<T>, FactError> {
        match self.value(path) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => T::deserialize(value)
                .map(Some)
                .map_err(|error| FactError::new(path, error)),
        }
    }
}

fn no_facts() -> Value {
    Value::Object(serde_json::Map::new())
}

/// The object in a file; an empty file has no facts. An error says why the file
/// cannot be used.
fn read(path: &Path) -> Result<Value, String> {
    let (bytes, _) = files::read(path).map_err(|error| error.to_string())?;
    match read_json(&bytes) {
        Ok(facts @ Value::Object(_)) => Ok(facts),
        Ok(_) => Err("expected a JSON object".into()),
        Err(JsonError::Empty) => Ok(no_facts()),
        Err(error) => Err(error.to_string()),
    }
}

/// A position in a list: digits only, `0` first only alone.
fn position(key: &str) -> Option<usize> {
    let plain = key == "0" || !key.starts_with(['0', '+']);
    key.parse().ok().filter(|_| plain)
}

/// The parts of a path between dots; `\.` stands for a dot.
fn keys(path: &str) -> impl Iterator<Item = String> {
    let mut rest = Some(path);
    std::iter::from_fn(move || {
        let text = rest.take()?;
        let mut key = String::new();
        let mut letters = text.char_indices();
        while let Some((at, c)) = letters.next() {
            match c {
                '.' => {
                    rest = Some(&text[at + 1..]);
                    break;
                }
                '\\' => key.extend(letters.next().map(|(_, c)| c)),
                c => key.push(c),
            }
        }
        Some(key)
    })
}

/// A fact that is missing, or of another type than was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactError(String);

impl FactError {
    fn new(path: &str, reason: impl fmt::Display) -> Self {
        Self(format!("fact {path}: {reason}"))
    }
}

impl fmt::Display for FactError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for FactError {}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_path_is_split_at_its_dots() {
        let split = |path| keys(path).collect::<Vec<_>>();
        assert_eq!(split("os.family"), ["os", "family"]);
        assert_eq!(split(r"a\.b.c\\"), ["a.b", r"c\"]);
        assert_eq!(split(""), [""]);
        assert_eq!(split("a..b."), ["a", "", "b", ""]);
    }

    #[test]
    fn what_is_not_there_has_no_value() {
        let facts = Facts::from_value(json!({"a": [1], "b": null, "": {"": 2}}));
        for path in [
            "x", "a.1", "a.-1", "a.+0", "a.00", "a.x", "a.0.x", "b.c", "A",
        ] {
            assert_eq!(facts.value(path), None, "{path}");
        }
        assert_eq!(facts.value("."), Some(&json!(2)));
        assert_eq!(facts.find::<i64>("b"), Ok(None));
        assert_eq!(
            facts.get::<i64>("x").unwrap_err().to_string(),
            "fact x: this node has none"
        );
    }

    #[test]
    fn facts_are_always_an_object() {
        assert_eq!(Facts::from_value(json!([1])).all(), &json!({}));
        assert_eq!(Facts::default().all(), &json!({}));
    }
}
