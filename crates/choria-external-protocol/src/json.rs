//! Reading JSON as Choria writes it.

use std::borrow::Cow;
use std::fmt;

use serde_json::Value;

/// Bytes that are not JSON, with the place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JsonError {
    /// Nothing but white space.
    Empty,
    /// Not UTF-8; the offset of the first wrong byte.
    NotUtf8 {
        /// Bytes before the first one that is wrong.
        offset: usize,
    },
    /// Not JSON; the parser's reason holds line and column.
    Syntax(String),
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("empty, expected a JSON object"),
            Self::NotUtf8 { offset } => write!(f, "not UTF-8 from byte {offset} on"),
            Self::Syntax(reason) => write!(f, "not JSON: {reason}"),
        }
    }
}

impl std::error::Error for JsonError {}

/// Reads one JSON value.
///
/// - Of duplicate keys the last counts, as in Choria.
/// - A lone surrogate (`"\ud800"`), which Choria passes on and strict parsers
///   refuse, becomes U+FFFD, as in Choria's own reading of it.
/// - Nesting beyond 127 levels is an error, so that no input can exhaust the
///   stack.
///
/// ```
/// use choria_external_protocol::read_json;
///
/// assert_eq!(read_json(br#"{"a":1,"a":"\ud800!"}"#)?["a"], "\u{fffd}!");
/// # Ok::<(), choria_external_protocol::JsonError>(())
/// ```
///
/// # Errors
/// Returns [`JsonError`], which says what is wrong, and where.
pub fn read_json(bytes: &[u8]) -> Result<Value, JsonError> {
    let text = std::str::from_utf8(bytes).map_err(|error| JsonError::NotUtf8 {
        offset: error.valid_up_to(),
    })?;
    serde_json::from_str(text).or_else(|error| match replace_lone_surrogates(text) {
        Cow::Owned(mended) => {
            serde_json::from_str(&mended).map_err(|error| JsonError::Syntax(error.to_string()))
        }
        Cow::Borrowed(_) if text.trim_ascii().is_empty() => Err(JsonError::Empty),
        Cow::Borrowed(_) => Err(JsonError::Syntax(error.to_string())),
    })
}

/// Writes `\ufffd` over each escaped surrogate that has no partner. Looked for
/// only once the text was refused, so that every other text pays nothing.
fn replace_lone_surrogates(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let mut mended = String::new();
    let (mut done, mut at) = (0, 0);
    while at < bytes.len() {
        if bytes[at] != b'\\' {
            at += 1;
            continue;
        }
        let next = match escape_at(bytes, at) {
            Some(0xd800..=0xdbff) if matches!(escape_at(bytes, at + 6), Some(0xdc00..=0xdfff)) => {
                at + 12
            }
            Some(0xd800..=0xdfff) => {
                mended.push_str(&text[done..at]);
                mended.push_str("\\ufffd");
                done = at + 6;
                at + 6
            }
            Some(_) => at + 6,
            None => at + 2,
        };
        at = next;
    }
    if done == 0 {
        return Cow::Borrowed(text);
    }
    mended.push_str(&text[done..]);
    Cow::Owned(mended)
}

/// The number of the `\uXXXX` that starts at `at`.
fn escape_at(bytes: &[u8], at: usize) -> Option<u32> {
    let digits = bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
    digits.iter().try_fold(0, |number, digit| {
        Some(number * 16 + char::from(*digit).to_digit(16)?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Result<Value, String> {
        read_json(text.as_bytes()).map_err(|error| error.to_string())
    }

    #[test]
    fn lone_surrogates_are_replaced_wherever_they_stand() {
        for (text, wanted) in [
            (r#""\ud800""#, "\u{fffd}"),
            (r#""\udfff\ud800""#, "\u{fffd}\u{fffd}"),
            (r#""\ud800\ud83d\ude00""#, "\u{fffd}😀"),
            (r#""\ud800A""#, "\u{fffd}A"),
            (r#""\\ud800\uD800""#, "\\ud800\u{fffd}"),
            (r#""\"\ud800""#, "\"\u{fffd}"),
        ] {
            assert_eq!(read(text).unwrap(), wanted, "{text}");
        }
        assert_eq!(
            read(r#"{"\ud800":"\u0000é"}"#).unwrap(),
            serde_json::json!({"\u{fffd}": "\u{0}é"})
        );
    }

    #[test]
    fn the_last_of_duplicate_keys_counts() {
        assert_eq!(read(r#"{"a":1,"a":2}"#).unwrap()["a"], 2);
    }

    #[test]
    fn what_is_no_json_says_where() {
        assert_eq!(read(" ").unwrap_err(), "empty, expected a JSON object");
        assert_eq!(
            read_json(b"{\"a\":\"\xff\"}").unwrap_err().to_string(),
            "not UTF-8 from byte 6 on"
        );
        assert_eq!(
            read("{\n\"a\" 1}").unwrap_err(),
            "not JSON: expected `:` at line 2 column 5"
        );
        assert_eq!(
            read(r#""\ud80""#).unwrap_err(),
            "not JSON: invalid escape at line 1 column 7"
        );
        let deep = "[".repeat(10_000) + &"]".repeat(10_000);
        assert_eq!(
            read(&deep).unwrap_err(),
            "not JSON: recursion limit exceeded at line 1 column 128"
        );
    }

    proptest! {
        #[test]
        fn no_input_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = read_json(&bytes);
        }

        #[test]
        fn any_escapes_are_read_as_utf16_with_replacement(units in prop::collection::vec(
            prop_oneof![0x20u16..0x7f, 0xd7f0u16..0xe010, any::<u16>()], 0..20)) {
            let escapes: Vec<String> = units.iter().map(|unit| format!("\\u{unit:04x}")).collect();
            let text = format!("\"{}\"", escapes.concat());
            prop_assert_eq!(read(&text).unwrap(), String::from_utf16_lossy(&units));
        }

        #[test]
        fn what_serde_json_writes_comes_back(text in "\\PC*") {
            let value = serde_json::json!({ "k": text });
            prop_assert_eq!(read_json(&serde_json::to_vec(&value).unwrap()).unwrap(), value);
        }
    }
}
