//! Programs that reply wrongly, end wrongly, print too much or say no.

use super::*;

#[test]
fn programs_that_give_no_good_reply_get_the_servers() {
    let failed = |reason: &str| format!("Could not call external agent rec#go: {reason}");
    for (plan, reply, wanted) in [
        (
            "",
            None,
            "failed to decode reply json: unexpected end of JSON input",
        ),
        (
            "",
            Some(&GOOD[..20]),
            "failed to decode reply json: unexpected end of JSON input",
        ),
        (
            "exit=3",
            Some(GOOD),
            "executing misbehave failed: exit status 3",
        ),
    ] {
        let outcome = Agent::misbehaving(plan, reply).go();
        assert_eq!(message(&outcome), failed(wanted), "{plan}");
        assert_eq!(outcome.reply.unwrap().statuscode, 1);
    }
    let outcome = Agent::misbehaving("delete=1", Some(GOOD)).go();
    let message = message(&outcome);
    assert!(
        message.starts_with(&failed("failed to read reply json: open ")),
        "{message}"
    );
    assert!(
        message.ends_with(": no such file or directory"),
        "{message}"
    );
}

#[cfg(unix)]
#[test]
fn an_end_by_a_signal_is_exit_status_minus_one() {
    let outcome = Agent::misbehaving("abort=1", Some(GOOD)).go();
    assert_eq!(
        message(&outcome),
        "Could not call external agent rec#go: executing misbehave failed: exit status -1"
    );
    assert_eq!(
        outcome.lines(Level::Warn),
        ["the program was ended by signal 6"]
    );
}

#[test]
fn a_reply_that_was_renamed_into_place_counts() {
    let outcome = Agent::misbehaving("rename=1", Some(GOOD)).go();
    assert_eq!(outcome.reply.unwrap().data, json!({"value": "hi"}));
}

#[test]
fn a_program_that_takes_too_long_is_killed_and_the_caller_gets_nothing() {
    let mut agent = Agent::misbehaving("stdout=before\\n\nsleep=600", Some(GOOD));
    // On a busy machine it may be killed before it has printed: then it gets
    // more time.
    let outcome = (0..8)
        .map(|doubled| {
            agent.program.limit = Duration::from_secs(1 << doubled);
            agent.go()
        })
        .find(|outcome| !outcome.log.is_empty())
        .unwrap();
    assert!(outcome.activated);
    assert_eq!(outcome.reply, None);
    assert_eq!(
        outcome.reason.as_deref().unwrap(),
        format!(
            "the action took longer than {} s and was killed: the caller gets no reply at all",
            agent.program.limit.as_secs()
        )
    );
    assert_eq!(outcome.lines(Level::Info), ["before"]);
    assert!(
        (agent.program.limit..Duration::from_secs(500)).contains(&outcome.time),
        "{:?}",
        outcome.time
    );
}

#[test]
fn any_time_limit_can_be_waited_for() {
    let mut agent = Agent::misbehaving("", Some(GOOD));
    agent.program.limit = Duration::MAX;
    assert!(agent.go().reply.is_some());
}

#[test]
fn a_process_left_behind_is_not_waited_for() {
    let mut agent = Agent::misbehaving("", Some(GOOD));
    let hold = agent.folder.path().join("hold");
    fs::write(&hold, "").unwrap();
    let plan = format!("stdout=last words\ngrandchild={}", hold.display());
    fs::write(agent.program.config_file(), plan).unwrap();
    agent.program.limit = Duration::from_secs(50);
    let outcome = agent.go();
    assert!(hold.exists(), "nothing told the grandchild to end");
    assert_eq!(outcome.lines(Level::Info), ["last words"]);
    assert_eq!(outcome.reply.unwrap().data, json!({"value": "hi"}));
    assert!(outcome.time < Duration::from_secs(20));
}

#[test]
fn output_is_logged_by_lines() {
    let plan = "stdout=one\\n\\ntwo \\xff \\e[31m\nstderr=three\\n";
    let outcome = Agent::misbehaving(plan, Some(GOOD)).go();
    assert_eq!(
        outcome.lines(Level::Info),
        ["one", "", "two \u{fffd} \u{1b}[31m"]
    );
    assert_eq!(outcome.lines(Level::Error), ["three"]);
}

