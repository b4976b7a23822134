//! The harness calls the greeter, of whose type it has no line of code.

#![allow(clippy::unwrap_used)]

use std::fs;

use choria_external_host::{Function, FunctionProgram, HostError};
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

#[test]
fn a_request_that_breaks_its_schema_is_not_sent() {
    let error = greeter().call(&json!({})).unwrap_err();
    assert!(matches!(error, HostError::Request(_)), "{error}");
}
