//! The time to look through a large DDL grows as it does.

use choria_external_ddl::lint::{against, lint};

use crate::growth::{self, ENOUGH};

/// A DDL with what is written between two texts, over and over, numbered.
fn ddl(before: &str, one: impl Fn(usize) -> String, after: &str, count: usize) -> String {
    let all: Vec<_> = (0..count).map(one).collect();
    format!("{before}{}{after}", all.join(","))
}

/// The same thing over and over, numbered.
type One = fn(usize) -> String;

/// What comes before, the thing, and what comes behind.
const SHAPES: &[(&str, &str, One, &str)] = &[
    (
        "actions with everything",
        r#"{"actions": ["#,
        |at| {
            format!(
                r#"{{"action": "a{at}", "display": "ok", "description": "d",
                   "input": {{"i": {{"type": "string", "maxlength": 9, "validation": "^a"}}}},
                   "output": {{"o": {{"default": 1}}}},
                   "aggregate": [{{"function": "summary", "args": ["o"]}}]}}"#
            )
        },
        "]}",
    ),
    (
        "actions with nothing",
        r#"{"actions": ["#,
        |_| r#"{"action": "a"}"#.into(),
        "]}",
    ),
    ("null actions", r#"{"actions": ["#, |_| "null".into(), "]}"),
    (
        "inputs",
        r#"{"actions": [{"action": "a", "input": {"#,
        |at| format!(r#""i{at}": {{"type": "string"}}"#),
        "}}]}",
    ),
    (
        "inputs of one name",
        r#"{"actions": [{"action": "a", "input": {"#,
        |_| r#""i": {}"#.into(),
        "}}]}",
    ),
    (
        "choices",
        r#"{"actions": [{"action": "a", "input": {"#,
        |at| format!(r#""i{at}": {{"type": "list", "list": ["a"], "default": "b"}}"#),
        "}}]}",
    ),
    (
        "outputs",
        r#"{"actions": [{"action": "a", "output": {"#,
        |at| format!(r#""o.{at}": {{}}"#),
        "}}]}",
    ),
    (
        "aggregates",
        r#"{"actions": [{"action": "a", "aggregate": ["#,
        |at| format!(r#"{{"function": "average", "args": ["o{at}"]}}"#),
        "]}]}",
    ),
    (
        "keys",
        r#"{"metadata": {"#,
        |at| format!(r#""k{at}": 1"#),
        "}}",
    ),
    (
        "keys of one name",
        r#"{"metadata": {"#,
        |_| r#""k": 1"#.into(),
        "}}",
    ),
    (
        "what Choria does not know",
        r#"{"x": ["#,
        |_| "[{}]".into(),
        "]}",
    ),
];

#[test]
fn the_time_grows_as_the_ddl_does() {
    for (name, before, one, after) in SHAPES {
        let text = |count| ddl(before, one, after, count);
        serde_json::from_str::<serde_json::Value>(&text(2)).expect(name);
        let growth = growth::of(text, |text| {
            lint(text);
            against(text, text);
        });
        assert!(growth < ENOUGH, "{name}: {growth}");
    }
}
