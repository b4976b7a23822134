//! Reading and writing the JSON form.

use choria_external_ddl::Ddl;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{any_value, text};
use crate::vectors;

/// The bytes of a case of `ddl_malformed.json`.
fn bytes(case: &Value) -> Vec<u8> {
    match case["ddl_text"].as_str() {
        Some(text) => text.into(),
        None => case["ddl"].to_string().into_bytes(),
    }
}

#[test]
fn what_choria_loads_is_read_and_written_and_nothing_else_is() {
    let mut read = 0;
    for case in vectors::read("ddl_malformed.json") {
        let loads = case["load_error"].is_null() && case["load_panic"].is_null();
        match Ddl::from_json(&bytes(&case)) {
            Ok(ddl) => {
                assert!(loads, "{case}");
                assert_eq!(
                    Ddl::from_json(ddl.to_json().as_bytes()).as_ref(),
                    Ok(&ddl),
                    "{case}"
                );
                read += 1;
            }
            Err(error) => assert!(!loads, "{}: {error}", case["name"]),
        }
    }
    assert!(read > 50, "only {read}");
}

#[test]
fn what_is_wrong_with_a_ddl_is_said_with_its_place() {
    let told: Vec<String> = vectors::read("ddl_malformed.json")
        .iter()
        .filter_map(|case| {
            let error = Ddl::from_json(&bytes(case)).err()?;
            Some(format!("{}: {error}", text(case, "name")))
        })
        .collect();
    insta::assert_snapshot!("errors", told.join("\n"));
}

#[test]
fn what_servers_refuse_is_said_in_words() {
    let good = json!({
        "metadata": {"name": "parrot", "provider": "external", "timeout": 2},
        "actions": [{"action": "echo"}, {"action": "shout"}],
    });
    let mut told = Vec::new();
    for (pointer, value) in [
        ("/metadata/name", json!("parrot")),
        ("/metadata", json!(null)),
        ("/metadata/name", json!("")),
        ("/metadata/name", json!("scout")),
        ("/metadata/provider", json!("ruby")),
        ("/metadata/timeout", json!(-1)),
        ("/metadata/timeout", json!(1)),
        ("/actions/1/action", json!("echo")),
        ("/actions", json!(null)),
    ] {
        let mut ddl = good.clone();
        let said = format!("{pointer} = {value}");
        *ddl.pointer_mut(pointer).unwrap() = value;
        let ddl = Ddl::from_json(ddl.to_string().as_bytes()).unwrap();
        told.push(format!(
            "{said}: {}",
            ddl.refused_by_server().unwrap_or("runs".into())
        ));
    }
    insta::assert_snapshot!("refused_by_server", told.join("\n"));
}

#[test]
fn the_json_form_is_as_in_choria() {
    // Through Ruby, so that nothing of the file's order is left.
    let ddl = Ddl::from_json(&bytes(&vectors::read("ddl_malformed.json")[0])).unwrap();
    let ddl = Ddl::from_ruby(&ddl.to_ruby()).unwrap();
    insta::assert_snapshot!("written", ddl.to_json());
    let written = serde_json::from_str(&ddl.to_json()).unwrap();
    assert_eq!(
        choria_external_protocol::schema::AGENT_DDL.check(&written),
        Ok(())
    );
}

#[test]
fn keys_fit_in_any_case_and_the_last_one_counts() {
    let ddl =
        Ddl::from_json(br#"{"METADATA": {"Name": "a", "name": "b", "NAME": "c", "Url": "u"}}"#);
    let about = ddl.unwrap().metadata;
    assert_eq!((&*about.name, &*about.url), ("c", "u"));
}

proptest! {
    #[test]
    fn no_ddl_panics(value in any_value(), bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        let _ = Ddl::from_json(&bytes);
        let _ = Ddl::from_json(value.to_string().as_bytes());
    }

    #[test]
    fn a_ddl_with_one_value_changed_does_not_panic(place in any::<prop::sample::Index>(), value in any_value()) {
        let mut ddl = vectors::read("ddl_malformed.json")[0]["ddl"].clone();
        let places = places(&ddl, String::new());
        *ddl.pointer_mut(&places[place.index(places.len())]).unwrap() = value;
        if let Ok(ddl) = Ddl::from_json(ddl.to_string().as_bytes()) {
            prop_assert_eq!(Ddl::from_json(ddl.to_json().as_bytes()), Ok(ddl));
        }
    }
}

/// The JSON Pointers of all values in a value.
fn places(value: &Value, at: String) -> Vec<String> {
    let inner: Vec<String> = match value {
        Value::Object(map) => map
            .iter()
            .flat_map(|(key, value)| places(value, format!("{at}/{key}")))
            .collect(),
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items
                .flat_map(|(index, value)| places(value, format!("{at}/{index}")))
                .collect()
        }
        _ => Vec::new(),
    };
    [at].into_iter().chain(inner).collect()
}
