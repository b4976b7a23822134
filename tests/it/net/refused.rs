//! What is refused, or does not come up: each with its message.

use std::net::TcpListener;

use super::*;

/// A program that takes the place of choria.
fn fake(place: &Place, text: &str) {
    let text = text.replace("{real}", choria().to_str().unwrap());
    script(place.path(), "choria", &text, 0o755);
}

/// Choria, but for what the cases say.
fn fake_choria(place: &Place, cases: &str) {
    fake(
        place,
        &format!(
            "#!/bin/sh\ncase $1 in\n--version) echo 0.29.4 ;;\n{cases}\n*) exec {{real}} \"$@\" ;;\nesac\n"
        ),
    );
}

fn up(place: &Place, arguments: &[&str]) -> Output {
    place.run(&[&["up", "--choria", "./choria"], arguments].concat())
}

#[test]
fn programs_that_are_not_choria() {
    let place = Place::new();
    let nothing = place.net(&["up"]).env("PATH", "/nowhere").output().unwrap();
    insta::assert_snapshot!("no_choria", place.seen(&nothing));
    let missing = place.run(&["up", "--choria", "choria"]);
    insta::assert_snapshot!("choria_missing", place.seen(&missing));
    insta::assert_snapshot!("choria_no_program", place.seen(&up(&place, &[])));

    fake(&place, "#!/bin/sh\necho 'cat 9.1'\n");
    insta::assert_snapshot!("choria_other", place.seen(&up(&place, &[])));
    fake(&place, "#!/bin/sh\nexit 1\n");
    insta::assert_snapshot!("choria_silent", place.seen(&up(&place, &[])));
    fake(&place, "\u{7f}ELF");
    insta::assert_snapshot!("choria_unstartable", place.seen(&up(&place, &[])));
    let renamed = script(
        place.path(),
        "parrot",
        "#!/bin/sh\necho 'definition not found'\n",
        0o755,
    );
    let output = place.run(&["up", "--choria", renamed.to_str().unwrap()]);
    insta::assert_snapshot!("choria_renamed", place.seen(&output));
    place.is_clean();
}

#[test]
fn agents_that_no_server_runs() {
    let place = Place::new();
    fake_choria(&place, "");
    let say = json!({"action": "say", "input": {}, "output": {}});
    place.agent("twice", SAYS);
    place.ddl("twice", &json!([say, say]), "1.0.0");
    insta::assert_snapshot!(
        "agent_crashes",
        place.seen(&up(&place, &["--agent", "twice"]))
    );
    fs::write(place.path().join("twice.json"), "{}").unwrap();
    insta::assert_snapshot!(
        "agent_without_metadata",
        place.seen(&up(&place, &["--agent", "twice"]))
    );
    fs::remove_file(place.path().join("twice.json")).unwrap();
    insta::assert_snapshot!(
        "agent_without_ddl",
        place.seen(&up(&place, &["--agent", "twice"]))
    );
    insta::assert_snapshot!(
        "agent_missing",
        place.seen(&up(&place, &["--agent", "owl"]))
    );

    place.agent("says", SAYS);
    fs::create_dir(place.path().join("other")).unwrap();
    for file in ["says", "says.json"] {
        fs::copy(
            place.path().join(file),
            place.path().join("other").join(file),
        )
        .unwrap();
    }
    let both = ["--agent", "says", "--agent", "other/says"];
    insta::assert_snapshot!("agents_of_one_name", place.seen(&up(&place, &both)));
    script(place.path(), "says", SAYS, 0o644);
    insta::assert_snapshot!(
        "agent_not_executable",
        place.seen(&up(&place, &["--agent", "says"]))
    );
    place.is_clean();
}

#[test]
fn places_and_files_that_cannot_be_used() {
    let place = Place::new();
    fake_choria(&place, "");
    fs::create_dir(place.path().join("full")).unwrap();
    fs::write(place.path().join("full/mine"), "").unwrap();
    fs::write(place.path().join("list.json"), "[1]").unwrap();
    for (name, arguments) in [
        ("dir_not_empty", ["--dir", "full"]),
        ("dir_no_folder", ["--dir", "choria"]),
        ("dir_no_parent", ["--dir", "no/such"]),
        ("dir_colon", ["--dir", "a:b"]),
        ("facts_list", ["--facts", "list.json"]),
        ("facts_missing", ["--facts", "no.json"]),
    ] {
        insta::assert_snapshot!(name, place.seen(&up(&place, &arguments)));
    }
    assert_eq!(fs::read_dir(place.path().join("full")).unwrap().count(), 1);

    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = up(&place, &["--port", &port]);
    insta::assert_snapshot!("port_taken", place.seen(&output).replace(&port, "{port}"));
    place.is_clean();
}

