//! Our own programs in a real network.

use std::collections::BTreeSet;
use std::fs;
use std::num::NonZeroUsize;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use choria_external_host::parallel::run_parallel;
use choria_external_host::system::platform;
use serde_json::{Value, json};

use super::network::{Layout, PATIENCE, Question, make_old};
use crate::readme::repository;

/// `package --install` into the plugins of all servers.
fn package(layout: &Layout, arguments: &[&str]) {
    let output = Command::new(env!("CARGO_BIN_EXE_command"))
        .arg("package")
        .args(arguments)
        .arg("--install")
        .arg(layout.path().join("plugins"))
        .current_dir(layout.path())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    for entry in fs::read_dir(layout.agents()).unwrap() {
        let path = entry.unwrap().path();
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            make_old(&path);
        }
    }
}

/// A program of these tests, with the DDL that it prints, in this version.
fn package_built(layout: &Layout, program: &str, version: &str) {
    let output = Command::new(program)
        .args(["--ddl", "json"])
        .output()
        .unwrap();
    let mut ddl: Value = serde_json::from_slice(&output.stdout).unwrap();
    ddl["metadata"]["version"] = json!(version);
    let file = layout.path().join("ddl.json");
    fs::write(&file, ddl.to_string()).unwrap();
    let binary = format!("{}={program}", platform());
    package(
        layout,
        &["--binary", &binary, "--ddl", file.to_str().unwrap()],
    );
}

/// Code and text of a reply, with its data where there is some.
fn told(reply: &Value) -> String {
    let data = &reply["data"];
    let data = if *data == json!({}) {
        String::new()
    } else {
        format!(" {data}")
    };
    format!(
        "{} {}{data}",
        reply["statuscode"],
        reply["statusmsg"].as_str().unwrap()
    )
}

#[test]
fn the_parrot_is_packed_static_installed_and_called() {
    let layout = Layout::new(["loud", "quiet"]);
    let parrot = repository().join("examples/parrot");
    package(&layout, &[parrot.to_str().unwrap()]);
    let setting = |server, text| {
        fs::write(layout.server(server).join("plugin.d/parrot.cfg"), text).unwrap();
    };
    setting("loud", "prefix = LOUD:\n");
    setting("quiet", "activate = false\n");
    let network = layout.start();
    network.wait_for("loud", "parrot");
    let mut all = String::new();
    for (action, data) in [
        ("echo", json!({"message": "hello"})),
        ("echo", json!({"message": "a \u{e9}<&>", "times": 3})),
        ("echo", json!({"message": "a;b"})),
        ("echo", json!({"message": 1})),
        ("echo", json!({"message": "x", "times": 300})),
        ("echo", json!({})),
        ("echo", json!({"message": "x", "other": 1})),
        ("fail", json!({})),
        ("panic", json!({})),
        ("sing", json!({})),
    ] {
        let reply = network.ask("loud", "parrot", action, &data);
        all += &format!("{action} {data}: {}\n", told(&reply));
    }
    insta::assert_snapshot!(all);
    // It is there, said no, and stays so.
    let agents = network.agents("quiet");
    assert!(
        !agents.iter().any(|(name, _)| name == "parrot"),
        "{agents:?}"
    );
}

#[test]
fn facts_settings_large_replies_and_all_of_the_log() {
    let layout = Layout::new(["one"]);
    package_built(&layout, env!("CARGO_BIN_EXE_talker"), "1.0.0");
    fs::write(
        layout.server("one").join("facts.json"),
        r#"{"node":{"role":"web"}}"#,
    )
    .unwrap();
    fs::write(
        layout.server("one").join("plugin.d/talker.cfg"),
        "setting = from the server\n",
    )
    .unwrap();
    let network = layout.start();
    network.wait_for("one", "talker");
    let reply = network.ask("one", "talker", "know", &json!({}));
    let wanted =
        json!({"role": "web", "setting": "from the server", "caller": "choria=rip.mcollective"});
    assert_eq!(reply["data"], wanted, "{reply}");

    let reply = network.ask("one", "talker", "say", &json!({"bytes": 300 << 10}));
    assert_eq!(
        reply["data"]["text"].as_str().map(str::len),
        Some(300 << 10)
    );

    // 200 KiB.
    let lines = 2_000;
    let reply = network.ask("one", "talker", "say", &json!({"lines": lines}));
    assert_eq!(reply["statuscode"], 0);
    let logged: BTreeSet<String> = network
        .log("one")
        .iter()
        .filter(|line| line["agent"] == "talker")
        .filter_map(|line| Some(line["msg"].as_str()?.split_once("line ")?.1.to_owned()))
        .collect();
    let numbers: BTreeSet<usize> = logged
        .iter()
        .filter_map(|line| line.split(' ').next()?.parse().ok())
        .collect();
    assert_eq!(numbers, (0..lines).collect());
}

