//! What is found at a path.

use std::borrow::Cow;

use choria_external_go::number;
use serde_json::map::Entry;
use serde_json::{Map, Value};

use super::error::PathError;
use super::scan;
use super::text::lossy;

/// The deepest level of a found value that is read.
pub(super) const DEEPEST_VALUE: usize = 200;

/// The type of a value, by its first letter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// `null`
    #[default]
    Null,
    /// `false`
    False,
    /// A number, `NaN` and infinities among them.
    Number,
    /// A string.
    String,
    /// `true`
    True,
    /// An array or an object.
    Json,
}

/// A value in a document: its type and its JSON text.
// Where nothing was found it is null without a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found<'j> {
    pub(super) kind: Kind,
    pub(super) raw: Cow<'j, [u8]>,
}

impl<'j> Found<'j> {
    pub(super) fn new(kind: Kind, raw: &'j [u8]) -> Self {
        Self {
            kind,
            raw: Cow::Borrowed(raw),
        }
    }

    pub(super) fn made(kind: Kind, raw: Vec<u8>) -> Self {
        Self {
            kind,
            raw: Cow::Owned(raw),
        }
    }

    pub(super) fn into_owned(self) -> Found<'static> {
        Found {
            kind: self.kind,
            raw: Cow::Owned(self.raw.into_owned()),
        }
    }

    /// Reads the value that a JSON text begins with. Of arrays and objects all
    /// the rest is taken, also what follows them.
    pub(super) fn parse(json: &'j [u8]) -> Self {
        let Some(at) = json.iter().position(|byte| *byte > b' ') else {
            return Self::default();
        };
        let json = &json[at..];
        let word = |kind| Self::new(kind, &json[..scan::word_end(json, 0)]);
        let number = || Self::new(Kind::Number, &json[..scan::number_end(json, 0)]);
        match json[0] {
            b'{' | b'[' => Self::new(Kind::Json, json),
            b'"' => {
                let end = scan::text_end(json, 1).map_or(json.len(), |(end, _)| end);
                Self::new(Kind::String, &json[..end])
            }
            b'n' if scan::is_nan(json, 0) => number(),
            b'n' => word(Kind::Null),
            b't' => word(Kind::True),
            b'f' => word(Kind::False),
            first if scan::starts_number(first) => number(),
            _ => Self::default(),
        }
    }

    /// Reads the next value from `at` on, whatever stands before it. With it
    /// comes the place after it.
    pub(super) fn next(json: &'j [u8], at: usize) -> Option<(Self, usize)> {
        let mut at = at;
        loop {
            match Self::at(json, at)? {
                At::Value(found, end) => return Some((found, end)),
                At::Open => {
                    let end = scan::bracket_end(json, at + 1);
                    return Some((Self::new(Kind::Json, &json[at..end]), end));
                }
                At::Other => at += 1,
                At::Unclosed => return None,
            }
        }
    }

    /// What begins at this place; `None` after the end.
    pub(super) fn at(json: &'j [u8], at: usize) -> Option<At<'j>> {
        let until = |kind, end: usize| At::Value(Self::new(kind, &json[at..end]), end);
        let first = *json.get(at)?;
        Some(match first {
            b'{' | b'[' => At::Open,
            b'"' => match scan::text_end(json, at + 1) {
                Some((end, _)) => until(Kind::String, end),
                None => At::Unclosed,
            },
            b'n' if scan::is_nan(json, at) => until(Kind::Number, scan::number_end(json, at)),
            b'n' => until(Kind::Null, scan::word_end(json, at)),
            b't' => until(Kind::True, scan::word_end(json, at)),
            b'f' => until(Kind::False, scan::word_end(json, at)),
            _ if scan::starts_number(first) => until(Kind::Number, scan::number_end(json, at)),
            _ => At::Other,
        })
    }

    pub(super) fn exists(&self) -> bool {
        self.kind != Kind::Null || !self.raw.is_empty()
    }

    pub(super) fn is_array(&self) -> bool {
        self.kind == Kind::Json && self.raw.first() == Some(&b'[')
    }

    pub(super) fn is_object(&self) -> bool {
        self.kind == Kind::Json && self.raw.first() == Some(&b'{')
    }

    /// A string without its quotes and escapes; empty for all other types.
    pub(super) fn bytes(&self) -> Cow<'_, [u8]> {
        if self.kind != Kind::String {
            return Cow::Borrowed(&[]);
        }
        let (end, escaped) = match scan::text_end(&self.raw, 1) {
            Some((end, escaped)) => (end - 1, escaped),
            None => (self.raw.len(), self.raw.contains(&b'\\')),
        };
        let inner = &self.raw[1..end];
        if escaped {
            Cow::Owned(scan::unescape(inner))
        } else {
            Cow::Borrowed(inner)
        }
    }

    /// Returns its type.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Returns a string without its quotes and escapes; an empty one for all other
    /// types. Each byte that a broken escape leaves, and that is no UTF-8, is
    /// replaced by U+FFFD, as Go does when it compares strings.
    pub fn text(&self) -> Cow<'_, str> {
        match self.bytes() {
            Cow::Borrowed(bytes) => lossy(bytes),
            Cow::Owned(bytes) => Cow::Owned(lossy(&bytes).into_owned()),
        }
    }

    /// Returns its JSON text.
    pub fn as_written(&self) -> Cow<'_, str> {
        lossy(&self.raw)
    }

    /// Returns a number; 0 for all other types and for what is no number, and an
    /// infinity for one that is too large.
    pub fn float(&self) -> f64 {
        match std::str::from_utf8(&self.raw) {
            Ok(text) if self.kind == Kind::Number => float(text),
            _ => 0.0,
        }
    }

    /// Returns a number cut to an integer. Beyond 64 bits it wraps around if it is
    /// written with digits only, otherwise it is the smallest integer.
    pub fn int(&self) -> i64 {
        const LARGEST_SAFE: f64 = 9_007_199_254_740_991.0;
        let float = self.float();
        if float.abs() <= LARGEST_SAFE {
            #[expect(clippy::cast_possible_truncation, reason = "it was just checked")]
            return float as i64;
        }
        let (negative, digits) = match &*self.raw {
            [b'-', digits @ ..] => (true, digits),
            digits => (false, digits),
        };
        // What cannot be converted is this number on Choria's usual machines.
        whole(digits).map_or_else(
            || {
                if float.abs() < 2_f64.powi(63) {
                    truncated(float)
                } else {
                    i64::MIN
                }
            },
            |whole| {
                if negative {
                    whole.cast_signed().wrapping_neg()
                } else {
                    whole.cast_signed()
                }
            },
        )
    }

    /// Returns the value as the language `expr` sees it in Choria: all numbers are
    /// floats, and of equal keys the first counts.
    ///
    /// # Errors
    ///
    /// Returns [`PathError::Number`] or [`PathError::Levels`] if JSON cannot hold
    /// a number, or if there are too many levels.
    pub fn value(&self) -> Result<Value, PathError> {
        self.value_at(0)
    }

    fn value_at(&self, depth: usize) -> Result<Value, PathError> {
        Ok(match self.kind {
            Kind::Null => Value::Null,
            Kind::False => Value::Bool(false),
            Kind::True => Value::Bool(true),
            Kind::String => Value::String(self.text().into_owned()),
            Kind::Number => serde_json::Number::from_f64(self.float())
                .map(Value::Number)
                .ok_or(PathError::Number)?,
            Kind::Json if depth == DEEPEST_VALUE => {
                return Err(PathError::Levels);
            }
            Kind::Json if self.is_array() => {
                let items = self.items();
                let values = items.iter().map(|item| item.value_at(depth + 1));
                Value::Array(values.collect::<Result<_, _>>()?)
            }
            Kind::Json => {
                let mut object = Map::new();
                for pair in self.items().chunks_exact(2) {
                    let key = pair[0].text().into_owned();
                    if let Entry::Vacant(entry) = object.entry(key) {
                        entry.insert(pair[1].value_at(depth + 1)?);
                    }
                }
                Value::Object(object)
            }
        })
    }

    /// All values of an array or object in turn, keys among them.
    fn items(&self) -> Vec<Found<'_>> {
        let json = &*self.raw;
        let mut items = Vec::new();
        let mut at = 1;
        while let Some(&byte) = json.get(at) {
            let rest = &json[at..];
            let item = match byte {
                b']' | b'}' => break,
                b'{' | b'[' => Found::new(Kind::Json, &rest[..scan::bracket_end(rest, 1)]),
                b'n' => Found::new(Kind::Null, &rest[..scan::word_end(rest, 0)]),
                b't' | b'f' | b'"' | b'0'..=b'9' | b'-' => Found::parse(rest),
                _ => {
                    at += 1;
                    continue;
                }
            };
            at += item.raw.len();
            items.push(item);
        }
        items
    }
}

/// What begins at a place of a JSON text.
pub(super) enum At<'j> {
    /// A value and the place after it.
    Value(Found<'j>, usize),
    /// An array or an object.
    Open,
    /// A text that never ends.
    Unclosed,
    /// Something between values.
    Other,
}

/// Go's `strconv.ParseFloat` without its error.
pub(super) fn float(text: &str) -> f64 {
    number::parse_float(text)
        .or_else(|| {
            text.parse()
                .ok()
                .filter(|number: &f64| number.is_infinite())
        })
        .unwrap_or(0.0)
}

/// A whole number of digits only, which wraps around where it is too large.
pub(super) fn whole(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u64, |whole, digit| {
        let digit = digit.is_ascii_digit().then(|| u64::from(digit - b'0'))?;
        Some(whole.wrapping_mul(10).wrapping_add(digit))
    })
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "cut to a whole number is what is wanted"
)]
fn truncated(float: f64) -> i64 {
    float as i64
}
