//! The program, asked by a pipe.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

/// The reply to these bytes; the exit code is 0 whatever they are.
fn ask(request: &[u8]) -> Value {
    let mut program = Command::new(env!("CARGO_BIN_EXE_{{name}}"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = program.stdin.take().expect("a pipe to it");
    stdin.write_all(request).expect("it reads the request");
    drop(stdin);
    let ended = program.wait_with_output().expect("it ends");
    assert!(ended.status.success(), "{ended:?}");
    serde_json::from_slice(&ended.stdout).expect("its reply is JSON")
}

#[test]
fn every_request_is_answered() {
    let question = json!({
        "protocol": "io.choria.choria.{{name}}.v1.external_request",
        "subject": "parrot",
    });
    let wanted = json!({
        "protocol": "io.choria.choria.{{name}}.v1.external_reply",
        "answer": "",
        "error": "nothing is known of parrot",
    });
    assert_eq!(ask(question.to_string().as_bytes()), wanted);

    let reply = ask(b"no JSON");
    assert_eq!(reply["answer"], "");
    assert_ne!(reply["error"], "");
}
