//! How a network starts and ends: whatever happens, no process and no file stays.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::json;

use super::network::{Layout, Network, PATIENCE, Question, install};

const MISBEHAVE: &str = env!("CARGO_BIN_EXE_misbehave");

/// The processes that have a word in their command line.
fn processes(word: &str) -> Vec<String> {
    let processes = fs::read_dir("/proc").unwrap().filter_map(|entry| {
        let entry = entry.ok()?;
        let words = fs::read(entry.path().join("cmdline")).ok()?;
        let words = String::from_utf8_lossy(&words).replace('\0', " ");
        let id = entry.file_name().into_string().ok()?;
        words.contains(word).then(|| format!("{id} {words}"))
    });
    processes.collect()
}

/// The process of this command line.
fn process(word: &str) -> String {
    let [process] = &*processes(word) else {
        panic!("{word}: {:?}", processes(word));
    };
    process.split(' ').next().unwrap().to_owned()
}

fn kill(process: &str) {
    assert!(
        Command::new("kill")
            .args(["-KILL", process])
            .status()
            .unwrap()
            .success()
    );
}

fn nothing_is_left(folder: &Path) {
    let start = Instant::now();
    let left = || (folder.exists(), processes(folder.to_str().unwrap()));
    while left() != (false, Vec::new()) {
        assert!(start.elapsed() < PATIENCE, "{:?}", left());
        std::thread::yield_now();
    }
}

/// A network with an agent that is at work, and will be for long.
fn busy() -> Network {
    let layout = Layout::new(["one"]);
    let ddl = json!({
        "metadata": {"name": "rec", "provider": "external", "version": "1.0.0", "timeout": 600},
        "actions": [{"action": "go", "input": {}, "output": {}}],
    });
    install(&layout.agents(), Path::new(MISBEHAVE), &ddl);
    fs::write(layout.server("one").join("plugin.d/rec"), "sleep=60").unwrap();
    let network = layout.start();
    network.wait_for("one", "rec");
    let question = Question {
        limit: Duration::from_millis(1),
        ..Question::new("one", "rec", "go", &json!({}))
    };
    assert_eq!(network.ask_all(&[question], 1), [None]);
    let program = network.layout().agents().join("rec");
    let start = Instant::now();
    while processes(program.to_str().unwrap()).is_empty() {
        assert!(start.elapsed() < PATIENCE);
    }
    network
}

#[test]
fn nothing_is_left_of_a_network_that_ends() {
    let network = busy();
    let folder = network.layout().path().to_owned();
    drop(network);
    nothing_is_left(&folder);
}

#[test]
fn nothing_is_left_of_a_network_that_is_killed() {
    let mut network = busy();
    let folder = network.layout().path().to_owned();
    network.process().kill().unwrap();
    nothing_is_left(&folder);
}

#[test]
fn nothing_is_left_of_a_network_whose_sweeper_is_killed() {
    let network = busy();
    let folder = network.layout().path().to_owned();
    kill(&process(&format!("sweep {}", folder.display())));
    nothing_is_left(&folder);
}

#[test]
fn a_server_that_ends_is_started_again() {
    let network = Layout::new(["one", "two"]).start();
    let configuration = network.layout().server("one").join("server.conf");
    kill(&process(configuration.to_str().unwrap()));
    let ended = network.event();
    assert_eq!(
        ended,
        json!({"event": "ended", "server": "one", "status": "signal: killed"})
    );
    assert_eq!(network.event(), json!({"event": "back", "server": "one"}));
    for server in ["one", "two"] {
        let reply = network.ask(server, "rpcutil", "ping", &json!({}));
        assert_eq!(reply["statuscode"], 0, "{reply}");
    }
}
