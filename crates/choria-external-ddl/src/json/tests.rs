//! The reader beside the one of `serde_json`.

use choria_external_protocol::read_json;
use proptest::prelude::*;
use serde_json::Value;

use super::{Json, Node, parse};

/// What `serde_json` would make of it.
fn value(node: &Node) -> Value {
    match &node.json {
        Json::Null => Value::Null,
        Json::Bool(truth) => (*truth).into(),
        Json::Number(number) => serde_json::from_str(number).unwrap(),
        Json::Text(text) => text.as_str().into(),
        Json::List(items) => items.iter().map(value).collect(),
        Json::Object(members) => members
            .iter()
            .map(|member| (member.key.clone(), value(&member.value)))
            .collect(),
    }
}

fn agrees_with_the_other_reader(text: &str) {
    match (parse(text), read_json(text.as_bytes())) {
        (Ok(node), Ok(wanted)) => {
            assert_eq!(value(&node), wanted, "{text:?}");
            assert_eq!(parse(&node.pretty()).unwrap(), node, "{text:?}");
            assert_eq!(parse(&node.compact()).unwrap(), node, "{text:?}");
        }
        (Err(_), Err(_)) => {}
        (ours, theirs) => panic!("{text:?}: {ours:?}, and the other: {theirs:?}"),
    }
}

#[test]
fn no_text_is_read_otherwise_than_by_serde_json() {
    for text in [
        "",
        " ",
        "nul",
        "nulll",
        "true",
        "01",
        "-",
        "-0",
        "-01",
        "1.",
        ".5",
        "1e",
        "1e+",
        "1E-2",
        "1.5e300",
        "1e999",
        "-1e999",
        "1e-999",
        "18446744073709551616",
        "\u{feff}{}",
        "\u{a0}1",
        "[1,]",
        "[,]",
        "[1 2]",
        "[",
        "{",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":1",
        "{\"a\":1,}",
        "{a:1}",
        "{'a':1}",
        "1 2",
        "/**/1",
        "\"",
        "\"a\nb\"",
        "\"a\u{1}\"",
        "\"\u{7f}\"",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\u12g4\"",
        "\"\\ud800\"",
        "\"\\ud800\\n\"",
        "\"\\ud800\\u0041\"",
        "\"\\ud83d\\ude00\"",
        "\"\\ud83d\\ud83d\\ude00\"",
        "\"\\udc00\"",
        "\"\\ud800\\x\"",
        "\"\\ud800\\u12\"",
        "\"\\",
        "\"\\u00e9\\/\\b\\f\\n\\r\\t\\\"\\\\\"",
        "\r\n[\t1 ]\r\n",
    ] {
        agrees_with_the_other_reader(text);
    }
    for depth in [1, 126, 127, 128, 100_000] {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            agrees_with_the_other_reader(&open.repeat(depth));
            let text = open.repeat(depth) + "0" + &close.repeat(depth);
            agrees_with_the_other_reader(&text);
        }
    }
}

proptest! {
    #[test]
    fn any_text_is_read_as_by_serde_json(
        text in "[\\[\\]{}:,\"\\\\ud8c0-9eE+.a-f \n-]{0,24}|\"[\\\\ud8c0-9bn\"/\u{1}\u{e9}\u{1f600}]{0,20}\"|\\PC*",
    ) {
        agrees_with_the_other_reader(&text);
    }

    #[test]
    fn any_json_is_read_as_by_serde_json(text in json()) {
        agrees_with_the_other_reader(&text);
    }
}

/// JSON, mostly right.
fn json() -> impl Strategy<Value = String> {
    let leaf = "null|true|false|-?[0-9]{1,3}(\\.[0-9]{1,2})?(e[0-9])?|\"(\\\\u[d0][8c0][0-9]{2}|\\PC|\\\\n){0,4}\"";
    leaf.prop_recursive(4, 30, 4, |inner| {
        let key = "\"[ab\u{e9}]{0,2}\"";
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4)
                .prop_map(|items| format!("[{}]", items.join(" ,"))),
            prop::collection::vec((key, inner), 0..4).prop_map(|members| {
                let members = members.iter().map(|(key, value)| format!("{key}:{value}"));
                format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
            }),
        ]
    })
}

#[test]
fn every_value_and_key_has_its_place() {
    let node = parse("{\r\n  \"\u{e9}\": [1,\n\u{e9}").unwrap_err();
    assert_eq!(
        node.to_string(),
        "not JSON: expected a value: '\u{e9}' at line 3 column 1"
    );

    let node = parse("{\n  \"\u{e9}\": [1, {}],\n\"b\" : null, \"b\":2}").unwrap();
    let members = node.as_object().unwrap();
    let places: Vec<_> = members
        .iter()
        .map(|member| (member.at, member.value.at))
        .map(|(key, value)| (key.line, key.column, value.line, value.column))
        .collect();
    assert_eq!(places, [(2, 3, 2, 8), (3, 1, 3, 7), (3, 13, 3, 17)]);
    let items = members[0].value.as_list().unwrap();
    assert_eq!((items[1].at.line, items[1].at.column), (2, 12));
    assert_eq!(node.get("b"), Some(&Node::new(Json::Number("2".into()))));
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    for (text, wanted) in [
        (" \n", "empty, expected a JSON object"),
        (
            "{\"a\" 1}",
            "not JSON: expected : after a key: '1' at line 1 column 6",
        ),
        (
            "[1",
            "not JSON: expected , or ] after an item: the input ends at line 1 column 3",
        ),
        (
            "{\"a\":1 2",
            "not JSON: expected , or } after a value: '2' at line 1 column 8",
        ),
        (
            "{,}",
            "not JSON: expected a key in double quotes: ',' at line 1 column 2",
        ),
        (
            "\u{feff}{}",
            "not JSON at line 1 column 1: the text starts with a byte order mark, which Choria refuses: save the file without it",
        ),
        (
            "{} x",
            "not JSON: there is something after the value: 'x' at line 1 column 4",
        ),
        (
            "\"\\x\"",
            "not JSON: JSON has no such escape after a backslash: 'x' at line 1 column 3",
        ),
        (
            "\"a\nb\"",
            "not JSON: a string in double quotes is not closed: '\\n' at line 1 column 3",
        ),
        ("1.x", "not JSON: expected a digit: 'x' at line 1 column 3"),
        (
            "[1e999]",
            "not JSON: a number is too large: '1' at line 1 column 2",
        ),
        (
            "012",
            "not JSON: a number cannot start with 0: '1' at line 1 column 2",
        ),
        (
            &"[".repeat(128),
            "nested too deeply at line 1 column 128: more than 127 nested lists and objects: Choria reads up \
             to 10000, but no more than 127 are read here, so nest less deeply",
        ),
    ] {
        assert_eq!(parse(text).unwrap_err().to_string(), wanted, "{text:?}");
    }
}

/// An editor does not show them, or shows another text because of them.
#[test]
fn hidden_characters_are_escaped_in_files_only() {
    let text = "\u{202e}a\u{200b}\u{7f}\u{e0041}\u{1f600}";
    let node = Node::text(text);
    assert_eq!(node.pretty(), r#""\u202ea\u200b\u007f\udb40\udc41😀""#);
    assert_eq!(parse(&node.pretty()).unwrap(), node);
    assert_eq!(node.compact(), format!("\"{text}\""));
    let object = Node::new(Json::Object(vec![crate::json::Member::new(
        "\u{2028}", node,
    )]));
    assert!(object.pretty().contains(r#""\u2028": "\u202e"#));
}
