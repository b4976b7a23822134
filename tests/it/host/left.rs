//! What programs leave running is ended.
#![cfg(target_os = "linux")]

use super::*;

/// An agent that leaves a process of this kind, and the file that it waits for
/// to be removed.
fn leaving(kind: &str) -> (Agent, PathBuf) {
    let agent = Agent::misbehaving("", Some(GOOD));
    let hold = agent.folder.path().join("hold");
    fs::write(&hold, "").unwrap();
    fs::write(
        agent.program.config_file(),
        format!("{kind}={}", hold.display()),
    )
    .unwrap();
    (agent, hold)
}

/// Processes whose command line has this file. One that is ending can have a
/// number still.
fn holders(hold: &Path) -> Vec<u32> {
    let processes = fs::read_dir("/proc").unwrap();
    let pids = processes.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let holds = |pid: &u32| {
        let words = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let words = String::from_utf8_lossy(&words);
        words.contains("hold\0") && words.contains(hold.to_str().unwrap())
    };
    pids.filter(holds).collect()
}

#[test]
fn children_and_daemons_are_ended_and_told() {
    for kind in ["grandchild", "daemon"] {
        let (agent, hold) = leaving(kind);
        // On a busy machine it may be ended just when it becomes the other program,
        // and has no command line.
        let outcome = (0..50).find_map(|_| {
            let outcome = agent.go();
            assert!(hold.exists(), "nothing told it to end");
            assert_eq!(holders(&hold), [0; 0], "{kind}");
            let left = &outcome.trace.as_ref().unwrap().left;
            let [left] = &left[..] else {
                panic!("{kind}: {left:?}");
            };
            (!left.command.starts_with('[')).then_some(outcome)
        });
        let outcome = outcome.unwrap();
        let left = &outcome.trace.as_ref().unwrap().left[0];
        let command = format!("{MISBEHAVE} hold {}", hold.display());
        assert_eq!(left.command, command);
        assert_eq!(
            outcome.lines(Level::Warn),
            [format!(
                "the program left a process running; under a server it lives on, here it was ended: {}",
                left.command
            )]
        );
        assert_eq!(outcome.reply.unwrap().data, json!({"value": "hi"}));
    }
}

#[test]
fn a_program_that_is_killed_leaves_nothing() {
    let (mut agent, hold) = leaving("daemon");
    let plan = fs::read_to_string(agent.program.config_file()).unwrap();
    fs::write(agent.program.config_file(), plan + "\nsleep=600").unwrap();
    // On a busy machine it may be killed before it has started the other one.
    let told = (0..8).find_map(|doubled| {
        agent.program.limit = Duration::from_millis(500 << doubled);
        let outcome = agent.go();
        assert_eq!(outcome.reply, None);
        let left = outcome.trace.unwrap().left;
        (!left.is_empty()).then_some(left)
    });
    assert_eq!(told.unwrap().len(), 1);
    assert_eq!(holders(&hold), [0; 0]);
}

#[test]
fn what_other_parts_of_the_process_started_is_left_alone() {
    let mut other = std::process::Command::new("sh");
    let other = other
        .args(["-c", "read line"])
        .stdin(std::process::Stdio::piped());
    let mut other = other.spawn().unwrap();
    let (agent, _hold) = leaving("daemon");
    assert_eq!(agent.go().trace.unwrap().left.len(), 1);
    assert!(other.try_wait().unwrap().is_none(), "it still reads");
    drop(other.stdin.take());
    other.wait().unwrap();
}
