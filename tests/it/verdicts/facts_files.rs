//! Facts files in YAML and JSON.

use std::fs;

use choria_external_host::Facts;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::generate::words;
use super::{choria, chosen};

const SCALARS: &[&str] = &[
    "yes",
    "No",
    "on",
    "OFF",
    "y",
    "N",
    "true",
    "False",
    "TRUE",
    "~",
    "null",
    "Null",
    "\"\"",
    "''",
    "x",
    "a b",
    "'yes'",
    "\"1\"",
    "1",
    "-7",
    "+5",
    "0",
    "010",
    "-010",
    "08",
    "0o17",
    "0o8",
    "0x1f",
    "-0x1F",
    "0b101",
    "-0b1",
    "0b2",
    "1_000",
    "_1",
    "1.10",
    "1.",
    ".5",
    "-.5",
    "+.5",
    ".",
    "1e3",
    "1E-2",
    "1e999",
    "1.5.2",
    "1:20",
    "190:20:30",
    "2026-01-02",
    "2026-01-02T03:04:05Z",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "+18446744073709551615",
    "-9223372036854775809",
    "99999999999999999999x",
    "v1",
    "10.0.0.1",
    "!!str 1",
    "!!int 7",
    "!!int x",
    "!!float 1",
    "!!bool yes",
    "!!null ~",
    "!own 1",
    "! 1",
    ".inf",
    "-.Inf",
    ".nan",
    "=",
    "<<",
    "\"\\u00e9\\n\"",
    "\u{e9}\u{1f600}",
    "'it''s'",
    "|\n      two\n      lines\n",
    ">-\n      folded\n      text\n",
    "--",
    "+",
    "0x",
    "0b",
    "1__0",
    "0_7",
    "infinity",
    "NaN",
];

/// No two of them have the same text and another type: Choria then takes one by
/// chance.
const KEYS: &[&str] = &[
    "a",
    "b",
    "os",
    "'a'",
    "1",
    "01",
    "1.5",
    "1e6",
    "123456789.5",
    "yes",
    "true",
    "~",
    "2026-01-02",
    "caf\u{e9}",
    "\"x y\"",
    "0x10",
    "18446744073709551615",
    "!!str z",
    ".inf",
];

/// A value in a flow, or a scalar.
fn value() -> impl Strategy<Value = String> {
    let leaf = words(SCALARS).prop_filter("a block", |text| !text.contains('\n'));
    let plain = |text: &String| !text.starts_with(['|', '>']);
    leaf.prop_filter("a flow has none", plain)
        .prop_recursive(3, 12, 3, |inner| {
            prop_oneof![
                vec(inner.clone(), 0..3).prop_map(|items| format!("[{}]", items.join(", "))),
                vec((words(KEYS), inner), 0..3).prop_map(|entries| {
                    let entries: Vec<String> = entries
                        .into_iter()
                        .map(|(key, value)| format!("{key}: {value}"))
                        .collect();
                    format!("{{{}}}", entries.join(", "))
                }),
            ]
        })
}

/// A line, or some, of a map.
fn line() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => (words(KEYS), value()).prop_map(|(key, value)| format!("{key}: {value}\n")),
        2 => (words(KEYS), words(SCALARS)).prop_map(|(key, scalar)| format!("{key}: {scalar}\n")),
        1 => (words(KEYS), vec(value(), 1..3)).prop_map(|(key, items)| {
            let items: Vec<String> = items.iter().map(|item| format!("  - {item}\n")).collect();
            format!("{key}:\n{}", items.concat())
        }),
        1 => (words(KEYS), words(KEYS), value())
            .prop_map(|(key, inner, value)| format!("{key}:\n  {inner}: {value}\n")),
        1 => Just("anchor: &x {a: 1, n: [1, 2]}\nalias: *x\n".to_owned()),
        1 => Just("base: &y {a: 7, z: 8}\n<<: *y\n".to_owned()),
        1 => Just("both: {<<: [{a: 1, q: 1}, {a: 2, r: 2}], q: 3}\n".to_owned()),
        1 => Just("after: {q: 3, <<: {q: 4}}\n".to_owned()),
        1 => Just("# a comment\n\n".to_owned()),
        1 => Just("---\n".to_owned()),
    ]
}

fn ours(ending: &str, texts: &[String]) -> Option<Value> {
    let folder = TempDir::new().unwrap();
    let files: Vec<_> = texts
        .iter()
        .enumerate()
        .map(|(at, text)| {
            let file = folder.path().join(format!("{at}.{ending}"));
            fs::write(&file, text).unwrap();
            file
        })
        .collect();
    let files = std::env::join_paths(files).unwrap();
    let facts = Facts::from_files(files.as_ref()).ok()?;
    Some(serde_json::from_slice(facts.as_bytes()).unwrap())
}

#[test]
fn facts_files_in_yaml_are_read_as_choria_reads_them() {
    let cases = chosen(
        8_000,
        vec(vec(line(), 0..4).prop_map(|lines| lines.concat()), 1..3),
    );
    let questions: Vec<_> = cases
        .iter()
        .map(|texts| json!({"ask": "facts files", "identity": "yaml", "texts": texts}))
        .collect();
    let (mut read, mut refused, mut wrong) = (0, 0, Vec::new());
    for (texts, answer) in cases.iter().zip(choria(&questions)) {
        match ours("yaml", texts) {
            // Without any facts Choria has an error, too.
            Some(facts) if facts == json!({}) && answer["value"] == json!({}) => read += 1,
            Some(facts) if facts == answer["value"] => read += 1,
            // A file that it cannot read is one without facts.
            None if texts.len() == 1 && answer["value"] == json!({}) => refused += 1,
            None if texts.len() > 1 => refused += 1,
            found => wrong.push(format!("{texts:#?}\nours {found:?}\nChoria's {answer}")),
        }
    }
    assert!(
        wrong.is_empty(),
        "{}\n{}",
        wrong.len(),
        wrong[..wrong.len().min(12)].join("\n")
    );
    assert!(
        read > 1_500 && refused > 50,
        "{read} read, {refused} refused"
    );
}

#[test]
fn facts_files_in_json_are_read_as_choria_reads_them() {
    let text = |text: &str| vec![text.to_owned()];
    for texts in [
        text(r#"{"a": 1, "a": 2.50, "b": 9007199254740993, "c": "<\ud800>"}"#),
        text("{\"a\": [null, {}, 1e21, -0]} \n"),
        vec![
            r#"{"a": {"x": 1}, "b": 1}"#.into(),
            r#"{"a": {"y": 2}}"#.into(),
        ],
    ] {
        let question = json!({"ask": "facts files", "identity": "json", "texts": texts});
        let answer = choria(&[question]).remove(0);
        assert_eq!(ours("json", &texts).unwrap(), answer["value"], "{texts:?}");
    }
}
