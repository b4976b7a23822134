//! A network ends at every stage, and nothing is left of it.

use super::*;
use crate::programs::fifo;

/// Choria, but for what the cases say.
fn fake_choria(place: &Place, cases: &str) -> String {
    let real = choria();
    let text = format!(
        "#!/bin/sh\ncase $1 in\n{cases}\n--version) echo 0.29.4 ;;\n*) exec {} \"$@\" ;;\nesac\n",
        real.display()
    );
    script(place.path(), "choria", &text, 0o755)
        .display()
        .to_string()
}

#[test]
fn a_signal_ends_it_at_every_stage() {
    let told = |what: &str| format!("{what}) echo >> \"$PWD/begun\"; exec sleep 600 ;;");
    // What is waited for, and by what of Choria it is held there.
    for (signal, code, line, cases) in [
        (
            "INT",
            130,
            "starting the broker",
            "broker) exec sleep 600 ;;",
        ),
        (
            "TERM",
            143,
            "starting 1 server",
            "server) exec sleep 600 ;;",
        ),
        ("HUP", 129, "starting 1 server", "req) exec sleep 600 ;;"),
        ("INT", 130, "end it with", ""),
        ("TERM", 143, "end it with", ""),
        ("HUP", 129, "end it with", ""),
        // Who is in a hurry leaves no more behind.
        ("INT INT", 130, "end it with", ""),
        (
            "INT INT",
            130,
            "starting 1 server",
            "server) exec sleep 600 ;;",
        ),
    ] {
        let place = Place::new();
        place.agent("says", SAYS);
        let choria = fake_choria(&place, cases);
        let arguments = [
            "up",
            "--timeout",
            "300",
            "--agent",
            "says",
            "--choria",
            &choria,
        ];
        let mut up = Up::start(&mut place.net(&arguments));
        up.until(line);
        for signal in signal.split(' ') {
            // The second may come too late.
            let id = up.child.id().to_string();
            let mut kill = Command::new("kill");
            let _ = kill
                .args(["-s", signal, &id])
                .stderr(Stdio::null())
                .status();
        }
        assert_eq!(up.ended().code(), Some(code), "{line}: {}", up.seen);
        place.is_clean();
    }
    // Before there is a line: it tells by a FIFO that it is there.
    let place = Place::new();
    let fifo = fifo(place.path().join("begun"));
    let cases = told("--version").replace("$PWD/begun", fifo.to_str().unwrap());
    let choria = fake_choria(&place, &cases);
    let mut up = Up::start(&mut place.net(&["up", "--choria", &choria]));
    fs::read(&fifo).unwrap();
    up.signal("INT");
    assert_eq!(up.ended().code(), Some(130), "{}", up.seen);
    place.is_clean();
}

#[test]
fn a_signal_ends_a_build() {
    let place = Place::new();
    let fifo = fifo(place.path().join("begun"));
    let package = place.path().join("package");
    fs::create_dir_all(package.join("src")).unwrap();
    let manifest = "[package]\nname = \"says\"\nedition = \"2024\"\n[workspace]\n";
    fs::write(package.join("Cargo.toml"), manifest).unwrap();
    fs::write(package.join("src/main.rs"), "fn main() {}").unwrap();
    let build = format!(
        "fn main() {{\n    std::fs::write({fifo:?}, \"\").unwrap();\n    std::thread::sleep(std::time::Duration::from_secs(600));\n}}"
    );
    fs::write(package.join("build.rs"), build).unwrap();
    let choria = choria();
    let arguments = [
        "up",
        "--agent",
        "package",
        "--choria",
        choria.to_str().unwrap(),
    ];
    let mut command = place.net(&arguments);
    // Cargo's own files are in the real one.
    command.env("HOME", std::env::var_os("HOME").unwrap());
    let mut up = Up::start(command.env("CARGO_TARGET_DIR", place.path().join("target")));
    fs::read(&fifo).unwrap();
    up.signal("TERM");
    assert_eq!(up.ended().code(), Some(143), "{}", up.seen);
    place.is_clean();
}

#[test]
fn an_agent_that_runs_and_what_it_leaves_are_ended_too() {
    let place = Place::new();
    let fifo = fifo(place.path().join("begun"));
    // Away from its server's group.
    let hangs = format!(
        "*) setsid sleep 601 & echo > {}; exec sleep 600 ;;",
        fifo.display()
    );
    let replies = "*) echo '{\"s";
    place.agent("says", &SAYS.replace(replies, &(hangs + "\n" + replies)));
    let mut up = place.up(&["--agent", "says"]).came_up();
    let mut req = Up::start(&mut place.net(&["req", "says", "say"]));
    fs::read(&fifo).unwrap();
    up.signal("INT");
    assert_eq!(up.ended().code(), Some(130), "{}", up.seen);
    assert_eq!(req.ended().code(), Some(2));
    insta::assert_snapshot!(place.plain(&req.seen));
    place.is_clean();
}

#[test]
fn what_was_killed_is_removed() {
    let place = Place::new();
    let mut first = place.up(&[]).came_up();
    first.signal("KILL");
    assert_eq!(first.ended().code(), None);
    for (name, arguments) in [
        ("killed_status", &["status"][..]),
        ("killed_req", &["req", "rpcutil", "ping"]),
        ("killed_down", &["down"]),
    ] {
        insta::assert_snapshot!(name, place.seen(&place.run(arguments)));
    }
    place.is_clean();

    // The next one does so, too.
    let mut second = place.up(&[]).came_up();
    let state = place.state();
    second.signal("KILL");
    second.ended();
    let mut third = place.up(&[]).came_up();
    for process in state["processes"].as_object().unwrap().values() {
        let pid = &process["pid"];
        let command = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        assert!(command.is_empty(), "{}", String::from_utf8_lossy(&command));
    }
    third.signal("TERM");
    assert_eq!(third.ended().code(), Some(143));
    place.is_clean();
}

#[test]
fn a_part_that_ends_is_told_and_ends_the_rest() {
    let place = Place::new();
    let mut up = place.up(&["--servers", "2"]).came_up();
    let pid = place.state()["processes"]["node2"]["pid"].to_string();
    let killed = Command::new("kill").args(["-s", "KILL", &pid]).status();
    assert!(killed.unwrap().success());
    assert_eq!(up.ended().code(), Some(2));
    insta::assert_snapshot!(place.plain(up.seen.lines().last().unwrap()));
    place.is_clean();
}

#[test]
fn it_ends_with_its_reader() {
    let place = Place::new();
    place.agent("says", SAYS);
    let mut up = place.up(&["--agent", "says"]).came_up();
    // As `head` does.
    let Up { lines, .. } = &mut up;
    *lines = BufReader::new(io::pipe().unwrap().0);
    let _ = place.net(&["req", "says", "say"]).output().unwrap();
    assert_eq!(up.child.wait().unwrap().code(), Some(0));
    place.is_clean();
}
