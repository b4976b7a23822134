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
    // What can be printed differs with the age of the Unicode tables: nothing here
    // has been new for ten years.
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

/// Texts that are numbers to Go, or nearly.
fn number_as_text() -> impl Strategy<Value = Value> {
    let texts = [
        "nan",
        "NaN",
        "inf",
        "-Infinity",
        "+1.5",
        "1_000",
        "0x1p-2",
        "1e400",
        "-0",
        ".5",
        " 1",
        "",
    ];
    select(texts.to_vec()).prop_map(Value::from)
}

/// Options of a DDL: a format, and what stands for some values.
fn options() -> impl Strategy<Value = Value> {
    let keys = [
        "up",
        "true",
        "null",
        "[1,\"\\u003c\"]",
        "1.5",
        "1e+21",
        "0",
        "-0",
        "",
    ];
    let label = prop_oneof![value(), Just(json!(1e21)), Just(json!([1e21, "<"]))];
    let labels = prop::collection::btree_map(select(keys.to_vec()), label, 0..4);
    let format = prop::option::of(format());
    (labels, format).prop_map(|(labels, format)| {
        let mut options = json!(labels);
        if let Some(format) = format {
            options["format"] = json!(format);
        }
        options
    })
}

/// Asks Choria and us what these functions, with their options, make of values.
fn compare(cases: &[(&'static str, Value, Vec<Value>)]) {
    let aggregate = |function, options| json!([{"function": function, "args": ["v", options]}]);
    let reply = |value| json!({"v": value});
    let questions: Vec<_> = cases
        .iter()
        .map(|(function, options, values)| {
            let declared = declared("always", &aggregate(function, options));
            let replies: Vec<_> = values
                .iter()
                .map(|value| reply(value).to_string())
                .collect();
            json!({"ask": "sum up", "text": declared["actions"][0].to_string(), "texts": replies})
        })
        .collect();
    let mut compared = 0;
    for (answer, case) in choria(&questions).iter().zip(cases) {
        let (function, options, values) = case;
        let mut aggregates = Aggregates::new(&action("always", &aggregate(function, options)));
        for value in values {
            aggregates.add(&reply(value));
        }
        let ours = Summary {
            formatted: sorted(json!(aggregates.formatted()["v"])),
            texts: json!(aggregates.texts()["v"]),
            json: aggregates.to_json()["v"].clone(),
        };
        assert_eq!(answer["error"], "", "{case:?}");
        let refused = ours.texts["error"]
            .as_str()
            .is_some_and(|error| error.starts_with("no chart can be drawn"));
        if answer["panic"] != "" {
            let beyond_integers =
                answer["panic"] == "runtime error: index out of range [-9223372036854775808]";
            assert_eq!(*function, "chart", "{case:?}");
            assert!(refused || beyond_integers, "{case:?}");
            continue;
        }
        let theirs = Summary::of_choria(&answer["value"]);
        if refused {
            // Gaps alone.
            let least = "-9223372036854775808";
            assert!(
                theirs.formatted[0].trim_start().starts_with(least),
                "{case:?}"
            );
            continue;
        }
        compared += 1;
        assert_eq!(ours, theirs, "{case:?}");
    }
    assert!(
        compared * 2 > cases.len(),
        "only {compared} of {}",
        cases.len()
    );
}

/// The output `v` of all replies, in the three forms that Choria has.
#[derive(Debug, PartialEq)]
struct Summary {
    formatted: Vec<String>,
    texts: Value,
    json: Value,
}

impl Summary {
    fn of_choria(answer: &Value) -> Self {
        let whole = answer["json"].as_str().unwrap();
        let whole: Value = serde_json::from_str(whole).unwrap_or_default();
        Self {
            formatted: sorted(answer["formatted"]["v"].clone()),
            texts: answer["texts"]["v"].clone(),
            json: whole["v"].clone(),
        }
    }
}

/// Equally frequent values have no order of their own in Choria.
fn sorted(lines: Value) -> Vec<String> {
    let mut lines: Vec<String> = serde_json::from_value(lines).unwrap();
    lines.sort();
    lines
}

fn formatted() -> impl Strategy<Value = Value> {
    format().prop_map(|format| json!({"format": format}))
}

#[test]
fn counts_are_printed_as_in_choria() {
    let cases = (Just("summary"), formatted(), vec(value(), 1..3));
    compare(&chosen(10_000, cases));
}

#[test]
fn averages_are_printed_as_in_choria() {
    let numbers = vec(
        prop_oneof![4 => number().boxed(), 1 => number_as_text().boxed()],
        0..3,
    );
    compare(&chosen(10_000, (Just("average"), formatted(), numbers)));
}

#[test]
fn charts_are_drawn_as_in_choria() {
    // The logarithm of one that is below all normal numbers differs, in Go, from
    // processor to processor.
    let normal = number().prop_filter("not normal", |number| {
        !number.as_f64().is_some_and(f64::is_subnormal)
    });
    let numbers = vec(
        prop_oneof![9 => normal.boxed(), 1 => number_as_text().boxed()],
        0..70,
    );
    compare(&chosen(1_000, (Just("chart"), Just(json!({})), numbers)));
}

#[test]
fn values_count_as_what_choria_makes_of_them() {
    let functions = select(vec!["summary", "boolean_summary", "average"]);
    compare(&chosen(3_000, (functions, options(), vec(value(), 0..6))));
}
