//! Changes values in a test file, and nothing else.

use std::fmt::Write as _;
use std::ops::Range;

use choria_external_protocol::is_hidden;
use serde_json::Value;

use super::document::{Document, Format};
use super::scalar;
use super::tree::{Entry, Node};

/// Bytes of the file, and what takes their place.
pub(super) type Edit = (Range<usize>, String);

/// A key, and its new value; `None` takes the key away.
pub(super) type Change = (String, Option<New>);

/// A new value, whose keys have an order.
#[derive(Clone, Debug)]
pub(super) enum New {
    Scalar(Value),
    List(Vec<New>),
    Map(Vec<(String, New)>),
}

impl From<Value> for New {
    fn from(value: Value) -> Self {
        match value {
            Value::Array(items) => Self::List(items.into_iter().map(Self::from).collect()),
            Value::Object(members) => {
                let members = members.into_iter();
                Self::Map(members.map(|(key, value)| (key, value.into())).collect())
            }
            scalar => Self::Scalar(scalar),
        }
    }
}

impl New {
    pub(super) fn value(&self) -> Value {
        match self {
            Self::Scalar(value) => value.clone(),
            Self::List(items) => items.iter().map(Self::value).collect(),
            Self::Map(members) => {
                let members = members.iter();
                members
                    .map(|(key, value)| (key.clone(), value.value()))
                    .collect()
            }
        }
    }
}

/// What changes these keys of a map: in a block of YAML the lines of the values,
/// in `{..}` the whole of it.
pub(super) fn edits(document: &Document, map: &Node, changes: &[Change]) -> Vec<Edit> {
    let text = &*document.text;
    if text[map.span.start..].starts_with('{') {
        return vec![(map.span.clone(), flow(document, map, changes))];
    }
    let column = map.span.start - line_start(text, map.span.start);
    let eol = line_break(text);
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
    let mut edited = String::with_capacity(text.len());
    let mut done = 0;
    for (span, new) in edits {
        edited += text.get(done..span.start).unwrap_or_default();
        edited += &new;
        done = span.end;
    }
    edited + text.get(done..).unwrap_or_default()
}

