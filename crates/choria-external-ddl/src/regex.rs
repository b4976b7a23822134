//! Inputs that are checked by a regular expression.

use crate::ValueError;

/// Checks a text against a regular expression as the server does
/// (`validator/regex`): unanchored, in Go's dialect.
///
/// Without the feature `regex` no text passes.
#[cfg(feature = "regex")]
pub(crate) fn check(pattern: &str, text: &str) -> Result<(), ValueError> {
    let regex = compiled::COMPILED
        .regex(pattern)
        .map_err(|error| ValueError::Validation(error.to_string()))?;
    if regex.is_match(text) {
        Ok(())
    } else {
        Err(ValueError::Validation(format!(
            "input does not match '{pattern}'"
        )))
    }
}

/// Without the feature `regex` no text passes.
#[cfg(not(feature = "regex"))]
pub(crate) fn check(pattern: &str, _text: &str) -> Result<(), ValueError> {
    Err(ValueError::Validation(format!(
        "cannot be checked against '{pattern}': this program was built without the feature regex of \
         choria-external-ddl, switch it on"
    )))
}

/// The regular expressions that have been used in this process.
#[cfg(feature = "regex")]
mod compiled {
    use std::collections::BTreeMap;
    use std::sync::{Arc, PoisonError, RwLock};

    use choria_external_go::{InvalidRegex, Regex};

    /// How many are kept. If more are in use, all are dropped, and compiled again
    /// when they are next used.
    pub(super) const MOST: usize = 256;

    /// Compiling one takes a hundred times as long as a check. This is a cache
    /// alone: what it holds never changes what a check says.
    pub(super) static COMPILED: Compiled = Compiled::new();

    pub(super) struct Compiled(RwLock<BTreeMap<String, Arc<Regex>>>);

    impl Compiled {
        pub(super) const fn new() -> Self {
            Self(RwLock::new(BTreeMap::new()))
        }

        /// A regular expression, compiled once.
        pub(super) fn regex(&self, pattern: &str) -> Result<Arc<Regex>, InvalidRegex> {
            let known = {
                let compiled = self.0.read().unwrap_or_else(PoisonError::into_inner);
                compiled.get(pattern).cloned()
            };
            if let Some(regex) = known {
                return Ok(regex);
            }
            // Without the lock: others are not kept waiting.
            let regex = Arc::new(Regex::new(pattern)?);
            let mut compiled = self.0.write().unwrap_or_else(PoisonError::into_inner);
            if compiled.len() >= MOST {
                compiled.clear();
            }
            compiled.insert(pattern.to_owned(), Arc::clone(&regex));
            Ok(regex)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    #[cfg(feature = "regex")]
    fn a_match_anywhere_will_do() {
        assert_eq!(check("b+", "abc"), Ok(()));
        let refused = |pattern, text| check(pattern, text).unwrap_err().to_string();
        assert_eq!(refused("^b", "abc"), "input does not match '^b'");
        assert_eq!(refused("(?=a)", "a"), "invalid regex '(?=a)'");
    }

    #[test]
    #[cfg(feature = "regex")]
    fn a_regular_expression_is_compiled_once() {
        use super::compiled::{Compiled, MOST};
        use std::sync::Arc;

        let compiled = Compiled::new();
        let regex = |pattern: &str| compiled.regex(pattern).unwrap();
        let once = regex("^once$");
        assert!(Arc::ptr_eq(&once, &regex("^once$")));
        assert!(compiled.regex("(?=once)").is_err());
        // However many there are, few are kept.
        for number in 0..MOST {
            assert!(regex(&format!("^{number}$")).is_match(&number.to_string()));
        }
        assert!(!Arc::ptr_eq(&once, &regex("^once$")));
        assert!(once.is_match("once"));
    }

    #[test]
    #[cfg(not(feature = "regex"))]
    fn without_the_engine_no_text_passes() {
        assert_eq!(
            check(".", "a"),
            Err("cannot be checked against '.': this program was built without the feature regex of \
                 choria-external-ddl, switch it on"
                .into())
        );
    }
}
