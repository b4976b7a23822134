//! Calls of actions: what comes in and what goes out.

use super::*;

#[test]
fn a_handler_sees_the_whole_call() {
    let mut seen = call("call", &Value::Null).reply()["data"]["call"].clone();
    // Of the 5 seconds of its metadata.
    let left = seen.as_object_mut().unwrap().remove("seconds_left");
    assert!(left.unwrap().as_u64().unwrap() < 5);
    assert_eq!(
        seen,
        json!({
            "agent": "specimen",
            "action": "call",
            "request_id": "f8a2decdcdbd4616ac1d5b7c011252c8",
            "sender": "localhost",
            "caller": "choria=rip.mcollective",
            "collective": "mcollective",
            "ttl": 60,
            "time": 1_795_265_775,
        })
    );
}

#[test]
fn every_type_of_input_is_read() {
    let data = json!({
        "text": "abc", "whole": 3.0, "float": 2, "truth": true, "size": "very_large",
        "numbers": [1, -2], "named": {"a": 1}, "address": "::1", "process_results": true,
    });
    let reply = call("types", &data).reply();
    assert_eq!(
        reply["data"],
        json!({
            "text": r#"Some("abc") Some(3) Some(2.0) Some(true) Some([1, -2]) Some({"a": 1}) Some("::1")"#,
            "size": "very_large",
        })
    );
    let reply = call("types", &json!({})).reply();
    assert_eq!(
        reply["data"],
        json!({"text": "None None None None None None None"})
    );
}

#[test]
fn each_wrong_input_is_named() {
    let mut all = String::new();
    for data in [
        json!({"text": 1}),
        json!({"text": "ABC"}),
        json!({"text": "abcdefghijk"}),
        json!({"text": null}),
        json!({"whole": "1"}),
        json!({"whole": 1.5}),
        json!({"whole": 256}),
        json!({"whole": -1}),
        json!({"whole": 1e300}),
        json!({"float": "x"}),
        json!({"truth": "true"}),
        json!({"size": "medium"}),
        json!({"size": 1}),
        json!({"numbers": {"a": 1}}),
        json!({"numbers": [1, "x"]}),
        json!({"named": [1]}),
        json!({"named": {"a": "x"}}),
        json!({"address": "1.2.3"}),
        json!({"other": 1}),
    ] {
        let ended = call("types", &data);
        all += &format!("{data}\n    {:?}\n", ended.outcome());
    }
    all += &format!(
        "fact without its path\n    {:?}\n",
        call("fact", &json!({})).outcome()
    );
    all += &format!(
        "an input where there is none\n    {:?}\n",
        call("call", &json!({"a": 1})).outcome()
    );
    all += &format!(
        "another action\n    {:?}\n",
        call("nope", &json!({})).outcome()
    );
    assert_snapshot!(all);
}

#[test]
fn a_number_that_json_cannot_hold_is_named() {
    let ended = call("divide", &json!({"by": 0}));
    assert_eq!(
        ended.outcome(),
        (5, "output 'quotient' is inf, which JSON cannot hold".into())
    );
}

#[test]
fn the_caller_and_the_log_read_different_texts() {
    let ended = call("code", &json!({}));
    assert_eq!(ended.outcome(), (77, "for the caller".into()));
    assert_eq!(
        ended.stderr,
        "ERROR choria_external: code 77: for the log\n"
    );
}

#[test]
fn an_error_tells_its_chain_and_a_panic_its_message() {
    let ended = Start::call("parrot", "fail", &json!({})).run();
    assert_eq!(
        ended.outcome(),
        (1, "the parrot is hungry: could not open /no/such/seed: No such file or directory (os error 2)".into())
    );
    let ended = Start::call("parrot", "panic", &json!({})).run();
    assert_eq!(
        ended.outcome(),
        (5, "action 'panic' panicked: the parrot saw the cat".into())
    );
    let lines: Vec<_> = ended.stderr.lines().collect();
    assert_eq!(lines.len(), 2, "{ended:?}");
    let place = "ERROR choria_external: thread main panicked at examples/parrot/src/main.rs:";
    assert!(lines[0].starts_with(place), "{ended:?}");
    assert_eq!(
        lines[1],
        "ERROR choria_external: code 5: action 'panic' panicked: the parrot saw the cat"
    );
}

#[test]
fn info_goes_to_stdout_and_warnings_to_stderr() {
    let ended = call("log", &json!({}));
    assert_eq!(ended.stdout, " INFO specimen: an information count=2\n");
    assert_eq!(
        ended.stderr,
        " WARN specimen: a warning\nERROR specimen: an error\n"
    );
}

#[test]
fn the_settings_choose_the_level() {
    let lines = |config: &str| {
        let ended = Start::call("specimen", "log", &json!({}))
            .config(config)
            .run();
        assert_eq!(ended.outcome().0, 0);
        (ended.stdout.lines().count(), ended.stderr.lines().count())
    };
    assert_eq!(lines("log_level = trace"), (3, 2));
    assert_eq!(lines("log_level=DEBUG"), (2, 2));
    assert_eq!(lines("log_level = warn"), (0, 2));
    assert_eq!(lines("log_level = fatal"), (0, 1));
    assert_eq!(lines("log_level = off"), (0, 0));
    assert_eq!(lines("log_level = 5"), (1, 3));
    let ended = Start::call("specimen", "code", &json!({}))
        .config("log_level = loud")
        .run();
    assert_snapshot!(ended.stderr, @r"
     WARN choria_external: log_level = loud: expected off, error, warn, info, debug or trace; using info
    ERROR choria_external: code 77: for the log
    ");
}

#[test]
fn a_source_of_nodes_is_a_function_type_like_the_others() {
    let request = json!({"protocol": "io.choria.choria.example.v1.external_request", "name": 5});
    let ended = Start::new(
        "greeter",
        "io.choria.choria.example.v1.external_request",
        request.to_string().as_bytes(),
    )
    .run();
    assert_snapshot!(ended.reply, @r#"{"protocol":"io.choria.choria.example.v1.external_reply","greeting":"","error":"not a valid io.choria.choria.example.v1.external_request: $.name: expected a string, got 5"}"#);
    assert_eq!(ended.exit, Some(0));
}
