//! The first step of a path. It reads differently over objects and arrays.

use std::borrow::Cow;

use super::modifier;
use super::query::Query;

/// What follows a step.
#[derive(Clone, Copy)]
pub(super) enum Rest<'p> {
    /// Nothing.
    End,
    /// A path into what the step finds (after a dot).
    Into(&'p [u8]),
    /// A path over the whole result (after a pipe, and where after the dot a
    /// modifier or a selector stands).
    Over(&'p [u8]),
}

/// A step over an object.
pub(super) struct KeyStep<'p> {
    /// The key, or the pattern of one.
    pub(super) key: Cow<'p, [u8]>,
    pub(super) is_pattern: bool,
    pub(super) rest: Rest<'p>,
}

impl<'p> KeyStep<'p> {
    /// An escaped letter is kept without its backslash. A wildcard that is
    /// escaped is still one, if there is an earlier escape.
    pub(super) fn new(path: &'p [u8]) -> Self {
        let mut is_pattern = false;
        let step = |key, is_pattern, rest| Self {
            key,
            is_pattern,
            rest,
        };
        for (at, byte) in path.iter().enumerate() {
            match byte {
                b'.' | b'|' => {
                    return step(Cow::Borrowed(&path[..at]), is_pattern, Rest::new(path, at));
                }
                b'*' | b'?' => is_pattern = true,
                b'\\' => return Self::escaped(path, at, is_pattern),
                _ => {}
            }
        }
        step(Cow::Borrowed(path), is_pattern, Rest::End)
    }

    fn escaped(path: &'p [u8], mut at: usize, mut is_pattern: bool) -> Self {
        let mut key = path[..at].to_vec();
        let mut rest = Rest::End;
        while let Some(byte) = path.get(at) {
            match byte {
                b'\\' => {
                    at += 1;
                    key.extend(path.get(at));
                }
                b'.' | b'|' => {
                    rest = Rest::new(path, at);
                    break;
                }
                _ => {
                    is_pattern |= matches!(byte, b'*' | b'?');
                    key.push(*byte);
                }
            }
            at += 1;
        }
        Self {
            key: Cow::Owned(key),
            is_pattern,
            rest,
        }
    }
}

/// A step over an array.
pub(super) enum ItemStep<'p> {
    /// The item at an index; `None` where the text is none.
    Index(Option<usize>, Rest<'p>),
    /// `#`: how many items there are.
    Count(Rest<'p>),
    /// `#.path`: what is found at this path in each of them.
    Each(&'p [u8]),
    /// `#(..)`: the first item that passes, or with another `#` all of them.
    Query(Query<'p>, Rest<'p>),
    /// A text with a `#` that is nothing of all this: no item.
    None(Rest<'p>),
}

impl<'p> ItemStep<'p> {
    pub(super) fn new(path: &'p [u8]) -> Self {
        let mut query = None;
        let mut hash = false;
        let mut at = 0;
        let (part, rest) = loop {
            match path.get(at) {
                None => break (path, Rest::End),
                Some(b'|') => break (&path[..at], Rest::Over(&path[at + 1..])),
                // After a `#` a dot is only a dot.
                Some(b'.') if hash => break (&path[..at], Rest::Into(&path[at + 1..])),
                Some(b'.') => break (&path[..at], Rest::new(path, at)),
                Some(b'#') => {
                    hash = true;
                    if at == 0 && matches!(path.get(1), Some(b'(' | b'[')) {
                        let Some((read, end)) = Query::new(path) else {
                            // It never closes: an item that has the key "".
                            query = Some(Query::default());
                            break (path, Rest::End);
                        };
                        query = Some(read);
                        at = end;
                        continue;
                    }
                }
                Some(_) => {}
            }
            at += 1;
        };
        match (query, part, rest) {
            (Some(query), ..) => Self::Query(query, rest),
            (None, b"#", Rest::Into(path)) => Self::Each(path),
            (None, b"#", _) => Self::Count(rest),
            (None, ..) if hash => Self::None(rest),
            (None, ..) => Self::Index(
                super::found::whole(part).and_then(|index| index.try_into().ok()),
                rest,
            ),
        }
    }

    /// The path over the whole result.
    pub(super) fn over(&self) -> Option<&'p [u8]> {
        match self {
            Self::Index(_, rest) | Self::Count(rest) | Self::Query(_, rest) | Self::None(rest) => {
                rest.over()
            }
            Self::Each(_) => None,
        }
    }
}

impl<'p> Rest<'p> {
    /// What follows the separator at this place.
    fn new(path: &'p [u8], at: usize) -> Self {
        let after = &path[at + 1..];
        if path[at] == b'|' || starts_over(after) {
            Self::Over(after)
        } else {
            Self::Into(after)
        }
    }

    pub(super) fn over(self) -> Option<&'p [u8]> {
        match self {
            Self::Over(path) => Some(path),
            Self::End | Self::Into(_) => None,
        }
    }
}

/// Whether a path begins with a modifier or a selector.
fn starts_over(path: &[u8]) -> bool {
    match path {
        [b'@', name @ ..] => {
            let ends = |byte: &u8| matches!(byte, b'.' | b'|' | b':');
            let end = name.iter().position(ends).unwrap_or(name.len());
            modifier::exists(&name[..end])
        }
        [b'[' | b'{', ..] => true,
        _ => false,
    }
}

/// Cuts a path at its first pipe that is neither escaped nor within a query.
pub(super) fn split_pipe(path: &[u8]) -> Option<(&[u8], &[u8])> {
    if path.first() == Some(&b'{') {
        let end = 1 + super::scan::block_end(&path[1..]);
        return match path.get(end) {
            Some(b'|') if path.contains(&b'|') => Some((&path[..end], &path[end + 1..])),
            _ => None,
        };
    }
    let mut at = 0;
    while let Some(byte) = path.get(at) {
        match byte {
            b'\\' => at += 1,
            b'|' => return Some((&path[..at], &path[at + 1..])),
            b'.' => match path.get(at + 1..)? {
                [] | [b'#'] => return None,
                [b'#', b'(', ..] => at = selector_end(path, at + 3, b'(', b')'),
                [b'#', b'[', ..] => at = selector_end(path, at + 3, b'[', b']'),
                [b'#', ..] => at += 2,
                _ => {}
            },
            _ => {}
        }
        at += 1;
    }
    None
}

/// The place of the bracket that closes a query.
fn selector_end(path: &[u8], mut at: usize, open: u8, close: u8) -> usize {
    let mut depth = 1;
    while let Some(&byte) = path.get(at) {
        if byte == b'\\' {
            at += 1;
        } else if byte == open {
            depth += 1;
        } else if byte == close {
            depth -= 1;
            if depth == 0 {
                break;
            }
        } else if byte == b'"' {
            match super::scan::text_end(path, at + 1) {
                Some((end, _)) => at = end - 1,
                None => return path.len(),
            }
        }
        at += 1;
    }
    at
}
