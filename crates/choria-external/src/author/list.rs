//! Closed lists of texts.

use std::borrow::Cow;

use serde::de::{Deserialize as _, Deserializer, Error as _};
use serde_json::Value;

/// A closed list of strings, each a variant: derived by `#[derive(List)]`.
///
/// The derive also implements serde's traits, so that a `Vec<Ensure>` or a map of them is
/// an input or output, too.
///
/// ```
/// use choria_external::List;
///
/// #[derive(List, Debug, PartialEq)]
/// enum Ensure {
///     Present,
///     #[list(name = "gone")]
///     Absent,
/// }
///
/// assert_eq!(Ensure::TEXTS, ["present", "gone"]);
/// assert_eq!(Ensure::from_text("gone"), Some(Ensure::Absent));
/// assert_eq!(Ensure::Present.as_text(), "present");
/// ```
pub trait List: Sized {
    /// The strings, in the order of the variants.
    const TEXTS: &'static [Cow<'static, str>];

    /// The variant of a string.
    fn from_text(text: &str) -> Option<Self>;

    /// The string of a variant.
    fn as_text(&self) -> &'static str;
}

/// What the code of `#[derive(List)]` calls; not for direct use.
#[doc(hidden)]
pub fn list_from_value<L: List>(value: Value) -> Result<L, String> {
    let Value::String(text) = value else {
        return Err("should be a string".into());
    };
    L::from_text(&text).ok_or_else(one_of::<L>)
}

/// What the code of `#[derive(List)]` calls; not for direct use.
#[doc(hidden)]
pub fn deserialize_list<'de, L: List, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<L, D::Error> {
    let text = Cow::<str>::deserialize(deserializer)?;
    L::from_text(&text).ok_or_else(|| D::Error::custom(one_of::<L>()))
}

fn one_of<L: List>() -> String {
    format!("should be one of {}", L::TEXTS.join(", "))
}
