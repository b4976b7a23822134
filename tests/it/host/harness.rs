//! The harness as tests of an agent use it.

use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::*;
use choria_external_host::discovery::DiscoveryOutcome;
use choria_external_host::recording::Recording;
use choria_external_host::{Harness, Source};
use choria_external_protocol::{Filter, StatusCode};

fn harness(agent: &Agent) -> Harness {
    Harness::of(agent.program.clone()).unwrap()
}

/// What a failed assertion says.
fn panics(check: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(check)).unwrap_err();
    payload.downcast_ref::<String>().unwrap().clone()
}

#[test]
fn settings_facts_and_caller_reach_the_agent() {
    let agent = Agent::recorder();
    let first = harness(&agent)
        .config("colour", "green")
        .unwrap()
        .facts(&json!({"role": "db"}))
        .unwrap()
        .caller("choria=alice.mcollective");
    let second = first.clone().config("size", "10 = ten").unwrap();
    for (harness, settings) in [
        (&first, "colour = green\n"),
        (&second, "colour = green\nsize = 10 = ten\n"),
    ] {
        let outcome = harness.call("go", &json!({"s": "x"})).unwrap();
        outcome.assert_ok().assert_clean();
        let trace = outcome.trace.unwrap();
        assert_eq!(trace.file("facts").unwrap().content, br#"{"role":"db"}"#);
        let request: Value = serde_json::from_slice(trace.request()).unwrap();
        assert_eq!(request["callerid"], "choria=alice.mcollective");
        let config = trace
            .environment
            .iter()
            .find(|(name, _)| *name == "CHORIA_EXTERNAL_CONFIG");
        let config = PathBuf::from(&config.unwrap().1);
        assert!(!config.exists(), "as with Puppet, the file has an ending");
        assert_eq!(
            fs::read_to_string(config.with_extension("cfg")).unwrap(),
            settings
        );
        // Settings can be secret.
        for (path, allowed) in [
            (config.with_extension("cfg"), 0o600),
            (config.parent().unwrap().parent().unwrap().into(), 0o700),
        ] {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode & !allowed, 0, "{}: {mode:03o}", path.display());
        }
    }
}

