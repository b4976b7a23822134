//! `--watch`: agents that change while the network runs.

use super::*;

#[test]
fn a_program_that_changes_is_installed() {
    let place = Place::new();
    place.agent("says", SAYS);
    let mut up = place.up(&["--agent", "says", "--watch"]).came_up();
    let say = |action: &str, wanted: &str| {
        let output = place.run(&["req", "says", action]);
        let text = String::from_utf8(output.stdout.clone()).unwrap();
        assert!(text.contains(wanted), "{output:?}");
    };
    say("say", "Message: hello");
    script(
        place.path(),
        "says",
        &SAYS.replace("hello", "good day"),
        0o755,
    );
    up.until("the next call runs it");
    say("say", "Message: good day");

    // What is wrong leaves the one that runs.
    let ddl = fs::read(place.path().join("says.json")).unwrap();
    fs::write(place.path().join("says.json"), "{}").unwrap();
    let told = up.until("that runs stays");
    insta::assert_snapshot!("watch_broken", place.plain(&told));
    fs::write(place.path().join("says.json"), ddl).unwrap();
    up.until("the next call runs it");
    say("say", "Message: good day");

    let output = json!({"message": {"description": "What it says", "display_as": "Word"}});
    let shout = json!([{"action": "shout", "input": {}, "output": output, "display": "always"}]);
    place.ddl("says", &shout, "1.0.0");
    up.until("with another DDL");
    let warning = up.until("but not its version");
    insta::assert_snapshot!("watch_version", place.plain(&warning));
    up.until("the servers are up again");
    say("shout", "Word: good day");

    fs::create_dir(place.path().join("plugin.d")).unwrap();
    fs::write(place.path().join("plugin.d/says.cfg"), "loud = yes\n").unwrap();
    up.until("the next call runs it");
    let settings = place.network().join("etc/plugin.d/says.cfg");
    assert_eq!(fs::read_to_string(settings).unwrap(), "loud = yes\n");

    up.signal("INT");
    assert_eq!(up.ended().code(), Some(130));
    place.is_clean();
}

const PROGRAM: &str = r##"
fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if arguments[1] == "--ddl" {
        println!("{}", r#"{"metadata": {"name": "says", "provider": "external", "version": "1.0.0", "timeout": 5},
            "actions": [{"action": "say", "input": {}, "output": {"message": {"display_as": "Message"}}}]}"#);
        return;
    }
    let reply = r#"{"activate":true,"statuscode":0,"statusmsg":"OK","data":{"message":"WORD"}}"#;
    let reply = reply.replace("WORD", word::WORD);
    std::fs::write(&arguments[2], reply).unwrap();
}
mod word;
"##;

#[test]
fn a_cargo_package_is_built_again() {
    let place = Place::new();
    let package = place.path().join("says");
    fs::create_dir_all(package.join("src")).unwrap();
    let manifest = "[package]\nname = \"says\"\nedition = \"2024\"\n[workspace]\n";
    fs::write(package.join("Cargo.toml"), manifest).unwrap();
    fs::write(package.join("src/main.rs"), PROGRAM).unwrap();
    let word = |word: &str| {
        let text = format!("pub const WORD: &str = {word:?};");
        fs::write(package.join("src/word.rs"), text).unwrap();
    };
    word("hello");
    let choria = choria();
    let arguments = [
        "up",
        "--watch",
        "--timeout",
        "300",
        "--agent",
        "says",
        "--choria",
    ];
    let mut command = place.net(&[&arguments[..], &[choria.to_str().unwrap()]].concat());
    // Cargo's own files are in the real one.
    command.env("HOME", std::env::var_os("HOME").unwrap());
    let mut up = Up::start(command.env("CARGO_TARGET_DIR", place.path().join("target"))).came_up();
    word("good day");
    up.until("says changed: preparing it again");
    up.until("the next call runs it");
    let output = place.run(&["req", "says", "say"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("Message: good day"), "{text}");

    fs::write(package.join("src/word.rs"), "pub const WORD: i32 = 1;").unwrap();
    let told = up.until("that runs stays");
    insta::assert_snapshot!("watch_does_not_compile", place.plain(&told));
    assert!(up.seen.contains("error[E0308]"), "{}", up.seen);
    up.signal("INT");
    assert_eq!(up.ended().code(), Some(130));
    place.is_clean();
}
