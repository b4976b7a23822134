//! Names of agents and actions.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

/// Name of an agent or an action: one or more of `a-z`, `0-9` and `_`.
///
/// The published schemas state this as the pattern `^[a-z0-9_]*$` with a
/// minimal length of 1. It is checked here and not in the bundled schemas,
/// because a pattern would bring a regex engine into every agent.
///
/// ```
/// use choria_external_protocol::Name;
///
/// assert_eq!(Name::new("echo")?.as_str(), "echo");
/// assert_eq!(
///     Name::new("Echo").unwrap_err().to_string(),
///     r#"expected a name of a-z, 0-9 and _, got "Echo""#
/// );
/// # Ok::<(), choria_external_protocol::InvalidName>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Name(String);

impl Name {
    /// Checks a name.
    ///
    /// # Errors
    /// Returns [`InvalidName`] if the text is empty or holds another character.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidName> {
        let text = text.into();
        if is_name(&text) {
            Ok(Self(text))
        } else {
            Err(InvalidName(text))
        }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads the name at a place of a message, for the error to tell.
    pub(crate) fn at<'de, D: Deserializer<'de>>(
        path: &str,
        deserializer: D,
    ) -> Result<Self, D::Error> {
        Self::new(String::deserialize(deserializer)?)
            .map_err(|error| serde::de::Error::custom(format_args!("{path}: {error}")))
    }

    /// Whether [`Name::new`] would take the text. Can be used in constants.
    pub const fn is_valid(text: &str) -> bool {
        is_name(text)
    }
}

const fn is_name(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if !matches!(bytes[at], b'a'..=b'z' | b'0'..=b'9' | b'_') {
            return false;
        }
        at += 1;
    }
    at > 0
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for Name {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for Name {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for Name {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// A text that is no [`Name`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidName(String);

impl fmt::Display for InvalidName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "expected a name of a-z, 0-9 and _, got {}",
            crate::message::shorten(&format!("{:?}", self.0))
        )
    }
}

impl std::error::Error for InvalidName {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked_character_by_character() {
        for good in ["a", "echo", "a_1", "0", "_"] {
            let name = Name::new(good).unwrap();
            assert_eq!(name, good);
            assert_eq!([name.as_str(), name.as_ref()], [good; 2]);
            assert_eq!(format!("<{name}>"), format!("<{good}>"));
            assert!(Name::is_valid(good) && name != "other" && name != *"other" && name == *good);
        }
        for wrong in ["", "A", "a b", "a-b", "a.b", "echo\n", "\u{e9}", "a\0"] {
            assert!(
                Name::new(wrong).is_err() && !Name::is_valid(wrong),
                "{wrong:?}"
            );
        }
    }

    #[test]
    fn a_name_from_json_is_checked_too() {
        assert_eq!(serde_json::from_str::<Name>("\"echo\"").unwrap(), "echo");
        assert!(serde_json::from_str::<Name>("\"Echo\"").is_err());
    }

    #[test]
    fn the_error_of_a_long_name_is_short() {
        let error = Name::new("A".repeat(10_000)).unwrap_err().to_string();
        assert!(
            error.len() < 200 && error.ends_with("(10002 bytes)"),
            "{error}"
        );
    }
}
