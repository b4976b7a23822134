use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use choria_external_ddl::Metadata;
use choria_external_protocol::{Activation, DiscoveryFunction, FunctionType as _, Rpc, registry};
use choria_external_service::{Answer, CallInfo, Request, Service};
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use super::OutOfProcess;
use crate::{Function, FunctionProgram, Program};

/// A script in a shell.
struct Script {
    folder: TempDir,
}

impl Script {
    fn new(text: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let script = Self { folder };
        fs::write(script.path(), format!("#!/bin/sh\n{text}\n")).unwrap();
        fs::set_permissions(script.path(), fs::Permissions::from_mode(0o755)).unwrap();
        script
    }

    fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("agent")
    }

    fn agent(&self) -> OutOfProcess {
        OutOfProcess::agent(Program::new(self.path(), "agent").unwrap())
    }

    fn source(&self) -> OutOfProcess {
        let registry = registry().unwrap();
        let registration = registry.get(DiscoveryFunction::REQUEST.protocol()).unwrap();
        let program = FunctionProgram::new(self.path(), Function::of(registration)).unwrap();
        let metadata = Metadata {
            name: "source".into(),
            ..Metadata::default()
        };
        OutOfProcess::function::<DiscoveryFunction>(program, metadata)
    }
}

fn action(service: &OutOfProcess, call: CallInfo) -> Answer {
    service.answer(Request::action("act", Map::new()), call)
}

/// The text of a failure, which the reply has too.
fn failure(answer: &Answer) -> String {
    let failure = answer.failure.as_ref().unwrap();
    let reply = answer.json().unwrap();
    assert_eq!(reply["statuscode"], failure.code().as_u8());
    assert_eq!(reply["statusmsg"], failure.message());
    assert_eq!(answer.exit, 0);
    failure.message().to_owned()
}

fn discovery(timeout: f64) -> Value {
    json!({
        "$schema": "https://choria.io/schemas/choria/discovery/v1/external_request.json",
        "protocol": DiscoveryFunction::REQUEST.protocol(),
        "collective": "mcollective",
        "filter": {"fact": [], "cf_class": [], "agent": [], "identity": [], "compound": []},
        "federations": null,
        "options": {},
        "timeout": timeout,
    })
}

const OK: &str = r#"echo '{"statuscode":0,"statusmsg":"OK","data":{}}' > "$2""#;

#[test]
fn the_reply_is_that_of_the_program_as_it_is() {
    let script = Script::new(&format!("echo to the log >&2; echo unheard; {OK}"));
    let answer = action(&script.agent(), CallInfo::local());
    assert_eq!(
        answer.reply.as_deref(),
        Some(&b"{\"statuscode\":0,\"statusmsg\":\"OK\",\"data\":{}}\n"[..])
    );
    assert_eq!(
        (answer.failure, answer.warnings, answer.exit),
        (None, vec!["to the log".to_owned()], 0)
    );
}

#[test]
fn a_program_gets_who_calls_and_the_keys_that_are_its_own() {
    let script = Script::new(&format!(
        r#"grep -q '"callerid":"choria=alice"' "$1" && grep -q '"more":1' "$1" && {OK}"#
    ));
    let message = json!({
        "$schema": "https://choria.io/schemas/mcorpc/external/v1/rpc_request.json",
        "protocol": Rpc::REQUEST.protocol(), "agent": "agent", "action": "act", "data": {},
        "more": 1, "callerid": "choria=root",
    });
    let call = CallInfo::new("f8a2", "choria=alice");
    let answer = script.agent().answer(Request::Message(message), call);
    assert_eq!(answer.failure, None, "{answer:?}");
}

#[test]
fn a_program_without_a_reply_is_a_failure() {
    for (script, text) in [
        ("exit 3", "executing agent failed: exit status 3"),
        ("kill -SEGV $$", "executing agent failed: exit status -1"),
        (
            "rm \"$2\"; mkfifo \"$2\"",
            "its reply was replaced by a FIFO: a server would hang or fail to read it; write a regular file there",
        ),
    ] {
        let answer = action(&Script::new(script).agent(), CallInfo::local());
        assert_eq!(
            failure(&answer),
            format!("action 'act' gave no reply: {text}")
        );
        assert_eq!(answer.failure.unwrap().code(), 5);
    }
    let answer = action(&Script::new("echo '[]' > $2").agent(), CallInfo::local());
    assert!(
        failure(&answer).starts_with("the reply cannot be read: not a valid io.choria."),
        "{answer:?}"
    );
    let missing = OutOfProcess::agent(Program::new("/no/such/agent", "agent").unwrap());
    assert_eq!(
        failure(&action(&missing, CallInfo::local())),
        "action 'act' gave no reply: executing agent failed: fork/exec /no/such/agent: no such file or directory"
    );
}

