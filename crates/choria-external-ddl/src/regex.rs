//! Regular expressions: the one place that knows the engine.

/// Checks a text against a regular expression as the server does
/// (`validator/regex`): unanchored, in Go's dialect of RE2, see [`crate::re2`].
///
/// Without the feature `regex` no text passes.
#[cfg(feature = "regex")]
pub(crate) fn check(pattern: &str, text: &str) -> Result<(), String> {
    let regex = crate::re2::to_rust(pattern).and_then(|pattern| {
        // Go allows 1000 levels, and what each of them needs is counted there.
        ::regex::RegexBuilder::new(&pattern)
            .nest_limit(2 * crate::re2::DEEPEST)
            .build()
            .ok()
    });
    match regex {
        None => Err(format!("invalid regex '{pattern}'")),
        Some(regex) if regex.is_match(text) => Ok(()),
        Some(_) => Err(format!("input does not match '{pattern}'")),
    }
}

/// Without the feature `regex` no text passes.
#[cfg(not(feature = "regex"))]
pub(crate) fn check(pattern: &str, _text: &str) -> Result<(), String> {
    Err(format!(
        "cannot be checked against '{pattern}': this program was built without the feature regex of \
         choria-external-ddl, switch it on"
    ))
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    #[cfg(feature = "regex")]
    fn a_match_anywhere_will_do() {
        assert_eq!(check("b+", "abc"), Ok(()));
        assert_eq!(check("^b", "abc"), Err("input does not match '^b'".into()));
        assert_eq!(check("(?=a)", "a"), Err("invalid regex '(?=a)'".into()));
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
