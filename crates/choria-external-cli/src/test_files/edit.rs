//! Changes values in a test file, and nothing else.

use std::fmt::Write as _;
use std::ops::Range;

use serde_json::Value;

use super::tree::{Document, Entry, Format, Node};
use super::yaml;

/// Bytes of the file, and what takes their place.
pub(super) type Edit = (Range<usize>, String);

/// A key, and its new value; `None` takes the key away.
pub(super) type Change = (String, Option<Value>);

/// What changes these keys of a map: in a block of YAML the lines of the values,
/// in `{..}` the whole of it.
pub(super) fn edits(document: &Document, map: &Node, changes: &[Change]) -> Vec<Edit> {
    let text = &*document.text;
    if text[map.span.start..].starts_with('{') {
        return vec![(map.span.clone(), flow(document, map, changes))];
    }
    let column = map.span.start - line_start(text, map.span.start);
    let eol = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut edits = Vec::new();
    let mut added = String::new();
    for (key, value) in changes {
        match (map.entry(key), value) {
            (Some(entry), None) => {
                let start = line_start(text, entry.key_span.start);
                edits.push((start..line_end(text, entry.end()), String::new()));
            }
            (Some(entry), Some(value)) => {
                let Range { start, end } = value_span(text, entry);
                let value = block(value, column).replace('\n', eol);
                edits.push((start..end, value));
            }
            (None, Some(value)) => {
                let value = block(value, column).replace('\n', eol);
                let _ = write!(added, "{:column$}{key}:{value}{eol}", "");
            }
            (None, None) => {}
        }
    }
    if !added.is_empty() {
        let end = line_end(text, map.span.end);
        if !text[..end].ends_with('\n') {
            added.insert_str(0, eol);
            added.truncate(added.len() - eol.len());
        }
        edits.push((end..end, added));
    }
    edits
}

/// The text with all edits made; they do not overlap.
pub(super) fn apply(text: &str, mut edits: Vec<Edit>) -> String {
    edits.sort_by_key(|(span, _)| (span.start, span.end));
    let mut edited = text.to_owned();
    for (span, new) in edits.into_iter().rev() {
        edited.replace_range(span, &new);
    }
    edited
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |end| end + 1)
}

/// Behind the end of the line.
fn line_end(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |end| at + end + 1)
}

/// From behind the colon of an entry to the end of its value.
fn value_span(text: &str, entry: &Entry) -> Range<usize> {
    let key_end = entry.key_span.end;
    let colon = text[key_end..]
        .find(':')
        .map_or(key_end, |at| key_end + at + 1);
    colon..entry.end().max(colon)
}

/// A value of a block map whose keys stand in this column: what follows the
/// colon.
fn block(value: &Value, column: usize) -> String {
    let inner = column + 2;
    match value {
        Value::Object(members) if !members.is_empty() => {
            let mut text = String::new();
            for (key, value) in members {
                let _ = write!(text, "\n{:inner$}{}:{}", "", word(key), block(value, inner));
            }
            text
        }
        Value::Array(items) if !items.is_empty() => {
            let mut text = String::new();
            for item in items {
                let item = block(item, inner);
                // The first key of a map, or item of a list, stands beside the dash.
                let item = match item.strip_prefix('\n') {
                    Some(lines) => format!(" {}", lines.trim_start()),
                    None => item,
                };
                let _ = write!(text, "\n{:inner$}-{item}", "");
            }
            text
        }
        Value::String(text) => format!(" {}", word(text)),
        other => format!(" {other}"),
    }
}

/// A text as YAML, in quotes where it needs them.
fn word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || " _./()+=-".contains(c);
    let starts_well = text.starts_with(|c: char| c.is_ascii_alphabetic());
    // Other readers take these for something else.
    let doubtful = ["y", "n", "yes", "no", "on", "off"].contains(&&*text.to_lowercase());
    let is_text = yaml::plain(text).is_ok_and(|value| value.is_string());
    if starts_well && !text.ends_with(' ') && text.chars().all(plain) && is_text && !doubtful {
        text.into()
    } else {
        quoted(text)
    }
}

/// A text in double quotes, as JSON and as YAML have them.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::new();
    for character in Value::from(text).to_string().chars() {
        match character {
            // YAML does not take these as they are.
            '\u{7f}'..='\u{9f}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{feff}'
            | '\u{fffe}'
            | '\u{ffff}' => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(character));
            }
            _ => quoted.push(character),
        }
    }
    quoted
}

/// A map in braces with its changes, on one line or several as it was.
fn flow(document: &Document, map: &Node, changes: &[Change]) -> String {
    let text = &*document.text;
    let change = |key: &str| changes.iter().find(|(changed, _)| changed == key);
    let lines = text[map.span.clone()].contains('\n');
    let indent_of = |at: usize| {
        let start = line_start(text, at);
        let line = &text[start..];
        line[..line.len() - line.trim_start_matches([' ', '\t']).len()].to_owned()
    };
    let outer = indent_of(map.span.start);
    let inner = match map.entries().first() {
        Some(entry) if lines => indent_of(entry.key_span.start),
        _ => format!("{outer}  "),
    };
    let step = inner
        .strip_prefix(&*outer)
        .filter(|step| !step.is_empty())
        .unwrap_or("  ");
    let member = |key: &str, value: &Value| {
        let key = match document.format {
            Format::Json => quoted(key),
            Format::Yaml => word(key),
        };
        let value = if lines {
            pretty(value, &inner, step)
        } else {
            compact(value)
        };
        format!("{key}: {value}")
    };
    let kept = map
        .entries()
        .iter()
        .filter_map(|entry| match change(&entry.key) {
            Some((_, None)) => None,
            Some((key, Some(value))) => Some(member(key, value)),
            None => Some(text[entry.key_span.start..entry.end()].to_owned()),
        });
    let added = changes.iter().filter_map(|(key, value)| {
        let value = value.as_ref()?;
        map.entry(key).is_none().then(|| member(key, value))
    });
    let members: Vec<String> = kept.chain(added).collect();
    if members.is_empty() {
        "{}".into()
    } else if lines {
        let members = members.join(&format!(",\n{inner}"));
        format!("{{\n{inner}{members}\n{outer}}}")
    } else {
        format!("{{{}}}", members.join(", "))
    }
}

/// JSON on several lines.
fn pretty(value: &Value, outer: &str, step: &str) -> String {
    let inner = format!("{outer}{step}");
    match value {
        Value::Object(members) if !members.is_empty() => {
            let members = members.iter();
            let members: Vec<_> = members
                .map(|(key, value)| {
                    format!("{inner}{}: {}", quoted(key), pretty(value, &inner, step))
                })
                .collect();
            format!("{{\n{}\n{outer}}}", members.join(",\n"))
        }
        Value::Array(items) if !items.is_empty() => {
            let items = items.iter();
            let items: Vec<_> = items
                .map(|item| format!("{inner}{}", pretty(item, &inner, step)))
                .collect();
            format!("[\n{}\n{outer}]", items.join(",\n"))
        }
        other => compact(other),
    }
}

/// JSON on one line, with spaces.
fn compact(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let members = members.iter();
            let members: Vec<_> = members
                .map(|(key, value)| format!("{}: {}", quoted(key), compact(value)))
                .collect();
            format!("{{{}}}", members.join(", "))
        }
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(compact).collect();
            format!("[{}]", items.join(", "))
        }
        Value::String(text) => quoted(text),
        other => other.to_string(),
    }
}
