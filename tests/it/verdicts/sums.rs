//! What a DDL aggregates of replies, and how that is printed.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::generate::words;
use super::{choria, chosen};
use crate::aggregates::{action, declared};
use choria_external_ddl::aggregate::Aggregates;

/// One directive of a format: most are some that Go understands.
fn directive() -> impl Strategy<Value = String> {
    let flags = vec(words(&["+", "-", "#", " ", "0"]), 0..3).prop_map(|flags| flags.concat());
    let index = words(&[
        "",
        "",
        "",
        "",
        "",
        "",
        "[1]",
        "[2]",
        "[3]",
        "[0]",
        "[x]",
        "[",
        "[1",
        "[1000001]",
        "[10000010]",
        "[01]",
    ]);
    let width = words(&["", "", "", "1", "7", "12", "*", "[2]*", "10000010", "[1]3"]);
    let precision = words(&[
        "",
        "",
        "",
        ".",
        ".0",
        ".2",
        ".9",
        ".25",
        ".10000010",
        ".*",
        ".[2]*",
        ".[1]",
    ]);
    let verb = "[a-zA-Z%]|[svqxXdboOcUteEfFgGT]|[\u{a0}-\u{52f}]";
    (flags, width, precision, index, verb).prop_map(|(flags, width, precision, index, verb)| {
        format!("%{flags}{width}{precision}{index}{verb}")
    })
}

fn format() -> impl Strategy<Value = String> {
    let literal = words(&["", " ", "a", "é|", "%%", "100%"]);
    vec((directive(), literal), 1..4).prop_map(|pieces| {
        let pieces = pieces.into_iter();
        pieces.map(|(one, text)| one + &text).collect()
    })
}

fn text() -> impl Strategy<Value = Value> {
    let known = words(&[
        "up",
        "a\u{301}\"b\n\u{a0}",
        "`\u{8}\u{7f}\u{0}",
        "",
        "true",
        "1.5",
        "0x1p-2",
        "\u{1F600}\u{feff}\u{fffd}\t\\",
    ]);
    // What can be printed differs with the age of the Unicode tables: none of what
    // is new there.
    prop_oneof![known.boxed(), "[\u{0}-\u{52f}]*".boxed()].prop_map(Value::from)
}

fn number() -> impl Strategy<Value = Value> {
    prop_oneof![
        select(
            &[
                0.0, -0.0, 1.0, -1.0, 0.5, 100.0, 1e20, 1e21, 1e-7, 123_456.0, 5e-324
            ][..]
        ),
        select(
            &[
                f64::MAX,
                f64::MIN_POSITIVE,
                1e5,
                999_999.5,
                9.995,
                2.5,
                1e-5
            ][..]
        ),
        -1000.0..1000.0,
        any::<f64>().prop_filter("JSON has no such", |number| number.is_finite()),
    ]
    .prop_map(Value::from)
}

fn value() -> impl Strategy<Value = Value> {
    let other = select(vec![
        json!(true),
        Value::Null,
        json!([1, "<"]),
        json!({"b": 1.5, "a": "&"}),
    ]);
    prop_oneof![text(), number(), other]
}

/// Asks Choria and us, and compares.
fn compare(cases: Vec<(&'static str, Option<String>, Vec<Value>)>) {
    let cases = cases.into_iter().map(|(function, format, values)| {
        let spec = match format {
            Some(format) => json!([{"function": function, "args": ["v", {"format": format}]}]),
            None => json!([{"function": function, "args": ["v"]}]),
        };
        let replies: Vec<_> = values
            .into_iter()
            .map(|value| json!({"v": value}))
            .collect();
        (spec, replies)
    });
    let cases: Vec<_> = cases.collect();
    let questions: Vec<_> = cases
        .iter()
        .map(|(spec, replies)| {
            let replies: Vec<_> = replies.iter().map(Value::to_string).collect();
            let action = declared("always", spec)["actions"][0].to_string();
            json!({"ask": "sum up", "text": action, "texts": replies})
        })
        .collect();
    let mut compared = 0;
    for (answer, (spec, replies)) in choria(&questions).iter().zip(&cases) {
        let mut aggregates = Aggregates::new(&action("always", spec));
        for reply in replies {
            aggregates.add(reply);
        }
        let sorted = |lines: Value| {
            let mut lines: Vec<String> = serde_json::from_value(lines).unwrap();
            lines.sort();
            lines
        };
        assert_eq!(answer["error"], "", "{spec} of {replies:?}");
        // It crashes where no chart can be drawn.
        if answer["panic"] != "" {
            assert_eq!(spec[0]["function"], "chart", "{answer}");
            continue;
        }
        compared += 1;
        let ours = sorted(json!(aggregates.formatted()["v"]));
        // Equally frequent values have no order of their own in Choria.
        assert_eq!(
            ours,
            sorted(answer["value"]["formatted"]["v"].clone()),
            "{spec} of {replies:?}"
        );
        assert_eq!(
            json!(aggregates.texts()),
            answer["value"]["texts"],
            "{spec} of {replies:?}"
        );
    }
    assert!(
        compared * 2 > cases.len(),
        "only {compared} of {}",
        cases.len()
    );
}

#[test]
fn counts_are_printed_as_in_choria() {
    let cases = (Just("summary"), format().prop_map(Some), vec(value(), 1..3));
    compare(chosen(10_000, cases));
}

#[test]
fn averages_are_printed_as_in_choria() {
    let cases = (
        Just("average"),
        format().prop_map(Some),
        vec(number(), 1..3),
    );
    compare(chosen(10_000, cases));
}

#[test]
fn charts_are_drawn_as_in_choria() {
    let cases = (Just("chart"), Just(None), vec(number(), 1..70));
    compare(chosen(1_000, cases));
}

#[test]
fn values_count_as_what_choria_makes_of_them() {
    let cases = (
        select(vec!["summary", "average"]),
        Just(None),
        vec(value(), 1..6),
    );
    compare(chosen(3_000, cases));
}
