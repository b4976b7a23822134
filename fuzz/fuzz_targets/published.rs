//! Reply files: whatever a program leaves there, what is published is JSON, and
//! that is published as it is.

#![no_main]

use std::sync::LazyLock;

use choria_external_ddl::{Action, Ddl};
use choria_external_host::outcome::PublishedReply;
use libfuzzer_sys::fuzz_target;
use serde::de::IgnoredAny;

static ACTION: LazyLock<Action> = LazyLock::new(|| {
    let ddl = Ddl::from_json(
        br#"{"actions": [{"action": "echo", "output": {
            "message": {"default": "none"}, "n": {"default": 1e300}, "map": {"default": {"a": [null, "<"]}},
            "plain": {}
        }}]}"#,
    );
    ddl.expect("it is a DDL").actions.remove(0)
});

fuzz_target!(|bytes: &[u8]| {
    publish(None, bytes);
    publish(Some(&ACTION), bytes);
});

fn publish(ddl: Option<&Action>, file: &[u8]) {
    let again = |file: &[u8]| {
        // The harness reads less deep than a server, and says so.
        let published = PublishedReply::from_reply("parrot", "echo", ddl, file).ok()?;
        let json = published.to_json();
        // It passes over what is nested more deeply than `Value` may be.
        let read = serde_json::from_slice::<IgnoredAny>(&json);
        assert!(
            read.is_ok(),
            "{} of {}",
            json.escape_ascii(),
            file.escape_ascii()
        );
        Some((published, json))
    };
    // A wrong reply is published without its defaults; those come the second
    // time.
    let Some((_, first)) = again(file) else {
        return;
    };
    let (second, json) = again(&first).expect("what was published is not too deep");
    let (third, _) = again(&json).expect("what was published is not too deep");
    assert_eq!(third, second, "published again: {}", json.escape_ascii());
}
