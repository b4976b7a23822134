//! The DDL crate against what the real Choria did.

use std::collections::BTreeMap;

use choria_external_ddl::{Action, Ddl, Input, Refusal, Type, Validation, ValueError};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::vectors;

mod bad;
mod community;
pub(crate) mod corpus;
mod json;
mod requests;
mod ruby;
mod shell_words;
mod spellings;

/// The only action of a DDL that has these inputs and outputs.
fn action(inputs: &Value, outputs: &Value) -> Action {
    let ddl = json!({"actions": [{"action": "run", "input": inputs, "output": outputs}]});
    Ddl::from_json(ddl.to_string().as_bytes())
        .unwrap()
        .actions
        .remove(0)
}

fn input(declared: &Value) -> Input {
    action(&json!({"x": declared}), &json!({})).inputs[0].clone()
}

/// The column of a case that says what went wrong.
/// The text of an error, if there is one.
fn told<T, E: std::fmt::Display>(outcome: &Result<T, E>) -> Option<String> {
    outcome.as_ref().err().map(ToString::to_string)
}

fn error(case: &Value) -> Option<String> {
    case["error"].as_str().map(Into::into)
}

/// Go's own numbers, and what `serde_json` makes of them, are the same if they
/// are the same 64-bit float.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        _ => a == b,
    }
}

#[test]
fn values_are_judged_as_by_the_server() {
    for case in vectors::read("validate_value.json") {
        let input = input(&json!({
            "type": case["type"],
            "list": case["list"],
            "maxlength": case["maxlength"],
            "validation": case["validation"],
        }));
        let outcome = input.check(&case["value"]);
        let warnings: Vec<Value> = outcome.iter().flatten().cloned().map(Value::from).collect();
        assert_eq!(told(&outcome), error(&case), "{case}");
        assert_eq!(Value::from(warnings), case["warnings"], "{case}");

        // Strictly: whatever the server refuses is refused in the same words,
        // and where it skips the validator, that has a say too.
        let strictly = input.check_strictly(&case["value"]);
        if outcome.is_err() || input.maxlength.is_some() || input.validation == Validation::None {
            assert_eq!(strictly, outcome, "{case}");
        } else {
            let applied = Input {
                maxlength: Some(1000),
                ..input
            };
            assert_eq!(strictly, applied.check(&case["value"]), "{case}");
        }
    }
}

#[test]
fn only_the_strict_check_applies_a_validator_that_has_no_maxlength() {
    let input = input(&json!({"type": "string", "validation": "shellsafe"}));
    let value = json!("a;rm -rf /");
    assert_eq!(input.check(&value), Ok(None));
    let unsafe_text = ValueError::Validation("may not contain ';'".into());
    assert_eq!(input.check_strictly(&value), Err(unsafe_text));
    assert_eq!(input.check_strictly(&json!("a")), Ok(None));
    let number = ValueError::Type("is not a string".into());
    assert_eq!(input.check_strictly(&json!(1)), Err(number));
}