/// How the lines of a file end.
fn line_break(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
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
fn block(value: &New, column: usize) -> String {
    let inner = column + 2;
    match value {
        New::Map(members) if !members.is_empty() => {
            let mut text = String::new();
            for (key, value) in members {
                let _ = write!(text, "\n{:inner$}{}:{}", "", word(key), block(value, inner));
            }
            text
        }
        New::List(items) if !items.is_empty() => {
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
        New::Scalar(Value::String(text)) => format!(" {}", word(text)),
        other => format!(" {}", compact(other)),
    }
}

/// A text as YAML, in quotes where it needs them.
fn word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || " _./()+=-".contains(c);
    let starts_well = text.starts_with(|c: char| c.is_ascii_alphabetic());
    // Other readers take these for something else.
    let doubtful = ["y", "n", "yes", "no", "on", "off"].contains(&&*text.to_lowercase());
    let is_text = scalar::plain(text).is_ok_and(|value| value.is_string());
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
        // YAML does not take the last two as they are. Beyond U+FFFF the two have
        // no escape in common.
        let code = u32::from(character);
        if code <= 0xffff && is_hidden(character) || matches!(code, 0xfffe | 0xffff) {
            let _ = write!(quoted, "\\u{code:04x}");
        } else {
            quoted.push(character);
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
    // The first key may stand beside the brace, and says nothing then.
    let first = map.entries().first();
    let inner = first.map_or_else(String::new, |entry| indent_of(entry.key_span.start));
    let step = inner
        .strip_prefix(&*outer)
        .filter(|step| !step.is_empty())
        .unwrap_or("  ");
    let outer = format!("{}{outer}", line_break(text));
    let inner = format!("{outer}{step}");
    let member = |key: &str, value: &New| {
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
        let members = members.join(&format!(",{inner}"));
        format!("{{{inner}{members}{outer}}}")
    } else {
        format!("{{{}}}", members.join(", "))
    }
}

/// JSON on several lines; `outer` is what the line of its end begins with, the
/// break before it, too.
fn pretty(value: &New, outer: &str, step: &str) -> String {
    let inner = format!("{outer}{step}");
    match value {
        New::Map(members) if !members.is_empty() => {
            let members = members.iter();
            let members: Vec<_> = members
                .map(|(key, value)| {
                    format!("{inner}{}: {}", quoted(key), pretty(value, &inner, step))
                })
                .collect();
            format!("{{{}{outer}}}", members.join(","))
        }
        New::List(items) if !items.is_empty() => {
            let items = items.iter();
            let items: Vec<_> = items
                .map(|item| format!("{inner}{}", pretty(item, &inner, step)))
                .collect();
            format!("[{}{outer}]", items.join(","))
        }
        other => compact(other),
    }
}

/// JSON on one line, with spaces.
fn compact(value: &New) -> String {
    match value {
        New::Map(members) => {
            let members = members.iter();
            let members: Vec<_> = members
                .map(|(key, value)| format!("{}: {}", quoted(key), compact(value)))
                .collect();
            format!("{{{}}}", members.join(", "))
        }
        New::List(items) => {
            let items: Vec<_> = items.iter().map(compact).collect();
            format!("[{}]", items.join(", "))
        }
        New::Scalar(Value::String(text)) => quoted(text),
        New::Scalar(other) => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn edited(format: Format, text: &str, changes: &[(&str, Option<Value>)]) -> String {
        let document = Document::from_text("f".into(), format, text.into()).unwrap();
        let map = document
            .root
            .entry("m")
            .map_or(&document.root, |entry| &entry.value);
        let changes: Vec<Change> = changes
            .iter()
            .map(|(key, value)| ((*key).to_owned(), value.clone().map(New::from)))
            .collect();
        let after = apply(text, edits(&document, map, &changes));
        // Whatever is written can be read, and says what was meant.
        let again = Document::from_text("f".into(), format, after.clone()).unwrap();
        let map = again
            .root
            .entry("m")
            .map_or(&again.root, |entry| &entry.value);
        for (key, value) in changes {
            assert_eq!(
                map.entry(&key).map(|entry| entry.value.value()),
                value.map(|value| value.value()),
                "{after}"
            );
        }
        after
    }

    #[test]
    fn a_block_keeps_all_but_the_values() {
        let text = "# top\nm:\n  a: 1   # one\n  # about b\n  b: {x: [1,\n    2]} # two\n  c: |\n    text\n\n  d:\n# end\nz: 1\n";
        let after = edited(
            Format::Yaml,
            text,
            &[
                ("a", Some(json!("yes"))),
                ("b", None),
                (
                    "c",
                    Some(json!({"k": [1, {"l": "x", "m": []}], "n: o": null})),
                ),
                ("d", Some(json!(1.5))),
                ("e", Some(json!("two\nlines"))),
            ],
        );
        assert_eq!(
            after,
            "# top\nm:\n  a: \"yes\"   # one\n  # about b\n  c:\n    k:\n      - 1\n      - l: x\n        m: []\n    \"n: o\": null\n\n  \
             d: 1.5\n  e: \"two\\nlines\"\n# end\nz: 1\n"
        );
    }

    #[test]
    fn the_last_line_needs_no_end() {
        assert_eq!(
            edited(Format::Yaml, "m:\n  a: 1", &[("b", Some(json!(2)))]),
            "m:\n  a: 1\n  b: 2"
        );
        assert_eq!(
            edited(
                Format::Yaml,
                "m:\r\n  a: 1\r\n",
                &[("b", Some(json!({"c": 2})))]
            ),
            "m:\r\n  a: 1\r\n  b:\r\n    c: 2\r\n"
        );
    }

    #[test]
    fn braces_stay_on_one_line_or_several() {
        assert_eq!(
            edited(
                Format::Yaml,
                "m: {a: 1, b: x} # why\n",
                &[("a", None), ("c", Some(json!({"d": [1]})))]
            ),
            "m: {b: x, c: {\"d\": [1]}} # why\n"
        );
        let text = "{\n    \"m\": {\n        \"a\": 1,\n        \"b\": {\"c\":1}\n    }\n}\n";
        assert_eq!(
            edited(
                Format::Json,
                text,
                &[("a", Some(json!({"x": [1, {}]}))), ("d", Some(json!("e")))]
            ),
            "{\n    \"m\": {\n        \"a\": {\n            \"x\": [\n                1,\n                {}\n            ]\n        },\n        \
             \"b\": {\"c\":1},\n        \"d\": \"e\"\n    }\n}\n"
        );
        assert_eq!(
            edited(Format::Json, "{\"m\":{\"a\":1}}", &[("a", None)]),
            "{\"m\":{}}"
        );
    }

    #[test]
    fn the_first_key_can_stand_beside_its_brace() {
        for (text, wanted) in [
            (
                "m: {a: 1,\n    b: 2} # why\nz: 1\n",
                "m: {\n  a: {\n    \"x\": 1\n  },\n  b: 2\n} # why\nz: 1\n",
            ),
            (
                "m: {\n  a: 1,\n  }\nz: 1\n",
                "m: {\n  a: {\n    \"x\": 1\n  }\n}\nz: 1\n",
            ),
            (
                "z:\n  - 1\nm: {a: 1,\n\n\n   b: {c: 1,\n d: 2}}\n",
                "z:\n  - 1\nm: {\n  a: {\n    \"x\": 1\n  },\n  b: {c: 1,\n d: 2}\n}\n",
            ),
        ] {
            let change = [("a", Some(json!({"x": 1})))];
            assert_eq!(edited(Format::Yaml, text, &change), wanted);
        }
        let text = "{\"m\": {\"a\": 1,\n      \"b\": 2}}";
        assert_eq!(
            edited(Format::Json, text, &[("b", None), ("c", Some(json!(3)))]),
            "{\"m\": {\n  \"a\": 1,\n  \"c\": 3\n}}"
        );
    }

    #[test]
    fn lines_of_braces_end_as_those_of_the_file() {
        let change = [("a", Some(json!({"x": [1]}))), ("c", Some(json!(2)))];
        for (format, text) in [
            (Format::Json, "{\n \"m\": {\n  \"a\": 1\n }\n}\n"),
            (Format::Yaml, "m: {\n a: 1\n }\n"),
        ] {
            let wanted = edited(format, text, &change).replace('\n', "\r\n");
            let text = text.replace('\n', "\r\n");
            assert_eq!(edited(format, &text, &change), wanted);
        }
    }

    #[test]
    fn texts_are_quoted_where_yaml_would_read_something_else() {
        for (text, written) in [
            ("plain text", "plain text"),
            ("no", "\"no\""),
            ("null", "\"null\""),
            ("1", "\"1\""),
            ("a: b", "\"a: b\""),
            ("x #y", "\"x #y\""),
            ("", "\"\""),
            ("a ", "\"a \""),
            ("\u{85}\u{202e}\u{feff}", "\"\\u0085\\u202e\\ufeff\""),
        ] {
            assert_eq!(word(text), written);
            assert_eq!(
                edited(Format::Yaml, "m:\n  a: 1\n", &[("a", Some(json!(text)))]),
                format!("m:\n  a: {written}\n")
            );
        }
    }
}
