//! What a JSON text means: the second pass of Go's `Unmarshal`.

use std::fmt;

use serde_json::{Map, Value};

use super::MAX_DEPTH;
use crate::number::to_json;

/// The kinds of JSON values, as Go's errors call them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `null`
    Null,
    /// `true` or `false`
    Bool,
    /// A number.
    Number,
    /// A string.
    String,
    /// A list.
    Array,
    /// An object.
    Object,
}

impl Kind {
    /// Returns the kind of the value that this text starts with, by its first
    /// byte; that of an empty one is null.
    pub fn of(value: &[u8]) -> Self {
        match value.first() {
            Some(b'{') => Self::Object,
            Some(b'[') => Self::Array,
            Some(b'"') => Self::String,
            Some(b't' | b'f') => Self::Bool,
            Some(b'n') | None => Self::Null,
            Some(_) => Self::Number,
        }
    }

    /// Returns the word in Go's errors, such as `array`.
    pub fn name(self) -> &'static str {
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

/// A number that a 64-bit float cannot hold, such as `1e999`: its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberError(pub String);

impl fmt::Display for NumberError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the number {} is too large for a 64-bit float", self.0)
    }
}

impl std::error::Error for NumberError {}

/// Reads a value into what Go's `any` holds. Numbers become 64-bit floats (so
/// integers beyond 2^53 are rounded, and `1.0` is `1`), bytes that are not
/// UTF-8 and lone surrogates U+FFFD; of equal keys the last counts.
///
/// The text is one that [`check`](super::check) takes; of any other the value has
/// no meaning. What is nested more than [`MAX_DEPTH`] levels deep is read as null.
///
/// The value is complete even with an error: Go leaves null where the number
/// stood, or nothing at all for the whole value, and goes on. The error is that
/// of the first such number.
pub fn read(text: &[u8]) -> (Value, Option<NumberError>) {
    let mut reader = Reader::new(text);
    let value = reader.value();
    (value, reader.error)
}

/// The text of a number as a 64-bit float. `None` where it is too large.
fn parse_float(text: &[u8]) -> Option<f64> {
    let number: f64 = str::from_utf8(text).ok()?.parse().ok()?;
    number.is_finite().then_some(number)
}

/// Returns the keys of an object with the texts of their values, in their order.
/// The text is one that [`check`](super::check) takes.
pub fn members(object: &[u8]) -> Vec<(String, &[u8])> {
    let mut reader = Reader::new(object);
    let mut members = Vec::new();
    reader.each_member(|reader, key| {
        let start = reader.at;
        reader.value();
        members.push((key, reader.since(start)));
    });
    members
}

/// Returns the texts of a list's entries. The text is one that
/// [`check`](super::check) takes.
pub fn elements(list: &[u8]) -> Vec<&[u8]> {
    let mut reader = Reader::new(list);
    let mut elements = Vec::new();
    reader.each_element(|reader| {
        let start = reader.at;
        reader.value();
        elements.push(reader.since(start));
    });
    elements
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Lists and objects that are open.
    depth: usize,
    error: Option<NumberError>,
}

impl<'a> Reader<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            at: 0,
            depth: 0,
            error: None,
        }
    }

    /// What was read since a place. In a text that is not JSON the end can come
    /// before the place that was expected.
    fn since(&self, start: usize) -> &'a [u8] {
        let end = self.at.min(self.bytes.len());
        self.bytes.get(start..end).unwrap_or_default()
    }

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
            b'{' | b'[' if self.depth == MAX_DEPTH => {
                self.skip_nested();
                Value::Null
            }
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

    /// A list or an object, whatever is in it.
    fn skip_nested(&mut self) {
        let mut open = 0_usize;
        loop {
            match self.bytes.get(self.at) {
                Some(b'"') => {
                    self.string();
                    continue;
                }
                Some(b'{' | b'[') => open += 1,
                Some(b'}' | b']') => open -= 1,
                Some(_) => {}
                None => return,
            }
            self.at += 1;
            if open == 0 {
                return;
            }
        }
    }

    fn each_member(&mut self, mut each: impl FnMut(&mut Self, String)) {
        self.skip_blanks();
        self.at += 1;
        self.depth += 1;
        loop {
            self.skip_separators();
            if self.peek() != b'"' {
                self.at += 1;
                self.depth -= 1;
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
        self.depth += 1;
        loop {
            self.skip_separators();
            if matches!(self.peek(), b']' | b' ') {
                self.at += 1;
                self.depth -= 1;
                return;
            }
            each(self);
        }
    }

    fn number(&mut self) -> Value {
        let start = self.at;
        self.skip(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'));
        let text = self.since(start);
        if text.is_empty() {
            // Not JSON: something else must come next.
            self.at += 1;
        }
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
            for chunk in self.since(start).utf8_chunks() {
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
            && self
                .bytes
                .get(self.at..)
                .unwrap_or_default()
                .starts_with(b"\\u")
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

    #[test]
    fn what_is_nested_too_deeply_is_null() {
        let nested = |depth: usize| [vec![b'['; depth], vec![b']'; depth]].concat();
        let depth_of = |value: &Value| {
            let (mut depth, mut value) = (0, value);
            while let Value::Array(list) = value {
                depth += 1;
                value = list.first().unwrap_or(&Value::Null);
            }
            depth
        };
        assert_eq!(depth_of(&read(&nested(MAX_DEPTH)).0), MAX_DEPTH);
        for depth in [MAX_DEPTH + 1, 10_000, 1_000_000] {
            assert_eq!(depth_of(&read(&nested(depth)).0), MAX_DEPTH);
            let list = [b"[\"]\",".as_slice(), &nested(depth), b",2]"].concat();
            let read = elements(&list);
            assert_eq!((read.len(), read[2]), (3, &b"2"[..]));
        }
        // Unclosed.
        assert_eq!(depth_of(&read(&vec![b'['; 1_000_000]).0), MAX_DEPTH);
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
            let _ = check(&bytes);
            read(&bytes);
            members(&bytes);
            elements(&bytes);
        }

        #[test]
        fn no_string_panics(bytes in prop::collection::vec(prop_oneof![Just(b'\\'), Just(b'u'), any::<u8>()], 0..60)) {
            let text = [b"\"", bytes.as_slice(), b"\""].concat();
            let _ = check(&text);
            read(&text);
        }

        #[test]
        fn no_text_that_is_nearly_json_panics(text in r#"[\[\]{}",:0e.\- truefalsn\\u]{0,40}"#) {
            let text = text.as_bytes();
            read(text);
            members(text);
            elements(text);
        }
    }
}
