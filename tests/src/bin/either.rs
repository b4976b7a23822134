//! An agent for tests that is asked in this process and out of it.
//!
//! Without arguments the program asks itself both ways, and compares the answers.

// A program for tests is a test, too; `clippy.toml` does not reach it.
#![allow(clippy::unwrap_used)]

use std::process::ExitCode;

use choria_external::service::{Answer, CallInfo, Request, Service};
use choria_external::{
    Actions, Agent, Call, Failure, InProcess, Input, Metadata, Output, Value, json, metadata,
};
use choria_external_host::{OutOfProcess, Program};

const RPC: &str = "io.choria.mcorpc.external.v1.rpc_request";
const ACTIVATION: &str = "io.choria.mcorpc.external.v1.activation_request";

#[derive(Default)]
struct Either;

/// Repeats a message
#[derive(Input)]
struct Echo {
    /// Message to repeat
    #[input(maxlength = 20, validation = shellsafe)]
    message: String,
    /// How often to say it
    #[input(default = 1)]
    times: u8,
}

#[derive(Output)]
struct Echoed {
    /// The message, repeated
    message: String,
    /// Who called, and how
    call: Vec<String>,
}

impl Agent for Either {
    const META: Metadata = metadata!(
        name = "either",
        description = "d",
        author = "a",
        url = "u",
        timeout = 60
    );

    fn actions(actions: &mut Actions<Self>) {
        actions.add("echo", Self::echo);
        actions.add("fail", Self::fail).about("Fails");
        actions.add("panic", Self::panic).about("Panics");
    }
}

impl Either {
    fn echo(&self, call: &Call, input: Echo) -> Result<Echoed, Failure> {
        let time = format!("{:?}", call.time());
        let call = [
            call.agent(),
            call.action(),
            call.request_id(),
            call.caller(),
            call.sender(),
            call.collective(),
            &time,
        ];
        Ok(Echoed {
            message: vec![input.message; input.times.into()].join(" "),
            call: call.map(str::to_owned).into(),
        })
    }

    fn fail(&self, _call: &Call, (): ()) -> Result<(), Failure> {
        Err(Failure::with_code(7, "not today").log("the disk of db7 is full"))
    }

    fn panic(&self, _call: &Call, (): ()) -> Result<(), Failure> {
        panic!("the parrot saw the cat")
    }
}

/// A call at a whole second: the message has no part of one.
fn call() -> CallInfo {
    let mut call = CallInfo::new("f8a2decdcdbd4616ac1d5b7c011252c8", "choria=alice");
    call.sender = "gateway1.example.net".into();
    call.collective = "de".into();
    call.time = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_795_265_775);
    call
}

fn requests() -> Vec<Request<'static>> {
    let action = |action, data: Value| Request::action(action, data.as_object().unwrap().clone());
    let activation = json!({
        "$schema": "https://choria.io/schemas/mcorpc/external/v1/activation_request.json",
        "protocol": ACTIVATION,
        "agent": "either",
    });
    let text = |protocol, text: &'static str| Request::Text {
        protocol,
        text: text.as_bytes(),
    };
    vec![
        action("echo", json!({"message": "hi"})),
        action("echo", json!({"message": "hi", "times": 3})),
        action("fail", json!({})),
        action("panic", json!({})),
        // What is wrong with inputs.
        action("echo", json!({})),
        action("echo", json!({"message": "a;b"})),
        action("echo", json!({"message": "a text that is too long"})),
        action("echo", json!({"message": 1})),
        action("echo", json!({"message": "hi", "times": 256})),
        action("echo", json!({"message": "hi", "times": 1.5})),
        action("echo", json!({"message": "hi", "more": 1})),
        action("fail", json!({"more": 1})),
        // And with requests.
        action("none", json!({})),
        action("No Name", json!({})),
        Request::Message(activation),
        Request::Message(json!({"protocol": ACTIVATION})),
        Request::Message(json!({"protocol": RPC})),
        Request::Message(json!({"protocol": "x"})),
        Request::Message(json!({})),
        Request::Message(json!([1])),
        text(None, "{"),
        text(Some(RPC), "{"),
        text(Some(ACTIVATION), "{"),
        text(Some("x"), "{}"),
        text(None, "{}"),
        text(None, "\u{0}"),
    ]
}

/// All that a caller gets.
fn outside(answer: &Answer) -> (Option<String>, u8, Option<(u8, String)>) {
    let reply = answer.reply.as_deref();
    let failure = answer.failure.as_ref();
    (
        reply.map(|reply| String::from_utf8_lossy(reply).into_owned()),
        answer.exit,
        failure.map(|failure| (failure.code().as_u8(), failure.message().to_owned())),
    )
}

fn compare() {
    let program = std::env::current_exe().unwrap();
    let program = Program::new(program, "either").unwrap();
    let in_process = InProcess::new(Either);
    let mut with_ddl = program.clone();
    let ddl = in_process.about().ddl.clone().unwrap();
    with_ddl.set_ddl(ddl, "the code").unwrap();
    // The program's own check, and that before its start.
    let programs = [OutOfProcess::agent(program), OutOfProcess::agent(with_ddl)];
    assert_eq!(programs[1].about(), in_process.about());
    for request in requests() {
        for program in &programs {
            let within = in_process.answer(request.clone(), call());
            let without = program.answer(request.clone(), call());
            assert_eq!(outside(&without), outside(&within), "{request:?}");
            // A program prints what is for the log alone.
            let failure = within.failure.as_ref();
            let own = failure.filter(|failure| failure.log_message() != failure.message());
            let texts = own.map(|failure| failure.log_message().to_owned());
            for text in texts.into_iter().chain(within.warnings) {
                let printed = without.warnings.join("\n");
                assert!(printed.contains(&text), "{request:?}: {text}: {printed}");
            }
        }
    }
}

fn main() -> ExitCode {
    if std::env::args_os().len() == 1 {
        compare();
        return ExitCode::SUCCESS;
    }
    choria_external::dispatch::<Either>()
}
