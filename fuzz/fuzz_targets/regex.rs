//! Regular expressions in Go's dialect: any pattern is refused or used, in
//! bounded time.
//!
//! The first line is the pattern, what follows is the text.

#![no_main]

use std::time::{Duration, Instant};

use choria_external_ddl::{Extra, Input, Type, Validation};
use choria_external_fuzz::first_line;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

/// Far more than any pattern of this length needs on a slow machine.
const LONGEST: Duration = Duration::from_secs(5);

fuzz_target!(|bytes: &[u8]| {
    let (pattern, text) = first_line(bytes);
    let text = String::from_utf8_lossy(text).into_owned();

    let start = Instant::now();
    let verdict = check(&pattern, &text);
    let took = start.elapsed();
    assert!(
        took < LONGEST,
        "{pattern:?} on {} bytes took {took:?}",
        text.len()
    );
    if let Err(error) = verdict {
        assert!(
            error == format!("invalid regex '{pattern}'")
                || error == format!("input does not match '{pattern}'"),
            "{error}"
        );
    }

    // A quoted text matches itself, and an empty pattern everything.
    if !text.contains(r"\E") {
        assert_eq!(check(&format!(r"\A\Q{text}\E\z"), &text), Ok(None));
    }
    assert_eq!(check("", &text), Ok(None));
});

fn check(pattern: &str, text: &str) -> Result<Option<String>, String> {
    let input = Input {
        name: "text".into(),
        prompt: "Text".into(),
        description: "A text".into(),
        kind: Type::String,
        optional: false,
        default: None,
        list: [].as_slice().into(),
        maxlength: Some(i64::MAX),
        validation: Validation::Regex(pattern.to_owned().into()),
        extra: Extra::NONE,
    };
    input
        .check(&Value::from(text))
        .map_err(|error| error.to_string())
}
