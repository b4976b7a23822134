//! Programs of function types that have a carrier of their own, started as it says.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Output;
use std::time::{Duration, Instant};

use choria_external_host::function::{NoReplyError, RawReply};
use choria_external_host::{Facts, Function, FunctionProgram, host_type};
use choria_external_protocol::registry;
use choria_external_tests as _;
use tempfile::TempDir;

use super::*;
use crate::programs::fifo;

host_type!("gauge", decode_gauge);
host_type!("courier", decode_courier);

fn text<'a>(reply: &'a RawReply) -> Result<&'a str, NoReplyError> {
    str::from_utf8(reply.bytes).map_err(|error| NoReplyError::new(error.to_string()))
}

fn decode_gauge(reply: &RawReply) -> Result<Value, NoReplyError> {
    Ok(json!({"status": reply.exit, "text": text(reply)?}))
}

fn decode_courier(reply: &RawReply) -> Result<Value, NoReplyError> {
    Ok(json!({"receipt": text(reply)?, "is_delivered": reply.exit == Some(0)}))
}

/// A program of a type, as the harness calls it.
fn program(name: &str) -> FunctionProgram {
    let protocol = format!("io.choria.tests.{name}.v1.request");
    let registration = registry().unwrap().get(&protocol).unwrap();
    FunctionProgram::new(built(name), Function::of(registration)).unwrap()
}

fn reply(program: &FunctionProgram, request: &Value) -> Value {
    program.call(request).unwrap().reply.unwrap()
}

/// What the gauge answers, asked with these words.
fn gauge(words: &[&str]) -> Value {
    reply(&program("gauge"), &json!({"name": "tank", "words": words}))
}

/// The gauge, started by hand.
fn gauge_by_hand(folder: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(built("gauge"));
    command
        .args(words)
        .env_clear()
        .env("GAUGE_NAME", "tank")
        .current_dir(folder)
        .stdin(Stdio::null());
    command
}

fn printed(output: &Output) -> (String, String, Option<i32>) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (
        text(&output.stdout),
        text(&output.stderr),
        output.status.code(),
    )
}

