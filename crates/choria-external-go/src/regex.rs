//! Regular expressions: the one place that knows the engine.

use std::fmt;

use crate::re2;

/// How long a pattern may be. Go counts the parts of it, and refuses those with
/// more than some three million; to find that out of a longer one takes a
/// second and a gigabyte.
const LONGEST: usize = 1 << 20;

/// A regular expression in Go's dialect of RE2 (`regexp.Compile`).
///
/// ```
/// use choria_external_go::Regex;
///
/// assert!(Regex::new(r"^\d+$")?.is_match("42"));
/// assert!(Regex::new("(?=a)").is_err());
/// # Ok::<(), choria_external_go::InvalidRegex>(())
/// ```
#[derive(Clone, Debug)]
pub struct Regex(::regex::Regex);

impl Regex {
    /// Reads a pattern.
    ///
    /// # Errors
    /// [`InvalidRegex`] where Go refuses it, and for the few that are too large:
    /// more than 1 MiB as text, or 10 MiB when compiled, such as
    /// `(\pL{500}){2}`.
    pub fn new(pattern: &str) -> Result<Self, InvalidRegex> {
        let short = Some(pattern).filter(|pattern| pattern.len() <= LONGEST);
        let regex = short.and_then(re2::to_rust).and_then(|pattern| {
            // Go allows 1000 levels, and what each of them needs is counted there.
            ::regex::RegexBuilder::new(&pattern)
                .nest_limit(2 * re2::DEEPEST)
                .build()
                .ok()
        });
        regex
            .map(Self)
            .ok_or_else(|| InvalidRegex(pattern.to_owned()))
    }

    /// Whether it matches anywhere in the text.
    pub fn is_match(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}

/// A text that is no regular expression in Go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidRegex(String);

impl fmt::Display for InvalidRegex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "invalid regex '{}'", self.0)
    }
}

impl std::error::Error for InvalidRegex {}

#[cfg(test)]
mod tests {
    use super::Regex;

    #[test]
    fn a_match_anywhere_will_do() {
        let matches = |pattern, text| Regex::new(pattern).unwrap().is_match(text);
        assert!(matches("b+", "abc"));
        assert!(!matches("^b", "abc"));
        assert_eq!(
            Regex::new("(?=a)").unwrap_err().to_string(),
            "invalid regex '(?=a)'"
        );
    }
}
