//! What a JSON text means: the second pass of Go's `Unmarshal`.
//!
//! All functions take text that [`check`](super::check) took.

use choria_external_go::number::to_json;
use serde_json::{Map, Value};

/// What kind of value a text is, as Go's errors call it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Null,
    Bool,
    Number,
    String,
    Array,
    Object,
}

impl Kind {
    /// The kind of the value that starts with this byte.
    pub(crate) fn of(value: &[u8]) -> Self {
        match value.first() {
            Some(b'{') => Self::Object,
            Some(b'[') => Self::Array,
            Some(b'"') => Self::String,
            Some(b't' | b'f') => Self::Bool,
            Some(b'n') | None => Self::Null,
            Some(_) => Self::Number,
        }
    }

    /// The word in Go's errors.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool => "bool",
            Self::Number => "number",
            Self::String => "string",
            Self::Array => "array",
            Self::Object => "object",
        }
    }
}

/// A number that is no 64-bit float, such as `1e999`: its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NumberError(pub(crate) String);

/// Reads a value into what Go's `any` holds. Numbers become 64-bit floats (so
/// integers beyond 2^53 are rounded, and `1.0` is `1`), bytes that are not
/// UTF-8 and lone surrogates U+FFFD; of equal keys the last counts.
///
/// The value is complete even with an error: Go leaves null where the number
/// stood, or nothing at all for the whole value, and goes on. The error is that
/// of the first such number.
pub(crate) fn read(text: &[u8]) -> (Value, Option<NumberError>) {
    let mut reader = Reader {
        bytes: text,
        at: 0,
        error: None,
    };
    let value = reader.value();
    (value, reader.error)
}

/// The text of a number as a 64-bit float. `None` where it is too large.
fn parse_float(text: &[u8]) -> Option<f64> {
    let number: f64 = str::from_utf8(text).ok()?.parse().ok()?;
    number.is_finite().then_some(number)
}

/// The keys of an object with the texts of their values, in their order.
pub(crate) fn members(object: &[u8]) -> Vec<(String, &[u8])> {
    let mut reader = Reader {
        bytes: object,
        at: 0,
        error: None,
    };
    let mut members = Vec::new();
    reader.each_member(|reader, key| {
        let start = reader.at;
        reader.value();
        members.push((key, &object[start..reader.at]));
    });
    members
}

/// The texts of a list's entries.
pub(crate) fn elements(list: &[u8]) -> Vec<&[u8]> {
    let mut reader = Reader {
        bytes: list,
        at: 0,
        error: None,
    };
    let mut elements = Vec::new();
    reader.each_element(|reader| {
        let start = reader.at;
        reader.value();
        elements.push(&list[start..reader.at]);
    });
    elements
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    error: Option<NumberError>,
}

