//! Which agents a server loads, and which it crashes at: activations of every
//! kind, and odd DDLs.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use choria_external_host::{Fate, plugins};
use serde_json::{Value, json};

use super::differential::normalized;
use super::network::{Layout, copy, install, write_ddl};

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
    r#"{'activate':true}"#,
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

/// A DDL that is good but for these members.
fn ddl(name: &str, metadata: &Value, more: &Value) -> String {
    let mut ddl = json!({
        "metadata": {"name": name, "provider": "external", "version": "1.0.0", "timeout": 9},
        "actions": [{"action": "go", "input": {}, "output": {}}],
    });
    for (key, value) in metadata.as_object().unwrap() {
        ddl["metadata"][key] = value.clone();
    }
    for (key, value) in more.as_object().unwrap() {
        ddl[key] = value.clone();
    }
    ddl.to_string()
}

/// Names of files with what is in them. Each has a program of the same name.
fn odd_ddls() -> Vec<(&'static str, String)> {
    let none = json!({});
    let plain = |name| ddl(name, &none, &none);
    vec![
        ("plain", plain("plain")),
        ("empty", String::new()),
        ("blank", " ".into()),
        ("list", "[]".into()),
        ("text", "\"text\"".into()),
        ("number", "1".into()),
        ("cut", plain("cut")[..50].into()),
        ("mark", format!("\u{feff}{}", plain("mark"))),
        ("trailing", format!("{}x", plain("trailing"))),
        ("space", format!("\n {} \n", plain("space"))),
        ("other_name", plain("another")),
        ("upper", plain("Upper")),
        ("no_name", ddl("no_name", &json!({"name": ""}), &none)),
        ("null_name", ddl("null_name", &json!({"name": null}), &none)),
        (
            "number_name",
            ddl("number_name", &json!({"name": 1}), &none),
        ),
        ("ruby", ddl("ruby", &json!({"provider": "ruby"}), &none)),
        (
            "upper_provider",
            ddl("upper_provider", &json!({"provider": "External"}), &none),
        ),
        (
            "null_provider",
            ddl("null_provider", &json!({"provider": null}), &none),
        ),
        ("zero", ddl("zero", &json!({"timeout": 0}), &none)),
        ("negative", ddl("negative", &json!({"timeout": -1}), &none)),
        (
            "one_second",
            ddl("one_second", &json!({"timeout": 1}), &none),
        ),
        ("a_day", ddl("a_day", &json!({"timeout": 86_400}), &none)),
        ("fraction", ddl("fraction", &json!({"timeout": 1.5}), &none)),
        (
            "text_timeout",
            ddl("text_timeout", &json!({"timeout": "9"}), &none),
        ),
        (
            "null_timeout",
            ddl("null_timeout", &json!({"timeout": null}), &none),
        ),
        (
            "no_version",
            ddl("no_version", &json!({"version": ""}), &none),
        ),
        (
            "odd_version",
            ddl("odd_version", &json!({"version": "not one"}), &none),
        ),
        (
            "number_version",
            ddl("number_version", &json!({"version": 1}), &none),
        ),
        ("service", ddl("service", &json!({"service": true}), &none)),
        (
            "text_service",
            ddl("text_service", &json!({"service": "true"}), &none),
        ),
        (
            "unknown_metadata",
            ddl("unknown_metadata", &json!({"x": [1]}), &none),
        ),
        ("unknown_key", ddl("unknown_key", &none, &json!({"x": [1]}))),
        (
            "no_actions",
            ddl("no_actions", &none, &json!({"actions": []})),
        ),
        (
            "null_actions",
            ddl("null_actions", &none, &json!({"actions": null})),
        ),
        (
            "object_actions",
            ddl("object_actions", &none, &json!({"actions": {}})),
        ),
        (
            "empty_action",
            ddl("empty_action", &none, &json!({"actions": [{}]})),
        ),
        (
            "number_action",
            ddl("number_action", &none, &json!({"actions": [1]})),
        ),
        (
            "null_input",
            ddl(
                "null_input",
                &none,
                &json!({"actions": [{"action": "go", "input": null}]}),
            ),
        ),
        (
            "list_input",
            ddl(
                "list_input",
                &none,
                &json!({"actions": [{"action": "go", "input": []}]}),
            ),
        ),
        (
            "number_input",
            ddl(
                "number_input",
                &none,
                &json!({"actions": [{"action": "go", "input": {"x": 1}}]}),
            ),
        ),
        (
            "odd_action",
            ddl(
                "odd_action",
                &none,
                &json!({"actions": [{"action": "Odd one \u{e9}"}]}),
            ),
        ),
        (
            "null_schema",
            ddl("null_schema", &none, &json!({"$schema": null})),
        ),
        ("discovery", plain("discovery")),
        ("scout", plain("scout")),
        ("inner_scout", plain("scout")),
        (
            "upper_keys",
            plain("upper_keys")
                .replace("metadata", "METADATA")
                .replace("timeout", "Timeout"),
        ),
        (
            "twice_metadata",
            plain("twice_metadata").replacen('{', r#"{"metadata":{"name":"x"},"#, 1),
        ),
    ]
}

/// DDLs at which a server crashes.
fn crashing_ddls() -> Vec<(&'static str, String)> {
    let none = json!({});
    let action = json!({"action": "go", "input": {}, "output": {}});
    vec![
        ("nothing", "{}".into()),
        ("null", "null".into()),
        ("null_metadata", r#"{"metadata":null,"actions":[]}"#.into()),
        ("no_metadata", r#"{"actions":[]}"#.into()),
        (
            "twin_actions",
            ddl("twin_actions", &none, &json!({"actions": [action, action]})),
        ),
    ]
}

/// A server loads this one: it takes any name, and the harness only those that
/// Choria's schemas take.
const ANY_NAME: &str = "Upper";
/// The log has the first byte of the mark where the harness has all of it.
const OTHER_WORDS: &str = "mark";

#[test]
fn the_harness_loads_what_a_real_server_does() {
    let layout = Layout::new(["one"]);
    let agents = layout.agents();
    let program = layout.path().join("misbehave");
    copy(Path::new(MISBEHAVE), &program);
    let odd = odd_ddls();
    for (name, text) in &odd {
        write_ddl(&agents.join(format!("{name}.json")), text.as_bytes());
    }
    // Programs for the names of the files and those within, and settings.
    let within = ["another", "Upper", "x", "zlast"];
    for name in odd.iter().map(|(name, _)| *name).chain(within) {
        fs::hard_link(&program, agents.join(name)).unwrap();
        fs::write(layout.server("one").join("plugin.d").join(name), "").unwrap();
    }
    let last = ddl("zlast", &json!({}), &json!({}));
    write_ddl(&agents.join("zlast.json"), last.as_bytes());
    let crashing = crashing_ddls();
    let network = layout.start();
    network.wait_for("one", "zlast");

    let own = ["choria_util", "discovery", "rpcutil", "scout", ANY_NAME];
    let real: BTreeSet<String> = network
        .agents("one")
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    let log = network.log("one");
    let mut ours = BTreeMap::new();
    let mut wrong = String::new();
    for plugin in plugins(&network.layout().path().join("plugins")).unwrap() {
        match plugin.fate {
            Fate::Loads(program) => {
                ours.insert(program.name.to_string(), plugin.name);
            }
            Fate::Refused(why) => {
                let line = why.strip_prefix('"').and_then(|rest| rest.rsplit_once('"'));
                if let Some((line, _)) = line
                    && plugin.name != OTHER_WORDS
                    && !log.iter().any(|logged| logged["msg"] == line)
                {
                    wrong += &format!("{} is refused, but not with {line}\n", plugin.name);
                }
            }
            Fate::Ignored(_) => {}
            Fate::Crashes(why) => wrong += &format!("{} crashes no server: {why}\n", plugin.name),
        }
    }
    for name in real.iter().filter(|name| !own.contains(&name.as_str())) {
        if ours.remove(name).is_none() {
            wrong += &format!("a server loads {name}, and the harness does not\n");
        }
    }
    wrong += &ours
        .keys()
        .map(|name| format!("the harness loads {name}, and a server does not\n"))
        .collect::<String>();
    assert!(wrong.is_empty(), "{wrong}");
    assert!(real.contains(ANY_NAME), "it is no exception: {real:?}");
    println!("{} DDLs", odd.len() + crashing.len());
}

#[test]
fn the_harness_tells_at_what_a_real_server_crashes() {
    let crashing = crashing_ddls();
    let layout = Layout::new(crashing.iter().map(|(name, _)| *name).chain(["sound"]));
    for (name, text) in &crashing {
        fs::write(layout.server(name).join("once"), "").unwrap();
        let agents = layout.agents_of(name);
        let good: Value = serde_json::from_str(&ddl(name, &json!({}), &json!({}))).unwrap();
        install(&agents, Path::new(MISBEHAVE), &good);
        write_ddl(&agents.join(format!("{name}.json")), text.as_bytes());
        let told = plugins(&layout.server(name).join("plugins")).unwrap();
        assert!(
            matches!(&*told, [plugin] if matches!(plugin.fate, Fate::Crashes(_))),
            "{name}: {told:?}"
        );
    }
    let servers: BTreeSet<String> = crashing
        .iter()
        .map(|(name, _)| (*name).to_owned())
        .collect();
    let (network, mut ended) = layout.start_with_events();
    while ended.len() < servers.len() {
        ended.push(network.event());
    }
    let crashed = ended.iter().map(|event| {
        assert_eq!(
            (&event["event"], &event["status"]),
            (&json!("ended"), &json!("exit status 2"))
        );
        event["server"].as_str().unwrap().to_owned()
    });
    assert_eq!(crashed.collect::<BTreeSet<_>>(), servers);
    assert_eq!(
        network.ask("sound", "rpcutil", "ping", &json!({}))["statuscode"],
        0
    );
}
