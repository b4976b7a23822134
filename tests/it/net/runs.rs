//! A network that runs: who listens, how it is called, what it shows.

use std::collections::BTreeSet;
use std::os::unix::fs::symlink;
use std::time::{Duration, SystemTime};

use super::*;
use crate::programs::built;
use crate::readme::repository;

/// The parrot of the examples, which logs each call.
fn parrot(place: &Place) {
    symlink(built("parrot"), place.path().join("parrot")).unwrap();
    fs::create_dir(place.path().join("plugin.d")).unwrap();
    fs::write(
        place.path().join("plugin.d/parrot.cfg"),
        "log_level = debug\n",
    )
    .unwrap();
}

#[test]
fn agents_are_called_and_followed() {
    let place = Place::new();
    parrot(&place);
    place.agent("says", SAYS);
    fs::write(place.path().join("facts.json"), r#"{"role": "web"}"#).unwrap();
    let up = ["--agent", "parrot", "--agent", "says", "--servers", "2"];
    let mut up = place
        .up(&[&up[..], &["--facts", "facts.json"]].concat())
        .came_up();
    insta::assert_snapshot!("up", place.plain(&up.seen));

    // Its DDL was younger than 5 seconds, which a server would pass over.
    let ddl = place.network().join("plugins/mcollective/agent/says.json");
    let age = fs::metadata(ddl).unwrap().modified().unwrap();
    assert!(SystemTime::now().duration_since(age).unwrap() > Duration::from_secs(5));

    for (name, arguments) in [
        ("req", &["parrot", "echo", "message=hi", "times=2"][..]),
        ("req_any_language", &["says", "say"]),
        (
            "req_data",
            &[
                "parrot",
                "echo",
                "--data",
                r#"{"message": "hi", "times": 1}"#,
            ],
        ),
        ("req_failed", &["parrot", "panic"]),
        ("req_wrong_input", &["parrot", "echo", "massage=hi"]),
        ("req_unknown_action", &["parrot", "fly"]),
        ("req_unknown_agent", &["owl", "fly"]),
        ("req_data_is_a_list", &["parrot", "echo", "--data", "[1]"]),
        ("req_fact", &["rpcutil", "get_fact", "fact=role"]),
    ] {
        let output = place.run(&[&["req"], arguments].concat());
        insta::assert_snapshot!(name, place.seen(&output));
    }
    up.until("> node1 INFO  parrot: ");
    insta::assert_snapshot!("status", place.seen(&place.run(&["status"])));

    let output = place.run(&["req", "parrot", "echo", "message=hi", "--json"]);
    let replies: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(replies["request_stats"]["ok"], 2, "{replies}");

    // As it is printed; a choria.conf of this folder does not count.
    fs::write(place.path().join("choria.conf"), "libdir = /nowhere\n").unwrap();
    let config = place.network().join("etc/client.conf");
    let output = Command::new(choria())
        .args(["req", "says", "say", "--json", "-I", "node1", "--config"])
        .arg(config)
        .env("USER", "tester")
        .env("HOME", place.tmp.path())
        .current_dir("/")
        .output()
        .unwrap();
    let replies: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        replies["replies"][0]["data"]["message"], "hello",
        "{output:?}"
    );
    let output = place.run(&["req", "says", "say"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");

    let down = place.run(&["down"]);
    insta::assert_snapshot!("down", place.seen(&down));
    assert_eq!(up.ended().code(), Some(143));
    assert!(up.seen.ends_with("the network is ended\n"), "{}", up.seen);
    place.is_clean();
}

/// The inodes of the sockets that a process has.
fn sockets(pid: i64) -> Vec<String> {
    let files = fs::read_dir(format!("/proc/{pid}/fd")).unwrap();
    let links = files.filter_map(|file| fs::read_link(file.ok()?.path()).ok());
    let links = links.map(|link| link.display().to_string());
    links
        .filter_map(|link| Some(link.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned()))
        .collect()
}

#[test]
fn it_listens_on_the_loopback_alone() {
    let place = Place::new();
    place.agent("says", SAYS);
    let up = place.up(&["--agent", "says"]).came_up();
    let state = place.state();
    let mut inodes = BTreeSet::new();
    for process in state["processes"].as_object().unwrap().values() {
        let pid = &process["pid"];
        inodes.extend(sockets(pid.as_i64().unwrap()));
    }
    inodes.extend(sockets(up.child.id().into()));
    // Of each socket that listens, or is not connected: 0A and 07.
    let mut listening = Vec::new();
    for table in ["tcp", "tcp6", "udp", "udp6"] {
        let text = fs::read_to_string(format!("/proc/net/{table}")).unwrap_or_default();
        for line in text.lines().skip(1) {
            let words: Vec<&str> = line.split_whitespace().collect();
            if inodes.contains(words[9]) && ["0A", "07"].contains(&words[3]) {
                listening.push(format!("{table} {}", words[1]));
            }
        }
    }
    let port = state["port"].as_u64().unwrap();
    assert_eq!(listening, [format!("tcp 0100007F:{port:04X}")]);
}

#[test]
fn an_agent_that_is_not_active_is_told() {
    let place = Place::new();
    place.agent("says", &SAYS.replace("true", "false"));
    let up = place.up(&["--agent", "says", "--servers", "2"]).came_up();
    insta::assert_snapshot!(place.plain(&up.seen).lines().nth(3).unwrap());
    assert!(up.seen.contains("says say"));
}

#[test]
fn one_runs_for_a_user_and_one_for_each_folder() {
    let place = Place::new();
    let first = place.up(&[]).came_up();
    let second = place.run(&["up", "--choria", choria().to_str().unwrap()]);
    insta::assert_snapshot!("second", place.seen(&second));

    let other = place.path().join("other");
    let mut third = place.up(&["--dir", "other"]).came_up();
    insta::assert_snapshot!("other", place.plain(&third.seen));
    let output = place.run(&["req", "rpcutil", "ping", "--dir", "other", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let down = place.run(&["down", "--dir", "other"]);
    assert_eq!(down.status.code(), Some(0), "{down:?}");
    assert_eq!(third.ended().code(), Some(143));
    assert!(!other.exists());
    assert_eq!(place.run(&["status"]).status.code(), Some(0));
    drop(first);
    place.is_clean();
}

/// What the README shows after this command, less what differs.
fn shown(place: &Place, command: &str) -> String {
    let readme = fs::read_to_string(repository().join("README.md")).unwrap();
    let (_, rest) = readme
        .split_once(&format!("$ choria-external {command}\n"))
        .unwrap();
    let (text, _) = rest.split_once("```").unwrap();
    let text = text.replace("/tmp/choria-external-net-1000", "{network}");
    place.plain(&text.replace("/usr/bin/choria", "{choria}"))
}

#[test]
fn the_readme_shows_what_is_printed() {
    let place = Place::new();
    fs::create_dir(place.path().join("examples")).unwrap();
    symlink(built("parrot"), place.path().join("examples/parrot")).unwrap();
    let up = place
        .up(&["--agent", "examples/parrot", "--watch"])
        .came_up();
    let wanted = shown(&place, "net up --agent examples/parrot --watch");
    assert_eq!(place.plain(&up.seen), wanted);
    let output = place.run(&["req", "parrot", "echo", "message=hello"]);
    let printed = String::from_utf8(output.stdout).unwrap();
    assert_eq!(
        place.plain(&printed),
        shown(&place, "net req parrot echo message=hello")
    );
}
