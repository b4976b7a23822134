//! What the questions are made of.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::Sample;

pub(super) fn words(texts: &'static [&str]) -> impl Strategy<Value = String> + Clone {
    select(texts).prop_map(str::to_owned)
}

pub(super) fn number() -> impl Strategy<Value = Value> {
    prop_oneof![
        (-3..20_i64).prop_map(Value::from),
        (-30..200_i32).prop_map(|tenths| json!(f64::from(tenths) / 10.0)),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
    ]
}

pub(super) fn plain() -> impl Strategy<Value = Value> {
    prop_oneof![
        1 => Just(Value::Null),
        2 => any::<bool>().prop_map(Value::from),
        3 => number(),
        4 => words(&[
            "de", "DE", "", "a b", "10", "1.50", "true", "/x/", "\u{e9}a", "\u{130}", "ſ", "K",
            "\"q\\"
        ])
        .prop_map(Value::from),
    ]
}

pub(super) fn value() -> impl Strategy<Value = Value> {
    let nested = plain().prop_recursive(2, 12, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((key(), inner), 0..4).prop_map(|entries| entries.into_iter().collect()),
        ]
    });
    prop_oneof![3 => plain(), 1 => nested]
}

pub(super) fn key() -> impl Strategy<Value = String> {
    let odd = words(&[
        "0", "1", "-1", "a.b", "a*", "x y", "#", "@this", "\u{e9}", "e\\f", "|",
    ]);
    prop_oneof![3 => words(&["a", "b", "n"]), 1 => odd]
}

pub(super) fn facts() -> impl Strategy<Value = String> {
    let object = || {
        (value(), value(), vec((key(), value()), 0..4)).prop_map(|(a, b, more)| {
            let two = [("a".to_owned(), a), ("b".to_owned(), b)];
            Value::Object(two.into_iter().chain(more).collect()).to_string()
        })
    };
    prop_oneof![
        8 => object(),
        1 => value().prop_map(|value| value.to_string()),
        1 => (object(), any::<prop::sample::Index>()).prop_map(|(text, at)| {
            let end = text.floor_char_boundary(at.index(text.len() + 1));
            text[..end].to_owned()
        }),
    ]
}

pub(super) fn path() -> impl Strategy<Value = String> {
    let odd = words(&[
        "0",
        "1",
        "-1",
        "a\\.b",
        "a*",
        "?",
        "*",
        "a\\*",
        "x y",
        "#",
        "\\#",
        "\u{e9}",
        "e\\\\f",
        "\\|",
        "",
        "01",
        "#(n==1)",
        "#(n==\"de\")#",
        "#(n)",
        "#(>1)",
        "#(%\"d*\")#",
    ]);
    let part = || prop_oneof![3 => words(&["a", "b", "n"]), 1 => odd.clone()];
    let joined = (vec(part(), 1..4), select(&[".", ".", ".", "|"]))
        .prop_map(|(parts, sign)| parts.join(sign));
    prop_oneof![5 => part(), 4 => joined, 1 => "[a-b.*?#|()\\\\\"=~!<>0-2@{}\\[\\]]{0,8}"]
}

pub(super) fn operand() -> impl Strategy<Value = String> {
    prop_oneof![
        words(&[
            "de",
            "DE",
            "",
            "a b",
            "10",
            "1.5",
            "1.50",
            "true",
            "TRUE",
            "t",
            "0",
            "1",
            "-3",
            "+1",
            "1_0",
            "0x1.8p0",
            "1.",
            ".5",
            "1e3",
            "/",
            "//",
            "/x/",
            "/./",
            "^d",
            "/^1\\.5/",
            "(",
            "/(/",
            "\\d",
            "\u{e9}A",
            "i\u{307}",
            "S",
            "k",
            "inf",
            "nan",
            "NaN.",
            "9223372036854775808",
            "2.0",
            "x.y",
            "/D",
            "e/",
            "1 ",
        ]),
        number().prop_map(|number| number.to_string()),
    ]
}

pub(super) fn comparison() -> impl Strategy<Value = String> {
    words(&["==", "!=", ">=", "<=", ">", "<", "=~"])
}

pub(super) fn entry() -> impl Strategy<Value = String> + Clone {
    words(&[
        "apache",
        "Apache",
        "APACHE",
        "role::web",
        "/role/",
        "/ROLE/",
        "/",
        "//",
        "/(/",
        "",
        "rpcutil",
        "Upper",
        "/^a/",
        "web1",
        "/web\\d/",
        "(",
        "/(",
        "ſ",
        "\u{130}",
        "/k/",
        "K",
        "/\\//",
        "x",
    ])
}

pub(super) fn sample() -> impl Strategy<Value = Sample> {
    (facts(), entry(), vec(entry(), 0..4), vec(entry(), 0..4)).prop_map(
        |(facts, identity, classes, agents)| Sample {
            identity,
            facts,
            classes,
            agents,
        },
    )
}
