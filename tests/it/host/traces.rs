//! All there is to see of a start.

use super::*;
use choria_external_host::trace::ReadTiming;

#[test]
fn a_trace_has_the_files_the_outputs_and_the_exit_code() {
    let agent = Agent::misbehaving("stdout=one\\ntwo\nstderr=\\xff\\n\nexit=3", Some(GOOD));
    let outcome = agent.go();
    let trace = outcome.trace.unwrap();
    assert_eq!(trace.exit, Some(3));
    assert_eq!(trace.stdout.bytes, b"one\ntwo");
    assert_eq!(trace.stderr.bytes, b"\xff\n");
    assert_eq!((trace.stdout.dropped, trace.stdout.unlogged), (0, 0));
    assert_eq!(trace.reply(), GOOD);
    assert_eq!(trace.file("facts").unwrap().content, b"{}");
    let request: Value = serde_json::from_slice(trace.request()).unwrap();
    assert_eq!(request["action"], "go");
    let variables: Vec<&str> = trace
        .environment
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(
        variables,
        [
            "CHORIA_EXTERNAL_REQUEST",
            "CHORIA_EXTERNAL_REPLY",
            "CHORIA_EXTERNAL_PROTOCOL",
            "PATH",
            "CHORIA_EXTERNAL_CONFIG",
            "CHORIA_EXTERNAL_FACTS"
        ]
    );
    let activation = outcome.activation.unwrap();
    assert_eq!(activation.file("facts").unwrap().content, b"");
    assert_eq!(activation.reply(), br#"{"activate":true}"#);
    assert_eq!(activation.exit, Some(0));
}

#[test]
fn what_a_server_stops_reading_is_recorded_all_the_same() {
    // Shorter than the pipe holds beyond it: the program still ends.
    let plan = "stdout_bytes=65536\nstdout=after\\n";
    let stdout = Agent::misbehaving(plan, Some(GOOD))
        .go()
        .trace
        .unwrap()
        .stdout;
    assert_eq!(stdout.bytes.len(), 65_537 + 6);
    assert!(stdout.bytes.ends_with(b"x\nafter\n"));
    assert_eq!(stdout.unlogged, stdout.bytes.len());

    // One that goes on is killed; what was in the pipe is there.
    let mut agent = Agent::misbehaving("stdout_bytes=1000000", Some(GOOD));
    agent.program.limit = Duration::from_millis(500);
    let stdout = (0..8)
        .map(|doubled| {
            agent.program.limit = Duration::from_millis(500 << doubled);
            agent.go().trace.unwrap().stdout
        })
        .find(|stdout| !stdout.bytes.is_empty())
        .unwrap();
    assert!(
        (65_536..1_000_000).contains(&stdout.bytes.len()),
        "{}",
        stdout.bytes.len()
    );
    assert_eq!(stdout.unlogged, stdout.bytes.len());
}

#[test]
fn output_that_is_read_late_shows_who_does_not_wait_for_it() {
    let mut agent = Agent::misbehaving("stdout=last words\\n", Some(GOOD));
    // The end of the program ends the waiting, however long a busy machine takes.
    agent.program.read_timing = ReadTiming::LateBy(Duration::from_mins(10));
    let outcome = agent.go();
    assert_eq!(outcome.lines(Level::Info), ["last words"]);
    let stdout = outcome.trace.unwrap().stdout;
    assert_eq!(stdout.bytes, b"last words\n");
    assert!(stdout.unread > 0, "{stdout:?}");
}

#[cfg(unix)]
#[test]
fn a_start_that_was_kept_can_be_done_again_by_hand() {
    use std::os::unix::fs::PermissionsExt as _;

    let agent = Agent::recorder();
    let kept = agent.folder.path().join("kept it's");
    let outcome = agent
        .program
        .call(&Call::new("go", &json!({"s": "a'b"})))
        .unwrap();
    outcome.trace.unwrap().save(&kept).unwrap();
    let reply = fs::read(kept.join("reply.json")).unwrap();
    let before = agent.record("action.json").unwrap();
    fs::remove_file(agent.folder.path().join("action.json")).unwrap();

    let mut shell = std::process::Command::new("sh");
    let output = shell.arg(kept.join("start.sh")).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(fs::read(kept.join("reply.json")).unwrap(), reply);
    let again = agent.record("action.json").unwrap();
    assert_eq!(again["request"], before["request"]);
    assert_eq!(again["cwd"], before["cwd"]);
    let names = |record: &Value| -> Vec<String> {
        let environment = record["env"].as_object().unwrap();
        environment.keys().cloned().collect()
    };
    assert_eq!(names(&again), names(&before));
    let mode = fs::metadata(kept.join("request.json"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}
