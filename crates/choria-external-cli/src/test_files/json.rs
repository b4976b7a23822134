//! JSON as a tree with places.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::tree::{Broken, DEEPEST, Entry, Keys, Kind, Node};

/// The tree of a JSON text.
pub(super) fn read(text: &str) -> Result<Node, Broken> {
    // Editors on Windows like to begin a file with it.
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let raw: &RawValue = serde_json::from_str(body).map_err(|error| {
        let lines = body.split_inclusive('\n');
        let before: usize = lines
            .take(error.line().saturating_sub(1))
            .map(str::len)
            .sum();
        let at = text.len() - body.len() + before + error.column().saturating_sub(1);
        // A column is a byte here, and may be amidst a character.
        let at = (0..=at.min(text.len())).rfind(|at| text.is_char_boundary(*at));
        let at = at.unwrap_or_default();
        (at, format!("not JSON: {}", reason(&error)))
    })?;
    Reader { text }.node(raw, 0)
}

struct Reader<'a> {
    text: &'a str,
}

impl<'a> Reader<'a> {
    fn node(&self, raw: &'a RawValue, depth: usize) -> Result<Node, Broken> {
        let part = raw.get();
        // Each part is borrowed from the text.
        let start = (part.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        let wrong = |error: serde_json::Error| (start, format!("not JSON: {}", reason(&error)));
        if depth == DEEPEST {
            return Err((
                start,
                format!("more than {DEEPEST} nested lists and objects"),
            ));
        }
        let kind = match part.as_bytes().first() {
            Some(b'[') => {
                let items: Vec<&RawValue> = serde_json::from_str(part).map_err(wrong)?;
                let items = items.into_iter().map(|item| self.node(item, depth + 1));
                Kind::List(items.collect::<Result<_, _>>()?)
            }
            Some(b'{') => {
                let Members(members) = serde_json::from_str(part).map_err(wrong)?;
                let mut keys = Keys::default();
                let mut entries = Vec::new();
                for (key, value) in members {
                    let Node { span, kind, .. } = self.node(key, depth + 1)?;
                    let Kind::Scalar(serde_json::Value::String(key)) = kind else {
                        return Err((span.start, "expected a string as key".into()));
                    };
                    keys.note(&key).map_err(|reason| (span.start, reason))?;
                    entries.push(Entry {
                        key,
                        key_span: span,
                        value: self.node(value, depth + 1)?,
                    });
                }
                Kind::Map(entries)
            }
            _ => Kind::Scalar(serde_json::from_str(part).map_err(wrong)?),
        };
        Ok(Node {
            span: start..start + part.len(),
            kind,
            shared: false,
        })
    }
}

/// The parser's reason without the place, which is told in front.
fn reason(error: &serde_json::Error) -> String {
    let told = error.to_string();
    let reason = told.rsplit_once(" at line ").map(|(reason, _)| reason);
    reason.unwrap_or(&told).to_owned()
}

/// The members of an object as they stand there.
struct Members<'a>(Vec<(&'a RawValue, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Collect)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_has_its_place() {
        let text = "{\"a\": [1, {\"\\u00fc\": null}],\n \"b\": \"x\"}";
        let root = read(text).unwrap();
        assert_eq!(
            root.value(),
            serde_json::from_str::<serde_json::Value>(text).unwrap()
        );
        let of = |node: &Node| text[node.span.clone()].to_owned();
        assert_eq!(of(&root), text);
        let a = root.entry("a").unwrap();
        assert_eq!(
            (&text[a.key_span.clone()], of(&a.value)),
            ("\"a\"", "[1, {\"\\u00fc\": null}]".into())
        );
        assert_eq!(of(&root.entry("b").unwrap().value), "\"x\"");
    }

    #[test]
    fn what_is_wrong_has_its_place() {
        for (text, at, told) in [
            ("{\"a\": 1,\n \"a\": 2}", 10, "the key \"a\" is there twice"),
            ("{\"a\": 1e999}", 6, "not JSON: number out of range"),
            ("\u{feff}{\"a\" 1}", 8, "not JSON: expected `:`"),
            ("{\"a\" 1}", 5, "not JSON: expected `:`"),
            ("{\"a\": 1}\n x", 10, "not JSON: trailing characters"),
        ] {
            assert_eq!(read(text).unwrap_err(), (at, told.into()), "{text}");
        }
        let deep = "[".repeat(200) + &"]".repeat(200);
        assert_eq!(
            read(&deep).unwrap_err().1,
            "more than 127 nested lists and objects"
        );
    }
}
