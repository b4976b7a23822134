//! What an action takes from its own process costs no reply.
#![cfg(target_os = "linux")]

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::*;
use crate::programs::fifo;

/// Calls the action in the working folder `work`, with these paths relative to it or
/// absolute.
fn take(what: &str, hangs: bool, relative: bool) -> Ended {
    let data = |folder: &Path| json!({"what": what, "folder": folder, "hangs": hangs});
    let mut start = Start::call("taker", "take", &Value::Null);
    let other = start.path("other");
    fs::create_dir(&other).unwrap();
    let message = request("taker", "take", &data(&other));
    fs::write(start.path("request"), message.to_string()).unwrap();
    if relative {
        start.command.current_dir(start.folder.path());
        for name in ["REQUEST", "REPLY"] {
            let path = name.to_lowercase();
            start.command.env(format!("CHORIA_EXTERNAL_{name}"), path);
        }
    }
    let folder = start.folder.path().to_owned();
    let mut start = start;
    let output = start.command.output().unwrap();
    // Where the action is not root it has shut the folder.
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
    let reply = start.path("reply");
    let mode = || fs::metadata(&reply).unwrap().permissions().mode() & 0o777;
    if what == "user" && mode() == 0 {
        fs::set_permissions(&reply, fs::Permissions::from_mode(0o600)).unwrap();
    }
    assert_eq!(mode() & 0o600, 0o600, "{what}");
    let mut names: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["facts", "other", "reply", "request"], "{what}");
    assert_eq!(fs::read_dir(&other).unwrap().count(), 0, "{what}");
    Ended {
        exit: output.status.code(),
        reply: fs::read_to_string(&reply).unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

#[test]
fn nothing_that_is_taken_costs_the_reply() {
    const ALL: [&str; 8] = [
        "nothing",
        "descriptors",
        "limit of descriptors",
        "user",
        "folder",
        "root",
        "umask",
        "size of files",
    ];
    for what in ALL {
        for relative in [false, true] {
            let ended = take(what, false, relative);
            assert_eq!(ended.outcome(), (0, "OK".into()), "{what}: {ended:?}");
        }
    }
    std::thread::scope(|scope| {
        for what in ALL {
            scope.spawn(move || {
                let ended = take(what, true, true);
                let (code, text) = ended.outcome();
                assert_eq!(code, 5, "{what}: {ended:?}");
                assert!(
                    text.starts_with("action 'take' had no answer after "),
                    "{text}"
                );
            });
        }
    });
}

/// The system's list of processes is read through descriptors, too.
#[test]
fn what_the_action_has_started_is_ended_without_a_free_descriptor() {
    let start = Start::call("taker", "take", &Value::Null);
    let held = fifo(start.path("held"));
    let data = json!({"what": "descriptors", "folder": "/", "held": held, "hangs": true});
    let message = request("taker", "take", &data);
    fs::write(start.path("request"), message.to_string()).unwrap();
    // Ends when nobody holds it any more.
    let reader = std::thread::spawn(move || fs::read(held).unwrap());
    let started = Instant::now();
    assert_eq!(start.run().outcome().0, 5);
    assert_eq!(reader.join().unwrap(), b"");
    assert!(started.elapsed() < Duration::from_mins(5));
}

/// Only root can change its root folder, and so lose the list of processes.
#[test]
fn what_cannot_be_ended_is_told() {
    let start = Start::call("taker", "take", &Value::Null);
    let held = fifo(start.path("held"));
    let data =
        json!({"what": "root", "folder": "/etc", "held": held, "waits": true, "hangs": true});
    let message = request("taker", "take", &data);
    fs::write(start.path("request"), message.to_string()).unwrap();
    // Its folder is removed before the child is to end.
    let mut to_child = fs::File::options()
        .read(true)
        .write(true)
        .open(&held)
        .unwrap();
    let ended = start.run();
    to_child.write_all(b"\n").unwrap();
    assert_eq!(ended.outcome().0, 5);
    let told =
        " WARN choria_external: not all processes that this program has started could be ended";
    let is_root = rustix::process::getuid().is_root();
    assert_eq!(ended.stderr.contains(told), is_root, "{ended:?}");
}

fn call_taker(what: &str) -> Start {
    let data = json!({"what": what, "folder": "/"});
    Start::call("taker", "take", &data)
}

/// Nothing that a process can do writes the file then.
#[test]
fn a_limit_that_cannot_be_lifted_is_told() {
    let ended = call_taker("size of files, for good").run();
    assert_eq!((ended.exit, &*ended.reply), (Some(1), ""));
    assert_snapshot!(ended.stderr, @"taker: could not write the reply file {tmp}/reply: the reply has 43 bytes, and the action has limited files to 0 bytes (RLIMIT_FSIZE)");
}

/// The text, without the seconds, which depend on the machine.
fn without_seconds(text: &str) -> String {
    let (start, rest) = text.split_once(" after ").unwrap();
    let (_, rest) = rest.split_once(" s;").unwrap();
    format!("{start} after {{seconds}} s;{rest}")
}

/// A FIFO that nobody writes: who opens it waits for ever.
#[test]
fn a_file_that_never_comes_ends_in_a_reply() {
    let mut told = Vec::new();
    for file in ["request", "taker.cfg", "facts"] {
        let start = call_taker("time, for facts");
        let path = start.path(file);
        let _ = fs::remove_file(&path);
        fifo(path);
        let ended = start.run();
        let (code, text) = ended.outcome();
        assert!(ended.stderr.contains(&text), "{ended:?}");
        told.push(format!("{file}: code {code}: {}", without_seconds(&text)));
    }
    assert_snapshot!(told.join("\n"), @r"
    request: code 5: rpc had no answer after {seconds} s; after 2.0 s it would have been ended without a reply: its request was still being read
    taker.cfg: code 5: rpc had no answer after {seconds} s; after 2.0 s it would have been ended without a reply: its settings were still being read
    facts: code 5: action 'take' had no answer after {seconds} s; after 2.0 s it would have been ended without a reply
    ");

    // An activation has 2 s, whatever the time of an action is.
    let start = Start::new("specimen", ACTIVATION, &activation("specimen"));
    let path = start.path("request");
    fs::remove_file(&path).unwrap();
    fifo(path);
    let started = Instant::now();
    let ended = start.run();
    assert_eq!(
        (ended.exit, &*ended.reply),
        (Some(0), r#"{"activate":false}"#)
    );
    assert!(ended.stderr.contains("after 2.0 s it would"), "{ended:?}");
    assert!(started.elapsed() >= Duration::from_millis(1500));
}
