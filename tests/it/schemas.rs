//! The schemas: sound themselves, kept by the code that is generated from them,
//! and true to what Choria does.

use std::fs;
use std::path::Path;

use choria_external_protocol::schema::AGENT_DDL;
use choria_external_protocol::schema::misplaced_keywords;
use choria_external_protocol::{Activation, DiscoveryFunction, FunctionType, MessageKind, Rpc};
use serde_json::{Value, json};

use crate::mutate::odd_messages;
use crate::{samples, vectors};

const MESSAGES: u64 = 5000;

fn parsed(kind: &MessageKind) -> Value {
    serde_json::from_str(kind.schema()).unwrap()
}

#[test]
fn schemas_are_valid_and_named_for_their_message() {
    for kind in samples::kinds() {
        let schema = parsed(&kind);
        assert!(jsonschema::draft7::meta::is_valid(&schema), "{kind:?}");
        assert_eq!(schema["title"], kind.protocol());
        assert!(
            schema["description"]
                .as_str()
                .is_some_and(|text| text.ends_with('.')),
            "{kind:?}"
        );
    }
}

#[test]
fn every_schema_file_belongs_to_a_message() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas");
    let mut files: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let mut kinds: Vec<String> = samples::kinds()
        .iter()
        .map(|kind| format!("{}.json", kind.protocol()))
        .collect();
    files.sort();
    kinds.sort();
    assert_eq!(files, kinds);
}

/// The generated validators are wrong where a keyword of another type stands
/// beside `type`: `the_generator_has_its_known_fault` shows it.
#[test]
fn no_schema_has_the_shape_that_the_generator_gets_wrong() {
    for kind in samples::kinds() {
        let misplaced = misplaced_keywords(&parsed(&kind));
        assert!(misplaced.is_empty(), "{kind:?}: {misplaced:?}");
    }
}

#[test]
fn generated_validators_agree_with_those_made_at_run_time() {
    for kind in samples::kinds() {
        let at_run_time = jsonschema::validator_for(&parsed(&kind)).unwrap();
        let good = samples::good(kind.protocol());
        for message in &good {
            assert_eq!(kind.check(message), Ok(()), "{kind:?}: {message}");
        }
        let (mut valid, mut invalid) = (0, 0);
        for odd in odd_messages(&good, MESSAGES) {
            let generated = kind.check(&odd.message);
            assert_eq!(
                generated.is_ok(),
                at_run_time.is_valid(&odd.message),
                "{kind:?}, seed {}: {generated:?}: {}",
                odd.seed,
                odd.message
            );
            *(if generated.is_ok() {
                &mut valid
            } else {
                &mut invalid
            }) += 1;
        }
        assert!(
            valid > MESSAGES / 50 && invalid > MESSAGES / 5,
            "{kind:?}: {valid} valid, {invalid} not"
        );
    }
}

/// Why the schemas avoid a shape, and proof that the comparison can fail. Once
/// this fails the generator is mended and the shape is free to use.
#[test]
fn the_generator_has_its_known_fault() {
    #[jsonschema::validator(schema = r#"{"type":"object","items":{"type":"string"}}"#, draft = Draft7)]
    struct Misplaced;
    let schema = json!({"type": "object", "items": {"type": "string"}});
    let at_run_time = jsonschema::validator_for(&schema).unwrap();
    let differing = odd_messages(&[json!({"a": ["b"]}), json!(["a"])], 200)
        .filter(|odd| Misplaced::is_valid(&odd.message) != at_run_time.is_valid(&odd.message))
        .count();
    assert!(differing > 10, "{differing}");
    assert!(Misplaced::is_valid(&json!(["a"])) && !at_run_time.is_valid(&json!(["a"])));
}

#[test]
fn what_a_real_network_sent_is_read_and_written_as_it_was() {
    fn check<F: FunctionType>()
    where
        F::Request: serde::Serialize,
    {
        let recorded = samples::recorded(F::REQUEST.protocol());
        assert!(!recorded.is_empty(), "{}", F::NAME);
        for request in recorded {
            let read = F::read_request(request.clone())
                .unwrap_or_else(|error| panic!("{error}: {request}"));
            let mut written = serde_json::to_value(read).unwrap();
            // Choria writes whole seconds without a point; as numbers they are equal.
            if request["timeout"].as_f64() == written["timeout"].as_f64() {
                written["timeout"] = request["timeout"].clone();
            }
            if request.get("timeout").is_none() {
                written.as_object_mut().unwrap().remove("timeout");
            }
            assert_eq!(written, request, "{}", F::NAME);
        }
    }
    check::<Activation>();
    check::<Rpc>();
    check::<DiscoveryFunction>();
    assert_eq!(
        samples::functions().count(),
        3,
        "a new function type: check it here"
    );
}

