//! DDLs: what is read can be written and read again as it was, and can judge
//! any request.
//!
//! A DDL, a line `---`, and the data of a request or reply.

#![no_main]

use std::collections::{BTreeMap, BTreeSet};

use choria_external_ddl::{Action, Ddl};
use choria_external_fuzz::{cut, keys_once, sayable_in_ruby};
use choria_external_protocol::read_json;
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value};

fuzz_target!(|bytes: &[u8]| {
    let (ddl, data) = cut(bytes, b"\n---\n");
    let ddl = match Ddl::from_json(ddl) {
        Ok(ddl) => ddl,
        Err(error) => {
            assert_ne!(error.to_string(), "");
            return;
        }
    };
    let json = ddl.to_json();
    assert_eq!(Ddl::from_json(json.as_bytes()).as_ref(), Ok(&ddl), "{json}");
    // The second time nothing changes, not even a blank.
    let again = Ddl::from_json(json.as_bytes()).map(|ddl| ddl.to_json());
    assert_eq!(again.as_ref(), Ok(&json));
    // In Ruby two actions of one name are one.
    let mut names = BTreeSet::new();
    if ddl.actions.iter().all(|action| names.insert(&action.name)) {
        let ruby = ddl.to_ruby();
        assert_eq!(
            Ddl::from_ruby(&ruby).map(keys_once),
            Ok(keys_once(sayable_in_ruby(ddl.clone()))),
            "{ruby}"
        );
    }
    // Only that it does not panic.
    let _ = ddl.refused_by_server();

    let data = read_json(data).unwrap_or_default();
    for action in &ddl.actions {
        judge(action, &data);
    }
});

fn judge(action: &Action, data: &Value) {
    if action.check_request_strictly(data).is_ok() {
        let lenient = action.check_request(data);
        assert!(lenient.is_ok(), "strictly right, and then {lenient:?}");
    }
    let Value::Object(data) = data else { return };
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let arguments: BTreeMap<String, String> = data
        .iter()
        .map(|(name, value)| (name.clone(), text(value)))
        .collect();
    for input in action.inputs.iter() {
        for text in arguments.values() {
            // Only that it does not panic.
            let _ = input.value_from_text(text).map(|value| input.check(&value));
        }
    }
    if let Ok(inputs) = action.inputs_from_text(&arguments) {
        for input in action.inputs.iter() {
            let given = inputs.contains_key(&*input.name);
            assert!(given || input.optional, "{} is required", input.name);
        }
    }

    let mut filled: Map<String, Value> = data.clone();
    action.fill_outputs(&mut filled);
    for (name, value) in data {
        assert_eq!(filled.get(name), Some(value), "{name} was given");
    }
    for output in action.outputs.iter() {
        let there = filled.contains_key(&*output.name);
        assert!(
            there || output.default.is_none(),
            "{} has a default",
            output.name
        );
    }
}
