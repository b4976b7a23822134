//! The files of a start, and what can be wrong with them.

use super::*;

fn start() -> Start {
    Start::call("parrot", "echo", &json!({"message": "hi"}))
}

#[test]
fn a_request_that_cannot_be_read_is_told() {
    let missing = start();
    fs::remove_file(missing.path("request")).unwrap();
    assert_snapshot!(missing.run().outcome().1, @"could not read the request file {tmp}/request: No such file or directory (os error 2)");

    let folder = start();
    fs::remove_file(folder.path("request")).unwrap();
    fs::create_dir(folder.path("request")).unwrap();
    assert_snapshot!(folder.run().outcome().1, @"could not read the request file {tmp}/request: Is a directory (os error 21)");

    let mut unset = start().without_arguments();
    unset.command.env("CHORIA_EXTERNAL_REQUEST", "");
    assert_snapshot!(unset.run().outcome().1, @"there is no request: CHORIA_EXTERNAL_REQUEST is not set");
}

#[test]
fn a_reply_file_that_is_gone_is_made_again() {
    let start = start();
    fs::remove_file(start.path("reply")).unwrap();
    assert_eq!(start.run().outcome(), (0, "OK".into()));
}

#[test]
fn an_older_longer_reply_is_replaced_whole() {
    let start = start();
    fs::write(start.path("reply"), "x".repeat(1000)).unwrap();
    assert_eq!(start.run().outcome(), (0, "OK".into()));
}

#[test]
fn where_no_reply_can_be_written_the_exit_code_and_stderr_say_so() {
    let to = |reply: &str| {
        let mut start = start();
        let path = start.path(reply);
        start.command.env("CHORIA_EXTERNAL_REPLY", path);
        let ended = start.run();
        assert_eq!(ended.exit, Some(1));
        ended.stderr
    };
    assert_snapshot!(to("no/such/folder"), @"parrot: could not write the reply file {tmp}/no/such/folder: No such file or directory (os error 2)");
    assert_snapshot!(to(""), @"parrot: could not write the reply file {tmp}/: Is a directory (os error 21)");
    // A full disk.
    assert_snapshot!(to("/dev/full"), @"parrot: could not write the reply file /dev/full: No space left on device (os error 28)");
    // Read-only, even for root; what the system calls it differs.
    assert!(
        to("/proc/version").starts_with("parrot: could not write the reply file /proc/version: ")
    );
}

#[test]
fn without_a_path_for_the_reply_there_is_no_place_for_one() {
    let mut start = start().without_arguments();
    start.command.env("CHORIA_EXTERNAL_REPLY", "");
    let ended = start.run();
    assert_eq!(ended.exit, Some(1));
    assert_snapshot!(ended.stderr, @"parrot: CHORIA_EXTERNAL_PROTOCOL is set and CHORIA_EXTERNAL_REPLY is not: there is no place for a reply");
}

#[test]
fn facts_are_read_when_an_action_asks_for_them() {
    let fact = |facts: &[u8], path: &str| {
        let ended = Start::call("specimen", "fact", &json!({ "path": path }))
            .facts(facts)
            .run();
        assert_eq!(ended.outcome().0, 0);
        (ended.reply()["data"]["value"].clone(), ended.stderr)
    };
    assert_eq!(
        fact(br#"{"os":{"major":12}}"#, "os.major"),
        (json!(12), String::new())
    );
    assert_eq!(
        fact(br#"{"a.b":[1,{"c":true}]}"#, r"a\.b.1.c"),
        (json!(true), String::new())
    );
    assert_eq!(fact(b"", "os"), (Value::Null, String::new()));
    assert_eq!(fact(b"{}", "os"), (Value::Null, String::new()));
    assert_snapshot!(fact(b"role: web", "role").1, @" WARN choria_external: no facts: {tmp}/facts: not JSON: expected value at line 1 column 1");
    assert_snapshot!(fact(b"[1]", "0").1, @" WARN choria_external: no facts: {tmp}/facts: expected a JSON object");

    let mut gone = Start::call("specimen", "fact", &json!({"path": "os"}));
    gone.command.env("CHORIA_EXTERNAL_FACTS", "/no/facts");
    let gone = gone.run();
    assert_eq!(gone.outcome().0, 0);
    assert_snapshot!(gone.stderr, @" WARN choria_external: no facts: /no/facts: No such file or directory (os error 2)");
}

#[test]
fn settings_are_found_in_three_places() {
    let setting = |files: &[&str]| {
        let start = Start::call("specimen", "setting", &json!({"key": "from"}));
        for file in files {
            let path = start.path(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, format!("from = {file}\n")).unwrap();
        }
        start.run().reply()["data"]["value"].clone()
    };
    assert_eq!(setting(&[]), Value::Null);
    assert_eq!(setting(&["specimen"]), "specimen");
    assert_eq!(setting(&["specimen.cfg"]), "specimen.cfg");
    assert_eq!(setting(&["specimen/specimen.cfg"]), "specimen/specimen.cfg");
    assert_eq!(setting(&["specimen", "specimen.cfg"]), "specimen");
    assert_eq!(
        setting(&["specimen/specimen.cfg", "specimen.cfg"]),
        "specimen.cfg"
    );
}

#[test]
fn a_line_that_ends_the_settings_is_told() {
    let text = format!("from=1\nb={}\nfrom=2\n", "x".repeat(65_536));
    let ended = Start::call("specimen", "setting", &json!({"key": "from"}))
        .config(&text)
        .run();
    assert_eq!(ended.reply()["data"]["value"], "1");
    assert_snapshot!(ended.stderr, @"ERROR choria_external: {tmp}/specimen.cfg: line 2 has 65538 bytes, the limit is 65535: like Choria, this reads nothing after it");
}

#[test]
fn settings_that_are_no_text_are_read_as_choria_reads_them() {
    let start = Start::call("specimen", "setting", &json!({"key": "from"}));
    fs::write(start.path("specimen.cfg"), b"\xff=1\nfrom=a\xffb\n").unwrap();
    assert_eq!(start.run().reply()["data"]["value"], "a\u{fffd}b");
}

#[test]
fn settings_that_cannot_be_read_end_the_call() {
    let mut start = Start::call("specimen", "setting", &json!({"key": "from"}));
    // A name that is too long for a file is neither there nor missing.
    let path = format!("/tmp/{}", "x".repeat(300));
    start.command.env("CHORIA_EXTERNAL_CONFIG", &path);
    let text = start.run().outcome().1.replace(&path, "{path}");
    assert_snapshot!(text, @"could not read the configuration {path}: File name too long (os error 36)");
}
