//! Facts in which no object has a key twice.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

/// Looks through a JSON text, such as the facts of a node, for a key that is
/// there twice, at any depth: a filter would see its first value, or the last
/// one after a merge.
///
/// ```
/// use choria_external_filter::unique_keys;
///
/// assert!(unique_keys(r#"{"a": {"a": 1}}"#).is_ok());
/// let error = unique_keys(r#"{"a": 1, "a": 2}"#).unwrap_err();
/// assert!(error.is_data() && error.to_string().starts_with("the key a is there twice"));
/// ```
///
/// # Errors
/// An error of [data](serde_json::Error::is_data) for such a key; another one
/// for what is no JSON, or nested more than 127 levels deep.
pub fn unique_keys(json: &str) -> serde_json::Result<()> {
    serde_json::from_str::<Unique>(json).map(|_| ())
}

/// Any JSON value. Nothing of it is kept.
struct Unique;

#[derive(Deserialize, PartialEq, Eq, Hash)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for Unique {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self, A::Error> {
        let mut keys = HashSet::new();
        while let Some(key) = map.next_key::<Key>()? {
            if keys.contains(&key) {
                return Err(A::Error::custom(format_args!(
                    "the key {} is there twice",
                    key.0
                )));
            }
            keys.insert(key);
            map.next_value::<Self>()?;
        }
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self, A::Error> {
        while list.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }
}
