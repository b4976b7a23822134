//! Agents that misbehave, each by the library and the command: the right
//! verdict, nothing left running, no file left, and nobody hangs.
#![cfg(target_os = "linux")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use choria_external_host::{Call, Outcome, Program};
use serde_json::{Value, json};
use tempfile::TempDir;

const MISBEHAVE: &str = env!("CARGO_BIN_EXE_misbehave");
const GOOD: &str = r#"{"statuscode":0,"statusmsg":"OK","data":{"value":"hi"}}"#;

/// What each does, and its reply. `{hold}` is a file that is there as long as
/// the agent's folder.
const CASES: [(&str, &str, &str); 18] = [
    ("writes no reply", "", ""),
    ("writes half a reply", "", r#"{"statuscode":0,"statusm"#),
    ("writes two replies", "twice=1", GOOD),
    ("deletes the reply", "delete=1", GOOD),
    ("puts a FIFO there", "place=fifo", GOOD),
    ("exits with 3 after a good reply", "exit=3", GOOD),
    ("crashes after a good reply", "abort=1", GOOD),
    ("does not heed SIGTERM", "ignore_term=1\nsleep=600", GOOD),
    ("sleeps", "sleep=600", GOOD),
    ("sleeps after a good reply", "linger=600", GOOD),
    (
        "prints 70 KiB without a line end",
        "stdout_bytes=71680",
        GOOD,
    ),
    ("prints 300 KiB in one line", "stderr_bytes=307200", GOOD),
    ("prints 300 KiB in lines", "lines=40000", GOOD),
    (
        "leaves a grandchild that holds stdout",
        "grandchild={hold}",
        GOOD,
    ),
    ("leaves a daemon", "daemon={hold}", GOOD),
    (
        "leaves a daemon without the environment",
        "bare_daemon={hold}",
        GOOD,
    ),
    ("changes its own program", "own=1", GOOD),
    ("writes elsewhere", "outside={folder}/outside", GOOD),
];

/// An agent in a folder of its own, with a folder for temporary files.
struct Agent {
    folder: TempDir,
    tmp: TempDir,
}

impl Agent {
    fn new(plan: &str, reply: &str) -> Self {
        let agent = Self {
            folder: TempDir::new().unwrap(),
            tmp: TempDir::new().unwrap(),
        };
        let here = agent.folder.path();
        // Not by this process: a program that another test starts just then
        // would have it open for writing.
        let copied = Command::new("cp")
            .arg(MISBEHAVE)
            .arg(here.join("rec"))
            .status()
            .unwrap();
        assert!(copied.success());
        let ddl = json!({
            "metadata": {"name": "rec", "provider": "external", "version": "1.0.0", "timeout": 20},
            "actions": [{"action": "go", "input": {}, "output": {"value": {"description": "Value", "display_as": "Value"}}}],
        });
        fs::write(here.join("rec.json"), ddl.to_string()).unwrap();
        fs::write(here.join("hold"), "").unwrap();
        fs::create_dir(here.join("plugin.d")).unwrap();
        let plan = plan.replace("{hold}", here.join("hold").to_str().unwrap());
        let plan = plan.replace("{folder}", here.to_str().unwrap());
        fs::write(here.join("plugin.d/rec"), plan).unwrap();
        if !reply.is_empty() {
            fs::write(here.join("plugin.d/reply"), reply).unwrap();
        }
        agent
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_command"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env("TMPDIR", self.tmp.path());
        command.stdin(Stdio::null()).output().unwrap()
    }

    /// No file and no process is left.
    fn is_clean(&self, name: &str) {
        let files = fs::read_dir(self.tmp.path()).unwrap();
        let files: Vec<String> = files
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        assert_eq!(files, [""; 0], "{name}");
        let here = self.folder.path().to_str().unwrap();
        let processes = fs::read_dir("/proc").unwrap().filter_map(|entry| {
            let words = fs::read(entry.ok()?.path().join("cmdline")).ok()?;
            let words = String::from_utf8_lossy(&words).replace('\0', " ");
            words.contains(here).then_some(words)
        });
        assert_eq!(processes.collect::<Vec<_>>(), [""; 0], "{name}");
    }
}

/// A time limit for an agent that never ends: long enough for a busy machine to
/// have written its reply where that is what the case is about.
fn limit(plan: &str) -> Option<f64> {
    let never_ends = ["sleep=", "linger=", "_bytes=307200"]
        .iter()
        .any(|key| plan.contains(key));
    let takes_time = plan.contains("linger") || plan.contains("_bytes");
    never_ends.then_some(if takes_time { 4.0 } else { 0.4 })
}

#[test]
fn run_tells_what_came_of_each() {
    let mut told = String::new();
    for (name, plan, reply) in CASES {
        let agent = Agent::new(plan, reply);
        let limit = limit(plan).map(|limit| limit.to_string());
        let mut arguments = vec!["run", "./rec", "go", "--json"];
        arguments.extend(limit.iter().flat_map(|limit| ["--timeout", limit]));
        let output = agent.run(&arguments);
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        agent.is_clean(name);
        told += &format!("{name}: exit code {}\n", output.status.code().unwrap());
        let here = agent.folder.path().to_str().unwrap();
        let texts = [
            &report["reply"]["statusmsg"],
            &report["meant"]["differences"][0],
        ];
        let texts = texts
            .into_iter()
            .filter_map(Value::as_str)
            .map(String::from);
        let log = report["log"].as_array().unwrap().iter();
        let warnings = log.filter(|line| line["level"] == "WARN");
        let warnings = warnings.map(|line| line["line"].as_str().unwrap().to_owned());
        for text in texts.chain(warnings) {
            told += &format!("  {}\n", without_places(&text, here, agent.tmp.path()));
        }
    }
    insta::assert_snapshot!(told);
}

fn without_places(text: &str, here: &str, tmp: &Path) -> String {
    let text = text.replace(here, "{agent}").replace("./", "");
    let reply = tmp.join("reply").display().to_string();
    match text.split_once(&reply) {
        Some((before, after)) => {
            let rest = after.trim_start_matches(|c: char| c.is_ascii_alphanumeric());
            format!("{before}{{reply}}{rest}")
        }
        None => text,
    }
}

#[test]
fn the_library_gives_what_came_of_each() {
    for (name, plan, reply) in CASES {
        let agent = Agent::new(plan, reply);
        let mut program = Program::find(&agent.folder.path().join("rec"), None).unwrap();
        if let Some(limit) = limit(plan) {
            program.limit = Duration::from_secs_f64(limit);
        }
        let outcome: Outcome = program.call(&Call::new("go", &json!({}))).unwrap();
        assert!(outcome.activated, "{name}");
        let well = outcome.reply.as_ref().map(|reply| reply.statuscode.is_ok());
        let wanted = match plan.split(['=', '\n']).next().unwrap() {
            "sleep" | "linger" | "ignore_term" | "stderr_bytes" | "place" => None,
            "" | "twice" | "delete" | "exit" | "abort" => Some(false),
            _ => Some(true),
        };
        assert_eq!(well, wanted, "{name}: {outcome:?}");
        // This process starts others at the same time, so it cannot tell which
        // one without the environment comes from here.
        let ended = plan.starts_with("grandchild") || plan.starts_with("daemon");
        let trace = outcome.trace.unwrap();
        assert_eq!(trace.left.len(), usize::from(ended), "{name}");
        let reply = trace
            .environment
            .iter()
            .find(|(name, _)| *name == "CHORIA_EXTERNAL_REPLY");
        assert!(!Path::new(&reply.unwrap().1).exists(), "{name}");
        if !plan.starts_with("bare_daemon") {
            agent.is_clean(name);
        }
        // Lets the last one go.
        fs::remove_file(agent.folder.path().join("hold")).unwrap();
    }
}

#[test]
fn check_tells_what_each_does_wrong() {
    let mut told = String::new();
    for (name, plan, reply) in CASES {
        let agent = Agent::new(plan, reply);
        let mut arguments = vec!["check", "./rec", "--action", "go", "--format", "json"];
        // Whether it waits for its readers is a matter of time.
        arguments.extend(["--skip", "C028"]);
        if limit(plan).is_some() {
            arguments.extend(["--timeout", "2"]);
        }
        let output = agent.run(&arguments);
        let cases: Value = serde_json::from_slice(&output.stdout).unwrap();
        agent.is_clean(name);
        let broken = cases["cases"].as_array().unwrap().iter();
        let broken = broken.filter(|case| case["verdict"] == "error");
        let codes: Vec<&str> = broken.map(|case| case["code"].as_str().unwrap()).collect();
        let code = output.status.code().unwrap();
        told += &format!("{name}: exit code {code}, {}\n", codes.join(" "));
    }
    insta::assert_snapshot!(told);
}

#[test]
fn a_reply_that_finds_no_room_is_no_reply() {
    let agent = Agent::new("gen=100000", "");
    let here = agent.folder.path();
    let moved = Command::new("mv")
        .arg(here.join("rec"))
        .arg(here.join("real"))
        .status()
        .unwrap();
    assert!(moved.success());
    let script = "#!/bin/sh\ntrap '' XFSZ\nulimit -f 8\nexec \"${0%/*}/real\" \"$@\"\n";
    crate::host::script(here, "rec", script, 0o755);
    let output = agent.run(&["run", "./rec", "go", "--json"]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        report["reply"]["statusmsg"],
        "Could not call external agent rec#go: executing rec failed: exit status 1"
    );
    agent.is_clean("quota");
}

#[test]
fn a_thousand_calls_lose_nothing_and_leave_nothing() {
    let agent = Agent::new("lines=3\ndaemon=/nowhere", GOOD);
    let here = agent.folder.path();
    let mut burst = Command::new(env!("CARGO_BIN_EXE_burst"));
    let plan = json!({
        "agent": here.join("rec"),
        "action": "go",
        "lines": 3,
        "calls": 1000,
        "seconds": 600,
        "parallel": 8,
    });
    burst.arg(plan.to_string()).env("TMPDIR", agent.tmp.path());
    let output = burst.output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["calls"], 1000);
    for none in ["lost", "wrong", "lines_lost"] {
        assert_eq!(told[none], 0, "{none}: {told}");
    }
    assert_eq!(told["open_files"][0], told["open_files"][1], "{told}");
    agent.is_clean("burst");

    let output = agent.run(&[
        "run",
        "./rec",
        "go",
        "--repeat",
        "1000",
        "--parallel",
        "8",
        "--json",
    ]);
    let tally: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(tally["outcomes"], json!({"OK, code 0": 1000}));
    agent.is_clean("repeat");
}