/// Where our DDL schema and the published one differ, and why. All other cases
/// have the same verdict.
const DDL_DIFFERENCES: [(&str, bool, &str); 12] = [
    ("null $schema", false, "an address is a text"),
    ("number $schema", false, "does not load"),
    ("without metadata", false, "crashes the server"),
    ("without actions", false, "an agent that can do nothing"),
    (
        "without actions/0/input/msg/optional",
        true,
        "loads, as a required input; published agents do it",
    ),
    (
        "without actions/0/input/mode/optional",
        true,
        "loads, as a required input; published agents do it",
    ),
    (
        "actions/0/output/out = null",
        false,
        "an output without a description",
    ),
    (
        r#"actions/0/aggregate = [{"function":"summary"}]"#,
        false,
        "crashes the client",
    ),
    (
        r#"actions/0/aggregate = [{"args":[],"function":"summary"}]"#,
        false,
        "crashes the client",
    ),
    (
        r#"actions/0/aggregate = [{"args":"out","function":"summary"}]"#,
        false,
        "sums up nothing",
    ),
    (
        r#"actions/0/aggregate = [{"args":[1],"function":"summary"}]"#,
        false,
        "sums up nothing",
    ),
    (
        r#"actions/0/aggregate = [{"args":["out",{},3],"function":"summary"}]"#,
        false,
        "the third is not read",
    ),
];

#[test]
fn the_ddl_schema_differs_from_the_published_one_for_listed_reasons_only() {
    let mut differences = Vec::new();
    for case in vectors::read("ddl_malformed.json") {
        let name = case["name"].as_str().unwrap();
        let Ok(ddl) = ddl_of(&case) else {
            assert_eq!(case["schema_valid"], false, "{name}");
            continue;
        };
        let ours = AGENT_DDL.check(&ddl);
        if case["schema_valid"] != ours.is_ok() {
            differences.push((name.to_owned(), ours.is_ok()));
        }
        if ours.is_ok() {
            assert_eq!(
                case["load_error"],
                Value::Null,
                "{name} passes but Choria does not load it"
            );
            assert_eq!(
                case["load_panic"],
                Value::Null,
                "{name} passes but crashes Choria"
            );
        }
    }
    let listed: Vec<(String, bool)> = DDL_DIFFERENCES
        .iter()
        .map(|(name, valid, _)| ((*name).to_owned(), *valid))
        .collect();
    assert_eq!(differences, listed);
}

fn ddl_of(case: &Value) -> serde_json::Result<Value> {
    match case.get("ddl_text") {
        Some(text) => serde_json::from_str(text.as_str().unwrap()),
        None => Ok(case["ddl"].clone()),
    }
}

#[test]
fn ddls_that_do_not_load_or_mean_nothing_are_refused() {
    for (place, odd, wanted) in [
        ("", json!({}), "$.metadata: expected this key, got none"),
        (
            "/metadata/timeout",
            json!(1),
            "$.metadata.timeout: expected 2 or more, got 1",
        ),
        (
            "/metadata/name",
            json!("a-b"),
            r#"$.metadata.name: expected a string that matches "^[a-z0-9_]+$", got "a-b""#,
        ),
        (
            "/actions/0/input/text/maxlength",
            json!(1.5),
            "$.actions[0].input.text.maxlength: expected an integer, got 1.5",
        ),
        (
            "/actions/0/input/text",
            json!({"prompt": "P", "description": "D", "type": "string", "optional": true, "maxlength": 1}),
            "$.actions[0].input.text.validation: expected this key, got none",
        ),
        (
            "/actions/0/input/choice/type",
            json!("string"),
            "$.actions[0].input.choice.validation: expected this key, got none",
        ),
        (
            "/actions/0/input/boolean/type",
            json!("list"),
            "$.actions[0].input.boolean.list: expected this key, got none",
        ),
        (
            "/actions/0/input",
            json!({"UP": {"prompt": "P", "description": "D", "type": "integer"}, "b": {}}),
            r#"$.actions[0].input: expected a string that matches "^[a-z0-9_]+$" as each key, got "UP", "b""#,
        ),
        (
            "/actions/0/aggregate/0/args",
            json!([]),
            "$.actions[0].aggregate[0].args: expected a list that is not empty, got a list of 0",
        ),
        (
            "/actions/0/aggregate/1/args",
            json!(["rate", {}, 3]),
            "$.actions[0].aggregate[1].args: expected a list of 2 or less, got a list of 3",
        ),
    ] {
        let mut ddl = samples::good(AGENT_DDL.protocol()).remove(0);
        *ddl.pointer_mut(place).unwrap() = odd;
        let violation = AGENT_DDL.check(&ddl).unwrap_err();
        assert_eq!(violation.to_string(), wanted);
    }
}

/// `CHORIA_DDLS` can name a folder with DDLs of published agents.
#[test]
fn ddls_of_agents_in_use_pass() {
    let of_the_tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("python/parrot");
    let published = std::env::var_os("CHORIA_DDLS").map(Into::into);
    for folder in [Some(of_the_tests), published].into_iter().flatten() {
        let files = fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().path());
        let ddls: Vec<_> = files
            .filter(|file| file.extension().is_some_and(|end| end == "json"))
            .collect();
        assert!(!ddls.is_empty(), "{} has no DDLs", folder.display());
        for file in ddls {
            let ddl = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
            assert_eq!(AGENT_DDL.check(&ddl), Ok(()), "{}", file.display());
        }
    }
}
