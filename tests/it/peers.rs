//! Programs of other authors, in Python: an agent of theirs under our host, and
//! our example under a caller of theirs.

use std::process::Command;

use choria_external_host::log::Level;
use choria_external_host::{Call, Program};
use serde::Deserialize;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::programs::built;
use crate::python;

/// The agent of `tests/python/parrot` as it would be installed. It starts by
/// the interpreter that its first line names.
pub(crate) fn python_agent() -> (TempDir, Program) {
    let folder = tempfile::tempdir().unwrap();
    let agent = folder.path().join("parrot");
    // Written by another process: while this one has a program open for
    // writing, a child that another test starts just then can keep it busy.
    let status = Command::new("sh")
        .arg("-c")
        .arg(r#"{ printf '#!%s\n' "$1"; tail -n +2 "$2"; } > "$3" && chmod +x "$3" && cp "$2.json" "$3.json""#)
        .arg("sh")
        .args([python::interpreter(), python::folder().join("parrot/parrot"), agent.clone()])
        .status()
        .unwrap();
    assert!(status.success());
    let program = Program::find(&agent, None).unwrap();
    (folder, program)
}

#[test]
fn an_agent_in_python_is_activated_and_called() {
    let (_folder, program) = python_agent();
    let mut call = Call::new("echo", &json!({"message": "hi"}));
    call.callerid = "choria=alice.mcollective".into();
    let outcome = program.call(&call).unwrap();

    let reply = outcome
        .reply
        .clone()
        .unwrap_or_else(|| panic!("{outcome:?}"));
    assert!(
        outcome.activated && outcome.warnings.is_empty(),
        "{outcome:?}"
    );
    assert!(reply.statuscode.is_ok());
    assert_eq!(
        reply.data,
        json!({"message": "hi", "caller": "choria=alice.mcollective"})
    );
    // Their library prints the folder of its schemas; it must not become part
    // of the reply.
    let printed = outcome
        .log
        .iter()
        .find(|line| line.line.ends_with("schemas"));
    assert_eq!(
        printed.map(|line| line.level),
        Some(Level::Info),
        "{outcome:?}"
    );
}

#[test]
fn an_agent_in_python_runs_under_the_command() {
    let (_folder, program) = python_agent();
    let output = Command::new(env!("CARGO_BIN_EXE_command"))
        .arg("run")
        .arg(&program.path)
        .args(["echo", "message=hi", "--json"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let object: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(object["activated"], true);
    assert_eq!(object["reply"]["data"]["message"], "hi");
    assert_eq!(object["reply"]["statuscode"], 0);
}

#[test]
fn an_agent_in_python_reads_its_settings() {
    let (folder, program) = python_agent();
    std::fs::create_dir(folder.path().join("plugin.d")).unwrap();
    std::fs::write(folder.path().join("plugin.d/parrot.cfg"), "prefix = say:\n").unwrap();
    let outcome = program
        .call(&Call::new("echo", &json!({"message": "hi"})))
        .unwrap();
    assert_eq!(outcome.reply.unwrap().data["message"], "say:hi");
}

#[test]
fn an_agent_in_python_fails_with_its_own_words() {
    let (_folder, program) = python_agent();
    let reply = program
        .call(&Call::new("fail", &json!({})))
        .unwrap()
        .reply
        .unwrap();
    assert_eq!(reply.statuscode, 1);
    assert_eq!(reply.statusmsg, "RPC Aborted: RPC Aborted: no seeds left");
}

#[test]
fn an_agent_in_python_never_sees_an_input_that_its_ddl_refuses() {
    let (_folder, program) = python_agent();
    let outcome = program
        .call(&Call::new("echo", &json!({"message": "a;b"})))
        .unwrap();
    let reply = outcome.reply.unwrap();
    assert_eq!(reply.statuscode, 1);
    assert!(
        reply.statusmsg.ends_with("may not contain ';'"),
        "{}",
        reply.statusmsg
    );
}

/// What came of one call by the Python caller.
#[derive(Debug, Deserialize)]
struct Answer {
    exit: i32,
    /// The package's class for the reply.
    kind: String,
    /// What that class says of it.
    successful: bool,
    /// Its attributes, once the published schema took the reply.
    attributes: Value,
}

/// Has the Python caller build requests of these classes with these fields, and
/// start our example with each in turn.
fn python_calls(program: &str, requests: &[(&str, Value)]) -> Vec<Answer> {
    let mut caller = python::program("caller.py");
    caller.arg(built(program));
    let lines: Vec<String> = requests
        .iter()
        .map(|request| json!(request).to_string())
        .collect();
    let output = python::output(caller, lines.join("\n").as_bytes());
    let answers: Vec<Answer> = output
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(answers.len(), requests.len(), "{output}");
    answers
}

fn rpc_request(action: &str, data: Value) -> (&'static str, Value) {
    let fields = json!({
        "agent": "parrot",
        "action": action,
        "requestid": "f8a2decdcdbd4616ac1d5b7c011252c8",
        "senderid": "client.example.net",
        "callerid": "choria=alice.mcollective",
        "collective": "mcollective",
        "ttl": 60,
        "msgtime": 1_795_265_775,
        "data": data,
    });
    ("ExternalRPCRequest", fields)
}

#[test]
fn our_agent_answers_a_caller_in_python() {
    let requests = [
        ("ExternalActivationRequest", json!({"agent": "parrot"})),
        rpc_request("echo", json!({"message": "h\u{e9} \u{1f99c}"})),
        rpc_request("echo", json!({})),
        rpc_request("echo", json!({"message": "a;b"})),
        rpc_request("fail", json!({})),
        rpc_request("panic", json!({})),
        rpc_request("sing", json!({})),
    ];
    let answers = python_calls("parrot", &requests);
    for answer in &answers {
        // A server ignores the reply of a program that ends with another status.
        assert_eq!(answer.exit, 0, "{answer:?}");
    }
    let [activation, calls @ ..] = &*answers else {
        panic!("no answers");
    };
    assert_eq!(activation.kind, "ActivationReply");
    assert_eq!(activation.attributes, json!({"activate": true}));
    assert_eq!(calls[0].attributes["data"]["message"], "h\u{e9} \u{1f99c}");
    let read: Vec<(&str, bool, i64)> = calls
        .iter()
        .map(|call| {
            let code = call.attributes["statuscode"].as_i64().unwrap();
            (&*call.kind, call.successful, code)
        })
        .collect();
    let wanted = [0, 3, 4, 1, 5, 2].map(|code| ("ActionReply", code == 0, code));
    assert_eq!(read, wanted, "{calls:?}");
    for call in &calls[1..] {
        assert_ne!(call.attributes["statusmsg"], "", "{call:?}");
    }
}
