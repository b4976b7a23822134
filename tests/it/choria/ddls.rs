//! Which DDLs a server loads, which it passes over, and at which it crashes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use choria_external_host::plugins::{LoadOutcome, plugins};
use serde_json::{Value, json};

use super::network::{Layout, copy, install, write_ddl};

const MISBEHAVE: &str = env!("CARGO_BIN_EXE_misbehave");

/// Files with names that their DDLs have.
const NAMED: &[(&str, &str)] = &[
    ("plain", "plain"),
    ("other_name", "another"),
    ("upper", "Upper"),
    ("discovery", "discovery"),
    ("scout", "scout"),
    ("inner_scout", "scout"),
];

/// DDLs that are good but for these members of the metadata.
const METADATA: &[(&str, &str)] = &[
    ("no_name", r#"{"name":""}"#),
    ("null_name", r#"{"name":null}"#),
    ("number_name", r#"{"name":1}"#),
    ("ruby", r#"{"provider":"ruby"}"#),
    ("upper_provider", r#"{"provider":"External"}"#),
    ("null_provider", r#"{"provider":null}"#),
    ("zero", r#"{"timeout":0}"#),
    ("negative", r#"{"timeout":-1}"#),
    ("one_second", r#"{"timeout":1}"#),
    ("a_day", r#"{"timeout":86400}"#),
    ("fraction", r#"{"timeout":1.5}"#),
    ("text_timeout", r#"{"timeout":"9"}"#),
    ("null_timeout", r#"{"timeout":null}"#),
    ("no_version", r#"{"version":""}"#),
    ("odd_version", r#"{"version":"not one"}"#),
    ("number_version", r#"{"version":1}"#),
    ("service", r#"{"service":true}"#),
    ("text_service", r#"{"service":"true"}"#),
    ("unknown_metadata", r#"{"x":[1]}"#),
];

/// DDLs that are good but for these members.
const MEMBERS: &[(&str, &str)] = &[
    ("unknown_key", r#"{"x":[1]}"#),
    ("no_actions", r#"{"actions":[]}"#),
    ("null_actions", r#"{"actions":null}"#),
    ("object_actions", r#"{"actions":{}}"#),
    ("empty_action", r#"{"actions":[{}]}"#),
    ("number_action", r#"{"actions":[1]}"#),
    (
        "null_input",
        r#"{"actions":[{"action":"go","input":null}]}"#,
    ),
    ("list_input", r#"{"actions":[{"action":"go","input":[]}]}"#),
    (
        "number_input",
        r#"{"actions":[{"action":"go","input":{"x":1}}]}"#,
    ),
    ("odd_action", r#"{"actions":[{"action":"Odd one \u00e9"}]}"#),
    ("null_schema", r#"{"$schema":null}"#),
];

/// Whole files; `{ddl}` is a good DDL.
const FILES: &[(&str, &str)] = &[
    ("empty", ""),
    ("blank", " "),
    ("list", "[]"),
    ("text", "\"text\""),
    ("number", "1"),
    ("cut", r#"{"metadata":{"name":"cut""#),
    ("mark", "\u{feff}{ddl}"),
    ("trailing", "{ddl}x"),
    ("space", "\n {ddl} \n"),
    (
        "upper_keys",
        r#"{"METADATA":{"name":"upper_keys","provider":"external","Timeout":9}}"#,
    ),
    (
        "twice_metadata",
        r#"{"metadata":{"name":"x"},"metadata":{"provider":"external","timeout":9},"actions":[]}"#,
    ),
];

/// Files at which a server crashes.
const CRASHING: &[(&str, &str)] = &[
    ("nothing", "{}"),
    ("null", "null"),
    ("null_metadata", r#"{"metadata":null,"actions":[]}"#),
    ("no_metadata", r#"{"actions":[]}"#),
    (
        "twin_actions",
        r#"{"metadata":{"name":"twin_actions","provider":"external","timeout":9},"actions":[{"action":"go"},{"action":"go"}]}"#,
    ),
];

fn ddl(name: &str) -> Value {
    json!({
        "metadata": {"name": name, "provider": "external", "version": "1.0.0", "timeout": 9},
        "actions": [{"action": "go", "input": {}, "output": {}}],
    })
}

/// These members in the place of those that are there.
fn set(target: &mut Value, members: &str) {
    let members: Value = serde_json::from_str(members).unwrap();
    for (key, value) in members.as_object().unwrap() {
        target[key] = value.clone();
    }
}

/// Names of files with what is in them.
fn odd_ddls() -> Vec<(&'static str, String)> {
    let named = NAMED
        .iter()
        .map(|(file, name)| (*file, ddl(name).to_string()));
    let metadata = METADATA.iter().map(|(name, members)| {
        let mut ddl = ddl(name);
        set(&mut ddl["metadata"], members);
        (*name, ddl.to_string())
    });
    let members = MEMBERS.iter().map(|(name, members)| {
        let mut ddl = ddl(name);
        set(&mut ddl, members);
        (*name, ddl.to_string())
    });
    let files = FILES
        .iter()
        .map(|(name, text)| (*name, text.replace("{ddl}", &ddl(name).to_string())));
    named.chain(metadata).chain(members).chain(files).collect()
}

/// Agents that a server loads and the harness does not, and why that is right.
const LOADED_ANYWAY: &[(&str, &str)] = &[
    (
        "Upper",
        "the harness takes only names that Choria's schemas take",
    ),
    (
        "x",
        "of two keys metadata the server takes what the first has and the second lacks",
    ),
];
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
    let last = ddl("zlast").to_string();
    write_ddl(&agents.join("zlast.json"), last.as_bytes());
    let network = layout.start();
    network.wait_for("one", "zlast");

    let own = ["choria_util", "discovery", "rpcutil", "scout"];
    let real: BTreeSet<String> = network
        .agents("one")
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    let log = network.log("one");
    let mut ours = BTreeMap::new();
    let mut wrong = String::new();
    for plugin in plugins(&network.layout().path().join("plugins")).unwrap() {
        match plugin.outcome {
            LoadOutcome::Loads(program) => {
                ours.insert(program.name.to_string(), plugin.name);
            }
            LoadOutcome::Refused(why) => {
                let line = why.strip_prefix('"').and_then(|rest| rest.rsplit_once('"'));
                if let Some((line, _)) = line
                    && plugin.name != OTHER_WORDS
                    && !log.iter().any(|logged| logged["msg"] == line)
                {
                    wrong += &format!("{} is refused, but not with {line}\n", plugin.name);
                }
            }
            LoadOutcome::Ignored(_) => {}
            LoadOutcome::Crashes(why) => {
                wrong += &format!("{} crashes no server: {why}\n", plugin.name);
            }
        }
    }
    for name in real.iter().filter(|name| !own.contains(&name.as_str())) {
        let excepted = LOADED_ANYWAY.iter().any(|(one, _)| one == name);
        if ours.remove(name).is_some() == excepted {
            wrong += &format!("a server loads {name}, and the harness does not\n");
        }
    }
    for (name, _) in LOADED_ANYWAY {
        if !real.contains(*name) {
            wrong += &format!("{name} is no exception: a server does not load it\n");
        }
    }
    wrong += &ours
        .keys()
        .map(|name| format!("the harness loads {name}, and a server does not\n"))
        .collect::<String>();
    assert!(wrong.is_empty(), "{wrong}");

    println!("{} DDLs", odd.len() + CRASHING.len());
}

#[test]
fn the_harness_tells_at_what_a_real_server_crashes() {
    let layout = Layout::new(CRASHING.iter().map(|(name, _)| *name).chain(["sound"]));
    for (name, text) in CRASHING {
        fs::write(layout.server(name).join("once"), "").unwrap();
        let agents = layout.agents_of(name);
        install(&agents, Path::new(MISBEHAVE), &ddl(name));
        write_ddl(&agents.join(format!("{name}.json")), text.as_bytes());
        let told = plugins(&layout.server(name).join("plugins")).unwrap();
        assert!(
            matches!(&*told, [plugin] if matches!(plugin.outcome, LoadOutcome::Crashes(_))),
            "{name}: {told:?}"
        );
    }
    let servers: BTreeSet<String> = CRASHING
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
