//! Requests and arguments for the actions of real agents, judged as Choria
//! judged them.

use std::collections::BTreeMap;

use choria_external_ddl::{Action, Ddl, Refusal, check_inputs_strictly};
use serde_json::{Map, Value};

use super::{corpus, error, same, told};
use crate::vectors;

/// Calls `judge` with each case and its action, `None` where the DDL has no such
/// action. A case whose DDL is not in the folder in use is left out.
fn each_case(vector: &str, mut judge: impl FnMut(&Value, Option<&Action>)) {
    let ddls: BTreeMap<String, Ddl> = corpus::files("json")
        .into_iter()
        .map(|(path, json)| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, Ddl::from_json(json.as_bytes()).unwrap())
        })
        .collect();
    let cases = vectors::read(vector);
    let mut judged = 0;
    let mut left_out = BTreeMap::<String, usize>::new();
    for case in &cases {
        let (_, name) = case["file"].as_str().unwrap().rsplit_once('/').unwrap();
        match ddls.get(name) {
            Some(ddl) => {
                judge(case, ddl.action(case["action"].as_str().unwrap()));
                judged += 1;
            }
            None => *left_out.entry(name.to_owned()).or_default() += 1,
        }
    }
    println!(
        "{vector}: {judged} of {} cases, without {left_out:?}",
        cases.len()
    );
    // Those of the agents that Choria brings along are always there.
    assert!(judged >= 80, "only {judged}");
}

#[test]
fn requests_are_judged_as_by_the_server() {
    each_case("ddl_requests.json", |case, action| {
        let Some(action) = action else {
            assert!(
                error(case).unwrap().starts_with("unknown action "),
                "{case}"
            );
            return;
        };
        let verdict = action.check_request(&case["data"]);
        assert_eq!(told(&verdict), error(case), "{case}");
        // What it warns of is known of refused requests only.
        if verdict.is_err() {
            assert_eq!(case["warnings"], Value::Array(vec![]), "{case}");
        }
    });
}

/// The agent's own check. None of these DDLs has an input whose validator the
/// server skips, so there is nothing in which it could be stricter.
#[test]
fn requests_are_judged_by_the_agent_as_by_the_server() {
    each_case("ddl_requests.json", |case, action| {
        let Some(action) = action else { return };
        let data = case["data"].as_object().cloned().unwrap_or_default();
        let verdict = check_inputs_strictly(&action.inputs, &data);
        let refusal = error(case).map(|text| {
            if text.ends_with(" is required") {
                Refusal::Missing(text)
            } else {
                Refusal::Invalid(text)
            }
        });
        assert_eq!(verdict.err(), refusal, "{case}");
    });
}

#[test]
fn arguments_become_inputs_as_in_the_client() {
    each_case("ddl_cli_values.json", |case, action| {
        let Some(action) = action else {
            assert!(
                error(case).unwrap().starts_with("unknown action "),
                "{case}"
            );
            return;
        };
        let arguments: BTreeMap<String, String> =
            serde_json::from_value(case["args"].clone()).unwrap();
        let inputs = action.inputs_from_text(&arguments);
        assert_eq!(told(&inputs), error(case), "{case}");
        let inputs = Value::Object(inputs.unwrap_or_else(|_| Map::new()));
        let wanted = case["result"].as_object().cloned().unwrap_or_default();
        assert!(same(&inputs, &wanted.into()), "{case}: {inputs}");
        if case["error"].is_null() {
            let warnings = action.check_request(&inputs).unwrap();
            assert_eq!(Value::from(warnings), case["warnings"], "{case}");
        }
    });
}
