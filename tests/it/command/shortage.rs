//! A system that has no threads or processes left to give: told, never a panic.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt as _;

use super::agents::{GOOD, parrot, reply};
use super::*;
use crate::host::script;

/// More than a process can address: no thread of this stack size can be made.
const STACK: &str = "70368744177664000";

#[test]
fn without_threads_each_command_says_so() {
    let folder = parrot(&reply(GOOD));
    let here = folder.path();
    let choria = script(here, "choria", "#!/bin/sh\necho 0.29.4\n", 0o755);
    let choria = choria.to_str().unwrap();
    script(
        here,
        "source",
        "#!/bin/sh\necho '{\"nodes\":[]}' > \"$2\"\n",
        0o755,
    );
    let test = json!({
        "agent": "./parrot",
        "cases": [{"name": "one", "action": "echo", "data": {"message": "hi"}, "expect": {"status": 0}}],
    });
    fs::write(here.join("test.json"), test.to_string()).unwrap();
    let mut all = String::new();
    for arguments in [
        &["run", "./parrot", "echo", "message=hi"][..],
        &[
            "run",
            "./parrot",
            "echo",
            "message=hi",
            "--repeat",
            "9",
            "--parallel",
            "3",
        ],
        &["test", "test.json"],
        &["check", "./parrot"],
        &["discover", "./source"],
        &["package", "--install", "."],
        &["net", "up", "--choria", choria, "--dir", "net"],
        &["net", "req", "rpcutil", "ping", "--dir", "net"],
        &["net", "status", "--dir", "net"],
        &["net", "down", "--dir", "net"],
    ] {
        let output = command(here, arguments)
            .env("RUST_MIN_STACK", STACK)
            .output()
            .unwrap();
        let seen = seen(here, &output);
        assert!(!seen.contains("panicked"), "{seen}");
        assert_ne!(output.status.code(), Some(101), "{seen}");
        all += &format!(
            "$ {}\n{seen}",
            arguments.join(" ").replace(choria, "choria")
        );
    }
    insta::assert_snapshot!("no_threads", all);
}

/// As a user who may have few processes: how many there are differs, so that it
/// runs out at other places.
#[test]
fn few_processes_are_told_and_never_a_panic() {
    if !rustix::process::geteuid().is_root() {
        // What this user has running counts too, and is not known.
        return;
    }
    // Nobody else has it, other tests that run now included.
    let user = 20_000 + std::process::id() % 40_000;
    let folder = parrot(&reply(GOOD));
    let here = folder.path();
    for path in [here, &here.join("parrot.json")] {
        fs::set_permissions(path, PermissionsExt::from_mode(0o755)).unwrap();
    }
    let program = here.join("choria-external");
    fs::copy(env!("CARGO_BIN_EXE_command"), &program).unwrap();
    let tmp = here.join("tmp");
    fs::create_dir(&tmp).unwrap();
    fs::set_permissions(&tmp, PermissionsExt::from_mode(0o1777)).unwrap();
    let limited = |most: u32, arguments: &[&str]| {
        let mut command = Command::new("prlimit");
        command
            .arg(format!("--nproc={most}"))
            .arg(&program)
            .args(arguments)
            .current_dir(here)
            .stdin(Stdio::null())
            .env_remove("XDG_RUNTIME_DIR")
            .env("TMPDIR", &tmp)
            .uid(user)
            .gid(user);
        let output = command.output().unwrap();
        let seen = seen(here, &output);
        assert!(!seen.contains("panicked"), "{most}: {seen}");
        assert!(
            output.status.code().is_some_and(|code| code <= 2),
            "{most}: {seen}"
        );
        (output.status.code(), seen)
    };
    let repeat = [
        "run",
        "./parrot",
        "echo",
        "message=hi",
        "--repeat",
        "100",
        "--parallel",
        "30",
    ];
    for most in [1, 2, 3, 4, 5, 6, 10, 20, 40] {
        let (code, seen) = limited(most, &repeat);
        let told = seen.contains("Resource temporarily unavailable") && seen.contains("ulimit");
        assert!(code == Some(0) || told, "{most}: {seen}");
        assert!(code == Some(2) || most > 3, "{most}: {seen}");
    }
    assert_eq!(limited(500, &repeat).0, Some(0));
    script(
        here,
        "choria",
        "#!/bin/sh\ncase $1 in\n--version) echo 0.29.4 ;;\n*) exec sleep 9 ;;\nesac\n",
        0o755,
    );
    let up = ["net", "up", "--choria", "./choria", "--timeout", "0.2"];
    for most in 1..9 {
        let (code, seen) = limited(most, &up);
        assert_eq!(code, Some(2), "{most}: {seen}");
    }
    for arguments in [&["check", "./parrot"][..], &["discover", "./parrot"]] {
        for most in 1..9 {
            limited(most, arguments);
        }
    }
}
