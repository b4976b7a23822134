//! YAML as a tree with places.
//!
//! Scalars are read by the core schema of YAML 1.2: `yes`, `no` and `on` are
//! strings, `010` is ten. Aliases are read; merges (`<<`), tags but `!!str`, and
//! several documents are refused.

use choria_external_go::yaml::{self, InvalidYaml, Tree};
use serde_json::Value;

use super::scalar::plain;
use super::tree::{Broken, Entry, Keys, Kind, Node};

/// The tree of a YAML text.
pub(super) fn read(text: &str) -> Result<Node, Broken> {
    let tree = Tree::read(text).map_err(|InvalidYaml { at, reason }| (at, reason))?;
    if let Some(at) = tree.more {
        return Err((
            at,
            "expected one document, but another one begins here".into(),
        ));
    }
    match tree.root {
        Some(root) => node(root),
        None => Err((
            text.len(),
            "the file is empty; expected an object with cases".into(),
        )),
    }
}

fn node(node: yaml::Node) -> Result<Node, Broken> {
    let yaml::Node {
        span,
        shared,
        tag,
        kind,
    } = node;
    let wrong = |reason| (span.start, reason);
    let kind = match kind {
        yaml::Kind::Scalar { text, plain } => {
            Kind::Scalar(scalar(text, plain, tag.as_deref()).map_err(wrong)?)
        }
        _ if tag.is_some() => return Err(wrong(no_tag(tag.as_deref().unwrap_or_default()))),
        yaml::Kind::List(items) => Kind::List(
            items
                .into_iter()
                .map(self::node)
                .collect::<Result<_, _>>()?,
        ),
        yaml::Kind::Map(entries) => {
            let mut keys = Keys::default();
            let entries = entries.into_iter();
            let entries = entries.map(|(key, value)| entry(key, value, &mut keys));
            Kind::Map(entries.collect::<Result<_, _>>()?)
        }
    };
    Ok(Node { span, kind, shared })
}

fn entry(key: yaml::Node, value: yaml::Node, keys: &mut Keys) -> Result<Entry, Broken> {
    let at = key.span.start;
    if matches!(&key.kind, yaml::Kind::Scalar { text, plain: true } if text == "<<") {
        let reason = "merges (<<) are not read: write the keys out, or quote the key";
        return Err((at, reason.into()));
    }
    let Node { span, kind, .. } = node(key)?;
    let key = match kind {
        Kind::Scalar(Value::String(key)) => key,
        // `1: one` has the key "1", as JSON would.
        Kind::Scalar(value) => value.to_string(),
        Kind::List(_) | Kind::Map(_) => return Err((at, "expected a string as key".into())),
    };
    keys.note(&key).map_err(|reason| (at, reason))?;
    Ok(Entry {
        key,
        key_span: span,
        value: node(value)?,
    })
}

fn no_tag(tag: &str) -> String {
    format!("the tag {tag} is not supported here")
}

fn scalar(text: String, is_plain: bool, tag: Option<&str>) -> Result<Value, String> {
    match tag {
        // A mere ! says that it is a string.
        Some("!!str" | "!") => Ok(text.into()),
        Some(tag) => Err(no_tag(tag)),
        None if is_plain => plain(&text),
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
            ("a: 1\n? [b]\n: 1", 7, "expected a string as key"),
            (
                "a: 1\n---\nb: 1",
                5,
                "expected one document, but another one begins here",
            ),
            (
                "a: &a\n  - *a",
                10,
                "an alias stands within what it is an alias of",
            ),
            (
                "a: .inf",
                3,
                "JSON has no number .inf: quote it if it is a string",
            ),
            ("a: !own 1", 3, "the tag !own is not supported here"),
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
                .starts_with("the file is empty")
        );
    }
}
