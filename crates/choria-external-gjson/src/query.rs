//! Queries over the items of an array: `#(path op value)`.

use std::borrow::Cow;
use std::cmp::Ordering;

use choria_external_go::number::parse_bool;

use super::Run;
use super::found::{Found, Kind, float};
use super::scan;
use super::text::lossy;

/// A query, read.
#[derive(Default)]
pub(super) struct Query<'p> {
    /// Where in an item the value is; empty for the item itself.
    pub(super) path: &'p [u8],
    op: &'p [u8],
    value: Cow<'p, [u8]>,
    /// Whether all items are wanted that pass, not the first.
    pub(super) all: bool,
}

impl<'p> Query<'p> {
    /// Reads the query that a path begins with, and the place after it;
    /// `None` where it never closes.
    pub(super) fn new(path: &'p [u8]) -> Option<(Self, usize)> {
        let mut depth = 1;
        let mut op = None;
        let mut escaped = false;
        let mut at = 2;
        loop {
            match path.get(at)? {
                b'!' | b'=' | b'<' | b'>' | b'%' if depth == 1 && op.is_none() => op = Some(at),
                b'\\' => at += 1,
                b'[' | b'(' => depth += 1,
                b']' | b')' => {
                    depth -= 1;
                    if depth == 0 {
                        break;
                    }
                }
                b'"' => {
                    // A text that never ends hides the closing bracket, too.
                    let (end, more) = scan::text_end(path, at + 1)?;
                    escaped |= more;
                    at = end - 1;
                }
                _ => {}
            }
            at += 1;
        }
        let start = op.unwrap_or(at);
        let (op, value) = split_op(scan::trim(&path[start..at]));
        let query = Self {
            path: scan::trim(&path[2..start]),
            op,
            value: unquoted(value, escaped),
            all: path.get(at + 1) == Some(&b'#'),
        };
        Some((query, at + 1))
    }

    /// Whether a value passes.
    pub(super) fn passes(&self, run: &mut Run, value: &Found<'_>) -> bool {
        if let [b'~', class @ ..] = &*self.value {
            return match class_of(class, value) {
                // What belongs to the class counts as true, all else as false.
                Some(belongs) => self.op.is_empty() || passes_as_bool(belongs, self.op, b"true"),
                None => false,
            };
        }
        if !value.exists() {
            return false;
        }
        if self.op.is_empty() {
            return true;
        }
        match value.kind {
            Kind::String => self.passes_as_text(run, &value.bytes()),
            Kind::Number => {
                let (number, wanted) = (value.float(), float(&lossy(&self.value)));
                compare(self.op, number.partial_cmp(&wanted))
            }
            Kind::True | Kind::False => {
                passes_as_bool(value.kind == Kind::True, self.op, &self.value)
            }
            Kind::Null | Kind::Json => false,
        }
    }

    fn passes_as_text(&self, run: &mut Run, text: &[u8]) -> bool {
        match self.op {
            b"%" => run.matches(text, &self.value),
            b"!%" => !run.matches(text, &self.value),
            op => compare(op, Some(text.cmp(&self.value))),
        }
    }
}

/// Cuts `==value` into the sign and the value. Of `==` one `=` stays.
fn split_op(text: &[u8]) -> (&[u8], &[u8]) {
    let (op, value) = match text {
        [b'=', b'=', ..] => text[1..].split_at(1),
        [b'!', b'=' | b'%', ..] | [b'<' | b'>', b'=', ..] => text.split_at(2),
        [_] | [b'<' | b'>' | b'=' | b'%', ..] => text.split_at(1),
        _ => text.split_at(0),
    };
    (op, scan::trim(value))
}

fn unquoted(value: &[u8], escaped: bool) -> Cow<'_, [u8]> {
    match value {
        [b'"', inner @ .., b'"'] if escaped => Cow::Owned(scan::unescape(inner)),
        [b'"', inner @ .., b'"'] => Cow::Borrowed(inner),
        _ => Cow::Borrowed(value),
    }
}

/// Whether a value belongs to `~true`, `~false`, `~null` or `~*`, which is
/// everything that is there. `None` for other classes.
fn class_of(class: &[u8], value: &Found<'_>) -> Option<bool> {
    let as_bool = || parse_bool(&value.text().to_lowercase());
    Some(match class {
        b"*" => value.exists(),
        b"null" => value.kind == Kind::Null,
        b"true" => match value.kind {
            Kind::True => true,
            Kind::String => as_bool() == Some(true),
            Kind::Number => value.float() != 0.0,
            _ => false,
        },
        b"false" => match value.kind {
            Kind::Null | Kind::False => true,
            Kind::String => as_bool() == Some(false),
            Kind::Number => value.float() == 0.0,
            _ => false,
        },
        _ => return None,
    })
}

/// True is more than false, and at least anything; what is no boolean is
/// neither of them.
fn passes_as_bool(value: bool, op: &[u8], wanted: &[u8]) -> bool {
    let (own, other): (&[u8], &[u8]) = if value {
        (b"true", b"false")
    } else {
        (b"false", b"true")
    };
    match op {
        b"=" => wanted == own,
        b"!=" => wanted != own,
        b">" => value && wanted == other,
        b">=" => value,
        b"<" => !value && wanted == other,
        b"<=" => !value,
        _ => false,
    }
}

/// Compares; an order that is none (not a number) is only unequal.
fn compare(op: &[u8], order: Option<Ordering>) -> bool {
    match op {
        b"=" => order == Some(Ordering::Equal),
        b"!=" => order != Some(Ordering::Equal),
        b"<" => order == Some(Ordering::Less),
        b"<=" => order.is_some_and(Ordering::is_le),
        b">" => order == Some(Ordering::Greater),
        b">=" => order.is_some_and(Ordering::is_ge),
        _ => false,
    }
}