#[test]
fn a_line_too_long_ends_the_reading_of_that_output() {
    // Shorter than the pipe holds beyond it: the program still ends.
    let plan = "stderr_bytes=65536\nstdout=still read\\n\nstderr=lost\\n";
    let outcome = Agent::misbehaving(plan, Some(GOOD)).go();
    assert_eq!(outcome.lines(Level::Info), ["still read"]);
    assert_eq!(outcome.lines(Level::Error), [""; 0]);
    assert!(
        outcome.lines(Level::Warn)[0]
            .starts_with("a line on standard error has 65536 bytes or more")
    );
    assert!(outcome.reply.is_some());

    let outcome = Agent::misbehaving("stdout_bytes=65535", Some(GOOD)).go();
    assert_eq!(outcome.lines(Level::Info)[0].len(), 65_535);
}

#[test]
fn a_program_that_goes_on_after_a_line_too_long_blocks_until_it_is_killed() {
    let mut agent = Agent::misbehaving("stdout_bytes=1000000", Some(GOOD));
    // It never ends by itself, however slow its start.
    agent.program.limit = Duration::from_millis(500);
    let outcome = agent.go();
    assert!(outcome.activated && outcome.reply.is_none(), "{outcome:?}");
}

#[test]
fn large_replies_are_warned_of_and_larger_ones_are_lost() {
    let replied = |bytes: usize| Agent::misbehaving(&format!("gen={bytes}"), None).go();
    assert_eq!(replied(500_000).warnings, [""; 0]);
    let close =
        "is close to what a real network carries, 785,600 bytes, and beyond it with a federation";
    for bytes in [600_000, 785_600 - 67] {
        let outcome = replied(bytes);
        outcome.assert_ok();
        let wanted = format!("the reply of {} bytes {close}", bytes + 67);
        assert_eq!(outcome.warnings, [wanted]);
    }
    for bytes in [786_000 - 67, 900_000] {
        let outcome = replied(bytes);
        outcome.assert_no_reply(&format!(
            "the reply of {} bytes is lost on a real network, which carries 785,600 bytes: the caller gets no reply at \
             all; reply with less, or in parts",
            bytes + 67
        ));
        assert_eq!(outcome.warnings, [""; 0]);
        assert!(!outcome.time.is_zero());
        let meant = outcome.intended.unwrap();
        assert_eq!(meant.reply, outcome.trace.unwrap().reply());
        assert_eq!(
            meant.differences,
            ["there is a complete reply, but the caller gets nothing"]
        );
    }
}

#[test]
fn a_request_that_no_network_carries_starts_nothing() {
    let agent = Agent::recorder();
    let call = |bytes: usize| {
        let call = Call::new("go", &json!({"s": "x".repeat(bytes)}));
        agent.program.call_active(&call).unwrap()
    };
    let outcome = call(700_000);
    outcome.assert_ok();
    assert!(outcome.warnings[0].contains("is close to"), "{outcome:?}");
    fs::remove_file(agent.folder.path().join("action.json")).unwrap();
    let outcome = call(900_000);
    outcome.assert_no_reply("the request of 900");
    outcome.assert_no_reply(
        " bytes is lost on a real network, which carries 785,600 bytes: the caller gets no reply at all; the agent was \
         not started",
    );
    assert_eq!(agent.record("action.json"), None);
    assert_eq!((outcome.trace, outcome.intended), (None, None));
}

#[test]
fn an_agent_that_does_not_say_yes_is_not_called() {
    for (reply, reason) in [
        (
            r#"{"activate":false}"#,
            "its reply to the activation request does not have activate set to true",
        ),
        (
            "{}",
            "its reply to the activation request does not have activate set to true",
        ),
        (
            r#"{"activate":null}"#,
            "its reply to the activation request does not have activate set to true",
        ),
        (
            r#"{"activate":"true"}"#,
            "{not activating}failed to decode reply json: json: cannot unmarshal string into Go struct field \
             ActivationReply.activate of type bool",
        ),
        (
            "[]",
            "{not activating}failed to decode reply json: json: cannot unmarshal array into Go value of type \
             external.ActivationReply",
        ),
        (
            "yes",
            "{not activating}failed to decode reply json: invalid character 'y' looking for beginning of value",
        ),
    ] {
        let outcome = Agent::misbehaving(&format!("inactive={reply}"), Some(GOOD)).go();
        assert!(!outcome.activated && outcome.reply.is_none());
        assert_eq!(
            outcome.reason.unwrap(),
            not_activating(MISBEHAVE, reason),
            "{reply}"
        );
    }
    let outcome = Agent::misbehaving(r#"inactive={"ACTIVATE":true}"#, Some(GOOD)).go();
    assert!(outcome.activated);
}