/// Two DDLs are the same where their unknown keys are, too, in whatever form.
#[test]
fn unknown_keys_are_part_of_a_ddl() {
    let ddl = |text: &str| Ddl::from_json(text.as_bytes()).unwrap();
    let one = ddl(r#"{"x": 1, "actions": []}"#);
    assert_eq!(one, ddl(r#"{"actions": [], "x":1}"#));
    assert_ne!(one, ddl(r#"{"x": 2, "actions": []}"#));
    assert_ne!(one, ddl(r#"{"actions": []}"#));
}

/// Choria validates no choice of a list.
#[test]
fn a_list_has_no_validator() {
    let input = input(&json!({"type": "list", "list": ["a;b"], "validation": "shellsafe"}));
    assert_eq!(input.check_strictly(&json!("a;b")), Ok(None));
}

#[test]
fn texts_are_shellsafe_as_in_choria() {
    let input = input(&json!({"type": "string", "maxlength": 1000, "validation": "shellsafe"}));
    for case in vectors::read("shellsafe.json") {
        assert_eq!(told(&input.check(&case["input"])), error(&case), "{case}");
    }
}

#[test]
fn regular_expressions_are_read_as_in_go() {
    for case in vectors::read("go_regexp.json") {
        let pattern = text(&case, "pattern");
        // The text of a DDL that starts with a lowercase letter names a
        // validator; this is about the pattern.
        let input = Input {
            validation: Validation::Regex(pattern.to_owned().into()),
            ..input(&json!({"type": "string", "maxlength": 5000}))
        };
        let invalid = Some(format!("invalid regex '{pattern}'"));
        assert_eq!(
            told(&input.check(&json!(""))) == invalid,
            !case["error"].is_null(),
            "{case}"
        );
        for sample in case["samples"].as_array().into_iter().flatten() {
            let matches = input.check(&sample["input"]).is_ok();
            assert_eq!(sample["matches"], matches, "{pattern:?} and {sample}");
        }
    }
}

#[test]
fn addresses_are_read_as_in_go() {
    for (validation, column) in [
        ("ipaddress", "is_ip"),
        ("ipv4address", "is_ipv4"),
        ("ipv6address", "is_ipv6"),
    ] {
        let input = input(&json!({"type": "string", "maxlength": 1000, "validation": validation}));
        for case in vectors::read("go_parse_ip.json") {
            let wanted = case[column].as_str().map(Into::into);
            assert_eq!(told(&input.check(&case["input"])), wanted, "{case}");
        }
    }
}

#[test]
fn integers_are_those_that_survive_a_64_bit_float() {
    let input = input(&json!({"type": "integer"}));
    for (number, wanted) in [
        ("9223372036854774784", true),
        ("-9223372036854775808", true),
        ("9223372036854775807", false),
        ("9223372036854775808", false),
        ("18446744073709551615", false),
        ("-9223372036854777856", false),
        ("3.0", true),
        ("-0.0", true),
        ("1e3", true),
        ("0.5", false),
    ] {
        let value: Value = serde_json::from_str(number).unwrap();
        assert_eq!(input.check(&value).is_ok(), wanted, "{number}");
    }
}

#[test]
fn texts_become_values_as_in_the_client() {
    for case in vectors::read("val_to_ddl_type.json") {
        let outcome = input(&json!({"type": case["type"]})).value_from_text(text(&case, "input"));
        assert_eq!(told(&outcome), error(&case), "{case}");
        assert!(
            same(&outcome.unwrap_or_default(), &case["result"]),
            "{case}"
        );
    }
}

fn text<'a>(case: &'a Value, key: &str) -> &'a str {
    case[key]
        .as_str()
        .unwrap_or_else(|| panic!("no {key} in {case}"))
}

#[test]
fn numbers_and_booleans_are_read_as_in_go() {
    let of = |kind: &str| input(&json!({ "type": kind }));
    let (integer, float, boolean) = (of("integer"), of("float"), of("boolean"));
    for case in vectors::read("go_strconv.json") {
        let text = text(&case, "input");
        let whole = integer
            .value_from_text(text)
            .ok()
            .map(|value| value.to_string());
        assert_eq!(whole.as_deref(), case["atoi"].as_str(), "{case}");

        let number = float
            .value_from_text(text)
            .ok()
            .and_then(|value| value.as_f64());
        let bits = number.map(|number| format!("{:016x}", number.to_bits()));
        let wanted = match case["parse_float"].as_str() {
            Some("+Inf" | "-Inf" | "NaN") => None, // JSON has none of them.
            _ => case["parse_float_bits"].as_str(),
        };
        assert_eq!(bits.as_deref(), wanted, "{case}");

        let truth = boolean.value_from_text(text).ok();
        assert_eq!(truth.unwrap_or_default(), case["parse_bool"], "{case}");
    }
}

/// What the cases of `cli_args.json` and `validate_request.json` were made
/// with.
fn some() -> Action {
    action(
        &json!({
            "req": {"type": "string", "optional": false, "maxlength": 10, "validation": "."},
            "reqdef": {"type": "integer", "optional": false, "default": 5},
            "opt": {"type": "integer", "optional": true, "default": 7},
            "opt2": {"type": "boolean", "optional": true},
        }),
        &json!({}),
    )
}

#[test]
fn arguments_become_inputs_as_in_the_client() {
    let action = some();
    for case in vectors::read("cli_args.json") {
        let arguments: BTreeMap<String, String> =
            serde_json::from_value(case["args"].clone()).unwrap();
        let outcome = action.inputs_from_text(&arguments);
        assert_eq!(told(&outcome), error(&case), "{case}");
        if let Ok(inputs) = outcome {
            assert!(same(&inputs.into(), &case["result"]), "{case}");
        }
    }
}

#[test]
fn an_argument_that_the_server_would_refuse_is_refused_at_once() {
    let action = action(
        &json!({"list": {"type": "array"}, "n": {"type": "integer", "optional": true}}),
        &json!({}),
    );
    let inputs = |name: &str, text: &str| {
        action.inputs_from_text(&BTreeMap::from([(name.into(), text.into())]))
    };
    let invalid = |text: &str| Err(Refusal::Invalid(text.into()));
    assert_eq!(
        inputs("list", "null"),
        invalid("invalid value for 'list': is not an array")
    );
    assert_eq!(
        inputs("n", "9223372036854775807"),
        invalid("invalid value for 'n': is not an integer")
    );
}

#[test]
fn requests_are_judged_as_by_the_server() {
    let (none, some) = (action(&json!({}), &json!({})), some());
    for case in vectors::read("validate_request.json") {
        let action = if case["action"] == "none" {
            &none
        } else {
            &some
        };
        judged_alike(action, &case);
    }
}

/// The verdict is that of the case; so are its words, unless they come from
/// Go's reader of JSON.
fn judged_alike(action: &Action, case: &Value) {
    let outcome = action.check_request(&case["data"]);
    match error(case) {
        Some(error) if error.starts_with("json: ") => assert!(outcome.is_err(), "{case}"),
        wanted => assert_eq!(told(&outcome), wanted, "{case}"),
    }
    // Never more than the server lets pass.
    if outcome.is_err() {
        assert!(
            action.check_request_strictly(&case["data"]).is_err(),
            "{case}"
        );
    }
}

#[test]
fn other_inputs_are_refused_and_process_results_is_passed_over() {
    let some = some();
    let refused = |data: Value| some.check_request(&data).unwrap_err().to_string();
    assert_eq!(
        refused(json!({"req": "a", "reqdef": 1, "zz": 1})),
        "request contains an input 'zz' that is not declared in the DDL. Valid inputs are: opt, opt2, req, reqdef"
    );
    assert_eq!(
        some.check_request(&json!({"req": "a", "reqdef": 1, "process_results": 5})),
        Ok(vec![])
    );

    // Declared, it never arrives.
    let declared = action(&json!({"process_results": {"type": "boolean"}}), &json!({}));
    assert_eq!(
        declared.check_request(&json!({"process_results": true})),
        Err(Refusal::Missing(
            "input 'process_results' is required".into()
        ))
    );
}

#[test]
fn warnings_name_validators_that_choria_does_not_know() {
    let strange =
        json!({"type": "string", "maxlength": 5, "validation": "service_name", "optional": true});
    let action = action(
        &json!({"a": strange, "b": strange, "c": strange}),
        &json!({}),
    );
    assert_eq!(
        action.check_request(&json!({"a": "x", "c": "x"})),
        Ok(vec!["Unsupported validator 'service_name'".into(); 2])
    );
}

#[test]
fn outputs_are_filled_in_as_by_the_server() {
    let action = action(
        &json!({}),
        &json!({"o": {"default": 1}, "p": {"default": false}, "q": {"default": null}, "r": {}}),
    );
    for case in vectors::read("output_defaults.json") {
        let mut data = case["data"].as_object().unwrap().clone();
        action.fill_outputs(&mut data);
        assert_eq!(Value::from(data), case["result"], "{case}");
    }
}

#[test]
fn a_ddl_without_an_action_has_none() {
    assert_eq!(Ddl::from_json(b"null").unwrap().action("x"), None);
    assert_eq!(some().input("nosuch"), None);
}

proptest! {
    #[test]
    fn no_value_panics(
        kind in "integer|int|float|number|boolean|string|list|hash|array|\\PC{0,3}",
        maxlength in prop::option::of(any::<i64>()),
        validation in "|shellsafe|ip(v[46])?address|[a-z]{0,3}|\\PC{0,6}|[\\[\\](){}*+?|.^$\\\\dwsbQEpLx0-9,a:-]{0,12}",
        value in any_value(),
        text in "\\PC*",
    ) {
        let input = Input {
            kind: Type::from_text(kind),
            validation: Validation::from_text(validation),
            maxlength,
            ..input(&json!({}))
        };
        let verdict = input.check(&value);
        let strictly = input.check_strictly(&value);
        prop_assert!(verdict.is_ok() || strictly.is_err());
        let _ = input.value_from_text(&text);
        let action = Action { inputs: vec![input].into(), ..some() };
        let _ = action.check_request(&value);
        let _ = action.inputs_from_text(&BTreeMap::from([("x".into(), text)]));
    }
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(
                "metadata|actions|action|input|output|aggregate|type|name|x|\\PC{0,3}",
                inner,
                0..4
            )
            .prop_map(|map| Value::from(map.into_iter().collect::<Map<_, _>>())),
        ]
    })
}
