//! YAML as a tree with places.
//!
//! Scalars are read by the core schema of YAML 1.2: `yes`, `no` and `on` are
//! texts, `010` is ten. Aliases are read; merges (`<<`), tags but `!!str`, and
//! several documents are refused.

use std::collections::HashMap;
use std::ops::Range;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Tag};
use serde_json::Value;

use super::scalar::plain;
use super::tree::{Broken, DEEPEST, Entry, Keys, Kind, Node};

/// Nodes that aliases may stand for, all together.
const MOST_ALIASED: usize = 100_000;

/// The tree of a YAML text.
pub(super) fn read(text: &str) -> Result<Node, Broken> {
    let mut offsets: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    offsets.push(text.len());
    // The parser counts characters.
    let byte = |mark: &Marker| offsets.get(mark.index()).copied().unwrap_or(text.len());
    let mut builder = Builder {
        text,
        open: Vec::new(),
        root: None,
        anchors: HashMap::new(),
        aliased: 0,
    };
    for event in Parser::new_from_str(text) {
        let (event, span) =
            event.map_err(|error| (byte(error.marker()), format!("not YAML: {}", error.info())))?;
        let span = byte(&span.start)..byte(&span.end);
        let at = span.start;
        builder.event(event, span).map_err(|reason| (at, reason))?;
    }
    let nothing = || {
        (
            text.len(),
            "the file says nothing; wanted an object with cases".into(),
        )
    };
    builder.root.ok_or_else(nothing)
}

struct Builder<'a> {
    text: &'a str,
    open: Vec<Open>,
    root: Option<Node>,
    anchors: HashMap<usize, Node>,
    aliased: usize,
}

/// A list or map that is not complete.
struct Open {
    start: usize,
    anchor: usize,
    kind: Kind,
    keys: Keys,
    /// The key whose value comes next.
    key: Option<(String, Range<usize>)>,
}

