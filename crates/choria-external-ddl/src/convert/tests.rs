use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;
use crate::keys;

/// All that is in a value: the path of each leaf, and the leaf.
fn leaves(path: &str, value: &Value, all: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (key, value) in map {
                leaves(&at_key(path, key), value, all);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (at, item) in items.iter().enumerate() {
                leaves(&at_index(path, at), item, all);
            }
        }
        leaf => {
            all.insert(path.to_owned(), leaf.clone());
        }
    }
}

fn of_text(json: &str) -> BTreeMap<String, Value> {
    let mut all = BTreeMap::new();
    leaves("$", &serde_json::from_str(json).unwrap(), &mut all);
    all.retain(|path, value| path != "$.$schema" || value != SCHEMA);
    all
}

/// Whether a change is at this path, above it or below it. That a key is
/// spelled in another way is told of the old spelling only.
fn is_told(told: &[Change], path: &str) -> bool {
    let path = &path.to_lowercase();
    let within = |inner: &str, outer: &str| {
        let rest = inner.strip_prefix(outer);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    // After an item that is left out the others have other places.
    let at = |change: &Change| match change.path.rsplit_once('[') {
        Some((list, index)) if change.kind == Kind::LeftOut && !index.starts_with('"') => {
            list.to_lowercase()
        }
        _ => change.path.to_lowercase(),
    };
    (told.iter())
        .map(at)
        .any(|at| within(path, &at) || within(&at, path))
}

/// Whether a leaf is as good as missing: a key of Choria's without a value.
fn is_nothing(path: &str, leaf: &Value) -> bool {
    let known = [keys::METADATA, keys::ACTION, keys::INPUT, keys::OUTPUT];
    let known = known.concat();
    let (_, key) = path.rsplit_once('.').unwrap_or_default();
    let is_known = known.iter().any(|known| known.eq_ignore_ascii_case(key))
        || matches!(
            key.to_lowercase().as_str(),
            "actions" | "metadata" | "requires" | "usage" | "function"
        );
    let empty = [
        json!(null),
        json!(""),
        json!(0),
        json!(false),
        json!([]),
        json!({}),
    ];
    is_known && !key.eq_ignore_ascii_case("default") && empty.contains(leaf)
}

/// What differs between two JSON texts and is not told.
fn silent(old: &str, new: &str, told: &[Change]) -> Vec<String> {
    let (old, new) = (of_text(old), of_text(new));
    let paths = old.keys().chain(new.keys());
    let differs = |path: &&String| old.get(*path) != new.get(*path);
    let says = |path: &&String| {
        new.contains_key(*path) || old.get(*path).is_none_or(|leaf| !is_nothing(path, leaf))
    };
    paths
        .filter(differs)
        .filter(says)
        .filter(|path| !is_told(told, path))
        .cloned()
        .collect()
}

/// Some of these keys, and some that nobody knows.
fn object(fields: Vec<(&'static str, BoxedStrategy<Value>)>) -> BoxedStrategy<Value> {
    let all: Vec<_> = fields
        .into_iter()
        .map(|(key, value)| {
            (
                prop::sample::select(spellings(key)),
                prop::option::weighted(0.8, value),
            )
        })
        .collect();
    let unknown = prop::collection::vec(("x[a-z.' ]{0,3}", any_value()), 0..2);
    (all, unknown)
        .prop_map(|(known, unknown)| {
            let known = known
                .into_iter()
                .filter_map(|(key, value)| Some((key, value?)));
            let object: Map<_, _> = known.chain(unknown).collect();
            Value::Object(object)
        })
        .boxed()
}

/// Mostly as Choria spells it.
fn spellings(key: &str) -> Vec<String> {
    let mut all = vec![key.to_owned(); 8];
    all.push(key.to_uppercase());
    all
}

fn any_value() -> BoxedStrategy<Value> {
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f32>().prop_map(Value::from),
        "[a-z#{}\"'\\\\ ]{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 6, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map("[a-zA-Z ]{0,3}", inner, 0..3)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
    .boxed()
}

fn or_null(value: impl Strategy<Value = Value> + 'static) -> BoxedStrategy<Value> {
    prop_oneof![8 => value, 1 => Just(json!(null))].boxed()
}

fn text() -> BoxedStrategy<Value> {
    or_null("[a-zA-Z#{}\"'\\\\ ]{0,6}".prop_map(Value::from))
}

fn named(value: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    let map = prop::collection::btree_map("[a-zA-Z_. ]{0,4}", or_null(value), 0..3);
    or_null(map.prop_map(|map| Value::Object(map.into_iter().collect())))
}

fn list(item: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    or_null(prop::collection::vec(item, 0..4).prop_map(Value::from))
}

fn ddl() -> BoxedStrategy<Value> {
    let kind = || or_null("string|String|list|integer|int|Hash|".prop_map(Value::from));
    let flag = || or_null(any::<bool>().prop_map(Value::from));
    let number = || or_null((-1_i64..9).prop_map(Value::from));
    let input = object(vec![
        ("prompt", text()),
        ("description", text()),
        ("type", kind()),
        ("default", any_value()),
        ("optional", flag()),
        (
            "validation",
            or_null("|shellsafe|\\^a\\$|nobody".prop_map(Value::from)),
        ),
        ("maxlength", number()),
        ("list", list(text())),
    ]);
    let output = object(vec![
        ("description", text()),
        ("display_as", text()),
        ("type", kind()),
        ("default", any_value()),
    ]);
    let args = prop_oneof![4 => list(any_value()), 1 => any_value()].boxed();
    let function = or_null("summary|average|mine|a b".prop_map(Value::from));
    let aggregate = or_null(object(vec![("function", function), ("args", args)]));
    let action = object(vec![
        ("action", text()),
        ("description", text()),
        (
            "display",
            or_null("ok|always|failed||Ok".prop_map(Value::from)),
        ),
        ("input", named(input)),
        ("output", named(output)),
        ("aggregate", list(aggregate)),
    ]);
    let mut about: Vec<_> = ["name", "description", "author", "license", "version", "url"]
        .map(|key| (key, text()))
        .into();
    about.extend([
        ("timeout", number()),
        ("provider", text()),
        ("service", flag()),
    ]);
    object(vec![
        ("$schema", text()),
        ("metadata", or_null(object(about))),
        (
            "actions",
            or_null(prop::collection::vec(action, 0..3).prop_map(Value::from)),
        ),
        ("requires", any_value()),
        ("usage", any_value()),
    ])
}

proptest! {
    #[test]
    fn what_is_not_the_same_after_ruby_and_back_is_told(ddl in ddl()) {
        let json = ddl.to_string();
        let ruby = Ddl::from_json(json.as_bytes()).unwrap().to_ruby();
        let told = changes((Form::Json, &json), (Form::Ruby, &ruby)).unwrap();
        let again = Ddl::from_ruby(&ruby).unwrap().to_json();
        prop_assert_eq!(silent(&json, &again, &told), Vec::<String>::new(), "{}\n{}\n{:?}", json, again, told);

        // On the way back nothing is lost any more.
        let back = changes((Form::Ruby, &ruby), (Form::Json, &again)).unwrap();
        let lost: Vec<_> = back.iter().filter(|change| change.kind != Kind::Added).collect();
        prop_assert!(lost.is_empty(), "{}\n{}\n{:?}", ruby, again, lost);
        // And what is written as it was has lost nothing.
        let own = Ddl::from_json(json.as_bytes()).unwrap().to_json();
        let told = changes((Form::Json, &json), (Form::Json, &own)).unwrap();
        prop_assert_eq!(silent(&json, &own, &told), Vec::<String>::new());
    }
}

fn told(from: (Form, &str), to: (Form, &str)) -> Vec<String> {
    let changes = changes(from, to).unwrap();
    let line = |change: &Change| format!("{:?} {}: {}", change.kind, change.path, change.what);
    changes.iter().map(line).collect()
}

#[test]
fn keys_given_again_respelled_or_left_out_are_told() {
    let old = r#"{"a": 1, "a": 2, "B": 3, "c": [1, 2, 3], "d": null}"#;
    let new = r#"{"a": 2, "b": 4, "c": [1, 3], "e": []}"#;
    assert_eq!(
        told((Form::Json, old), (Form::Json, new)),
        [
            "LeftOut $.a: 1, the key is there again",
            "Changed $.B: the key became \"b\"",
            "Changed $.B: 3 became 4",
            "LeftOut $.c[1]: 2",
            "LeftOut $.d: null",
            "Added $.e: a list of 0",
        ]
    );
}

/// Many tools write all keys that Choria knows, also those that say nothing.
#[test]
fn a_key_that_says_nothing_can_be_left_out_silently() {
    let json = r#"{
        "metadata": {"name": "a", "description": null, "timeout": null, "provider": "", "service": false, "x": null},
        "actions": [{
            "action": "b", "display": "", "description": null, "aggregate": [], "y": "",
            "input": {
                "i": {"type": "integer", "validation": "", "maxlength": 0, "list": [], "optional": null},
                "j": {"type": "string", "prompt": null, "validation": null, "maxlength": null, "list": null},
                "k": null,
                "l": {"type": "boolean", "default": false}
            },
            "output": {"o": {"type": "", "display_as": null, "default": 0}}
        }, {"action": "c", "input": null, "output": null, "aggregate": null}],
        "usage": "", "z": 0
    }"#;
    let ruby = Ddl::from_json(json.as_bytes()).unwrap().to_ruby();
    let told = told((Form::Json, json), (Form::Ruby, &ruby));
    let losses: Vec<_> = told
        .iter()
        .filter(|line| !line.starts_with("Added"))
        .collect();
    // Only what Choria does not know.
    assert_eq!(losses, ["LeftOut $.z: 0"], "{told:?}\n{ruby}");
}

/// A value that means something is reported even if it is also a default of Ruby.
#[test]
fn a_key_that_says_something_is_never_left_out_silently() {
    let json = r#"{"actions": [{"action": "b", "aggregate": [null, {"function": "", "args": []}],
        "input": {"i": {"type": "integer", "maxlength": 1}}}]}"#;
    let told = told(
        (Form::Json, json),
        (Form::Json, r#"{"actions": [{"action": "b"}]}"#),
    );
    assert_eq!(
        told,
        [
            "LeftOut $.actions[0].aggregate: a list of 2",
            "LeftOut $.actions[0].input: an object",
        ]
    );
}