impl Reader<'_> {
    fn peek(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or(b' ')
    }

    fn skip(&mut self, unwanted: impl Fn(u8) -> bool) {
        while self.bytes.get(self.at).is_some_and(|byte| unwanted(*byte)) {
            self.at += 1;
        }
    }

    fn skip_blanks(&mut self) {
        self.skip(|byte| byte.is_ascii_whitespace());
    }

    /// Blanks, and the commas and colons between values.
    fn skip_separators(&mut self) {
        self.skip(|byte| byte.is_ascii_whitespace() || matches!(byte, b',' | b':'));
    }

    fn value(&mut self) -> Value {
        self.skip_blanks();
        match self.peek() {
            b'{' => {
                let mut map = Map::new();
                self.each_member(|reader, key| {
                    let value = reader.value();
                    map.insert(key, value);
                });
                Value::Object(map)
            }
            b'[' => {
                let mut list = Vec::new();
                self.each_element(|reader| list.push(reader.value()));
                Value::Array(list)
            }
            b'"' => Value::String(self.string()),
            b't' => {
                self.at += 4;
                Value::Bool(true)
            }
            b'f' => {
                self.at += 5;
                Value::Bool(false)
            }
            b'n' => {
                self.at += 4;
                Value::Null
            }
            _ => self.number(),
        }
    }

    fn each_member(&mut self, mut each: impl FnMut(&mut Self, String)) {
        self.skip_blanks();
        self.at += 1;
        loop {
            self.skip_separators();
            if self.peek() != b'"' {
                self.at += 1;
                return;
            }
            let key = self.string();
            self.skip_separators();
            each(self, key);
        }
    }

    fn each_element(&mut self, mut each: impl FnMut(&mut Self)) {
        self.skip_blanks();
        self.at += 1;
        loop {
            self.skip_separators();
            if matches!(self.peek(), b']' | b' ') {
                self.at += 1;
                return;
            }
            each(self);
        }
    }

    fn number(&mut self) -> Value {
        let start = self.at;
        self.skip(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'));
        let text = &self.bytes[start..self.at];
        match parse_float(text) {
            Some(number) => to_json(number).unwrap_or_default(),
            None => {
                let text = String::from_utf8_lossy(text).into_owned();
                self.error.get_or_insert(NumberError(text));
                Value::Null
            }
        }
    }

    fn string(&mut self) -> String {
        self.at += 1;
        let mut text = String::new();
        loop {
            let start = self.at;
            self.skip(|byte| !matches!(byte, b'"' | b'\\'));
            for chunk in self.bytes[start..self.at].utf8_chunks() {
                text.push_str(chunk.valid());
                // One for each byte, not one for each group of bytes.
                text.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
            }
            let escaped = self.peek() == b'\\';
            self.at += 1;
            if !escaped {
                return text;
            }
            let letter = self.peek();
            self.at += 1;
            text.push(match letter {
                b'b' => '\u{8}',
                b'f' => '\u{c}',
                b'n' => '\n',
                b'r' => '\r',
                b't' => '\t',
                b'u' => self.utf16(),
                other => char::from(other),
            });
        }
    }

    /// What follows `\u`, with a second escape where the first one is half a
    /// character.
    fn utf16(&mut self) -> char {
        let first = self.hex(self.at);
        self.at += 4;
        if let 0xd800..=0xdbff = first
            && self.bytes[self.at..].starts_with(b"\\u")
            && let second @ 0xdc00..=0xdfff = self.hex(self.at + 2)
        {
            self.at += 6;
            let both = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
            return char::from_u32(both).unwrap_or(char::REPLACEMENT_CHARACTER);
        }
        char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER)
    }

    fn hex(&self, at: usize) -> u32 {
        let digits = self.bytes.get(at..at + 4).unwrap_or_default();
        digits.iter().fold(0, |number, digit| {
            number * 16 + char::from(*digit).to_digit(16).unwrap_or_default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::check;
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn value(text: &[u8]) -> Value {
        check(text).unwrap();
        let (value, error) = read(text);
        assert_eq!(error, None);
        value
    }

    #[test]
    fn values_are_what_go_makes_of_them() {
        assert_eq!(
            value(br#" { "a" : [ 1 , {} , [] , "x" ] , "b" : { "c" : null } } "#),
            json!({"a": [1, {}, [], "x"], "b": {"c": null}})
        );
        assert_eq!(value(br#"{"a":1,"a":2}"#), json!({"a": 2}));
        assert_eq!(
            value(br#""\b\f\n\r\t\"\\\/\u00e9""#),
            json!("\u{8}\u{c}\n\r\t\"\\/\u{e9}")
        );
    }

    #[test]
    fn numbers_go_through_a_float() {
        assert_eq!(
            value(b"[9007199254740993,90007199254740993,1.0,-3,1e2,18446744073709551616]"),
            json!([
                9_007_199_254_740_992_i64,
                90_007_199_254_741_000_i64,
                1,
                -3,
                100,
                18_446_744_073_709_551_616.0
            ])
        );
        let text = br#"{"n":1e999,"m":[-1e999,2]}"#;
        assert_eq!(
            read(text),
            (
                json!({"n": null, "m": [null, 2]}),
                Some(NumberError("1e999".into()))
            )
        );
    }

    #[test]
    fn what_is_no_text_is_replaced() {
        assert_eq!(
            value(b"{\"\xff\xfe\":\"\xed\xa0\x80\xe4\xb8.\"}"),
            json!({"\u{fffd}\u{fffd}": "\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}."})
        );
        assert_eq!(
            value(br#""\ud800\ud83d\ude00\udc00x\ud800\n""#),
            json!("\u{fffd}\u{1f600}\u{fffd}x\u{fffd}\n")
        );
    }

    /// Any JSON value whose numbers a 64-bit float can hold.
    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Bool),
            any::<i32>().prop_map(Value::from),
            (-1e300..1e300f64).prop_map(|number| if number.fract() == 0.0 {
                json!(0.5)
            } else {
                json!(number)
            }),
            "\\PC*".prop_map(Value::String),
            any::<String>().prop_map(Value::String),
        ];
        leaf.prop_recursive(5, 40, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::Array),
                prop::collection::btree_map("\\PC*", inner, 0..6)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_serde_json_writes_comes_back(wanted in any_value(), pretty: bool) {
            let text = if pretty { serde_json::to_vec_pretty(&wanted) } else { serde_json::to_vec(&wanted) }.unwrap();
            prop_assert!(check(&text).is_ok());
            prop_assert_eq!(read(&text), (wanted, None));
        }

        #[test]
        fn serde_json_takes_the_same_texts(text in r#"[\[\]{}",:0-9eE.\-+ tfnrualsx\\]{0,12}"#) {
            // A number too large for a float is JSON; serde_json refuses it only as a value.
            let theirs = serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok();
            prop_assert_eq!(check(text.as_bytes()).is_ok(), theirs, "{}", text);
        }

        #[test]
        fn a_damaged_text_is_judged_as_serde_json_does(wanted in any_value(), place: prop::sample::Index, byte in 0x20u8..0x7f) {
            let mut text = serde_json::to_vec(&wanted).unwrap();
            let place = place.index(text.len());
            text[place] = byte;
            if let Ok(text) = str::from_utf8(&text) {
                let theirs = serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
                prop_assert_eq!(check(text.as_bytes()).is_ok(), theirs, "{}", text);
            }
        }

        #[test]
        fn no_input_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            if check(&bytes).is_ok() {
                read(&bytes);
            }
        }

        #[test]
        fn no_string_panics(bytes in prop::collection::vec(prop_oneof![Just(b'\\'), Just(b'u'), any::<u8>()], 0..60)) {
            let text = [b"\"", bytes.as_slice(), b"\""].concat();
            if check(&text).is_ok() {
                read(&text);
            }
        }
    }
}
