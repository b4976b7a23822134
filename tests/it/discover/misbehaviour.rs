//! Sources that reply wrongly, end wrongly, print too much, or never end.

use choria_external_host::discovery::DiscoveryErrorKind;

use super::*;

const REPLY: &str = r#""protocol":"io.choria.choria.discovery.v1.external_reply""#;

fn ask(place: &Place, arguments: &str) -> DiscoveryOutcome {
    place.host(arguments).discover(&Filter::default()).unwrap()
}

fn reason(place: &Place, arguments: &str) -> String {
    ask(place, arguments).nodes.unwrap_err().to_string()
}

#[test]
fn a_failure_is_told_in_the_clients_words() {
    let place = Place::new();
    assert_eq!(
        reason(&place, "exit=3"),
        "executing source failed: exit status 3"
    );
    let removed = reason(&place, "delete");
    assert!(
        removed.starts_with("failed to read reply json: open ")
            && removed.ends_with(": no such file or directory"),
        "{removed}"
    );
    for (reply, wanted) in [
        (
            String::new(),
            "failed to decode reply json: unexpected end of JSON input",
        ),
        (
            format!(r#"{{{REPLY},"nodes":["a""#),
            "failed to decode reply json: unexpected end of JSON input",
        ),
        (
            format!(r#"{{{REPLY},"nodes":"a"}}"#),
            "failed to decode reply json: json: cannot unmarshal string into Go struct field Response.nodes of type \
             []string",
        ),
        (
            format!(r#"{{{REPLY},"nodes":["a"],"error":"no inventory"}}"#),
            "no inventory",
        ),
    ] {
        place.reply(&reply);
        assert_eq!(reason(&place, ""), wanted, "{reply}");
    }
    // The exit code comes before all of them.
    assert_eq!(
        reason(&place, "exit=1"),
        "executing source failed: exit status 1"
    );
}

#[test]
fn an_end_by_a_signal_is_exit_status_minus_one() {
    let found = ask(&Place::new(), "abort");
    assert_eq!(
        found.nodes.unwrap_err().to_string(),
        "executing source failed: exit status -1"
    );
    assert_eq!(found.log[0].line, "the program was ended by signal 6");
}

#[test]
fn a_source_that_never_ends_is_killed() {
    let place = Place::new();
    let mut source = place.host("block");
    source.timeout = Duration::ZERO;
    let found = source.discover(&Filter::default()).unwrap();
    let error = found.nodes.unwrap_err();
    assert_eq!(error.to_string(), "executing source failed: exit status -1");
    assert_eq!(error.kind(), DiscoveryErrorKind::TimedOut);
    assert_eq!(
        found.warnings,
        [
            "Forcing discovery timeout to minimum 1 second",
            "the source took longer than 1 s and was killed"
        ]
    );
    assert_eq!(place.request()["timeout"], 1);
    no_file_is_left(&place.record().unwrap());
}

#[test]
fn what_lies_in_the_place_of_the_reply_does_not_hang_the_harness() {
    let reason = reason(&Place::new(), "fifo");
    assert!(
        reason.starts_with("its reply was replaced by a FIFO"),
        "{reason}"
    );
}

#[test]
fn a_million_nodes_are_read_and_printed() {
    let place = Place::new();
    let output = place.command("nodes=1000000").args(PATIENT).output();
    let (exit, stdout, stderr) = ended(&output.unwrap());
    assert_eq!((exit, &*stderr), (0, ""));
    assert_eq!(stdout.lines().count(), 1_000_000);
    assert!(stdout.ends_with("\nnode999999\n"));
}

#[test]
fn a_huge_error_is_told_whole() {
    let place = Place::new();
    let output = place.command("error=10000000").args(PATIENT).output();
    let (exit, stdout, stderr) = ended(&output.unwrap());
    assert_eq!((exit, &*stdout), (1, ""));
    assert_eq!(stderr.len(), "could not run: \n".len() + 10_000_000);
}

#[test]
fn floods_of_output_are_bounded() {
    let place = Place::new();
    let source = place.host("lines=20000");
    let found = source.discover(&Filter::default()).unwrap();
    assert_eq!(found.nodes.unwrap(), ["localhost"]);
    assert_eq!(found.log.len(), 10_001);
    assert_eq!(found.log.last().unwrap().line, "10000 more lines not kept");
    // After such a line Choria reads no further, and the source blocks.
    let mut source = place.host("bytes=300000");
    source.timeout = Duration::from_secs(1);
    let found = source.discover(&Filter::default()).unwrap();
    assert_eq!(
        found.nodes.unwrap_err().to_string(),
        "executing source failed: exit status -1"
    );
    assert!(found.log[0].line.contains("65536 bytes or more"));
}

#[test]
fn a_filter_of_ten_megabytes_goes_through() {
    let place = Place::new();
    let filter = Filter {
        identity: (0..100_000).map(|at| format!("{at:099}")).collect(),
        ..Filter::default()
    };
    let source = place.host("");
    let found = source.discover(&filter).unwrap();
    assert_eq!(found.nodes.unwrap(), ["localhost"]);
    assert!(place.record().unwrap()["request"].as_str().unwrap().len() > 10_000_000);
    assert_eq!(
        place.request()["filter"]["identity"],
        json!(filter.identity)
    );
}

#[test]
fn the_option_command_takes_the_place_of_the_setting_and_is_not_sent() {
    let place = Place::new();
    let mut source = Source::from_command("/no/such/source");
    source
        .options
        .insert("command".into(), place.host("'a b' \"c\\d\" # x").command);
    source.options.insert("key".into(), "value".into());
    assert!(source.discover(&Filter::default()).unwrap().nodes.is_ok());
    assert_eq!(place.request()["options"], json!({"key": "value"}));
    let record = place.record().unwrap();
    assert_eq!(record["argv"][1], "a b");
    assert_eq!(record["argv"][2], "cd");

    // An empty one is a text as any other.
    let mut source = place.host("");
    source.options.insert("command".into(), String::new());
    assert!(source.discover(&Filter::default()).unwrap().nodes.is_ok());
    assert_eq!(place.request()["options"], json!({"command": ""}));
}

#[test]
fn commands_without_a_program_are_told() {
    let failed = |command: &str| {
        let found = Source::from_command(command).discover(&Filter::default());
        found.map(|found| {
            let error = found.nodes.unwrap_err();
            assert_eq!(error.kind(), DiscoveryErrorKind::Command);
            error.to_string()
        })
    };
    assert_eq!(
        failed("").unwrap(),
        "no command specified for external discovery"
    );
    assert_eq!(
        failed("a 'b").unwrap(),
        "EOF found when expecting closing quote"
    );
    for nothing in [" ", "# a comment", "''"] {
        let error = failed(nothing).unwrap_err();
        assert!(matches!(error, HostError::NoCommand), "{error}");
    }
}

#[test]
fn a_name_alone_is_looked_up_in_the_search_path() {
    let folder = tempfile::tempdir().unwrap();
    let text = format!("#!/bin/sh\nprintf '%s' '{{{REPLY},\"nodes\":[\"'$0'\"]}}' > \"$2\"\n");
    let script = crate::host::script(folder.path(), "my_source", &text, 0o755);
    let path = std::env::var("PATH").unwrap();
    let output = discover(folder.path(), &["my_source"])
        .args(PATIENT)
        .env("PATH", format!("{}:{path}", folder.path().display()))
        .output();
    let found = format!("{}\n", script.display());
    assert_eq!(ended(&output.unwrap()), (0, found, String::new()));
    let output = discover(folder.path(), &["my_source"]).output();
    assert_eq!(
        ended(&output.unwrap()).2,
        "could not run: executing my_source failed: exec: \"my_source\": executable file not found in $PATH\n\
         Log:\n  WARN  a name without a / is looked up in PATH; for a file in this folder give ./my_source\n"
    );
}

#[test]
fn a_discovery_can_be_cancelled() {
    let place = Place::new();
    let source = place.host("block");
    let cancel: CancelToken = source.supervisor.cancel.clone();
    let found = std::thread::scope(|scope| {
        let found = scope.spawn(|| source.discover(&Filter::default()));
        while place.record().is_none() {
            std::thread::yield_now();
        }
        cancel.cancel();
        found.join().unwrap()
    });
    assert!(matches!(found, Err(HostError::Cancelled)), "{found:?}");
    no_file_is_left(&place.record().unwrap());
}

/// A shell's number for each.
#[cfg(target_os = "linux")]
#[test]
fn a_signal_ends_the_source_and_removes_its_files() {
    for (signal, code) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        let place = Place::new();
        let mut started = place
            .command("block")
            .args(PATIENT)
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        while place.record().is_none() {
            std::thread::yield_now();
        }
        let record = place.record().unwrap();
        let kill = |arguments: &[&str]| {
            let mut kill = Command::new("kill");
            let kill = kill.args(arguments).stderr(Stdio::null());
            kill.status().unwrap().success()
        };
        assert!(kill(&["-s", signal, &started.id().to_string()]));
        assert_eq!(started.wait().unwrap().code(), Some(code));
        let source = record["process"].to_string();
        assert!(!kill(&["-0", &source]), "the source still runs");
        no_file_is_left(&record);
    }
}
