//! Which agents become active: answers of every kind to the activation.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::json;

use super::differential::normalized;
use super::network::{Layout, copy, write_ddl};

const MISBEHAVE: &str = env!("CARGO_BIN_EXE_misbehave");

/// What an agent answers to the activation.
const ANSWERS: &[&str] = &[
    r#"{"activate":true}"#,
    r#"{"activate":false}"#,
    r#"{"activate":null}"#,
    r#"{"activate":"true"}"#,
    r#"{"activate":1}"#,
    r#"{"activate":[true]}"#,
    r#"{"activate":{}}"#,
    r#"{"ACTIVATE":true}"#,
    r#"{"Activate":true,"activate":false}"#,
    r#"{"activate":false,"Activate":true}"#,
    r#"{"activate":true,"activate":null}"#,
    r#"{"activate":true,"activate":"x"}"#,
    r#"{"activate":"x","activate":true}"#,
    r#"{"active":true}"#,
    r#"{"activate ":true}"#,
    r#"{"\u0061ctivate":true}"#,
    r#"{"activate":true,"why":{"deep":[1,{}]}}"#,
    r#"{"activate":true} "#,
    r#" {"activate" : true}"#,
    r#"{"activate":true}x"#,
    r#"{"activate":true}{}"#,
    r#"{"activate":true"#,
    r#"{"activate":True}"#,
    r#"{"activate":tru}"#,
    "{'activate':true}",
    r#"{"activate":true,}"#,
    "{}",
    "[]",
    "[true]",
    "true",
    "null",
    "1",
    "\"true\"",
    "yes",
    "",
    " ",
];

/// What it does beside that, with the answer yes.
const BESIDE: &[&str] = &[
    "activation_exit=1",
    "activation_exit=0",
    "activation_exit=255",
    "activation_signal=9",
    "activation_signal=15",
    "activation_abort=1",
    "activation_delete=1",
    "activation_rename=1",
    "activation_twice=1",
    "activation_place=folder",
    "activation_place=/nowhere/at/all",
    "activation_stdout=a line\\n",
    "activation_stderr=an error\\n",
    "activation_lines=5000",
    "activation_stdout_bytes=65536",
    "activation_sleep=0.2",
    "activation_sleep=60",
    "activation_linger=60",
    "activation_stdout_bytes=300000",
];

/// What the log says otherwise than the harness, which says more.
const TOLD_OTHERWISE: &[&str] = &[
    "activation_sleep=60",
    "activation_linger=60",
    "activation_stdout_bytes=300000",
    "activation_place=folder",
];

#[test]
fn the_harness_activates_what_a_real_server_does() {
    let layout = Layout::new(["one"]);
    let agents = layout.agents();
    let answers = ANSWERS.iter().map(|answer| format!("inactive={answer}"));
    let plans: Vec<String> = answers
        .chain(BESIDE.iter().map(|plan| (*plan).to_owned()))
        .collect();
    // Loaded last: when it is there, the others have had their turn.
    let last = "zlast".to_owned();
    let names: Vec<String> = (0..plans.len())
        .map(|number| format!("a{number:03}"))
        .chain([last.clone()])
        .collect();
    let program = layout.path().join("misbehave");
    copy(Path::new(MISBEHAVE), &program);
    for (name, plan) in names
        .iter()
        .zip(plans.iter().map(String::as_str).chain([""]))
    {
        fs::hard_link(&program, agents.join(name)).unwrap();
        let ddl = json!({
            "metadata": {"name": name, "provider": "external", "version": "1.0.0", "timeout": 9},
            "actions": [{"action": "go", "input": {}, "output": {}}],
        });
        write_ddl(
            &agents.join(format!("{name}.json")),
            ddl.to_string().as_bytes(),
        );
        fs::write(layout.server("one").join("plugin.d").join(name), plan).unwrap();
    }
    let network = layout.start();
    network.wait_for("one", &last);

    let active: BTreeSet<String> = network
        .agents("one")
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    let log = network.log("one");
    let refused: Vec<&str> = log
        .iter()
        .filter_map(|line| line["msg"].as_str())
        .filter(|line| line.contains("not activating due to error"))
        .collect();
    let mut wrong = String::new();
    for (name, plan) in names.iter().zip(&plans) {
        let program = network.program("one", &agents, name);
        let ours = program.activate().unwrap();
        let told = refused
            .iter()
            .find(|line| line.contains(&format!("/{name} not activating")));
        let said = ours
            .reason
            .filter(|reason| reason.starts_with("External agent "));
        if active.contains(name) != ours.active {
            wrong += &format!(
                "{plan}: active {}, by the harness {}\n",
                active.contains(name),
                ours.active
            );
        } else if !TOLD_OTHERWISE.contains(&plan.as_str())
            && told.map(|told| normalized(told, &network))
                != said.as_deref().map(|said| normalized(said, &network))
        {
            wrong += &format!("{plan}:\n  Choria   {told:?}\n  harness  {said:?}\n");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    println!("{} activations", plans.len());
}
