//! A command line split into words, as the Go package `google/shlex` does it.
//!
//! It is like a shell's, but not quite, and no crate splits like it: within
//! double quotes a backslash takes any character, a `#` begins a comment only
//! where a word could begin, and nothing is expanded.

use std::fmt;

/// Why a string cannot be split into words. It is shown in Go's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ShlexError {
    /// It ends with a backslash.
    Escape,
    /// It ends within quotes.
    Quotes,
}

impl fmt::Display for ShlexError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Escape => "EOF found after escape character",
            Self::Quotes => "EOF found when expecting closing quote",
        })
    }
}

impl std::error::Error for ShlexError {}

/// Splits a string into its words.
///
/// # Errors
///
/// Returns [`ShlexError`] if the string ends after a backslash or within quotes.
///
/// ```
/// use choria_external_go::shlex;
///
/// let words = shlex::split("/opt/source --file 'my nodes' # the new ones")?;
/// assert_eq!(words, ["/opt/source", "--file", "my nodes"]);
/// assert!(shlex::split("'my nodes").is_err());
/// # Ok::<(), shlex::ShlexError>(())
/// ```
pub fn split(text: &str) -> Result<Vec<String>, ShlexError> {
    let mut words = Vec::new();
    let mut characters = text.chars();
    while let Some(first) = characters.find(|&character| !is_space(character)) {
        if first == '#' {
            characters.by_ref().find(|&character| character == '\n');
            continue;
        }
        words.push(word(first, &mut characters)?);
    }
    Ok(words)
}

/// One word, with the space that ends it.
fn word(first: char, rest: &mut impl Iterator<Item = char>) -> Result<String, ShlexError> {
    let mut word = String::new();
    let mut next = Some(first);
    while let Some(character) = next.filter(|&character| !is_space(character)) {
        match character {
            '\\' => word.push(rest.next().ok_or(ShlexError::Escape)?),
            '\'' | '"' => loop {
                match rest.next().ok_or(ShlexError::Quotes)? {
                    end if end == character => break,
                    '\\' if character == '"' => word.push(rest.next().ok_or(ShlexError::Escape)?),
                    other => word.push(other),
                }
            },
            other => word.push(other),
        }
        next = rest.next();
    }
    Ok(word)
}

fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\r' | '\n')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Answers of the Go package.
    #[test]
    fn words_are_those_of_choria() {
        for (text, words) in [
            ("", &[][..]),
            (" \t\r\n", &[]),
            ("/opt/source --file x", &["/opt/source", "--file", "x"]),
            ("'a b' \"c d\"e'f'", &["a b", "c def"]),
            (r#""a\b\"\$" 'a\'b a\ b"#, &["ab\"$", r"a\b", "a b"]),
            ("\"\" ''x", &["", "x"]),
            ("a#b #c d\n e", &["a#b", "e"]),
            ("a\\\nb $HOME ~ *", &["a\nb", "$HOME", "~", "*"]),
            ("a\u{a0}b\u{b}c", &["a\u{a0}b\u{b}c"]),
        ] {
            assert_eq!(split(text).unwrap(), words, "{text}");
        }
        for (text, error) in [
            ("a 'b", "EOF found when expecting closing quote"),
            ("\"b'", "EOF found when expecting closing quote"),
            ("b\\", "EOF found after escape character"),
            ("\"b\\", "EOF found after escape character"),
        ] {
            assert_eq!(split(text).unwrap_err().to_string(), error, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_word_in_single_quotes_is_itself(words in prop::collection::vec("[^']{1,10}", 0..5)) {
            let text: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
            prop_assert_eq!(split(&text.join(" ")), Ok(words));
        }
    }
}