#[test]
fn the_schema_of_ddls_is_no_change_and_any_other_is() {
    let with = |schema: &str| format!(r#"{{"$schema": "{schema}"}}"#);
    let told = |schema: &str| told((Form::Json, &with(schema)), (Form::Json, "{}"));
    assert!(told(SCHEMA).is_empty());
    assert_eq!(
        told("https://acme.example/mine"),
        ["LeftOut $.$schema: \"https://acme.example/mine\""]
    );
}

#[test]
fn a_default_that_is_null_is_kept_in_both_directions() {
    let json = r#"{"metadata": {"name": "a"}, "actions": [{"action": "b",
        "input": {"i": {"type": "integer", "default": null}},
        "output": {"o": {"default": null}}}]}"#;
    let mut ddl = Ddl::from_json(json.as_bytes()).unwrap();
    let ruby = ddl.to_ruby();
    assert_eq!(ruby.matches(":default     => nil").count(), 2, "{ruby}");
    let again: Value = serde_json::from_str(&Ddl::from_ruby(&ruby).unwrap().to_json()).unwrap();
    let action = &again["actions"][0];
    assert_eq!(action["input"]["i"].get("default"), Some(&Value::Null));
    assert_eq!(action["output"]["o"].get("default"), Some(&Value::Null));
    // But not where somebody sets one.
    ddl.actions[0].inputs.to_mut()[0].default = Some("3".into());
    assert!(ddl.to_ruby().contains(":default     => 3"));
    assert_eq!(ddl.actions[0].outputs[0].default_value(), None);
}
