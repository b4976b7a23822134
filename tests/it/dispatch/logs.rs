//! The log: where it goes, and that it costs no reply.

use super::*;

/// Runs a program whose stdout and stderr cannot be written, or block.
fn with_output(start: Start, stdout: Stdio, stderr: Stdio) -> Value {
    let mut start = start;
    let status = start
        .command
        .stdout(stdout)
        .stderr(stderr)
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(0));
    serde_json::from_str(&fs::read_to_string(start.path("reply")).unwrap()).unwrap()
}

fn call_noisy(action: &str, data: &Value, config: &str) -> Ended {
    Start::call("noisy", action, data).config(config).run()
}

fn full() -> Stdio {
    fs::File::options()
        .write(true)
        .open("/dev/full")
        .unwrap()
        .into()
}

/// A pipe that nobody reads.
fn closed() -> Stdio {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    writer.into()
}

#[test]
fn a_log_that_cannot_be_written_costs_no_reply() {
    for (action, code) in [("log", 0), ("code", 77), ("nope", 2)] {
        let start = || Start::call("specimen", action, &json!({}));
        assert_eq!(with_output(start(), full(), full())["statuscode"], code);
        assert_eq!(with_output(start(), closed(), closed())["statuscode"], code);
    }
    let start = Start::call("parrot", "panic", &json!({}));
    assert_eq!(with_output(start, closed(), closed())["statuscode"], 5);
}

#[test]
fn a_long_line_is_several_below_what_ends_the_reader_of_a_server() {
    let text = "x".repeat(200_000);
    let ended = call_noisy("fail", &json!({"text": text, "times": 0}), "");
    assert_eq!(ended.outcome(), (1, text.clone()));
    let mut told = String::new();
    for (index, line) in ended.stderr.lines().enumerate() {
        assert!(line.len() < 61_440, "{}", line.len());
        let mark = format!("ERROR (part {} of 4) ", index + 1);
        told += line.strip_prefix(&mark).unwrap();
    }
    assert_eq!(told, format!("choria_external: code 1: {text}"));
}

