//! Programs of other function types than an agent's under `run`.

use super::agents::{GOOD, parrot, reply, write};
use super::*;
use crate::programs::built;
use crate::python;
use choria_external_protocol::FUNCTIONS_OFFER;

mod checked;

const REQUEST: &str = "io.choria.choria.example.v1.external_request";
const REPLY: &str = "io.choria.choria.example.v1.external_reply";

/// What a user sees of the example greeter.
fn greeter(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    called(folder, built("greeter").to_str().unwrap(), arguments)
}

fn called(folder: &Path, program: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let output = run(folder, &[&["run", program], arguments].concat());
    (output.status.code(), seen(folder, &output))
}

/// What the greeter says of itself.
fn description() -> String {
    let output = Command::new(built("greeter"))
        .arg("--functions")
        .env_clear()
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// A folder with a program in POSIX shell that describes itself by this text, and
/// does `action` with a request.
fn described(text: &str, action: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    let script = format!(
        "#!/bin/sh\n\
         # --functions: {FUNCTIONS_OFFER}\n\
         if [ \"$1\" = --functions ]; then cat <<'END'\n{text}\nEND\nexit; fi\n\
         {action}\n"
    );
    write(folder.path(), "shell_greeter", &script);
    folder
}

fn greeting(text: &str) -> String {
    reply(&json!({"protocol": REPLY, "greeting": text, "error": ""}).to_string())
}

/// A greeting by a program that leaves another one running. It ends once the other one
/// says through a FIFO that it runs.
#[cfg(target_os = "linux")]
fn leaving() -> String {
    format!(
        "rm -f \"$0.runs\"; mkfifo \"$0.runs\"\n\
         sh -c 'echo > \"$0\"; while :; do sleep 60; done' \"$0.runs\" >/dev/null 2>&1 &\n\
         read line < \"$0.runs\"\n{}",
        greeting("Good day")
    )
}

/// A folder with a greeter in POSIX shell, which describes itself.
pub(super) fn shell_greeter() -> TempDir {
    described(&description(), &greeting("Good day"))
}

#[test]
fn a_request_has_four_forms() {
    let folder = TempDir::new().unwrap();
    let here = folder.path();
    let text = json!({"protocol": REQUEST, "name": "Ann", "language": "de"}).to_string();
    fs::write(here.join("ann.json"), &text).unwrap();
    for (name, arguments) in [
        ("function_keys", &["name=Ann", "language=de"][..]),
        ("function_json", &["--request", &text]),
        ("function_file", &["--request", "@ann.json"]),
        ("function_sample", &["--request", "sample"]),
    ] {
        let (code, seen) = greeter(here, arguments);
        assert_eq!(code, Some(0), "{seen}");
        insta::assert_snapshot!(name, seen);
    }
    let mut command = command(
        here,
        &["run", built("greeter").to_str().unwrap(), "--request", "-"],
    );
    let stdin = fs::File::open(here.join("ann.json")).unwrap();
    let output = command.stdin(stdin).output().unwrap();
    let (_, by_file) = greeter(here, &["--request", "@ann.json"]);
    assert_eq!(seen(here, &output), by_file);
}

#[test]
fn a_request_that_cannot_be_is_not_sent() {
    let folder = TempDir::new().unwrap();
    let here = folder.path();
    for (name, arguments) in [
        ("function_no_request", &[][..]),
        ("function_unknown_key", &["name=Ann", "colour=red"]),
        ("function_misspelt_key", &["nmae=Ann"]),
        ("function_key_twice", &["name=Ann", "name=Bob"]),
        ("function_no_required_key", &["language=de"]),
        ("function_wrong_value", &["name=Ann", "language=fr"]),
        ("function_action", &["greet"]),
        ("function_not_json", &["--request", "{"]),
        ("function_no_file", &["--request", "@nobody.json"]),
        (
            "function_other_protocol",
            &["--request", r#"{"protocol":"io.example","name":"Ann"}"#],
        ),
        (
            "function_keys_and_request",
            &["name=Ann", "--request", "sample"],
        ),
        ("function_data", &["name=Ann", "--data", "{}"]),
        ("function_repeat", &["name=Ann", "--repeat", "2"]),
        ("function_watch_stdin", &["--request", "-", "--watch"]),
    ] {
        let (code, seen) = greeter(here, arguments);
        assert_eq!(code, Some(2), "{seen}");
        insta::assert_snapshot!(name, seen);
    }
    let (code, seen) = greeter(here, &["--json"]);
    assert_eq!(code, Some(2));
    assert!(!seen.contains("Keys of"), "{seen}");
    let agent = parrot(&reply(GOOD));
    let (code, seen) = called(agent.path(), "./parrot", &["--request", "sample"]);
    assert_eq!(code, Some(2));
    insta::assert_snapshot!("function_of_an_agent", seen);
}

#[test]
fn settings_and_a_time_limit_are_those_of_the_command_line() {
    let folder = TempDir::new().unwrap();
    let here = folder.path();
    fs::write(here.join("greeter.cfg"), "not = Ann\n").unwrap();
    let arguments = ["name=Ann", "--config", "greeter.cfg", "--json"];
    let output = run(
        here,
        &[&["run", built("greeter").to_str().unwrap()], &arguments[..]].concat(),
    );
    assert_eq!(output.status.code(), Some(0));
    let mut object: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(object["seconds"].take().as_f64().unwrap() > 0.0);
    assert_eq!(
        object,
        json!({
            "function": "greeting",
            "reply": {"protocol": REPLY, "greeting": "", "error": "Ann is not greeted here"},
            "reason": null,
            "output": null,
            "log": [{"level": "ERROR", "line": "ERROR choria_external: code 1: Ann is not greeted here"}],
            "seconds": null,
            "exit": 0,
            "left": [],
        })
    );
    let folder = described(&description(), "exec sleep 600");
    let (code, seen) = called(
        folder.path(),
        "./shell_greeter",
        &["name=Ann", "--timeout", "0.05"],
    );
    assert_eq!(code, Some(1));
    insta::assert_snapshot!("function_timeout", seen);
}

#[test]
fn a_reply_that_breaks_its_schema_is_no_reply() {
    for (name, action) in [
        ("function_bad_reply", reply(r#"{"greeting": 5}"#)),
        ("function_no_json", reply("Good day")),
        (
            "function_exit_status",
            format!("{}exit 3", greeting("Good day")),
        ),
        ("function_no_reply", "echo nothing to say".into()),
    ] {
        let folder = described(&description(), &action);
        let (code, seen) = called(folder.path(), "./shell_greeter", &["name=Ann"]);
        assert_eq!(code, Some(1), "{seen}");
        insta::assert_snapshot!(name, seen);
    }
}

#[test]
fn what_is_no_description_of_function_types_is_told() {
    let mut broken: Value = serde_json::from_str(&description()).unwrap();
    broken[0]["request"]["schema"]["properties"]["name"]["type"] = "word".into();
    let mut elsewhere: Value = serde_json::from_str(&description()).unwrap();
    elsewhere[0]["reply"]["schema"]["$ref"] = "https://example.net/greeting.json".into();
    let mut carrier: Value = serde_json::from_str(&description()).unwrap();
    carrier[0]["carrier"]["reply"] = "pigeon".into();
    for (name, text) in [
        ("functions_none", "[]".into()),
        ("functions_no_json", "no such option".into()),
        ("functions_broken_schema", broken.to_string()),
        ("functions_schema_elsewhere", elsewhere.to_string()),
        ("functions_unknown_carrier", carrier.to_string()),
        ("functions_nothing", String::new()),
    ] {
        let folder = described(&text, &greeting("Good day"));
        let (code, seen) = called(folder.path(), "./shell_greeter", &["name=Ann"]);
        assert_eq!(code, Some(2), "{seen}");
        insta::assert_snapshot!(name, seen);
        // A file has the same rules.
        fs::write(folder.path().join("types.json"), &text).unwrap();
        let arguments = ["name=Ann", "--functions", "types.json"];
        let (code, _) = called(folder.path(), "./shell_greeter", &arguments);
        assert_eq!(code, Some(2));
    }
}

/// It has no library of ours, and does not know `--functions`.
#[test]
fn a_python_program_serves_the_type_by_its_carrier() {
    let folder = TempDir::new().unwrap();
    let here = folder.path();
    let text = format!(
        "#!{}\n{}",
        python::interpreter().display(),
        r#"
import json, os, sys

assert os.environ["CHORIA_EXTERNAL_PROTOCOL"] == sys.argv[3]
with open(os.environ["CHORIA_EXTERNAL_REQUEST"]) as file:
    request = json.load(file)
print("greeting", request["name"])
reply = {
    "protocol": "io.choria.choria.example.v1.external_reply",
    "greeting": "Good day, " + request["name"] + ", says Python.",
    "error": "",
}
with open(os.environ["CHORIA_EXTERNAL_REPLY"], "w") as file:
    json.dump(reply, file)
"#
    );
    write(here, "greeter.py", &text);
    fs::write(here.join("greeter.functions.json"), description()).unwrap();
    let arguments = ["name=Ann", "--functions", "greeter.functions.json"];
    let (code, seen) = called(here, "./greeter.py", &arguments);
    assert_eq!(code, Some(0), "{seen}");
    insta::assert_snapshot!("function_python", seen);
}

/// The request comes on standard input, the reply goes to standard output.
#[test]
fn a_carrier_is_the_one_that_the_program_describes() {
    let mut types: Value = serde_json::from_str(&description()).unwrap();
    types[0]["carrier"]["request"] = "stdin".into();
    types[0]["carrier"]["reply"] = "stdout".into();
    let text = json!({"protocol": REPLY, "greeting": "Hello", "error": ""});
    let action = format!("grep -q '\"name\":\"Ann\"' && echo read >&2 && echo '{text}'");
    let folder = described(&types.to_string(), &action);
    let here = folder.path();
    let (code, seen) = called(here, "./shell_greeter", &["name=Ann", "--keep", "kept"]);
    assert_eq!(code, Some(0), "{seen}");
    insta::assert_snapshot!("function_stdin", seen);
    let kept = fs::read_to_string(here.join("kept/greeting/stdin")).unwrap();
    assert!(kept.contains(REQUEST), "{kept}");
    let again = Command::new("sh")
        .arg(here.join("kept/greeting/start.sh"))
        .output();
    let stdout = String::from_utf8(again.unwrap().stdout).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&stdout).unwrap(), text);
}

/// Their carriers bring requests by standard input, in parts and by a path.
#[test]
fn programs_with_carriers_of_their_own_are_run() {
    let folder = TempDir::new().unwrap();
    let here = folder.path();
    fs::write(here.join("facts.json"), r#"{"os": "Debian"}"#).unwrap();
    fs::write(here.join("clerk.cfg"), "country = de\n").unwrap();
    let clerk = built("clerk");
    let arguments = ["node=n1", "--facts", "facts.json", "--config", "clerk.cfg"];
    let (code, seen) = called(here, clerk.to_str().unwrap(), &arguments);
    assert_eq!(code, Some(0), "{seen}");
    insta::assert_snapshot!("function_clerk", seen);
    // The reply of this one is not JSON, and how it is read only its type knows.
    let gauge = built("gauge");
    let arguments = ["name=tank", "words=[\"of\", \"water\"]"];
    let (code, seen) = called(here, gauge.to_str().unwrap(), &arguments);
    assert_eq!(code, Some(1), "{seen}");
    insta::assert_snapshot!("function_gauge", seen);
    let arguments = [
        "run",
        gauge.to_str().unwrap(),
        "name=tank",
        "words=[]",
        "--json",
    ];
    let object: Value = serde_json::from_slice(&run(here, &arguments).stdout).unwrap();
    assert_eq!(object["reply"], Value::Null);
    assert!(
        object["output"].as_str().unwrap().starts_with("tank"),
        "{object}"
    );
}

#[test]
fn a_start_is_shown_and_kept() {
    let folder = TempDir::new().unwrap();
    let here = folder.path();
    let arguments = ["name=Ann", "--verbose", "--keep", "kept"];
    let (code, seen) = greeter(here, &arguments);
    assert_eq!(code, Some(0), "{seen}");
    for part in [
        "# greeting\n",
        "CHORIA_EXTERNAL_REPLY=",
        "# exit code 0",
        "kept in kept/greeting",
    ] {
        assert!(seen.contains(part), "no {part} in {seen}");
    }
    let kept = here.join("kept/greeting");
    let request: Value =
        serde_json::from_slice(&fs::read(kept.join("request.json")).unwrap()).unwrap();
    assert_eq!(request, json!({"protocol": REQUEST, "name": "Ann"}));
    let before = fs::read(kept.join("reply.json")).unwrap();
    let status = Command::new("sh")
        .arg(kept.join("start.sh"))
        .status()
        .unwrap();
    assert!(status.success());
    assert_eq!(fs::read(kept.join("reply.json")).unwrap(), before);
}

#[cfg(target_os = "linux")]
#[test]
fn what_it_leaves_running_is_told_and_ended() {
    let folder = described(&description(), &leaving());
    let here = folder.path();
    let output = run(here, &["run", "./shell_greeter", "name=Ann", "--json"]);
    let object: Value = serde_json::from_slice(&output.stdout).unwrap();
    let left = object["left"][0].as_str().unwrap();
    assert!(left.contains("sleep 60"), "{object}");
    assert!(
        object["log"][0]["line"]
            .as_str()
            .unwrap()
            .contains("sleep 60"),
        "{object}"
    );
    let (code, seen) = called(here, "./shell_greeter", &["name=Ann"]);
    assert_eq!(code, Some(0));
    assert!(seen.contains("greeting: a valid reply"), "{seen}");
    assert!(seen.contains("WARN") && seen.contains("sleep 60"), "{seen}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_signal_ends_the_program_and_removes_its_files() {
    let action = "echo $$ > \"$0.runs\"; exec sleep 600";
    let folder = described(&description(), action);
    let temp = TempDir::new().unwrap();
    let fifo = crate::programs::fifo(folder.path().join("shell_greeter.runs"));
    let call = ["run", "./shell_greeter", "name=Ann", "--timeout", "500"];
    let started = command(folder.path(), &call)
        .env("TMPDIR", temp.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let program = fs::read_to_string(&fifo).unwrap();
    let kill = |arguments: &[&str]| {
        let mut kill = Command::new("kill");
        let status = kill.args(arguments).stderr(Stdio::null()).status();
        status.unwrap().success()
    };
    assert!(kill(&["-s", "INT", &started.id().to_string()]));
    let output = started.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{output:?}");
    assert_eq!(fs::read_dir(temp.path()).unwrap().count(), 0);
    assert!(!kill(&["-0", program.trim()]), "the program still runs");
}

/// Their types are linked into the command; they describe themselves all the same.
#[test]
fn a_discovery_source_is_a_program_of_a_function_type_too() {
    let folder = TempDir::new().unwrap();
    let source = built("static-discovery");
    let arguments = ["--request", "sample"];
    let (code, seen) = called(folder.path(), source.to_str().unwrap(), &arguments);
    assert_eq!(code, Some(0), "{seen}");
    insta::assert_snapshot!("function_discovery", seen);
}
