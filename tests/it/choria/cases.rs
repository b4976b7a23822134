//! What is done to an agent: one list, for the real server and the harness. A new
//! case is a line in one of the modules.
//!
//! | module | what it holds |
//! |---|---|
//! | `replies` | reply files |
//! | `ends` | exit codes, signals, files that are gone, times |
//! | `outputs` | what is printed |
//! | `data` | what a client sends |

use std::collections::BTreeSet;

use serde_json::{Value, json};

mod data;
mod ends;
mod outputs;
mod replies;

/// The time limit of the agent `rec`, in seconds: more than any case takes.
pub(crate) const LONG: u64 = 120;
/// The time limit of the agent `brief`: a case that is in time has all but a
/// fraction of it to spare, and one that is late takes far longer.
pub(crate) const BRIEF: u64 = 5;

/// One request to an agent that does as it is told.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) name: String,
    /// `rec` or `brief`.
    pub(crate) agent: &'static str,
    pub(crate) action: String,
    /// What the client sends as data; `None`: no such key.
    pub(crate) data: Option<String>,
    /// What its lines in the log have in them, where those count.
    pub(crate) mark: Option<String>,
}

impl Case {
    /// The agent does this; see `tests/src/bin/misbehave.rs`.
    fn plan(name: impl Into<String>, plan: &str) -> Self {
        Self::sent(name, "go", &json!({"plan": plan}).to_string())
    }

    /// The agent replies with these bytes.
    fn reply(name: impl Into<String>, action: &str, reply: impl AsRef<[u8]>) -> Self {
        let digits: String = reply
            .as_ref()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Self::sent(
            name,
            action,
            &json!({"plan": format!("reply={digits}")}).to_string(),
        )
    }

    /// The agent gets this data; without a plan in it, it replies with what it
    /// got.
    fn sent(name: impl Into<String>, action: &str, data: &str) -> Self {
        Self {
            name: name.into(),
            agent: "rec",
            action: action.into(),
            data: Some(data.into()),
            mark: None,
        }
    }
}

/// All of them.
pub(crate) fn all() -> Vec<Case> {
    let mut cases = Vec::new();
    replies::add(&mut cases);
    ends::add(&mut cases);
    outputs::add(&mut cases);
    data::add(&mut cases);
    let names: BTreeSet<&str> = cases.iter().map(|case| &*case.name).collect();
    assert_eq!(names.len(), cases.len(), "two cases have one name");
    cases
}

/// The DDL of an agent of the cases.
pub(crate) fn ddl(name: &str, timeout: u64) -> Value {
    let plan = json!({
        "type": "string", "prompt": "Plan", "description": "What to do",
        "optional": true, "maxlength": 100_000_000, "validation": ".",
    });
    let mut actions = vec![
        action(
            "go",
            &data::inputs(),
            &json!({"value": {"default": "dflt"}}),
        ),
        action("bare", &json!({}), &json!({})),
    ];
    actions.extend(
        data::checked()
            .iter()
            .map(|(name, input)| action(name, &json!({"it": input}), &json!({}))),
    );
    actions.extend(
        replies::defaults()
            .iter()
            .map(|(name, outputs)| action(name, &json!({}), outputs)),
    );
    for action in &mut actions {
        action["input"]["plan"] = plan.clone();
    }
    json!({
        "$schema": "https://choria.io/schemas/mcorpc/ddl/v1/agent.json",
        "metadata": {
            "name": name, "description": "Does as it is told", "author": "Tests", "license": "Apache-2.0",
            "version": "1.0.0", "url": "https://example.com", "provider": "external", "timeout": timeout,
        },
        "actions": actions,
    })
}

fn action(name: &str, input: &Value, output: &Value) -> Value {
    let mut output = output.clone();
    for (name, output) in output.as_object_mut().unwrap() {
        output["description"] = json!(name);
        output["display_as"] = json!(name);
    }
    json!({"action": name, "description": "An action", "display": "always", "input": input, "output": output})
}
