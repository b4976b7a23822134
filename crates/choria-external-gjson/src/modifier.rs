//! What changes a value on the way: the modifiers `@name:argument`, and the
//! literals `!value` that stand for any.

use std::borrow::Cow;
use std::collections::HashMap;

use choria_external_go::number::parse_bool;

use super::Run;
use super::found::{Found, Kind};
use super::scan;
use super::text::{List, push_json};

/// The modifiers. `@pretty` is one, too, see [`PathError::Pretty`](super::PathError::Pretty).
const NAMES: [&str; 13] = [
    "dig", "flatten", "fromstr", "group", "join", "keys", "pretty", "reverse", "this", "tostr",
    "ugly", "valid", "values",
];

pub(super) fn exists(name: &[u8]) -> bool {
    NAMES.iter().any(|known| known.as_bytes() == name)
}

/// The JSON text that the modifier or the literal at the beginning of a path
/// makes, and the rest of the path. `None` where it is neither.
pub(super) fn run<'j, 'p>(
    run: &mut Run,
    json: &'j [u8],
    path: &'p [u8],
) -> Option<(Cow<'j, [u8]>, &'p [u8])> {
    if path[0] == b'!' {
        let (value, rest) = literal(&path[1..])?;
        return Some((Cow::Owned(value.to_vec()), rest));
    }
    let ends = |byte: &u8| matches!(byte, b':' | b'|' | b'.');
    let end = path
        .iter()
        .skip(1)
        .position(ends)
        .map_or(path.len(), |end| end + 1);
    let name = &path[1..end];
    if !exists(name) {
        return None;
    }
    let (argument, rest) = match &path[end..] {
        [b':', rest @ ..] => rest.split_at(argument_end(rest)),
        rest => (&[][..], rest),
    };
    let made = if run.spend(json.len()) {
        apply(run, name, json, argument)
    } else {
        Cow::default()
    };
    Some((made, rest))
}

fn literal(text: &[u8]) -> Option<(&[u8], &[u8])> {
    if let Some(b'{' | b'[' | b'"' | b'+' | b'-' | b'0'..=b'9') = text.first() {
        // The first byte counts as an opening bracket, whatever it is: a text
        // or a number goes on to the end of the path.
        return Some(text.split_at(scan::bracket_end(text, 1)));
    }
    let ends = |byte: &u8| matches!(byte, b'|' | b'.');
    let (word, rest) = text.split_at(text.iter().position(ends).unwrap_or(text.len()));
    let known = ["true", "false", "null", "nan", "inf"];
    known
        .iter()
        .any(|known| known.as_bytes().eq_ignore_ascii_case(word))
        .then_some((word, rest))
}

/// An argument is a JSON value, or everything up to a pipe that stands in no
/// brackets.
fn argument_end(text: &[u8]) -> usize {
    if let Some(b'{' | b'[' | b'"') = text.first() {
        return scan::block_end(text);
    }
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        match byte {
            b'|' => break,
            b'{' | b'[' | b'"' | b'(' => at += scan::block_end(&text[at..]),
            _ => at += 1,
        }
    }
    at
}

fn apply<'j>(run: &mut Run, name: &[u8], json: &'j [u8], argument: &[u8]) -> Cow<'j, [u8]> {
    let value = Found::parse(json);
    Cow::Owned(match name {
        b"valid" if scan::is_valid(json) => return Cow::Borrowed(json),
        b"reverse" if value.is_array() => {
            let mut list = List::new();
            values(&value)
                .iter()
                .rev()
                .for_each(|item| list.push(&item.raw));
            list.end()
        }
        b"reverse" if value.is_object() => object(members(&value).iter().rev()),
        b"values" if value.is_array() => return Cow::Borrowed(json),
        b"values" => {
            let mut list = List::new();
            for item in &values(&value) {
                list.push(&item.raw);
            }
            list.end()
        }
        b"keys" => {
            let mut list = List::new();
            for (key, _) in members(&value) {
                list.push(if value.is_object() { &key.raw } else { b"null" });
            }
            list.end()
        }
        b"flatten" => return flatten(run, json, flag(argument, b"deep")),
        b"join" if value.is_array() => join(&value, flag(argument, b"preserve")),
        b"this" | b"reverse" | b"join" => return Cow::Borrowed(json),
        b"tostr" => {
            let mut text = Vec::new();
            push_json(&mut text, json);
            text
        }
        b"fromstr" if scan::is_valid(json) => as_text(&value),
        b"group" if value.is_object() => group(&value),
        b"dig" => {
            let mut list = List::new();
            dig(run, &mut list, &value, argument);
            list.end()
        }
        b"ugly" => without_blanks(json),
        // Not valid, no object, and `@pretty`, with which no path is read.
        _ => Vec::new(),
    })
}

/// Keys and values in turn; a value that has no keys comes with none, and one
/// that is no array or object is its own only value.
fn members<'f>(value: &'f Found<'_>) -> Vec<(Found<'f>, Found<'f>)> {
    if !value.exists() {
        return Vec::new();
    }
    let json = &*value.raw;
    if value.kind != Kind::Json {
        return vec![(Found::default(), Found::new(value.kind, json))];
    }
    let has_keys = value.is_object();
    let mut members = Vec::new();
    let mut at = 1;
    while at < json.len() {
        let mut key = Found::default();
        if has_keys {
            if json[at] != b'"' {
                at += 1;
                continue;
            }
            let Some((end, _)) = scan::text_end(json, at + 1) else {
                break;
            };
            key = Found::new(Kind::String, &json[at..end]);
            at = end;
        }
        let Some((item, end)) = Found::next(json, at) else {
            break;
        };
        members.push((key, item));
        // The byte after a value is taken for a comma.
        at = end + 1;
    }
    members
}

