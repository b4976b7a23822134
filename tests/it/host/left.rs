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
                "the program left a process running; a server would leave it running, here it was ended: {}",
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

/// An agent in a shell, and its folder.
fn shell(action: &str) -> (Agent, TempDir) {
    let folder = TempDir::new().unwrap();
    let text = format!(
        "#!/bin/sh\ncase $CHORIA_EXTERNAL_PROTOCOL in\n*activation_request) echo '{{\"activate\":true}}' > \"$2\"; exit;;\n\
         esac\n{action}\necho '{{\"statuscode\":0,\"statusmsg\":\"OK\",\"data\":{{}}}}' > \"$2\"\n"
    );
    let path = script(folder.path(), "rec", &text, 0o755);
    (Agent::new(path, "rec"), folder)
}

/// The state of a process, such as `Z`, and its parent; `None` where it is gone.
fn state(pid: &str) -> Option<(String, u32)> {
    let about = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = about.rsplit_once(") ")?.1.split(' ');
    let state = fields.next()?.to_owned();
    Some((state, fields.next()?.parse().ok()?))
}

#[test]
fn one_without_the_environment_is_known_by_what_it_prints_into() {
    // It tells that it runs by a line, which is read before the program ends. A subshell
    // writes it: its own standard output must stay what it is.
    let (agent, folder) = shell(
        "mkfifo \"$0.runs\" \"$0.never\"\n\
         env -i PATH=\"$PATH\" FIFO=\"$0.runs\" NEVER=\"$0.never\" sh -c '(echo $$) > \"$FIFO\"; read never < \"$NEVER\"' 2> /dev/null &\n\
         read pid < \"$0.runs\"; echo $pid > \"$0.pid\"",
    );
    let outcome = agent.go();
    assert_eq!(outcome.trace.unwrap().left.len(), 1);
    let pid = fs::read_to_string(folder.path().join("rec.pid")).unwrap();
    assert!(
        state(pid.trim()).is_none_or(|(state, _)| state == "Z"),
        "it still runs"
    );
}

#[test]
fn what_has_ended_by_itself_is_no_zombie_of_this_process() {
    let (agent, folder) = shell(
        "env -i sh -c 'echo $$' >> \"$0.pids\" 2> /dev/null &\n(sh -c 'echo $$' >> \"$0.pids\") &",
    );
    for _ in 0..20 {
        agent.go();
    }
    let pids = folder.path().join("rec.pids");
    let pids = fs::read_to_string(pids).unwrap();
    assert!(pids.lines().count() > 1, "{pids}");
    for pid in pids.lines() {
        let parent = state(pid).map(|(_, parent)| parent);
        assert_ne!(parent, Some(std::process::id()), "{pid}");
    }
}

#[test]
fn supervisors_leave_each_others_processes_and_files_alone() {
    let (agent, folder) =
        shell("mkfifo \"$0.never\" \"$0.runs\"; echo $$ > \"$0.runs\"; read never < \"$0.never\"");
    let runs = folder.path().join("rec.runs");
    let other = Agent::misbehaving("", Some(GOOD));
    let ended = std::thread::scope(|scope| {
        let call = scope.spawn(|| {
            let mut program = agent.program.clone();
            program.limit = Duration::from_secs(500);
            program.call(&Call::new("go", &json!({})))
        });
        while !runs.exists() {
            std::thread::yield_now();
        }
        let pid = fs::read_to_string(&runs).unwrap();
        let environment = fs::read_to_string(format!("/proc/{}/environ", pid.trim())).unwrap();
        let mut variables = environment.split('\0');
        let reply = variables.find_map(|one| one.strip_prefix("CHORIA_EXTERNAL_REPLY="));
        let reply = Path::new(reply.unwrap());

        other.go();
        assert_eq!(other.program.supervisor.end_all(), []);
        other.program.supervisor.abandon();
        assert_ne!(state(pid.trim()).unwrap().0, "Z");
        assert!(reply.exists());

        agent.program.supervisor.abandon();
        assert!(state(pid.trim()).is_none_or(|(state, _)| state == "Z"));
        call.join().unwrap()
    });
    let outcome = ended.unwrap();
    let message = message(&outcome);
    assert!(
        message.ends_with("exit status -1") || message.contains("failed to read reply json"),
        "{message}"
    );
}
