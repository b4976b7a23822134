//! A test file as it is written: its text, its tree, and where what stands.

use std::fmt;
use std::path::Path;

use anyhow::Context as _;

use super::tree::Node;
use super::{json, yaml};

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Yaml,
    Json,
}

/// A file that was read.
#[derive(Clone, Debug)]
pub(super) struct Document {
    /// As the user named it.
    pub(super) name: String,
    pub(super) format: Format,
    pub(super) text: String,
    pub(super) root: Node,
    lines: Lines,
}

impl Document {
    /// Reads a file; the ending of its name says the format.
    pub(super) fn read(path: &Path) -> anyhow::Result<Self> {
        let name = path.display().to_string();
        let format = match path.extension().and_then(|ending| ending.to_str()) {
            Some("yaml" | "yml") => Format::Yaml,
            Some("json") => Format::Json,
            _ => anyhow::bail!("{name}: expected a file whose name ends in .yaml, .yml or .json"),
        };
        let bytes = std::fs::read(path).with_context(|| format!("could not read {name}"))?;
        let text = String::from_utf8(bytes).map_err(|error| {
            anyhow::anyhow!("{name}: expected UTF-8, but {}", error.utf8_error())
        })?;
        Self::from_text(name, format, text)
    }

    pub(super) fn from_text(name: String, format: Format, text: String) -> anyhow::Result<Self> {
        if text.trim().is_empty() {
            anyhow::bail!("{name}: the file is empty; expected an object with cases");
        }
        let lines = Lines::of(&text);
        let root = match format {
            Format::Yaml => yaml::read(&text),
            Format::Json => json::read(&text),
        };
        match root {
            Ok(root) => Ok(Self {
                name,
                format,
                text,
                root,
                lines,
            }),
            Err((at, reason)) => Err(anyhow::anyhow!(
                "{name}:{}: {reason}",
                lines.place(&text, at)
            )),
        }
    }

    /// A sentence about the part that a JSON pointer leads to, with its place.
    pub(super) fn about(&self, pointer: &str, what: &str) -> String {
        let (at, path) = self.root.find(pointer);
        self.at(at, &format!("{path} {what}"))
    }

    /// A sentence about a byte.
    pub(super) fn at(&self, byte: usize, what: &str) -> String {
        format!(
            "{}:{}: {what}",
            self.name,
            self.lines.place(&self.text, byte)
        )
    }

    /// The byte where the part that a JSON pointer leads to begins.
    pub(super) fn byte(&self, pointer: &str) -> usize {
        self.root.find(pointer).0
    }

    /// The line of the part that a JSON pointer leads to.
    pub(super) fn line(&self, pointer: &str) -> usize {
        self.lines.place(&self.text, self.byte(pointer)).line
    }
}

/// Line and column; both count from 1, a column is a character wide.
struct Place {
    line: usize,
    column: usize,
}

/// The bytes where the lines of a text begin.
#[derive(Clone, Debug)]
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Self {
        let ends = text.match_indices('\n').map(|(end, _)| end + 1);
        Self(std::iter::once(0).chain(ends).collect())
    }

    fn place(&self, text: &str, at: usize) -> Place {
        let at = at.min(text.len());
        let line = self.0.partition_point(|start| *start <= at);
        let start = self.0[line - 1];
        Place {
            line,
            column: text[start..at].chars().count() + 1,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::super::tree::Kind;
    use super::*;

    /// Texts that are much like YAML or JSON.
    fn alike() -> impl Strategy<Value = String> {
        proptest::collection::vec(
            proptest::sample::select(vec![
                "a", "b", ": ", "- ", "\n", "  ", "{", "}", "[", "]", ", ", "\"", "'", "|\n",
                ">-\n", "&x ", "*x", "#", "!t ", "? ", "\r\n", "1", "1.5", "null", "\u{fc}",
                "\\u00e9", "<<", "---\n", "%", "\t", "\u{2028}",
            ]),
            0..40,
        )
        .prop_map(|parts| parts.concat())
    }

    /// Values that JSON can hold.
    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            ".{0,8}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::btree_map("[a-z:# ]{0,6}", inner, 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    fn spans_are_within(node: &Node, outer: &std::ops::Range<usize>, text: &str) {
        assert!(
            node.shared || (outer.start <= node.span.start && node.span.end <= outer.end),
            "{text:?}"
        );
        assert!(text.get(node.span.clone()).is_some(), "{text:?}");
        match &node.kind {
            Kind::Scalar(_) => {}
            Kind::List(items) => items
                .iter()
                .for_each(|item| spans_are_within(item, &node.span, text)),
            Kind::Map(entries) => {
                for entry in entries {
                    assert!(text.get(entry.key_span.clone()).is_some(), "{text:?}");
                    spans_are_within(&entry.value, &node.span, text);
                }
            }
        }
    }

    #[test]
    fn a_map_can_have_many_keys() {
        const MANY: usize = 60_000;
        for format in [Format::Yaml, Format::Json] {
            let members: Vec<String> = (0..MANY).map(|at| format!("\"k{at}\": {at}")).collect();
            let text = |last: &str| format!("{{{}, {last}: 0}}", members.join(",\n"));
            let read = |text| Document::from_text("f".into(), format, text);
            let root = read(text("\"other\"")).unwrap().root;
            assert_eq!(root.entries().len(), MANY + 1);
            assert_eq!(
                read(text("\"k7\"")).unwrap_err().to_string(),
                "f:60000:18: the key \"k7\" is there twice"
            );
        }
    }

    proptest! {
        #[test]
        fn no_text_is_too_odd(text in alike()) {
            for format in [Format::Yaml, Format::Json] {
                if let Ok(document) = Document::from_text("f".into(), format, text.clone()) {
                    spans_are_within(&document.root, &(0..text.len()), &text);
                    document.about("/a/0/b", "is told");
                }
            }
        }

        #[test]
        fn json_says_what_it_says_elsewhere(value in values()) {
            let text = format!("{value:#}");
            let read = Document::from_text("f".into(), Format::Json, text).unwrap();
            prop_assert_eq!(read.root.value(), value);
        }

        #[test]
        fn what_is_written_into_a_file_is_read_again(value in values(), format in prop_oneof![
            Just((Format::Json, "{\n  \"m\": {\n    \"a\": 1\n  }\n}")),
            Just((Format::Json, "{\"m\": {\"a\": 1}}")),
            Just((Format::Yaml, "m:\n  a: 1 # one\n  b: 2\n")),
            Just((Format::Yaml, "- x\n- m: {a: 1}\n")),
        ]) {
            use super::super::edit::{apply, edits};

            let (format, text) = format;
            let map = |document: &Document| {
                let root = match &document.root.kind {
                    Kind::List(items) => items[1].clone(),
                    _ => document.root.clone(),
                };
                root.entry("m").unwrap().value.clone()
            };
            let document = Document::from_text("f".into(), format, text.into()).unwrap();
            let change = |key: &str| (key.to_owned(), Some(value.clone().into()));
            let after = apply(text, edits(&document, &map(&document), &[change("a"), change("c")]));
            let again = Document::from_text("f".into(), format, after.clone());
            let again = map(&again.unwrap_or_else(|error| panic!("{error}: {after}"))).value();
            prop_assert_eq!(&again["a"], &value, "{}", after);
            prop_assert_eq!(&again["c"], &value, "{}", after);
        }
    }
}
