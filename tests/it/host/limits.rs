//! Programs that would hang, flood or outlive the harness, and what is left of them.

use super::*;

#[cfg(unix)]
#[test]
fn what_lies_in_the_place_of_the_reply_cannot_hang_the_harness() {
    let hang = "a server would hang or fail to read it; write a regular file there";
    for (place, what) in [
        ("fifo", format!("was replaced by a FIFO: {hang}")),
        ("/dev/zero", format!("was replaced by a device: {hang}")),
        (
            "huge",
            "has more than 67108864 bytes, the most that this harness reads; a server would fail to read it, and no network carries it"
                .into(),
        ),
    ] {
        let outcome = Agent::misbehaving(&format!("place={place}"), None).go();
        assert!(outcome.activated && outcome.reply.is_none(), "{outcome:?}");
        assert_eq!(outcome.reason.unwrap(), format!("its reply {what}"));

        let outcome = Agent::misbehaving(&format!("activation_place={place}"), None).go();
        assert!(!outcome.activated, "{outcome:?}");
        let reason = format!("its reply to the activation request {what}");
        assert_eq!(outcome.reason.unwrap(), reason);
    }
    let outcome = Agent::misbehaving("place=folder", None).go();
    let message = message(&outcome);
    assert!(
        message.contains("#go: failed to read reply json: read /")
            && message.ends_with(": is a directory"),
        "{message}"
    );
}

#[test]
fn output_without_end_is_drained_but_not_kept() {
    let outcome = Agent::misbehaving("lines=12000", Some(GOOD)).go();
    assert_eq!(outcome.reply.unwrap().data, json!({"value": "hi"}));
    assert_eq!(outcome.log.len(), 10_001);
    assert_eq!(outcome.log[9_999].line, "line 9999");
    assert_eq!(
        outcome.log[10_000],
        LogLine::warn("2000 more lines not kept")
    );
}

/// A program in Python that goes on printing through a process it leaves
/// behind, into a pipe that it has made one that does not block.
#[cfg(unix)]
const FLOOD: &str = r#"
import os, subprocess, sys, time
if os.environ["CHORIA_EXTERNAL_PROTOCOL"].endswith("activation_request"):
    open(sys.argv[2], "w").write('{"activate":true}')
    sys.exit()
os.set_blocking(1, False)
hold = sys.argv[0] + ".hold"
flood = '''
import os, sys, time
told = int(sys.argv[2])
start = time.monotonic()
while os.path.exists(sys.argv[1]) and time.monotonic() - start < 120:
    try:
        os.write(1, b"x" * 4095 + bytes([10]))
    except BlockingIOError:
        if told:
            told = os.write(told, b".") and None
'''
full, told = os.pipe()
# Several, so that the pipe is hardly ever not full.
for _ in range(4):
    subprocess.Popen([sys.executable, "-c", flood, hold, str(told)], env={}, pass_fds=[told])
# The pipe is full before this program ends.
for _ in range(4):
    os.read(full, 1)
open(sys.argv[2], "w").write('{"statuscode":0,"statusmsg":"OK","data":{}}')
"#;

#[cfg(unix)]
#[test]
fn a_full_pipe_that_does_not_block_is_not_waited_for() {
    let folder = TempDir::new().unwrap();
    let text = format!("#!{}\n{FLOOD}", crate::python::interpreter().display());
    let path = script(folder.path(), "rec", &text, 0o755);
    let hold = folder.path().join("rec.hold");
    fs::write(&hold, "").unwrap();
    let start = std::time::Instant::now();
    let outcome = Agent::new(path, "rec").go();
    assert!(outcome.reply.is_some(), "{outcome:?}");
    // The other process lives for two minutes.
    assert!(start.elapsed() < Duration::from_mins(1));
    fs::remove_file(hold).unwrap();
}

/// Leaves processes that read what the program itself prints, without the
/// environment by which they could be found.
#[cfg(target_os = "linux")]
const THIEF: &str = r#"#!/bin/sh
case "$CHORIA_EXTERNAL_PROTOCOL" in
*activation_request)
    echo '{"activate":true}' > "$2"
    exit
    ;;
esac
for reader in 1 2 3 4 5 6 7 8; do
    env -i PATH="$PATH" cat < /proc/self/fd/1 > /dev/null 2>&1 &
    env -i PATH="$PATH" cat < /proc/self/fd/2 > /dev/null 2>&1 &
done
echo '{"statuscode":0,"statusmsg":"OK","data":{}}' > "$2"
"#;

#[cfg(target_os = "linux")]
#[test]
fn a_process_that_reads_the_programs_own_output_is_not_waited_for() {
    let folder = TempDir::new().unwrap();
    let path = script(folder.path(), "rec", THIEF, 0o755);
    let agent = Agent::new(path, "rec");
    // Which of the readers gets what is printed is up to the system.
    for _ in 0..10 {
        let outcome = agent.go();
        assert!(outcome.reply.is_some(), "{outcome:?}");
    }
}

