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
    /// Returns [`InvalidRegex`] if Go refuses it, and for the few that are too large:
    /// more than 1 MiB as text, or 10 MiB when compiled, such as `(\pL{500}){2}`.
    pub fn new(pattern: &str) -> Result<Self, InvalidRegex> {
        let invalid = |reason, at: Option<usize>| InvalidRegex {
            pattern: pattern.to_owned(),
            reason,
            at,
        };
        if pattern.len() > LONGEST {
            return Err(invalid(TOO_LARGE, None));
        }
        let ours = re2::to_rust(pattern).map_err(|(why, at)| invalid(why, Some(at)))?;
        // Go allows 1000 levels, and what each of them needs is counted there.
        let regex = ::regex::RegexBuilder::new(&ours)
            .nest_limit(2 * re2::DEEPEST)
            .build()
            .map_err(|_| invalid(TOO_LARGE, None))?;
        Ok(Self(regex))
    }

    /// Whether it matches anywhere in the text.
    pub fn is_match(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}

const TOO_LARGE: &str = "too large to be compiled here, although Go may take it";

/// The longest part of a pattern that [`InvalidRegex::explanation`] shows, in
/// characters.
const SHOWN: usize = 12;

/// The error for a string that is not a regular expression in Go. It prints Choria's
/// words, which say no more than that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidRegex {
    pattern: String,
    reason: &'static str,
    /// The byte at which what is wrong starts.
    at: Option<usize>,
}

impl InvalidRegex {
    /// The reason, in a few words.
    pub fn reason(&self) -> &str {
        self.reason
    }

    /// The place of the mistake: the number of the character in the pattern, from 1, and
    /// the rest of the pattern from there. `None` if it is the pattern as a whole.
    pub fn place(&self) -> Option<(usize, &str)> {
        let (before, rest) = self.pattern.split_at_checked(self.at?)?;
        Some((before.chars().count() + 1, rest))
    }

    /// The place and the reason, without the whole pattern:
    /// `at character 2, "[a": unclosed [; ..`. The rest of the pattern is cut to 12
    /// characters.
    pub fn explanation(&self) -> String {
        let Some((character, rest)) = self.place() else {
            return self.reason.into();
        };
        let shown: String = rest.chars().take(SHOWN).collect();
        let cut = if shown == rest { "" } else { ".." };
        format!("at character {character}, {shown:?}{cut}: {}", self.reason)
    }
}

impl fmt::Display for InvalidRegex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "invalid regex '{}'", self.pattern)
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

    #[test]
    fn what_is_wrong_has_a_reason_and_a_place() {
        let wrong = Regex::new("\u{e9}(?=a)").unwrap_err();
        assert_eq!(wrong.reason(), "RE2 has no look-around");
        assert_eq!(wrong.place(), Some((2, "(?=a)")));
        assert_eq!(
            wrong.explanation(),
            r#"at character 2, "(?=a)": RE2 has no look-around"#
        );
        let long = Regex::new(&format!("b[{}", "a".repeat(30))).unwrap_err();
        assert_eq!(
            long.explanation(),
            format!(
                r#"at character 2, "[{}"..: unclosed [; add a ], or write \[ for the character itself"#,
                "a".repeat(11)
            )
        );
        for large in [r"(\pL{500}){2}", &"a".repeat(super::LONGEST + 1)] {
            let wrong = Regex::new(large).unwrap_err();
            assert_eq!(
                wrong.reason(),
                "too large to be compiled here, although Go may take it"
            );
            assert_eq!(wrong.place(), None);
            assert_eq!(wrong.explanation(), wrong.reason());
        }
    }
}
