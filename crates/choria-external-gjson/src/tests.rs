use proptest::prelude::*;
use serde_json::{Value, json};

use super::{GaveUp, Kind, Path, PathError, value};

const FACTS: &str = r#"{"os": {"family": "RedHat", "a.b": 1, "nul": null},
    "list": [{"n": "x", "v": 1}, {"n": "y", "v": 2.5}], "text": "\u00c9\n", "n": 1, "n": 2}"#;

fn finds(path: &str, wanted: Value) {
    assert_eq!(value(FACTS, path), Ok(wanted), "{path}");
}

#[test]
fn each_kind_of_step_finds_its_value() {
    finds("os.family", json!("RedHat"));
    finds(r"os.a\.b", json!(1.0));
    finds("o*.fam?ly", json!("RedHat"));
    finds("list.1.n", json!("y"));
    finds("list.#", json!(2.0));
    finds("list.#.n", json!(["x", "y"]));
    finds(r#"list.#(n=="y").v"#, json!(2.5));
    finds("list.#(v>0)#.v", json!([1.0, 2.5]));
    finds("list.#(n%\"y*\").v", json!(2.5));
    finds("list|#", json!(2.0));
    finds("text", json!("\u{c9}\n"));
    finds("list.@reverse.0.n", json!("y"));
    finds("os.@keys.0", json!("family"));
    finds("[n,os.family].1", json!("RedHat"));
    finds(r#"{"k":n}"#, json!({"k": 1.0}));
    finds("!true", json!(true));
}

#[test]
fn of_equal_keys_the_first_counts_unless_the_path_leads_on() {
    finds("n", json!(1.0));
    assert_eq!(
        value(r#"{"a": {"b": 1}, "a": {"c": 2}}"#, "a.c"),
        Ok(json!(2.0))
    );
}

#[test]
fn what_is_not_there_is_not_found() {
    for path in [
        "",
        "nope",
        "os.Family",
        "os..family",
        "list.2",
        "list.-1",
        "list.#(n==\"z\")",
        "#",
        "@nope",
    ] {
        assert_eq!(value(FACTS, path), Ok(Value::Null), "{path}");
    }
    for facts in ["", "null", "\"os\"", "[]", "{", "{\"os"] {
        assert_eq!(value(facts, "os"), Ok(Value::Null), "{facts}");
    }
}

#[test]
fn null_is_found_but_has_no_value() {
    let kind = Path::new("os.nul")
        .unwrap()
        .find(FACTS)
        .map(|found| found.map(|found| found.kind));
    assert_eq!(kind, Ok(Some(Kind::Null)));
    assert_eq!(value(FACTS, "os.nul"), Ok(Value::Null));
}

#[test]
fn big_numbers_are_cut_as_go_cuts_them() {
    let int = |number: &str| {
        Path::new("a")
            .unwrap()
            .find(&format!("{{\"a\":{number}}}"))
            .unwrap()
            .map(|found| found.int())
    };
    assert_eq!(int("9007199254740993"), Some(9_007_199_254_740_993));
    assert_eq!(int("-1.9"), Some(-1));
    assert_eq!(int("1e300"), Some(i64::MIN));
    assert_eq!(int("18446744073709551617"), Some(1));
}

#[test]
fn pretty_is_not_read() {
    let error = Path::new("os|@pretty").unwrap_err();
    assert_eq!(
        error.to_string(),
        "expected a path without @pretty, which changes only how JSON looks: leave it out"
    );
}

#[test]
fn a_search_that_would_never_end_is_given_up() {
    let gives_up = |facts: &str, path: &str| {
        assert_eq!(
            Path::new(path).unwrap().find(facts),
            Err(GaveUp),
            "{path:.20}"
        );
        assert_eq!(value(facts, path), Err(PathError::GaveUp));
    };
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    gives_up(&deep, &"0.".repeat(100_000));
    gives_up(&deep, "@dig:a");
    gives_up(FACTS, &"@this|".repeat(100_000));
    gives_up(FACTS, &"[@this,@this]|".repeat(64));
    gives_up(FACTS, &"@tostr|".repeat(100));
}

/// gjson itself gives up a wildcard that is too much work, and finds nothing.
#[test]
fn a_wildcard_is_no_way_to_waste_time() {
    let stars = "*a".repeat(50);
    let many = format!("{{\"{}\":1}}", "a".repeat(5_000));
    assert_eq!(value(&many, &format!("{stars}b")), Ok(Value::Null));
}

#[test]
fn what_json_cannot_hold_has_no_value() {
    assert_eq!(value(r#"{"a": [1e999]}"#, "a"), Err(PathError::Number));
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(300), "]".repeat(300));
    let error = value(&deep, "a").unwrap_err();
    assert_eq!(error.to_string(), "the fact has more than 200 levels");
}

fn facts() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        ".{0,5}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 30, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z.*?|\\\\@é]{1,3}", inner, 0..4)
                .prop_map(|map| json!(map)),
        ]
    })
}

fn escaped(key: &str) -> String {
    key.chars().flat_map(|letter| ['\\', letter]).collect()
}

/// Looks every value below this one up.
fn each_is_found(all: &str, path: &str, this: &Value) {
    let below: Vec<(String, &Value)> = match this {
        Value::Object(map) => map
            .iter()
            .map(|(key, value)| (escaped(key), value))
            .collect(),
        Value::Array(list) => list
            .iter()
            .enumerate()
            .map(|(at, value)| (at.to_string(), value))
            .collect(),
        _ => return,
    };
    for (step, value) in below {
        let path = if path.is_empty() {
            step
        } else {
            format!("{path}.{step}")
        };
        let found = Path::new(&path)
            .unwrap()
            .find(all)
            .unwrap()
            .unwrap_or_else(|| panic!("{path} in {all}"));
        let raw: Value = serde_json::from_str(&found.as_written()).unwrap();
        assert_eq!(&raw, value, "{path} in {all}");
        each_is_found(all, &path, value);
    }
}

proptest! {
    #[test]
    fn every_value_has_a_path_that_finds_it(facts in facts()) {
        each_is_found(&facts.to_string(), "", &facts);
    }

    #[test]
    fn no_path_and_no_facts_panic(path in r#"[ab0#.|*?\\@:{}\[\]()!=<>%~",é]{0,20}"#, facts in r#"[ab0{}\[\]":,\\ue. nté-]{0,30}"#) {
        if let Ok(Some(found)) = Path::new(&path).unwrap().find(&facts) {
            let _ = (found.text().len(), found.float(), found.int(), found.value());
        }
    }
}