impl Builder<'_> {
    fn event(&mut self, event: Event<'_>, span: Range<usize>) -> Result<(), String> {
        match event {
            Event::DocumentStart(_) if self.root.is_some() => {
                Err("wanted one document, here begins another".into())
            }
            Event::Scalar(text, style, anchor, tag) => {
                let value = scalar(&text, style, tag.as_deref())?;
                if self.wants_key() && style == ScalarStyle::Plain && text == "<<" {
                    return Err(
                        "merges (<<) are not read: write the keys out, or quote the key".into(),
                    );
                }
                // A block of text ends before the next line's content.
                let len = self.text[span.clone()].trim_end().len();
                let span = span.start..span.start + len;
                self.add(span, anchor, Kind::Scalar(value))
            }
            Event::Alias(anchor) => {
                let node = self.anchors.get(&anchor);
                let node = node
                    .ok_or("an alias stands within what it is an alias of")?
                    .clone();
                self.aliased += size(&node);
                if self.aliased > MOST_ALIASED {
                    return Err("aliases stand for too much: write out what they stand for".into());
                }
                let span = match self.text[span.start..]
                    .find(|c: char| c.is_whitespace() || ",]}".contains(c))
                {
                    Some(len) => span.start..span.start + len,
                    None => span,
                };
                self.insert(Node {
                    span,
                    shared: true,
                    ..node
                })
            }
            Event::SequenceStart(anchor, tag) => {
                self.begin(span.start, anchor, tag.as_deref(), Kind::List(Vec::new()))
            }
            Event::MappingStart(anchor, tag) => {
                self.begin(span.start, anchor, tag.as_deref(), Kind::Map(Vec::new()))
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(span.start),
            _ => Ok(()),
        }
    }

    fn wants_key(&self) -> bool {
        let open = self.open.last();
        open.is_some_and(|open| matches!(open.kind, Kind::Map(_)) && open.key.is_none())
    }

    fn begin(
        &mut self,
        start: usize,
        anchor: usize,
        tag: Option<&Tag>,
        kind: Kind,
    ) -> Result<(), String> {
        if let Some(tag) = tag {
            return Err(no_tag(tag));
        }
        if self.wants_key() {
            return Err("wanted a text as key".into());
        }
        if self.open.len() == DEEPEST {
            return Err(format!(
                "more than {DEEPEST} lists and maps within each other"
            ));
        }
        self.open.push(Open {
            start,
            anchor,
            kind,
            keys: Keys::default(),
            key: None,
        });
        Ok(())
    }

    /// `at` is where the end was seen: the bracket, if it has one, or the comma
    /// before it.
    fn end(&mut self, at: usize) -> Result<(), String> {
        let Some(Open {
            start,
            anchor,
            kind,
            ..
        }) = self.open.pop()
        else {
            return Ok(());
        };
        // A block ends where its last part does; a flow by its bracket.
        let flow = self.text[start..].starts_with(['[', '{']);
        let last = match &kind {
            Kind::List(items) => items.last().map(|item| item.span.end),
            Kind::Map(entries) => entries.last().map(Entry::end),
            Kind::Scalar(_) => None,
        };
        let end = if flow {
            behind_bracket(self.text, at)
        } else {
            last.unwrap_or(start)
        };
        self.add(start..end.max(start), anchor, kind)
    }

    fn add(&mut self, span: Range<usize>, anchor: usize, kind: Kind) -> Result<(), String> {
        let node = Node {
            span,
            kind,
            shared: anchor > 0,
        };
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        self.insert(node)
    }

    /// Puts a whole node where it belongs.
    fn insert(&mut self, node: Node) -> Result<(), String> {
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        match &mut open.kind {
            Kind::List(items) => items.push(node),
            Kind::Map(entries) => match open.key.take() {
                Some((key, key_span)) => entries.push(Entry {
                    key,
                    key_span,
                    value: node,
                }),
                None => {
                    let key = match node.kind {
                        Kind::Scalar(Value::String(key)) => key,
                        // `1: one` has the key "1", as JSON would.
                        Kind::Scalar(value) => value.to_string(),
                        _ => return Err("wanted a text as key".into()),
                    };
                    open.keys.note(&key)?;
                    open.key = Some((key, node.span));
                }
            },
            Kind::Scalar(_) => {}
        }
        Ok(())
    }
}

/// Behind the closing bracket that comes next; before it there can be a comma
/// and comments.
fn behind_bracket(text: &str, mut at: usize) -> usize {
    loop {
        let rest = &text[at..];
        at += match rest.chars().next() {
            Some(']' | '}') => return at + 1,
            Some('#') => rest.find('\n').unwrap_or(rest.len()),
            Some(other) => other.len_utf8(),
            None => return at,
        };
    }
}

fn size(node: &Node) -> usize {
    1 + match &node.kind {
        Kind::Scalar(_) => 0,
        Kind::List(items) => items.iter().map(size).sum(),
        Kind::Map(entries) => entries.iter().map(|entry| size(&entry.value)).sum(),
    }
}

fn no_tag(tag: &Tag) -> String {
    format!("there is no tag {tag} here")
}

fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Result<Value, String> {
    match tag {
        Some(tag) if tag.is_yaml_core_schema() && tag.suffix == "str" => Ok(text.into()),
        // A mere ! says that it is a text.
        Some(tag) if tag.handle.is_empty() && tag.suffix == "!" => Ok(text.into()),
        Some(tag) => Err(no_tag(tag)),
        None if style == ScalarStyle::Plain => plain(text),
        None => Ok(text.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn scalars_are_those_of_yaml_1_2() {
        let text = "
words: [yes, No, on, y, 'true', \"1\", !!str 1, 1.2.3, 2026-01-02, 0o8, _1, 1e]
values: [true, False, null, ~, 1, -7, +5, 010, 0x1f, 0o17, 1.10, .5, 1e3, -1.5E-2]
large: [18446744073709551615, 99999999999999999999]
1: one
empty:
block: |
  two
  lines
";
        assert_eq!(
            read(text).unwrap().value(),
            json!({
                "words": ["yes", "No", "on", "y", "true", "1", "1", "1.2.3", "2026-01-02", "0o8", "_1", "1e"],
                "values": [true, false, null, null, 1, -7, 5, 10, 31, 15, 1.1, 0.5, 1000.0, -0.015],
                "large": [18_446_744_073_709_551_615_u64, 1e20],
                "1": "one",
                "empty": null,
                "block": "two\nlines\n",
            })
        );
    }

    #[test]
    fn a_mark_of_the_byte_order_is_no_part_of_the_text() {
        let root = read("\u{feff}a: 1\n").unwrap();
        assert_eq!(root.value(), json!({"a": 1}));
        assert_eq!(root.entry("a").unwrap().key_span, 3..4);
    }

    #[test]
    fn everything_has_its_place() {
        let text = "a: {ü: 1, b: [x, y]}  # c\nlist:\n  - k: 'v'\n    n: |\n      text\n\n# end\nlast: *no\n"
            .replace("*no", "z");
        let root = read(&text).unwrap();
        let of = |node: &Node| &text[node.span.clone()];
        assert_eq!(of(&root.entry("a").unwrap().value), "{ü: 1, b: [x, y]}");
        let list = &root.entry("list").unwrap().value;
        assert_eq!(of(list), "- k: 'v'\n    n: |\n      text");
        let Kind::List(items) = &list.kind else {
            panic!()
        };
        assert_eq!(of(&items[0]), "k: 'v'\n    n: |\n      text");
        assert_eq!(&text[items[0].entries()[1].key_span.clone()], "n");
        assert_eq!(of(&root), text.trim_end());
    }

    #[test]
    fn a_flow_ends_behind_its_bracket() {
        for flow in [
            "{}",
            "{a: 1}",
            "[1, 2, ]",
            "{a: 1,}",
            "{a: 1, # }\n  }",
            "[{a: 1,},]",
            "[a: 1,]",
        ] {
            let text = format!("m: {flow} # ]\nn: 1\n");
            let root = read(&text).unwrap();
            assert_eq!(&text[root.entry("m").unwrap().value.span.clone()], flow);
        }
    }

    #[test]
    fn aliases_are_read_and_marked() {
        let root = read("a: &x {b: 1}\nc: *x\nd: [*x]\n").unwrap();
        assert_eq!(
            root.value(),
            json!({"a": {"b": 1}, "c": {"b": 1}, "d": [{"b": 1}]})
        );
        assert!(root.entry("a").unwrap().value.shared && root.entry("c").unwrap().value.shared);
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..12 {
            let items = vec![format!("*a{}", level - 1); 8].join(", ");
            text += &format!("a{level}: &a{level} [{items}]\n");
        }
        assert!(
            read(&text)
                .unwrap_err()
                .1
                .starts_with("aliases stand for too much")
        );
    }

    #[test]
    fn what_is_wrong_has_its_place() {
        for (text, at, told) in [
            ("a: 1\nb: 2\na: 3", 10, "the key \"a\" is there twice"),
            ("a: 1\n? [b]\n: 1", 7, "wanted a text as key"),
            (
                "a: 1\n---\nb: 1",
                5,
                "wanted one document, here begins another",
            ),
            (
                "a: &a\n  - *a",
                10,
                "an alias stands within what it is an alias of",
            ),
            (
                "a: .inf",
                3,
                "JSON has no number .inf: quote it where it is a text",
            ),
            ("a: !own 1", 3, "there is no tag !own here"),
            (
                "a: {<<: 1}",
                4,
                "merges (<<) are not read: write the keys out, or quote the key",
            ),
        ] {
            let (found, reason) = read(text).unwrap_err();
            assert_eq!(reason, told, "{text}");
            assert_eq!(found, at, "{text}");
        }
        assert!(read("a: [1\nb: 2").unwrap_err().1.starts_with("not YAML: "));
        assert!(read(&"[".repeat(5000)).is_err());
        assert!(
            read("# nothing\n")
                .unwrap_err()
                .1
                .starts_with("the file says nothing")
        );
    }
}
