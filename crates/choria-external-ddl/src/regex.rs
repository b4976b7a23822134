//! Inputs that are checked by a regular expression.

/// Checks a text against a regular expression as the server does
/// (`validator/regex`): unanchored, in Go's dialect.
///
/// Without the feature `regex` no text passes.
#[cfg(feature = "regex")]
pub(crate) fn check(pattern: &str, text: &str) -> Result<(), String> {
    let regex = choria_external_go::Regex::new(pattern).map_err(|error| error.to_string())?;
    if regex.is_match(text) {
        Ok(())
    } else {
        Err(format!("input does not match '{pattern}'"))
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