#[test]
fn settings_that_no_file_can_hold_are_refused() {
    let agent = Agent::recorder();
    let refused = |name: &str, value: &str| {
        let error = harness(&agent).config(name, value).unwrap_err();
        assert!(matches!(error, HostError::Setting(_)), "{error}");
        error.to_string()
    };
    insta::assert_snapshot!(refused("a=b", "c"), @r#"a settings file cannot hold the setting "a=b" with its value: a name has no =, no leading # and no spaces around it; a value is not empty and has no spaces around it; neither has line breaks"#);
    for (name, value) in [
        ("", "x"),
        ("#a", "x"),
        (" a", "x"),
        ("a", ""),
        ("a", " x"),
        ("a", "x\ny"),
    ] {
        refused(name, value);
    }
    insta::assert_snapshot!(harness(&agent).facts(&json!([1])).unwrap_err(), @"the facts are a list of 1, expected a JSON object");
}

#[test]
fn assertions_that_fail_show_what_came_of_the_call() {
    let plan = "stdout=working\\n\nexit=3";
    let failed = Agent::misbehaving(plan, Some(GOOD)).go();
    insta::assert_snapshot!(panics(|| { failed.assert_ok(); }), @r#"
    the status is 1, expected 0
    reply: status 1, "Could not call external agent rec#go: executing misbehave failed: exit status 3", data {}
    the agent meant something else: there is a complete reply, but the server ignores it because the program did not end with exit status 0: report failures by statuscode and statusmsg, and end with 0
    log: INFO  working
    "#);
    let well = Agent::misbehaving("", Some(GOOD)).go();
    well.assert_ok()
        .assert_data(&json!({"value": "hi"}))
        .assert_data_has(&json!({}))
        .assert_clean();
    failed
        .assert_fails(StatusCode::ABORTED, "exit status 3")
        .assert_logged(Level::Info, "work");
    let none = Agent::misbehaving("place=fifo", Some(GOOD)).go();
    none.assert_no_reply("a FIFO");
    let firsts = [
        panics(|| {
            well.assert_data(&json!({"value": "ho", "n": 1}));
        }),
        panics(|| {
            well.assert_data_has(&json!({"n": [1]}));
        }),
        panics(|| {
            well.assert_fails(StatusCode::MISSING_DATA, "");
        }),
        panics(|| {
            failed.assert_fails(StatusCode::ABORTED, "exit status 4");
        }),
        panics(|| {
            failed.assert_clean();
        }),
        panics(|| {
            well.assert_no_reply("");
        }),
        panics(|| {
            none.assert_no_reply("a folder");
        }),
        panics(|| {
            none.assert_ok();
        }),
        panics(|| {
            none.assert_data(&json!({}));
        }),
        panics(|| {
            well.assert_logged(Level::Error, "x");
        }),
    ];
    let firsts: Vec<&str> = firsts
        .iter()
        .map(|text| text.lines().next().unwrap())
        .collect();
    insta::assert_snapshot!(firsts.join("\n"), @r#"
    the data is not as expected: $.n is missing, expected 1; $.value is "hi", expected "ho"
    the data is not as expected: $.n is missing, expected a list of 1
    the status is 0, expected 3
    the message is "Could not call external agent rec#go: executing misbehave failed: exit status 3", expected one with "exit status 4"
    there is a complete reply, but the server ignores it because the program did not end with exit status 0: report failures by statuscode and statusmsg, and end with 0
    the caller gets a reply, expected none
    the reason is "its reply was replaced by a FIFO: a server would hang or fail to read it; write a regular file there", expected one with "a folder"
    the caller gets no reply, expected one with status 0
    the caller gets no reply, and so no data
    no ERROR line of the log has "x"
    "#);
}

#[test]
fn trouble_of_this_machine_is_no_outcome() {
    let error = HostError::Shortage {
        what: "start the program",
        error: std::io::Error::from_raw_os_error(24),
    };
    let source = std::error::Error::source(&error).unwrap();
    assert_eq!(source.to_string(), "Too many open files (os error 24)");
    insta::assert_snapshot!(error, @"could not start the program: Too many open files (os error 24); that is a problem of this machine, not of the program: make fewer calls at a time, or raise the limit with ulimit");
}

#[test]
fn a_recording_brings_its_own_settings() {
    let agent = Agent::recorder();
    let plain = harness(&agent)
        .no_config()
        .record("go", &json!({}))
        .unwrap();
    let set = harness(&agent).config("a", "1").unwrap();
    assert_eq!(set.replay(&plain).unwrap(), [""; 0]);
    let config = |harness: &Harness| harness.program().config.clone().unwrap();
    assert!(config(&set).with_extension("cfg").exists());
}

#[test]
fn many_calls_at_a_time_lose_nothing() {
    let agent = Agent::misbehaving("stdout=a line\\n", Some(GOOD));
    let calls = vec![("go", json!({"s": "x"})); 60];
    let outcomes = harness(&agent)
        .call_many(&calls, NonZeroUsize::new(8).unwrap())
        .unwrap();
    assert_eq!(outcomes.len(), 60);
    for outcome in outcomes {
        outcome
            .assert_ok()
            .assert_data(&json!({"value": "hi"}))
            .assert_clean();
        assert_eq!(outcome.lines(Level::Info), ["a line"]);
    }
}

#[test]
fn calls_can_be_recorded_and_played_again() {
    let agent = Agent::misbehaving("delete=1\nstdout=ready\\n", Some(GOOD));
    let recorder = harness(&agent).facts(&json!({"role": "db"})).unwrap();
    let recording = recorder.record("go", &json!({"s": "x"})).unwrap();
    insta::assert_snapshot!(serde_json::to_string_pretty(&recording).unwrap(), @r#"
    {
      "agent": "rec",
      "action": "go",
      "data": {
        "s": "x"
      },
      "facts": {
        "role": "db"
      },
      "reply": {
        "statuscode": 1,
        "statusmsg": "Could not call external agent rec#go: failed to read reply json: open {reply}: no such file or directory",
        "data": {}
      },
      "log": [
        {
          "level": "INFO",
          "line": "ready"
        }
      ]
    }
    "#);
    let file = agent.folder.path().join("recording.json");
    recording.save(&file).unwrap();
    let read = Recording::load(&file).unwrap();
    assert_eq!(read, recording);
    // Other facts are the recording's business, not the harness's.
    assert_eq!(harness(&agent).replay(&read).unwrap(), [""; 0]);

    fs::write(agent.program.config_file(), "stdout=steady\\n").unwrap();
    insta::assert_snapshot!(harness(&agent).replay(&read).unwrap().join("\n"), @r#"
    $.log[0].line is "steady", expected "ready"
    $.reply.data.value is "hi", expected no such key
    $.reply.statuscode is 0, expected 1
    $.reply.statusmsg is "OK", expected "Could not call external agent rec#go: failed to read reply json: open {reply}: ... (106 bytes)
    "#);

    fs::write(&file, "{}").unwrap();
    let error = Recording::load(&file).unwrap_err().to_string();
    let error = error.replace(file.to_str().unwrap(), "{file}");
    insta::assert_snapshot!(error, @"{file} is not a recording of a call: missing field `agent` at line 1 column 2; record the call again");
}

/// A source in POSIX shell.
#[cfg(unix)]
fn source(reply: &str) -> DiscoveryOutcome {
    let folder = TempDir::new().unwrap();
    let text = format!("#!/bin/sh\necho '{reply}' > \"$2\"\necho looking\n");
    let program = script(folder.path(), "source", &text, 0o755);
    let source = Source::from_command(program.to_str().unwrap());
    source.discover(&Filter::default()).unwrap()
}

#[cfg(unix)]
#[test]
fn discoveries_have_assertions_too() {
    let found =
        source(r#"{"protocol":"io.choria.choria.discovery.v1.external_reply","nodes":["a","b"]}"#);
    found.assert_nodes(&["b", "a"]);
    insta::assert_snapshot!(panics(|| { found.assert_nodes(&["a", "c"]); }), @r"
    found 2 nodes, expected 2; missing: c; unexpected: b
    log: INFO  looking
    ");
    insta::assert_snapshot!(panics(|| { found.assert_fails("x"); }), @r#"found 2 nodes, expected a failure with "x""#);
    let failed =
        source(r#"{"protocol":"io.choria.choria.discovery.v1.external_reply","error":"no disk"}"#);
    failed.assert_fails("no disk");
    insta::assert_snapshot!(panics(|| { failed.assert_nodes(&[]); }), @r"
    the discovery failed: no disk
    log: INFO  looking
    ");
}
