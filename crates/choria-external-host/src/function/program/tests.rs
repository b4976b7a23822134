use std::borrow::Cow;

use choria_external_ddl::Metadata;
use choria_external_protocol::{
    Activation, Carrier, Environment, FunctionType as _, Part, PartBy, RequestBy, Settings,
};
use choria_external_service::{CallInfo, Request, Service as _};
use serde_json::json;

use super::super::message::Message;
use super::*;
use crate::OutOfProcess;

/// A program in a shell whose messages are those of an activation, by another
/// carrier.
fn program(carrier: Carrier, script: &str, more: &[&str]) -> FunctionProgram {
    let function = Function {
        name: "test".into(),
        request: Message::Linked(Activation::REQUEST),
        reply: Message::Linked(Activation::REPLY),
        carrier,
        decode: None,
    };
    let mut program = FunctionProgram::new("/bin/sh", function).unwrap();
    program.arguments = ["-c", script, "name"].map(Into::into).into();
    program
        .arguments
        .extend(more.iter().map(|&word| word.into()));
    program
}

fn request() -> Value {
    json!({
        "$schema": "https://choria.io/schemas/mcorpc/external/v1/activation_request.json",
        "protocol": Activation::REQUEST.protocol(),
        "agent": "parrot",
    })
}

fn reply(program: &FunctionProgram) -> Result<Value, String> {
    let outcome = program.call(&request()).unwrap();
    outcome.reply.map_err(|error| error.to_string())
}

fn by_stdin() -> Carrier {
    Carrier {
        request: RequestBy::Stdin,
        reply: ReplyBy::Stdout,
        settings: Settings::Nowhere,
        facts: None,
        ..Carrier::FILES
    }
}

const YES: &str = r#"{"activate":true}"#;

#[test]
fn files_are_those_of_an_agent() {
    let script = format!(
        "test -s \"$1\" && test \"$CHORIA_EXTERNAL_REPLY\" = \"$2\" && echo '{YES}' > \"$2\""
    );
    let outcome = program(Carrier::FILES, &script, &[])
        .call(&request())
        .unwrap();
    assert_eq!(outcome.reply, Ok(json!({"activate": true})));
    let names: Vec<&str> = outcome.trace.files.iter().map(|file| &*file.name).collect();
    assert_eq!(names, ["request", "reply", "facts"]);
}

#[test]
fn a_request_on_standard_input_can_be_long_and_need_not_be_read() {
    let mut long = request();
    long["more"] = "x".repeat(1 << 20).into();
    let copy = program(
        by_stdin(),
        "test $(wc -c) -gt 1000000 && echo '{\"activate\":true}'; echo log >&2",
        &[],
    );
    let outcome = copy.call(&long).unwrap();
    assert_eq!(outcome.reply, Ok(json!({"activate": true})));
    assert_eq!(outcome.log.len(), 1);
    let deaf = program(by_stdin(), &format!("echo '{YES}'"), &[]);
    assert!(deaf.call(&long).unwrap().reply.is_ok());
}

#[test]
fn a_path_and_parts_arrive_where_the_carrier_says() {
    let by_path = Carrier {
        request: RequestBy::PathIn(Cow::Borrowed("TASK")),
        environment: Environment::Nothing,
        ..by_stdin()
    };
    let script = format!("grep -q parrot \"$TASK\" && echo '{YES}'");
    let script = format!("PATH=/usr/bin:/bin; {script}");
    assert!(reply(&program(by_path, &script, &[])).is_ok());
    let parts = vec![
        Part::new("agent", PartBy::Variable(Cow::Borrowed("AGENT"))),
        Part::new("protocol", PartBy::FileIn(Cow::Borrowed("FILE"))),
    ];
    let by_parts = Carrier {
        request: RequestBy::Parts(parts.into()),
        ..by_stdin()
    };
    let script = format!("test \"$AGENT\" = parrot && grep -q '\"io' \"$FILE\" && echo '{YES}'");
    assert!(reply(&program(by_parts, &script, &[])).is_ok());
}

#[test]
fn where_both_streams_are_the_reply_each_line_counts() {
    let joined = Carrier {
        reply: ReplyBy::Streams,
        exit_is_reply: true,
        ..by_stdin()
    };
    let script = "printf '{\"activate\":' >&2; echo true}; exit 3";
    assert!(reply(&program(joined.clone(), script, &[])).is_ok());
    let noisy = program(joined, &format!("echo oops >&2; echo '{YES}'"), &[]);
    assert!(
        reply(&noisy)
            .unwrap_err()
            .starts_with("the reply is not JSON")
    );
}

#[test]
fn an_answer_has_the_exit_code_that_is_a_part_of_the_reply() {
    let exit = |exit_is_reply, code: u8| {
        let carrier = Carrier {
            exit_is_reply,
            ..by_stdin()
        };
        let script = format!("echo '{YES}'; exit {code}");
        let mut program = program(carrier, &script, &[]);
        program.function.name = Activation::NAME.into();
        let service = OutOfProcess::function::<Activation>(program, Metadata::default());
        service
            .answer(Request::Message(request()), CallInfo::local())
            .exit
    };
    assert_eq!((exit(true, 3), exit(true, 0)), (3, 0));
    // Without that, such an end is a failure, which has a reply.
    assert_eq!(exit(false, 3), 0);
}

#[test]
fn what_is_no_reply_is_told() {
    let failing = program(by_stdin(), &format!("echo '{YES}'; exit 3"), &[]);
    assert_eq!(
        reply(&failing).unwrap_err(),
        "executing sh failed: exit status 3"
    );
    let other = program(by_stdin(), "echo '{\"activate\":1}'", &[]);
    let why = reply(&other).unwrap_err();
    assert!(why.contains("$.activate"), "{why}");
    let mut slow = program(by_stdin(), "exec sleep 600", &[]);
    slow.limit = Duration::from_millis(50);
    assert_eq!(
        reply(&slow).unwrap_err(),
        "it took longer than 0.05 s and was killed"
    );
    let refused = failing.call(&json!({})).unwrap_err();
    assert!(matches!(refused, HostError::Request(_)), "{refused}");
}