fn values<'f>(value: &'f Found<'_>) -> Vec<Found<'f>> {
    members(value).into_iter().map(|(_, item)| item).collect()
}

/// Whether a modifier's argument, an object, has this key with something true.
fn flag(argument: &[u8], name: &[u8]) -> bool {
    let argument = Found::parse(argument);
    let mut on = false;
    for (key, value) in members(&argument) {
        if *key.bytes() == *name {
            on = match value.kind {
                Kind::True => true,
                Kind::String => parse_bool(&value.text().to_lowercase()) == Some(true),
                Kind::Number => value.float() != 0.0,
                _ => false,
            };
        }
    }
    on
}

fn object<'f>(members: impl Iterator<Item = &'f (Found<'f>, Found<'f>)>) -> Vec<u8> {
    let mut json = vec![b'{'];
    for (key, value) in members {
        if json.len() > 1 {
            json.push(b',');
        }
        json.extend_from_slice(&key.raw);
        json.push(b':');
        json.extend_from_slice(&value.raw);
    }
    json.push(b'}');
    json
}

/// Without the brackets around it.
fn unwrapped(json: &[u8]) -> &[u8] {
    match scan::trim(json) {
        [b'[' | b'{', inner @ .., _] => inner,
        json => json,
    }
}

fn flatten<'j>(run: &mut Run, json: &'j [u8], deep: bool) -> Cow<'j, [u8]> {
    let value = Found::parse(json);
    if !value.is_array() {
        return Cow::Borrowed(json);
    }
    let mut list = List::new();
    if run.enter(json.len()) {
        for item in values(&value) {
            if item.is_array() && deep {
                list.push(unwrapped(&flatten(run, &item.raw, deep)).trim_ascii());
            } else if item.is_array() {
                list.push(unwrapped(&item.raw).trim_ascii());
            } else {
                list.push(item.raw.trim_ascii());
            }
        }
        run.leave();
    }
    Cow::Owned(list.end())
}

fn join(array: &Found<'_>, preserve: bool) -> Vec<u8> {
    let objects: Vec<_> = values(array).into_iter().filter(Found::is_object).collect();
    if preserve {
        let mut json = vec![b'{'];
        for (at, object) in objects.iter().enumerate() {
            if at > 0 {
                json.push(b',');
            }
            json.extend_from_slice(unwrapped(&object.raw));
        }
        json.push(b'}');
        return json;
    }
    // The first key counts for the order, the last for the value.
    let mut places = HashMap::new();
    let mut joined: Vec<(Found<'_>, Found<'_>)> = Vec::new();
    for (key, value) in objects.iter().flat_map(members) {
        let place = *places
            .entry(key.bytes().into_owned())
            .or_insert(joined.len());
        match joined.get_mut(place) {
            Some((_, old)) => *old = value,
            None => joined.push((key, value)),
        }
    }
    object(joined.iter())
}

fn as_text(value: &Found<'_>) -> Vec<u8> {
    match value.kind {
        Kind::Null => Vec::new(),
        Kind::False => b"false".to_vec(),
        Kind::True => b"true".to_vec(),
        Kind::String => value.bytes().into_owned(),
        Kind::Json => value.raw.to_vec(),
        Kind::Number => {
            let digits = value.raw.strip_prefix(b"-").unwrap_or(&value.raw);
            if digits.iter().all(u8::is_ascii_digit) {
                return value.raw.to_vec();
            }
            match value.float() {
                f64::INFINITY => b"+Inf".to_vec(),
                f64::NEG_INFINITY => b"-Inf".to_vec(),
                number => number.to_string().into_bytes(),
            }
        }
    }
}

/// An object of arrays as an array of objects.
fn group(value: &Found<'_>) -> Vec<u8> {
    let mut rows: Vec<Vec<u8>> = Vec::new();
    for (key, column) in members(value) {
        if !column.is_array() {
            continue;
        }
        for (at, item) in values(&column).iter().enumerate() {
            if at == rows.len() {
                rows.push(Vec::new());
            }
            let row = &mut rows[at];
            row.push(if row.is_empty() { b'{' } else { b',' });
            row.extend_from_slice(&key.raw);
            row.push(b':');
            row.extend_from_slice(&item.raw);
        }
    }
    let mut list = List::new();
    for mut row in rows {
        row.push(b'}');
        list.push(&row);
    }
    list.end()
}

/// What a path finds in a value and in everything below it.
fn dig(run: &mut Run, list: &mut List, value: &Found<'_>, path: &[u8]) {
    if !run.enter(path.len()) {
        return;
    }
    list.push(&run.get(&value.raw, path).raw);
    if value.kind == Kind::Json {
        for item in values(value) {
            dig(run, list, &item, path);
        }
    }
    run.leave();
}

fn without_blanks(json: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(json.len());
    let mut at = 0;
    while let Some(&byte) = json.get(at) {
        let end = match byte {
            b'"' => scan::text_end(json, at + 1).map_or(json.len(), |(end, _)| end),
            _ => at + 1,
        };
        if byte > b' ' {
            text.extend_from_slice(&json[at..end]);
        }
        at = end;
    }
    text
}