/// Their names are those that a network gives its own.
#[test]
fn folders_of_others_are_not_emptied() {
    let place = Place::new();
    fake_choria(&place, "");
    for own in ["etc", "log", "plugins", "tmp"] {
        let folder = place.path().join(own);
        fs::create_dir_all(folder.join(own)).unwrap();
        fs::write(folder.join(own).join("kept"), "").unwrap();
        let output = up(&place, &["--dir", own]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(
            said.contains(&format!("is not empty, it has {own}:")),
            "{said}"
        );
        let kept = folder.join(own).join("kept");
        assert!(kept.exists() && !folder.join("lock").exists(), "{own}");
    }
    let folder = place.path().join("locked");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("lock"), "gem 1.0\n").unwrap();
    let output = up(&place, &["--dir", "locked"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("is not empty, it has lock:"), "{said}");
    assert_eq!(fs::read(folder.join("lock")).unwrap(), b"gem 1.0\n");
}

#[test]
fn without_a_network_the_other_commands_say_so() {
    let place = Place::new();
    for (name, arguments) in [
        ("nothing_status", &["status"][..]),
        ("nothing_down", &["down"]),
        ("nothing_req", &["req", "parrot", "echo"]),
    ] {
        insta::assert_snapshot!(name, place.seen(&place.run(arguments)));
    }
}

#[test]
fn what_does_not_come_up_is_told_with_its_last_lines() {
    let logs = r#"echo '{"level":"error","msg":"the wood is wet"}'"#;
    for (name, cases, limit) in [
        ("broker_ends", format!("broker) {logs}; exit 3 ;;"), "300"),
        ("broker_is_deaf", "broker) exec sleep 600 ;;".into(), "0.2"),
        ("server_ends", format!("server) {logs}; exit 3 ;;"), "300"),
    ] {
        let place = Place::new();
        fake_choria(&place, &cases);
        let output = up(&place, &["--timeout", limit]);
        insta::assert_snapshot!(name, place.seen(&output));
        place.is_clean();
    }
}

#[test]
fn a_server_that_does_not_answer_is_told_with_its_last_lines() {
    let logs = r#"echo '{"level":"error","msg":"the wood is wet"}'"#;
    // The broker must be there before the time is over, on a busy machine too.
    for limit in ["1", "8", "64", "512"] {
        let place = Place::new();
        fake_choria(&place, &format!("server) {logs}; exec sleep 600 ;;"));
        let output = up(&place, &["--timeout", limit]);
        let seen = place.seen(&output);
        place.is_clean();
        if seen.contains("the wood is wet") {
            insta::assert_snapshot!("server_is_deaf", seen);
            return;
        }
    }
    panic!("the broker never came up");
}

#[test]
fn a_disk_that_is_full_is_told() {
    let place = Place::new();
    place.agent("says", &format!("{SAYS}\n# {}\n", "x".repeat(20_000)));
    let limited = |blocks: u32, arguments: &str| {
        let command = env!("CARGO_BIN_EXE_command");
        let choria = choria();
        // In blocks of 512 bytes: a file that grows beyond is an error, not a signal.
        let line = format!(
            "trap '' XFSZ; ulimit -f {blocks}; exec {command} net up --timeout 300 --choria {} {arguments}",
            choria.display()
        );
        let mut shell = Command::new("dash");
        shell.args(["-c", &line]).current_dir(place.path());
        shell
            .env("TMPDIR", place.tmp.path())
            .env("HOME", place.home.path())
            .env_remove("XDG_RUNTIME_DIR");
        shell
    };
    let settings = limited(0, "").output().unwrap();
    insta::assert_snapshot!("full_at_once", place.seen(&settings));
    let certificates = limited(2, "").output().unwrap();
    insta::assert_snapshot!("full_for_certificates", place.seen(&certificates));
    let agent = limited(16, "--agent says").output().unwrap();
    insta::assert_snapshot!("full_for_agents", place.seen(&agent));
    place.is_clean();

    // A log that cannot be kept is told, and the network lives on.
    place.agent("says", SAYS);
    let mut up = Up::start(&mut limited(16, "--agent says")).came_up();
    loop {
        let said = place.run(&["req", "says", "say"]);
        assert_eq!(said.status.code(), Some(0), "{said:?}");
        if up.until("Handling message").is_empty() || up.seen.contains("warning: ") {
            break;
        }
    }
    let warning = up.seen.lines().find(|line| line.starts_with("warning: "));
    insta::assert_snapshot!("full_for_logs", warning.unwrap());
    let down = place.run(&["down"]);
    assert_eq!(down.status.code(), Some(0), "{down:?}");
    assert_eq!(up.ended().code(), Some(143));
    place.is_clean();
}