#[test]
fn no_way_to_end_costs_the_caller_the_reply() {
    let layout = Layout::new(["one"]);
    package_built(&layout, env!("CARGO_BIN_EXE_ending"), "1.0.0");
    let network = layout.start();
    network.wait_for("one", "ending");
    let ways = [
        "answer",
        "exit 0",
        "exit 3",
        "abort",
        "stack",
        "panic",
        "panic in a drop",
        "bad memory",
        "TERM",
        "hang",
        "spin",
    ];
    let questions = ways.map(|way| Question::new("one", "ending", "go", &json!({"way": way})));
    // A few at a time: two of them want all of a processor, and its limit is 2 s.
    let replies = network.ask_all(&questions, 2);
    let mut all = String::new();
    for (way, reply) in ways.into_iter().zip(replies) {
        let reply = reply.unwrap_or_else(|| panic!("{way}: no reply"));
        let reply: Value = serde_json::from_str(&reply).unwrap();
        // The seconds depend on the machine.
        let told = told(&reply);
        let told = match told.split_once(" after ") {
            Some((before, _)) => format!("{before} after .."),
            None => told,
        };
        all += &format!("{way}: {told}\n");
    }
    insta::assert_snapshot!(all);
}

#[test]
fn a_new_version_takes_over_under_load_and_no_call_is_lost() {
    let layout = Layout::new(["one"]);
    package_built(&layout, env!("CARGO_BIN_EXE_talker"), "1.0.0");
    let network = layout.start();
    network.wait_for("one", "talker");
    let done = AtomicBool::new(false);
    let asked = thread::scope(|scope| {
        let load = scope.spawn(|| {
            let mut asked = 0;
            let question = Question::new("one", "talker", "say", &json!({"bytes": 10}));
            while !done.load(Ordering::Relaxed) {
                for reply in network.ask_all(&vec![question.clone(); 100], 4) {
                    let reply: Value =
                        serde_json::from_str(&reply.expect("no call is lost")).unwrap();
                    assert_eq!(
                        (&reply["statuscode"], &reply["data"]["text"]),
                        (&json!(0), &json!("xxxxxxxxxx")),
                        "{reply}"
                    );
                    asked += 1;
                }
            }
            asked
        });
        package_built(network.layout(), env!("CARGO_BIN_EXE_talker"), "2.0.0");
        let new = ("talker".to_owned(), "2.0.0".to_owned());
        let start = Instant::now();
        while !network.agents("one").contains(&new) && start.elapsed() < 2 * PATIENCE {
            thread::sleep(Duration::from_millis(100));
        }
        done.store(true, Ordering::Relaxed);
        load.join().unwrap()
    });
    assert!(
        network
            .agents("one")
            .contains(&("talker".into(), "2.0.0".into()))
    );
    assert!(asked > 0);
    assert_eq!(network.events(), [Value::Null; 0]);
}

/// Nodes of all kinds: facts and classes.
fn nodes() -> Vec<(String, Value, Vec<&'static str>)> {
    let node = |number: usize| {
        let role = ["web", "db", "cache"][number % 3];
        let family = ["Debian", "RedHat"][number % 2];
        let mut facts = json!({
            "role": role,
            "number": number,
            "ratio": f64::from(u32::try_from(number).unwrap()) / 4.0,
            "os": {"family": family, "release": {"major": 10 + number % 4}},
            "virtual": number.is_multiple_of(2),
        });
        if number.is_multiple_of(5) {
            facts["rack"] = json!("A B");
        }
        let mut classes = vec![role];
        if number.is_multiple_of(4) {
            classes.extend(["base", "role::main"]);
        }
        (format!("node{number:02}.example.net"), facts, classes)
    };
    (0..20).map(node).collect()
}