#[test]
fn a_request_comes_in_parts() {
    let request = json!({"name": "tank", "data": {"height": 2}, "words": ["of", "water"]});
    assert_eq!(
        reply(&program("gauge"), &request),
        json!({"status": 2, "text": r#"tank {"height":2} ["of", "water"]"#})
    );
    // The words of a person are no request.
    let folder = TempDir::new().unwrap();
    let (stdout, _, code) = printed(
        &gauge_by_hand(folder.path(), &["--version"])
            .output()
            .unwrap(),
    );
    assert_eq!((&*stdout, code), ("gauge 0.1.0\n", Some(0)));
}

#[test]
fn what_is_wrong_with_a_part_is_told_by_its_variable() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    for (content, wanted) in [
        (
            Some("{"),
            "the message is not JSON: EOF while parsing an object at line 1 column 1",
        ),
        (None, "could not read the request file"),
    ] {
        if let Some(content) = content {
            fs::write(&data, content).unwrap();
        } else {
            fs::remove_file(&data).unwrap();
        }
        let mut command = gauge_by_hand(folder.path(), &["x"]);
        let (stdout, stderr, code) = printed(&command.env("GAUGE_DATA", &data).output().unwrap());
        assert!(stdout.contains(wanted), "{stdout}");
        assert!(stdout.contains(data.to_str().unwrap()), "{stdout}");
        assert_eq!((&*stderr, code), ("", Some(3)));
    }
    let mut command = gauge_by_hand(folder.path(), &["x"]);
    let (stdout, _, code) = printed(&command.env_remove("GAUGE_NAME").output().unwrap());
    assert_eq!(
        (&*stdout, code),
        (
            "not a valid io.choria.tests.gauge.v1.request: $.name: expected this key, got none",
            Some(3)
        )
    );
}

#[test]
fn where_both_streams_are_the_reply_nothing_else_gets_into_it() {
    assert_eq!(gauge(&["print"]), json!({"status": 0, "text": "clean"}));
    let folder = TempDir::new().unwrap();
    for (word, wanted, code) in [
        ("print", "clean", 0),
        ("fail", "no sensor", 3),
        ("panic", "gauge panicked: lost the sensor", 3),
        (
            "exit",
            "gauge ended the program instead of giving an answer",
            3,
        ),
        (
            "abort",
            "gauge crashed: SIGABRT (memory ran out, a panic within a panic, or a call of abort)",
            3,
        ),
    ] {
        let output = gauge_by_hand(folder.path(), &[word]).output().unwrap();
        assert_eq!(
            printed(&output),
            (wanted.into(), String::new(), Some(code)),
            "{word}"
        );
    }
}

#[test]
fn a_reply_that_breaks_its_schema_is_a_failure_with_its_exit_code() {
    let reply = gauge(&["bad"]);
    assert_eq!(reply["status"], 3);
    let text = reply["text"].as_str().unwrap();
    assert!(
        text.contains("$.status: expected 3 or less, got 4"),
        "{text}"
    );
}

#[test]
fn the_limit_of_the_carrier_counts_from_the_start() {
    let started = Instant::now();
    let reply = gauge(&["hang"]);
    assert_eq!(reply["status"], 3);
    let text = reply["text"].as_str().unwrap();
    assert!(text.starts_with("gauge had no answer after 0."), "{text}");
    assert!(
        text.contains("after 1.0 s it would have been ended"),
        "{text}"
    );
    // The harness would have ended it after 1 s, without a reply.
    assert!(started.elapsed() < Duration::from_mins(1));

    // A part that cannot be read to its end is watched, too.
    let folder = TempDir::new().unwrap();
    let data = fifo(folder.path().join("data"));
    let mut command = gauge_by_hand(folder.path(), &["x"]);
    let (stdout, _, code) = printed(&command.env("GAUGE_DATA", data).output().unwrap());
    assert!(
        stdout.ends_with(": its request was still being read"),
        "{stdout}"
    );
    assert_eq!(code, Some(3));
}

#[test]
fn what_it_leaves_running_does_not_hold_the_reply() {
    let folder = TempDir::new().unwrap();
    let never = fifo(folder.path().join("never"));
    let words = ["leave", never.to_str().unwrap()];
    // Its end is seen when nobody holds the pipes any more.
    let output = gauge_by_hand(folder.path(), &words).output().unwrap();
    assert_eq!(printed(&output), ("left".into(), String::new(), Some(0)));
    // The child reads the FIFO: this lets it end.
    fs::write(&never, "").unwrap();
}

#[test]
fn settings_of_its_own_are_in_the_folder_or_beside_the_program() {
    let folder = TempDir::new().unwrap();
    let beside = folder.path().join("beside");
    fs::create_dir(&beside).unwrap();
    let own = beside.join("gauge");
    fs::copy(built("gauge"), &own).unwrap();
    fs::set_permissions(&own, fs::Permissions::from_mode(0o755)).unwrap();
    let read = || {
        let mut command = Command::new(&own);
        let output = command
            .args(["settings", "unit"])
            .env_clear()
            .env("GAUGE_NAME", "tank")
            .current_dir(folder.path())
            .output()
            .unwrap();
        printed(&output).0
    };
    assert_eq!(read(), "none");
    fs::write(beside.join("gauge.cfg"), "unit = bar").unwrap();
    assert_eq!(read(), "bar");
    fs::write(folder.path().join("gauge.cfg"), "unit = psi").unwrap();
    assert_eq!(read(), "psi");
}

#[test]
fn a_request_on_stdin_has_its_reply_on_stdout_and_its_log_on_stderr() {
    let folder = TempDir::new().unwrap();
    let settings = folder.path().join("clerk.cfg");
    fs::write(&settings, "country = de").unwrap();
    let mut clerk = program("clerk");
    clerk.arguments = vec!["--all".into()];
    clerk.settings = Some(settings);
    clerk.facts = Facts::from_json(br#"{"os":"linux"}"#).unwrap();
    let outcome = clerk.call(&json!({"node": "web1"})).unwrap();
    assert_eq!(
        outcome.reply.unwrap(),
        json!({
            "told": {"node": "web1", "arguments": ["--all"], "country": "de", "os": "linux"},
            "error": "",
        })
    );
    let stderr = &outcome.trace.stderr.bytes;
    let stderr = String::from_utf8_lossy(stderr);
    assert!(stderr.contains("a stray line\n"), "{stderr}");
    assert!(stderr.contains("asked for web1\n"), "{stderr}");

    let failed = clerk.call(&json!({"node": "nobody"})).unwrap();
    assert_eq!(failed.trace.exit, Some(0));
    assert_eq!(failed.reply.unwrap()["error"], "nobody is there");
}

#[test]
fn a_stdin_without_an_end_is_a_failure_in_time() {
    let mut command = Command::new(built("clerk"));
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // Held until the program has ended.
    let stdin = child.stdin.take();
    let output = child.wait_with_output().unwrap();
    drop(stdin);
    let (stdout, _, code) = printed(&output);
    let reply: Value = serde_json::from_str(&stdout).unwrap();
    let error = reply["error"].as_str().unwrap();
    assert!(
        error.ends_with(": its request was still being read"),
        "{error}"
    );
    assert_eq!(code, Some(0));
}

#[test]
fn a_request_in_a_file_named_by_a_variable_is_answered_by_text_and_exit_code() {
    let courier = program("courier");
    assert_eq!(
        reply(&courier, &json!({"parcel": "a book"})),
        json!({"receipt": "got a book\nthanks", "is_delivered": true})
    );
    assert_eq!(
        reply(&courier, &json!({"parcel": "bomb"})),
        json!({"receipt": "not that one", "is_delivered": false})
    );
    let mut command = Command::new(built("courier"));
    command.env_clear().stdin(Stdio::null());
    assert_eq!(
        printed(&command.output().unwrap()),
        (
            "there is no request: COURIER_TASK is not set".into(),
            String::new(),
            Some(1)
        )
    );
    let (stdout, stderr, code) = printed(&command.arg("now").output().unwrap());
    assert_eq!(stdout, "");
    assert_eq!(
        stderr,
        "courier: expected no arguments, got \"now\"; see --help\n"
    );
    assert_eq!(code, Some(1));
}

#[test]
fn its_help_says_how_it_is_started() {
    for name in ["gauge", "clerk", "courier"] {
        let output = Command::new(built(name)).arg("--help").output().unwrap();
        assert_snapshot!(format!("help_of_{name}"), printed(&output).0);
    }
}
