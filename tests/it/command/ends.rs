//! How the command ends: outputs that are closed or full, signals, files that are
//! removed.

use super::agents::{GOOD, parrot, reply};
use super::*;
#[cfg(target_os = "linux")]
use crate::programs::fifo;
use std::time::{Duration, Instant};

#[test]
fn outputs_that_are_closed_or_full_are_no_panic() {
    let folder = parrot(&format!("printf 'loud' >&2; {}", reply(GOOD)));
    let closed = || std::io::pipe().unwrap().1;
    for (arguments, wanted) in [
        (["run", "./parrot", "echo", "message=hi"], 0),
        (["run", "./parrot", "fly", "message=hi"], 1),
        (["run", "./parrot", "echo", "massage=hi"], 2),
        (["run", "./parrot", "echo", "message=hi --json"], 0),
    ] {
        let status = command(folder.path(), &arguments)
            .stdout(closed())
            .stderr(closed())
            .status()
            .unwrap();
        assert_eq!(status.code(), Some(wanted), "{arguments:?}");
    }
    for arguments in [vec!["protocols"], vec!["protocols", "--json"]] {
        let status = command(folder.path(), &arguments)
            .stdout(closed())
            .status()
            .unwrap();
        assert_eq!(status.code(), Some(0), "{arguments:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn an_output_that_is_full_is_told() {
    let folder = parrot(&reply(GOOD));
    for arguments in [
        vec!["run", "./parrot", "echo", "message=hi"],
        vec!["run", "./parrot", "echo", "message=hi", "--json"],
        vec!["protocols"],
        vec!["--help"],
    ] {
        let full = fs::File::options().write(true).open("/dev/full").unwrap();
        let output = command(folder.path(), &arguments)
            .stdout(full)
            .output()
            .unwrap();
        assert_eq!(
            seen(folder.path(), &output),
            "exit code 2\n--- stderr\nerror: could not write to standard output: No space left on device (os \
             error 28)\n"
        );
    }
}

/// All that lies in a folder.
fn names(folder: &Path) -> Vec<String> {
    let files = fs::read_dir(folder).unwrap();
    files
        .map(|file| file.unwrap().file_name().display().to_string())
        .collect()
}

#[cfg(target_os = "linux")]
#[test]
fn a_signal_ends_the_agent_and_removes_its_files() {
    let call = ["run", "./parrot", "echo", "message=hi"];
    let check = ["check", "./parrot", "--only", "C007"];
    for (signal, code, arguments) in [
        ("INT", 130, &call[..]),
        ("TERM", 143, &call),
        ("HUP", 129, &call),
        ("TERM", 143, &check),
        // Who is in a hurry leaves no more behind.
        ("INT INT", 130, &call),
    ] {
        // It tells by a FIFO that it runs: opening one waits for the other
        // side.
        let folder = parrot("echo $$ > \"$0.runs\"; exec sleep 600");
        let temp = TempDir::new().unwrap();
        let fifo = fifo(folder.path().join("parrot.runs"));
        let started = command(folder.path(), &[arguments, &["--timeout", "500"]].concat())
            .stdin(Stdio::null())
            .env("TMPDIR", temp.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let agent = fs::read_to_string(&fifo).unwrap();
        assert_eq!(names(temp.path()).len(), 3);
        let kill = |arguments: &[&str]| {
            let mut kill = Command::new("kill");
            kill.args(arguments)
                .stderr(Stdio::null())
                .status()
                .unwrap()
                .success()
        };
        for signal in signal.split(' ') {
            // The second may come too late.
            kill(&["-s", signal, &started.id().to_string()]);
        }
        let output = started.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        assert_eq!(names(temp.path()), [""; 0]);
        assert!(!kill(&["-0", agent.trim()]), "the agent still runs");
    }
}

/// Whether a process runs: one that has ended can have a number still.
#[cfg(target_os = "linux")]
fn runs(pid: &str) -> bool {
    let about = fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
    let state = about.rsplit_once(") ").map(|(_, rest)| rest);
    state.is_some_and(|state| !state.starts_with('Z'))
}

/// Nothing can be done by the command itself then.
#[cfg(target_os = "linux")]
#[test]
fn a_command_that_is_killed_leaves_no_process_and_no_file() {
    // Both are told, and one of them has gone to the system's first process.
    let folder = parrot(
        "sleep 600 & below=$!; (sleep 600 & echo $! > \"$0.orphan\")\n\
         echo \"$$ $below $(cat \"$0.orphan\")\" > \"$0.runs\"; wait",
    );
    let temp = TempDir::new().unwrap();
    let fifo = fifo(folder.path().join("parrot.runs"));
    let call = ["run", "./parrot", "echo", "message=hi", "--timeout", "500"];
    let mut started = command(folder.path(), &call)
        .stdin(Stdio::null())
        .env("TMPDIR", temp.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let processes = fs::read_to_string(&fifo).unwrap();
    let processes: Vec<&str> = processes.split_whitespace().collect();
    assert_eq!(processes.len(), 3);
    assert!(processes.iter().all(|pid| runs(pid)), "{processes:?}");
    // What takes no longer than a moment is not watched over.
    let pid = started.id();
    until("no watchdog", || {
        let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap();
        children.split_whitespace().any(|child| {
            let words = fs::read_to_string(format!("/proc/{child}/cmdline")).unwrap_or_default();
            words.ends_with("--watchdog\0")
        })
    });
    started.kill().unwrap();
    started.wait().unwrap();
    until("a process or a file is left", || {
        !processes.iter().any(|pid| runs(pid)) && names(temp.path()).is_empty()
    });
}

/// Waits until something is so, but not for ever.
#[cfg(target_os = "linux")]
fn until(otherwise: &str, is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_mins(1), "{otherwise}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_watchdog_that_nobody_has_started_says_so() {
    let folder = TempDir::new().unwrap();
    let output = run(folder.path(), &["--watchdog"]);
    assert_eq!(
        seen(folder.path(), &output),
        "exit code 2\n--- stderr\nerror: this is started by a supervisor only\n"
    );
}

#[test]
fn a_folder_in_the_place_of_a_file_is_removed_too() {
    let folder = parrot("rm \"$2\"; mkdir \"$2\"; echo > \"$2/file\"");
    let temp = TempDir::new().unwrap();
    let output = command(folder.path(), &["run", "./parrot", "echo", "message=hi"])
        .env("TMPDIR", temp.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert_eq!(names(temp.path()), [""; 0]);
}