#[test]
fn replies_deeper_than_the_harness_reads_are_no_error_of_the_servers() {
    let nested = |levels: usize| {
        format!(
            r#"{{"data":{{"a":{}1{}}}}}"#,
            "[".repeat(levels),
            "]".repeat(levels)
        )
    };
    let published =
        |levels| PublishedReply::from_reply("rec", "go", None, nested(levels).as_bytes());
    assert_eq!(published(498).unwrap().statuscode, 0);
    let error = published(499).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the reply is nested more deeply than 500 levels, which is as far as this harness reads; a server reads \
         10,000, so what the caller would get is not known"
    );
    assert!(matches!(published(9_998), Err(HostError::Nesting)));
    assert_eq!(
        published(9_999).unwrap().statusmsg,
        "Could not call external agent rec#go: failed to decode reply json: invalid character '[' exceeded max depth"
    );
    let agent = Agent::misbehaving("", Some(nested(600).as_bytes()));
    let outcome = agent.program.call(&Call::new("go", &json!({})));
    assert!(matches!(outcome, Err(HostError::Nesting)), "{outcome:?}");
    assert!(matches!(
        Call::from_json("go", nested(100_000)),
        Err(HostError::Data(_))
    ));
}

#[test]
fn a_cancelled_call_ends_and_no_other_starts() {
    let mut agent = Agent::misbehaving("sleep=600", Some(GOOD));
    let cancel = CancelToken::default();
    agent.program.supervisor.cancel = cancel.clone();
    agent.program.limit = Duration::from_secs(500);
    let ended = std::thread::scope(|scope| {
        let call = scope.spawn(|| agent.program.call(&Call::new("go", &json!({}))));
        cancel.cancel();
        call.join().unwrap()
    });
    assert!(matches!(ended, Err(HostError::Cancelled)), "{ended:?}");
    assert!(matches!(
        agent.program.activate(),
        Err(HostError::Cancelled)
    ));
}

#[test]
fn facts_are_passed_on_as_a_server_writes_them() {
    let text = r#"{ "n": 1.0, "n": 9007199254740993, "half": "\ud800" }"#;
    let mut agent = Agent::recorder();
    agent.program.facts = Facts::from_json(text).unwrap();
    agent.go();
    let facts = &agent.record("action.json").unwrap()["facts"];
    assert_eq!(*facts, "{\"half\":\"\u{fffd}\",\"n\":9007199254740992}");
}

#[cfg(unix)]
#[test]
fn what_cannot_be_started_is_not_active() {
    let folder = TempDir::new().unwrap();
    for (path, reason, hint) in [
        (
            script(folder.path(), "plain", "#!/bin/sh\n", 0o644),
            "{not activating}executing plain failed: fork/exec {path}: permission denied",
            "the program is not executable, or its folder is closed to you: chmod +x {path}",
        ),
        (
            script(folder.path(), "text", "no program", 0o755),
            "{not activating}executing text failed: fork/exec {path}: exec format error",
            "the system does not know how to start this file: the first line of a script must be a #! line, such as #!/bin/sh; a binary must be built for this system",
        ),
        (
            script(folder.path(), "lost", "#!/no/such/interpreter\n", 0o755),
            "{not activating}executing lost failed: fork/exec {path}: no such file or directory",
            "the file is there, but its interpreter or loader is not: look at its #! line, or at the libraries it was linked with",
        ),
        (folder.path().join("missing"), "there is no {path}", ""),
    ] {
        let name = path.to_str().unwrap();
        let outcome = Agent::new(&path, "rec").go();
        assert!(!outcome.activated);
        let reason = not_activating(name, reason).replace("{path}", name);
        assert_eq!(outcome.reason.as_ref(), Some(&reason));
        let logged: &[String] = &[hint.replace("{path}", name), reason];
        let logged = if hint.is_empty() { &[] } else { logged };
        assert_eq!(outcome.lines(Level::Warn), logged);
    }
    // Gone, or no longer executable, after it was activated:
    let agent = Agent::new(folder.path().join("missing"), "rec");
    let outcome = agent
        .program
        .call_active(&Call::new("go", &json!({})))
        .unwrap();
    assert_eq!(
        message(&outcome),
        "Cannot call external agent rec#go: agent executable was not found"
    );
}

#[cfg(unix)]
#[test]
fn a_slow_activation_is_cut_off_after_two_seconds() {
    let folder = TempDir::new().unwrap();
    let path = script(folder.path(), "slow", "#!/bin/sh\nexec sleep 60\n", 0o755);
    let outcome = Agent::new(&path, "rec").program.activate().unwrap();
    let reason = "{not activating}it took longer than the 2 s a server allows and was killed";
    assert_eq!(
        outcome.reason.unwrap(),
        not_activating(path.to_str().unwrap(), reason)
    );
    assert!(
        (2000..30_000).contains(&outcome.time.as_millis()),
        "{:?}",
        outcome.time
    );
}

#[cfg(unix)]
#[test]
fn no_temporary_file_is_left() {
    let folder = TempDir::new().unwrap();
    let path = script(
        folder.path(),
        "rec",
        "#!/bin/sh\n\
         printf '%s\\n' \"$CHORIA_EXTERNAL_REQUEST\" \"$CHORIA_EXTERNAL_REPLY\" \"$CHORIA_EXTERNAL_FACTS\"\n\
         echo '{\"activate\":true,\"data\":{}}' > \"$2\"\n\
         test -s \"$CHORIA_EXTERNAL_FACTS\" && exit 3\n\
         exit 0\n",
        0o755,
    );
    let outcome = Agent::new(path, "rec").go();
    assert_eq!(
        message(&outcome),
        "Could not call external agent rec#go: executing rec failed: exit status 3"
    );
    let files = outcome.lines(Level::Info);
    assert_eq!(files.len(), 6);
    assert!(
        files
            .iter()
            .all(|file| file.starts_with('/') && !Path::new(file).exists()),
        "{files:?}"
    );
}
