//! The log as a layer of an author's own subscriber.

use super::*;

fn scribe(action: &str) -> Start {
    Start::call("scribe", action, &json!({}))
}

#[test]
fn the_servers_log_is_as_without_a_subscriber_of_ones_own() {
    let ended = scribe("write").run();
    assert_eq!(ended.outcome(), (0, "OK".into()));
    assert_snapshot!(ended.stdout, @" INFO work{step=1 late=\"two\\nlines\"}: scribe: as it is count=3");
    assert_snapshot!(ended.stderr, @"ERROR work{step=1 late=\"two\\nlines\"}: scribe: wrong\\nWARN forged");

    let ended = scribe("fail").run();
    assert_eq!(ended.outcome(), (1, "no ink".into()));
    assert_snapshot!(ended.stderr, @"ERROR choria_external: code 1: the pot is empty");
}

#[test]
fn the_settings_are_about_the_servers_log_alone() {
    let start = scribe("write").config("log_level = error");
    let file = start.path("events.json");
    let mut start = start;
    start.command.env("SCRIBE_FILE", &file);
    // Until the program has ended nobody reads it.
    let text = {
        let output = start.command.output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), "");
        assert!(output.stderr.starts_with(b"ERROR work"));
        fs::read_to_string(&file).unwrap()
    };
    let events: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let levels: Vec<_> = events.iter().map(|event| &event["level"]).collect();
    assert_eq!(levels, ["DEBUG", "INFO", "ERROR"]);
    assert_eq!(events[1]["fields"]["count"], 3);

    let ended = scribe("write").config("log_level = debug").run();
    assert!(ended.stdout.contains("DEBUG work"), "{}", ended.stdout);
}

#[test]
fn long_lines_are_marked_and_the_limit_is_kept() {
    let ended = scribe("flood").config("log_limit = 2000").run();
    assert_eq!(ended.outcome(), (0, "OK".into()));
    assert!(ended.stdout.len() < 2100, "{}", ended.stdout.len());
    let last = ended.stderr.lines().last().unwrap();
    assert!(
        last.contains("were left out: a run logs at most 2000 bytes"),
        "{last}"
    );

    let ended = scribe("flood").run();
    assert!(ended.stdout.contains(" INFO (part 2 of 2) yyy"));
}