/// What the user types.
const FILTERS: &[&[&str]] = &[
    &[],
    &["-F", "role=web"],
    &["-F", "role!=web"],
    &["-F", "role=~^[wd]"],
    &["-F", "number>=5"],
    &["-F", "number<5"],
    &["-F", "ratio>2.25"],
    &["-F", "os.family=Debian"],
    &["-F", "os.release.major=11", "-F", "role=db"],
    &["-F", "virtual=true"],
    &["-F", "rack=A B"],
    &["-F", "nosuch=1"],
    &["-F", "role = WEB"],
    &["-C", "base"],
    &["-C", "/^role/"],
    &["-C", "web", "-C", "base"],
    &["-C", "nosuch"],
    &["-I", "node03.example.net"],
    &["-I", "/node1/"],
    &["-I", "node01.example.net", "-I", "/2.example/"],
    &["-A", "rpcutil"],
    &["-A", "choria_util", "-F", "role=db"],
    &["-A", "nosuch"],
    &["-W", "web os.family=Debian"],
    &["-W", "/role/ number>4"],
];

#[test]
fn static_discovery_finds_what_the_nodes_say_themselves() {
    let nodes = nodes();
    let layout = Layout::new(nodes.iter().map(|(name, ..)| name.as_str()));
    for (name, facts, classes) in &nodes {
        fs::write(layout.server(name).join("facts.json"), facts.to_string()).unwrap();
        fs::write(layout.server(name).join("classes.txt"), classes.join("\n")).unwrap();
    }
    let described = |(name, facts, classes): &(String, Value, Vec<&str>)| json!({"name": name, "facts": facts, "classes": classes});
    let inventory = json!({
        "agents": ["rpcutil", "choria_util", "discovery"],
        "nodes": nodes.iter().map(described).collect::<Vec<_>>(),
    });
    let file = layout.path().join("inventory.json");
    fs::write(&file, inventory.to_string()).unwrap();
    let network = layout.start();

    let source = crate::programs::built("static-discovery");
    let options = [
        format!("command={}", source.display()),
        format!("file={}", file.display()),
    ];
    let external = [
        "--dm",
        "external",
        "--discovery-timeout",
        "60",
        "--do",
        &options[0],
        "--do",
        &options[1],
    ];
    // The nodes themselves: as many as answer within these seconds.
    let broadcast = ["--dm", "broadcast", "--discovery-timeout", "4"];
    let found = |how: &[&str], filter: &[&str]| {
        let output = network
            .command("discover")
            .args(how)
            .args(filter)
            .output()
            .unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        let found = String::from_utf8(output.stdout).unwrap();
        let found: BTreeSet<String> = found.lines().map(String::from).collect();
        (output.status.code(), found, told)
    };
    let wrong = Mutex::new(String::new());
    run_parallel(FILTERS.len(), NonZeroUsize::new(4).unwrap(), |number| {
        let filter = FILTERS[number];
        let ours = found(&external, filter);
        // On a busy machine not all answer in time: some of them another time.
        let mut theirs = found(&broadcast, filter);
        for _ in 0..10 {
            if theirs.1.len() >= ours.1.len() {
                break;
            }
            theirs.1.append(&mut found(&broadcast, filter).1);
        }
        if theirs != ours {
            let told = format!(
                "{filter:?}:\n  the nodes        {theirs:?}\n  static-discovery {ours:?}\n"
            );
            wrong.lock().unwrap().push_str(&told);
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{wrong}");

    // And they are asked.
    let output = network
        .command("req")
        .args(external)
        .args(["rpcutil", "ping", "--json", "-F", "role=web"])
        .output()
        .unwrap();
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    let senders: BTreeSet<&str> = told["replies"]
        .as_array()
        .unwrap()
        .iter()
        .map(|reply| reply["sender"].as_str().unwrap())
        .collect();
    let wanted = nodes.iter().filter(|(_, facts, _)| facts["role"] == "web");
    assert_eq!(senders, wanted.map(|(name, ..)| name.as_str()).collect());
}