#[test]
fn the_first_limit_that_ends_counts() {
    let hanging = Script::new("exec sleep 600");
    let mut program = Program::new(hanging.path(), "agent").unwrap();
    program.limit = Duration::from_millis(100);
    let service = OutOfProcess::agent(program);
    for call in [
        CallInfo::local(),
        CallInfo::local().with_limit(Duration::from_mins(1)),
    ] {
        assert_eq!(
            failure(&action(&service, call)),
            "action 'act' had no answer after 0.1 s and was ended"
        );
    }
    let call = CallInfo::local().with_limit(Duration::from_millis(200));
    let answer = action(&hanging.agent(), call);
    let text = failure(&answer);
    assert!(
        text.starts_with("action 'act' had no answer after 0."),
        "{text}"
    );
    // The request itself has a limit.
    let start = Instant::now();
    let message = Request::Message(discovery(1.0));
    let answer = hanging.source().answer(message, CallInfo::local());
    assert!(start.elapsed() < Duration::from_mins(1));
    assert_eq!(
        answer.failure.unwrap().message(),
        "discovery had no answer after 1.0 s and was ended"
    );
    let error = "discovery had no answer after 1.0 s and was ended";
    let reply: Value = serde_json::from_slice(&answer.reply.unwrap()).unwrap();
    assert_eq!(reply["error"], error);
}

#[test]
fn a_call_that_is_late_or_cancelled_starts_nothing() {
    let script = Script::new("touch \"$0.started\"");
    let service = script.agent();
    let late = CallInfo::local().with_limit(Duration::ZERO);
    assert_eq!(
        failure(&action(&service, late)),
        "the deadline had passed before the call began"
    );
    let cancelled = CallInfo::local();
    cancelled.cancel.cancel();
    assert_eq!(
        failure(&action(&service, cancelled)),
        "the call was cancelled before it began"
    );
    let mut program = Program::new(script.path(), "agent").unwrap();
    program.supervisor.cancel.cancel();
    program.limit = Duration::from_secs(1);
    let service = OutOfProcess::agent(program);
    assert_eq!(
        failure(&action(&service, CallInfo::local())),
        "the call was cancelled"
    );
    assert!(!script.folder.path().join("agent.started").exists());
}

#[test]
fn damaged_requests_get_a_reply_of_the_main_type() {
    let service = Script::new(OK).agent();
    let ask = |request| failure(&service.answer(request, CallInfo::local()));
    let text = |protocol, text| ask(Request::Text { protocol, text });
    assert_eq!(
        text(None, b"{"),
        "the message is not JSON: EOF while parsing an object at line 1 column 1"
    );
    let [rpc, activation] = [Rpc::REQUEST.protocol(), Activation::REQUEST.protocol()];
    assert_eq!(
        ask(Request::Message(json!({}))),
        format!(
            "the message has no string under the key protocol, expected one of {rpc}, {activation}"
        )
    );
    assert_eq!(
        text(Some("x"), b"{}"),
        format!("unknown protocol \"x\"; this program answers {rpc}, {activation}")
    );
    assert!(
        ask(Request::Message(json!({"protocol": rpc})))
            .starts_with(&format!("not a valid {rpc}: "))
    );
}

#[test]
fn an_activation_is_answered() {
    let script = Script::new(r#"echo '{"activate":true}' > "$2""#);
    let message = json!({
        "$schema": "https://choria.io/schemas/mcorpc/external/v1/activation_request.json",
        "protocol": Activation::REQUEST.protocol(),
        "agent": "agent",
    });
    let ask = |service: OutOfProcess| {
        service.answer(Request::Message(message.clone()), CallInfo::local())
    };
    assert_eq!(ask(script.agent()).json(), Some(json!({"activate": true})));
    let failing = ask(Script::new("exit 1").agent());
    assert_eq!(failing.json(), Some(json!({"activate": false})));
    assert_eq!(
        failing.failure.unwrap().message(),
        "activation gave no reply: executing agent failed: exit status 1"
    );
}

#[test]
fn a_source_has_arguments_of_the_call_and_reports_its_failures() {
    let script = Script::new(
        r#"p=io.choria.choria.discovery.v1.external_reply
echo "{\"protocol\":\"$p\",\"nodes\":[\"$1\"],\"error\":\"$2\"}" > "$CHORIA_EXTERNAL_REPLY""#,
    );
    let ask = |word: &str| {
        let mut call = CallInfo::local();
        call.arguments = vec!["one.example.net".into(), word.into()];
        let message = Request::Message(discovery(10.0));
        script.source().answer(message, call)
    };
    let answer = ask("");
    assert_eq!(answer.failure, None);
    assert_eq!(answer.json().unwrap()["nodes"], json!(["one.example.net"]));
    let failure = ask("disk 100%% full").failure.unwrap();
    assert_eq!(
        (failure.code().as_u8(), failure.message()),
        (1, "disk 100% full")
    );
}

#[test]
#[should_panic(expected = "is a program of the function type discovery, not rpc")]
fn a_program_of_another_type_is_noticed() {
    let registry = registry().unwrap();
    let registration = registry.get(DiscoveryFunction::REQUEST.protocol()).unwrap();
    let program = FunctionProgram::new("/bin/sh", Function::of(registration)).unwrap();
    let _ = OutOfProcess::function::<Rpc>(program, Metadata::default());
}
