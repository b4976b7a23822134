//! How the command ends: outputs that are closed or full, signals, files that are
//! removed.

use super::agents::{GOOD, parrot, reply};
use super::*;
#[cfg(target_os = "linux")]
use crate::programs::fifo;

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
