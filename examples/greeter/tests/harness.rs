//! The harness calls the greeter, of whose type it has no line of code.

#![allow(clippy::unwrap_used)]

use std::fs;

use choria_external::Metadata;
use choria_external::service::{CallInfo, Request, Service};
use choria_external_host::{Function, FunctionProgram, HostError, OutOfProcess, Supervisor};
use choria_external_protocol::{FunctionType as _, registry};
use greeter::Greeting;
use serde_json::{Value, json};
use tempfile::TempDir;

fn greeter() -> FunctionProgram {
    let registry = registry().unwrap();
    let registration = registry.get(Greeting::REQUEST.protocol()).unwrap();
    FunctionProgram::new(env!("CARGO_BIN_EXE_greeter"), Function::of(registration)).unwrap()
}

fn greet(program: &FunctionProgram, name: &str) -> Value {
    let protocol = Greeting::REQUEST.protocol();
    let outcome = program.call(&json!({"protocol": protocol, "name": name}));
    outcome.unwrap().reply.unwrap()
}

#[test]
fn the_harness_calls_a_program_of_a_type_it_does_not_know() {
    let folder = TempDir::new().unwrap();
    let settings = folder.path().join("greeter.cfg");
    fs::write(&settings, "not = Bob\n").unwrap();
    let mut program = greeter();
    program.settings = Some(settings);
    assert_eq!(greet(&program, "Ann")["greeting"], "Good day, Ann.");
    assert_eq!(greet(&program, "Bob")["error"], "Bob is not greeted here");
}

/// As `choria-external run` does, which does not link the type.
#[test]
fn the_program_tells_the_harness_its_type() {
    let path = env!("CARGO_BIN_EXE_greeter");
    let mut functions = Function::served_by(path.as_ref(), &Supervisor::default()).unwrap();
    assert_eq!(functions.len(), 1);
    let program = FunctionProgram::new(path, functions.remove(0)).unwrap();
    assert_eq!(program.function.name(), "greeting");
    let sample = program.function.sample().unwrap();
    let reply = program.call(&sample).unwrap().reply.unwrap();
    assert_eq!(reply["greeting"], "Good day, Ann.");
}

#[test]
fn a_request_that_breaks_its_schema_is_not_sent() {
    let error = greeter().call(&json!({})).unwrap_err();
    assert!(matches!(error, HostError::Request(_)), "{error}");
}

#[test]
fn a_server_asks_a_program_of_a_type_that_the_harness_does_not_know() {
    let folder = TempDir::new().unwrap();
    let settings = folder.path().join("greeter.cfg");
    fs::write(&settings, "not = Bob\n").unwrap();
    let mut program = greeter();
    program.settings = Some(settings);
    let metadata = Metadata {
        name: "greeter".into(),
        ..Metadata::default()
    };
    let service = OutOfProcess::function::<Greeting>(program, metadata);
    assert_eq!(service.about().functions[0].name, "greeting");
    let ask = |name: &str| {
        let message = json!({"protocol": Greeting::REQUEST.protocol(), "name": name});
        service.answer(Request::Message(message), CallInfo::local())
    };
    let answer = ask("Ann");
    assert_eq!(answer.failure, None);
    assert_eq!(answer.json().unwrap()["greeting"], "Good day, Ann.");
    let refused = ask("Bob");
    assert_eq!(refused.json().unwrap()["error"], "Bob is not greeted here");
    assert_eq!(
        refused.failure.unwrap().message(),
        "Bob is not greeted here"
    );
    // A damaged request gets a reply of the type, too.
    let damaged = ask("").json().unwrap();
    assert!(
        damaged["error"].as_str().unwrap().contains("$.name: "),
        "{damaged}"
    );
}
