//! Aggregates against what the real Choria computed and printed.

use std::collections::BTreeMap;

use choria_external_ddl::aggregate::Aggregates;
use choria_external_ddl::{Action, Ddl};
use serde_json::{Value, json};

use crate::vectors;

/// A DDL with the action that the vectors are about.
pub(crate) fn declared(display: &str, aggregates: &Value) -> Value {
    json!({"actions": [{
        "action": "run",
        "display": display,
        "aggregate": aggregates,
        "output": {
            "v": {"display_as": "Value"},
            "w": {"display_as": "The W"},
            "h": {"display_as": "H", "type": "Hash"},
            "long": {"display_as": "A much longer name"},
            "def": {"display_as": "Def", "default": "dv"},
        },
    }]})
}

pub(crate) fn action(display: &str, aggregates: &Value) -> Action {
    let ddl = declared(display, aggregates);
    let mut ddl = Ddl::from_json(ddl.to_string().as_bytes()).unwrap();
    ddl.actions.remove(0)
}

fn summed_up(case: &Value) -> (Action, Aggregates) {
    // The loader takes args that are no list, and so do we.
    let action = action("always", &case["aggregate"]);
    let mut aggregates = Aggregates::new(&action);
    for reply in case["replies"].as_array().unwrap() {
        aggregates.add(reply);
    }
    (action, aggregates)
}

/// Numbers as 64-bit floats: 1 and 1.0 are the same.
fn floats(value: &Value) -> Value {
    match value {
        Value::Number(number) => number.as_f64().into(),
        Value::Object(entries) => {
            let entries = entries.iter();
            entries
                .map(|(key, value)| (key.clone(), floats(value)))
                .collect()
        }
        other => other.clone(),
    }
}

#[test]
fn replies_are_summed_up_as_in_choria() {
    let mut count = 0;
    for case in vectors::read("aggregates.json") {
        if !case["panic"].is_null() {
            continue;
        }
        count += 1;
        let (action, aggregates) = summed_up(&case);
        let name = &case["name"];
        assert_eq!(
            floats(&aggregates.to_json()),
            floats(&case["json"]),
            "{name}"
        );
        assert_eq!(json!(aggregates.texts()), case["strings"], "{name}");
        if case["order_random"] == true {
            let mut lines: BTreeMap<_, _> = aggregates.formatted();
            for lines in lines.values_mut() {
                lines.sort();
            }
            assert_eq!(json!(lines), case["formatted_sorted"], "{name}");
        } else {
            assert_eq!(json!(aggregates.formatted()), case["formatted"], "{name}");
            assert_eq!(aggregates.to_console(&action), case["console"], "{name}");
        }
    }
    assert!(count > 100, "only {count} cases");
}

#[test]
fn where_choria_crashes_a_text_says_what_is_wrong() {
    let mut count = 0;
    for case in vectors::read("aggregates.json") {
        if case["panic"].is_null() {
            continue;
        }
        count += 1;
        let (_, aggregates) = summed_up(&case);
        let name = &case["name"];
        assert_eq!(aggregates.to_json(), json!({}), "{name}");
        if case["aggregate"][0]["function"] == "chart" {
            let why = "no chart can be drawn: no reply has a number here, one is infinite, or they are too far apart or too close for 64-bit floats";
            assert_eq!(json!(aggregates.formatted()), json!({"v": [why]}), "{name}");
            assert_eq!(
                json!(aggregates.texts()),
                json!({"v": {"error": why}}),
                "{name}"
            );
        } else {
            let why = "aggregate 0 of action run is left out: its args do not start with the name of an output, add it";
            assert_eq!(aggregates.skipped(), [why], "{name}");
            assert_eq!(json!(aggregates.formatted()), json!({}), "{name}");
        }
    }
    assert!(count > 5, "only {count} cases");
}

#[test]
fn what_is_left_out_is_told() {
    let spec = json!([
        {"function": "median", "args": ["v"]},
        {"function": "summary", "args": "v"},
        {"function": "summary", "args": ["v"]},
    ]);
    let aggregates = Aggregates::new(&action("ok", &spec));
    insta::assert_snapshot!(aggregates.skipped().join("\n"), @r"
    aggregate 0 of action run is left out: its function is none of summary, boolean_summary, average and chart
    aggregate 1 of action run is left out: its args do not start with the name of an output, add it
    ");
}

#[test]
fn values_that_are_equally_frequent_stand_in_the_order_of_their_texts() {
    let spec = json!([{"function": "summary", "args": ["v"]}]);
    let mut aggregates = Aggregates::new(&action("ok", &spec));
    for value in ["b", "c", "a", "d", "d"] {
        aggregates.add(&json!({"v": value}));
    }
    assert_eq!(
        aggregates.formatted()["v"],
        ["d: 2", "a: 1", "b: 1", "c: 1"]
    );
}