#[test]
fn a_run_logs_so_much_and_says_what_it_left_out() {
    let many = json!({"text": "x".repeat(50_000), "times": 30});
    let ended = call_noisy("say", &many, "");
    let logged = ended.stdout.len() + ended.stderr.len();
    assert!((1_000_000..1_049_000).contains(&logged), "{logged}");
    assert_snapshot!(ended.stderr, @" WARN choria_external: 12 lines with 600098 bytes were left out: a run logs at most 1048576 bytes, the setting log_limit changes that");

    let many = json!({"text": "the reason", "times": 3000});
    let ended = call_noisy("fail", &many, "log_limit = 100\nlog_level = error");
    let lines: Vec<&str> = ended.stderr.lines().collect();
    assert_snapshot!(lines[lines.len() - 3..].join("\n"), @r"
    ERROR noisy: another error
    ERROR choria_external: code 1: the reason
     WARN choria_external: 570 lines with 11400 bytes were left out: a run logs at most 100 bytes, the setting log_limit changes that
    ");
}

/// Here the library's own thread ends the program.
#[cfg(unix)]
#[test]
fn who_leaves_is_told_what_was_left_out_too() {
    let many = json!({"text": "much", "times": 3000});
    let ended = call_noisy("leave", &many, "log_limit = 100");
    assert_eq!(ended.outcome().0, 5);
    assert_snapshot!(ended.stderr, @r"
    ERROR choria_external: code 5: action 'leave' ended the program instead of giving an answer
     WARN choria_external: 2995 lines with 32945 bytes were left out: a run logs at most 100 bytes, the setting log_limit changes that
    ");
}

#[test]
fn a_pipe_is_told_what_was_left_out_too() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("noisy.cfg");
    fs::write(&config, "log_limit = 100").unwrap();
    let mut child = Command::new(built("noisy"))
        .env_clear()
        .env("CHORIA_EXTERNAL_CONFIG", config)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let request = request("noisy", "say", &json!({"text": "nothing much", "times": 3}));
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(request.to_string().as_bytes()).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "{\"statuscode\":0,\"statusmsg\":\"OK\",\"data\":{}}\n"
    );
    assert_snapshot!(String::from_utf8_lossy(&output.stderr), @r"
    INFO noisy: nothing much
    INFO noisy: nothing much
    INFO noisy: nothing much
    WARN choria_external: 1 line with 52 bytes was left out: a run logs at most 100 bytes, the setting log_limit changes that
    ");
}

#[test]
fn a_limit_that_is_no_number_is_told() {
    let ended = call_noisy("say", &json!({"text": "hi"}), "log_limit = 1 MiB");
    assert_snapshot!(ended.stderr, @r#"
    WARN choria_external: log_limit = 1 MiB: expected a whole number of bytes; using 1048576
    WARN noisy: fields shown=hi text="hi"
    "#);
}

#[test]
fn no_text_looks_like_a_line_of_its_own() {
    let forged = "x\nERROR choria_external: forged\r\u{1b}[2K\u{2028}";
    let ended = call_noisy("say", &json!({"text": forged}), "");
    assert_snapshot!(ended.stdout + &ended.stderr, @r#"
    INFO noisy: x\nERROR choria_external: forged\r\u{1b}[2K\u{2028}
    WARN noisy: fields shown=x\nERROR choria_external: forged\r\u{1b}[2K\u{2028} text="x\nERROR choria_external: forged\r\u{1b}[2K\u{2028}"
    "#);
    let ended = call_noisy("fail", &json!({"text": forged, "times": 0}), "");
    assert_snapshot!(ended.stderr, @r"ERROR choria_external: code 1: x\nERROR choria_external: forged\r\u{1b}[2K\u{2028}");
    let ended = call_noisy("print", &json!({"how": "panic"}), "");
    let lines: Vec<&str> = ended.stderr.lines().collect();
    assert!(lines[0].ends_with(": printed\\nand panicked"), "{lines:?}");
    assert_snapshot!(lines[1..].join("\n"), @r"ERROR choria_external: code 5: action 'print' panicked: printed\nand panicked");
}

#[test]
fn spans_of_functions_and_threads_are_logged_with_their_lines() {
    let ended = call_noisy("spans", &json!({}), "");
    let mut lines: Vec<&str> = ended.stdout.lines().collect();
    // Threads take turns as they like.
    lines[2..6].sort_unstable();
    assert_snapshot!(lines.join("\n"), @r#"
    INFO spans{caller="choria=rip.mcollective"}: noisy: shown
    INFO spans{caller="choria=rip.mcollective"}: noisy: begin value=chatty
    INFO spans{caller="choria=rip.mcollective"}:work{number=0}: noisy: at work
    INFO spans{caller="choria=rip.mcollective"}:work{number=1}: noisy: at work
    INFO spans{caller="choria=rip.mcollective"}:work{number=2}: noisy: at work
    INFO spans{caller="choria=rip.mcollective"}:work{number=3}: noisy: at work
    INFO spans{caller="choria=rip.mcollective"}: noisy: end
    "#);
}

/// The lines that Choria's way to read them gets. It closes the pipes as soon as
/// the program has ended.
#[test]
fn a_server_loses_no_line() {
    let program = std::env::var_os("CHORIA_TEST_VERDICTS")
        .expect("CHORIA_TEST_VERDICTS is not set: run tests/run, which builds tests/go/verdicts");
    let start = Start::call("specimen", "log", &json!({}));
    let output = Command::new(program)
        .args(["lines", "300", "4", "3", "60"])
        .arg(built("specimen"))
        .args([start.path("request"), start.path("specimen")])
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    let counted: Value = serde_json::from_slice(&output.stdout).unwrap();
    let (runs, lost) = (&counted["runs"], &counted["lines_lost"]);
    assert_eq!((runs, lost), (&json!(300), &json!(0)), "{counted}");
    assert_eq!(counted["lines_wanted"], 900);
    assert_eq!(counted["replies"], 300);
}

#[test]
fn the_end_waits_for_a_reader_of_the_log() {
    let run = |action: &str| {
        let mut start = Start::call("specimen", action, &json!({}));
        let began = Instant::now();
        let mut child = start
            .command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.wait().unwrap();
        (began.elapsed(), child.wait_with_output().unwrap())
    };
    // Nobody has read by then: what was printed is still in the pipe.
    let (took, output) = run("log");
    assert!(took >= Duration::from_secs(1), "{took:?}");
    assert_eq!(output.stderr.split(|byte| *byte == b'\n').count(), 3);
    // Nothing was printed: there is nothing to wait for.
    let quickest = (0..10).map(|_| run("call").0).min().unwrap();
    assert!(quickest < took, "{quickest:?}");
}

#[test]
fn spans_are_logged_with_their_lines() {
    let ended = call("span", &json!({}));
    assert_snapshot!(ended.stdout, @" INFO outer{depth=1}: specimen: inside, current outer");
}
