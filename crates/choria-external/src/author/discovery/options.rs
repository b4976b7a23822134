//! What a user gives a discovery source.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// The options of a query: what the user gave as `--do name=value`, or what
/// `default_discovery_options` in the client's settings says.
///
/// ```
/// use choria_external::{OptionError, Query};
///
/// let query = Query::local().with_options(&[("file", "nodes.yaml"), ("limit", "many")]);
/// let options = query.options();
/// assert_eq!(options.required("file")?, "nodes.yaml");
/// assert_eq!(options.get("other"), None);
/// assert_eq!(
///     options.parse::<u32>("limit").unwrap_err().to_string(),
///     "the option limit=many: invalid digit found in string"
/// );
/// # Ok::<(), OptionError>(())
/// ```
///
/// Choria keeps the option `command` for itself.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a>(pub(crate) &'a BTreeMap<String, String>);

impl<'a> Options<'a> {
    /// An option as a string, which can be empty.
    pub fn get(&self, name: &str) -> Option<&'a str> {
        self.0.get(name).map(String::as_str)
    }

    /// An option that is required, and must not be empty.
    ///
    /// # Errors
    /// Returns [`OptionError`], with its name, if it is missing or empty.
    pub fn required(&self, name: &str) -> Result<&'a str, OptionError> {
        match self.get(name) {
            Some("") => Err(OptionError(format!(
                "the option {name} is empty: expected {name}=.."
            ))),
            Some(text) => Ok(text),
            None => Err(OptionError(format!(
                "the option {name} is missing: give it as {name}=.. (with choria: --do {name}=..)"
            ))),
        }
    }

    /// An option, typed.
    ///
    /// # Errors
    /// Returns [`OptionError`], with its name, if the string is not a valid `T`.
    pub fn parse<T>(&self, name: &str) -> Result<Option<T>, OptionError>
    where
        T: FromStr,
        T::Err: fmt::Display,
    {
        let Some(text) = self.get(name) else {
            return Ok(None);
        };
        text.parse()
            .map(Some)
            .map_err(|error| wrong(name, text, error))
    }

    /// An option that is on or off: `1`, `yes`, `true`, `y`, `t` or `0`, `no`,
    /// `false`, `n`, `f`, in any case.
    ///
    /// # Errors
    /// Returns [`OptionError`], with its name, if it is neither.
    pub fn flag(&self, name: &str) -> Result<Option<bool>, OptionError> {
        let Some(text) = self.get(name) else {
            return Ok(None);
        };
        crate::author::config::yes_or_no(text)
            .map(Some)
            .ok_or_else(|| wrong(name, text, "expected yes or no"))
    }

    /// Checks that there are no options but these. Otherwise a misspelt option would be
    /// ignored, and the answer would be wider than the user wanted.
    ///
    /// # Errors
    /// Returns [`OptionError`], with the name of an unknown option.
    pub fn only(&self, known: &[&str]) -> Result<(), OptionError> {
        match self.0.keys().find(|name| !known.contains(&name.as_str())) {
            None => Ok(()),
            Some(name) => Err(OptionError(match known {
                [] => format!("unknown option {name}: this source takes no options"),
                _ => format!("unknown option {name}; expected {}", known.join(", ")),
            })),
        }
    }

    /// All options, in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        self.0
            .iter()
            .map(|(name, text)| (name.as_str(), text.as_str()))
    }
}

fn wrong(name: &str, text: &str, reason: impl fmt::Display) -> OptionError {
    OptionError(format!("the option {name}={text}: {reason}"))
}

/// The error for an option that is missing, invalid or unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptionError(String);

impl fmt::Display for OptionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for OptionError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_an_option_names_it() {
        let given = [("file", ""), ("quiet", "Yes"), ("loud", "perhaps")]
            .map(|(name, text)| (name.to_owned(), text.to_owned()))
            .into();
        let options = Options(&given);
        let text = |error: OptionError| error.to_string();
        assert_eq!(options.get("file"), Some(""));
        assert_eq!(
            options.required("file").map_err(text),
            Err("the option file is empty: expected file=..".into())
        );
        assert_eq!(options.flag("quiet"), Ok(Some(true)));
        assert_eq!(options.flag("other"), Ok(None));
        assert_eq!(
            options.flag("loud").map_err(text),
            Err("the option loud=perhaps: expected yes or no".into())
        );
        assert_eq!(options.only(&["file", "loud", "quiet"]), Ok(()));
        assert_eq!(
            options.only(&["file", "quiet"]).map_err(text),
            Err("unknown option loud; expected file, quiet".into())
        );
        assert_eq!(
            options.only(&[]).map_err(text),
            Err("unknown option file: this source takes no options".into())
        );
        assert_eq!(options.iter().next(), Some(("file", "")));
    }
}
