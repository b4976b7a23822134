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
fn a_line_stays_below_what_ends_the_reader_of_a_server() {
    let ended = call("types", &json!({"numbers": ["x".repeat(200_000)]}));
    assert_eq!(ended.outcome().0, 4);
    let line = ended.stderr.lines().next().unwrap();
    assert!((50_000..65_000).contains(&line.len()), "{}", line.len());
    assert!(line.ends_with("bytes)"));
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
    assert!(took >= Duration::from_millis(200), "{took:?}");
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
