//! Programs of other function types than an agent's under `run`.

use super::agents::{GOOD, parrot, reply, write};
use super::*;
use crate::programs::built;
use crate::python;
use choria_external_protocol::FUNCTIONS_OFFER;

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
    // It ends once the other process tells by a FIFO that it is there.
    let action = format!(
        "rm -f \"$0.runs\"; mkfifo \"$0.runs\"\n\
         sh -c 'echo > \"$0\"; while :; do sleep 60; done' \"$0.runs\" >/dev/null 2>&1 &\n\
         read line < \"$0.runs\"\n{}",
        greeting("Good day")
    );
    let folder = described(&description(), &action);
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

/// What a user sees of `check` of a program in a shell.
fn checked(action: &str, more: &[&str]) -> (Option<i32>, String) {
    let folder = described(&description(), action);
    let arguments = [&["check", "./shell_greeter"], more].concat();
    let output = run(folder.path(), &arguments);
    (output.status.code(), seen(folder.path(), &output))
}

#[test]
fn a_program_is_checked_by_the_rules_of_every_type() {
    let folder = TempDir::new().unwrap();
    let greeter = built("greeter");
    let greeter = greeter.to_str().unwrap();
    for (name, more) in [
        ("check_function", &[][..]),
        ("check_function_sample", &["--request", "sample"]),
    ] {
        let output = run(folder.path(), &[&["check", greeter], more].concat());
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        insta::assert_snapshot!(name, seen(folder.path(), &output));
    }
    for (name, more) in [
        ("check_function_action", &["--action", "greet"][..]),
        ("check_function_no_rule", &["--only", "C005"]),
        ("check_function_bad_request", &["--request", "{}"]),
        ("check_function_no_json", &["--request", "{"]),
    ] {
        let output = run(folder.path(), &[&["check", greeter], more].concat());
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        insta::assert_snapshot!(name, seen(folder.path(), &output));
    }
    let agent = parrot(&reply(GOOD));
    let output = run(agent.path(), &["check", "./parrot", "--request", "sample"]);
    assert_eq!(output.status.code(), Some(2));
    insta::assert_snapshot!("check_function_of_an_agent", seen(agent.path(), &output));
}

#[test]
fn a_program_that_breaks_the_rules_fails_the_check() {
    let good = greeting("Good day");
    for (name, code, action) in [
        ("check_function_exit", 1, format!("{good}exit 3")),
        ("check_function_no_reply", 1, "exit 0".into()),
        ("check_function_dies", 1, "kill -9 $$".into()),
        (
            "check_function_long_line",
            1,
            format!("head -c 70000 /dev/zero | tr '\\0' x; echo; {good}"),
        ),
        ("check_function_good", 0, good.clone()),
    ] {
        let (exit, seen) = checked(&action, &["--request", "sample"]);
        assert_eq!(exit, Some(code), "{seen}");
        insta::assert_snapshot!(name, seen);
    }
    // It hangs: two starts are enough to see it.
    let (exit, seen) = checked(
        "exec sleep 600",
        &["--only", "C029,C031", "--timeout", "0.1"],
    );
    assert_eq!(exit, Some(1), "{seen}");
    insta::assert_snapshot!("check_function_hangs", seen);
}

#[cfg(target_os = "linux")]
#[test]
fn what_a_checked_program_leaves_running_fails_the_check() {
    let action = format!(
        "rm -f \"$0.runs\"; mkfifo \"$0.runs\"\n\
         sh -c 'echo > \"$0\"; while :; do sleep 60; done' \"$0.runs\" >/dev/null 2>&1 &\n\
         read line < \"$0.runs\"\n{}",
        greeting("Good day")
    );
    let (exit, seen) = checked(&action, &["--only", "C030"]);
    assert_eq!(exit, Some(1), "{seen}");
    assert!(
        seen.contains("FAIL C030") && seen.contains("sleep 60"),
        "{seen}"
    );
}

#[test]
fn the_greeter_passes_its_test_file() {
    let folder = TempDir::new().unwrap();
    let file = crate::readme::repository().join("examples/greeter/tests.yaml");
    let greeter = built("greeter");
    let arguments = [
        "test",
        file.to_str().unwrap(),
        "--agent",
        greeter.to_str().unwrap(),
    ];
    let output = run(folder.path(), &arguments);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("3 cases: 3 passed"));
}

#[test]
fn a_test_file_has_requests_of_other_function_types() {
    let folder = described(&description(), &greeting("Good day"));
    let here = folder.path();
    let file = format!(
        "agent: ./shell_greeter\ncases:\n\
         \x20 - {{name: passes, request: sample, expect: {{data_has: {{greeting: Good day}}}}}}\n\
         \x20 - {{name: fails, request: {{protocol: {REQUEST}, name: Ann}}, expect: {{data_has: {{greeting: Good night}}}}}}\n\
         \x20 - {{name: is refused, request: {{protocol: {REQUEST}}}}}\n\
         \x20 - {{name: other request, request: {{protocol: other}}}}\n\
         \x20 - {{name: an action, action: greet}}\n"
    );
    fs::write(here.join("t.yaml"), &file).unwrap();
    let output = run(here, &["test", "t.yaml"]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    insta::assert_snapshot!("test_function", seen(here, &output));
    for format in ["json", "junit", "tap"] {
        let output = run(
            here,
            &["test", "t.yaml", "--filter", "s", "--format", format],
        );
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains("Good day"), "{text}");
    }
    // The same of a program that does not describe itself.
    fs::write(here.join("types.json"), description()).unwrap();
    fs::write(
        here.join("u.yaml"),
        "agent: ./plain\nfunctions: types.json\ncases:\n  - {name: passes, request: sample}\n",
    )
    .unwrap();
    write(here, "plain", &format!("#!/bin/sh\n{}", greeting("Hello")));
    let output = run(here, &["test", "u.yaml"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    // What failed becomes what is expected.
    let exact = file.replace(
        "data_has: {greeting: Good night}",
        "data: {greeting: Good night}",
    );
    fs::write(here.join("t.yaml"), exact).unwrap();
    let update = ["test", "t.yaml", "--filter", "fails", "--update"];
    assert_eq!(run(here, &update).status.code(), Some(0));
    let output = run(here, &["test", "t.yaml", "--filter", "fails"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

#[test]
fn a_wrong_test_file_of_another_function_type_is_told_with_its_place() {
    let folder = shell_greeter();
    let here = folder.path();
    for (name, file) in [
        (
            "test_function_both",
            "agent: ./shell_greeter\ncases:\n  - name: a\n    request: sample\n    action: greet\n    data: {}\n",
        ),
        (
            "test_function_status",
            "agent: ./shell_greeter\ncases:\n  - name: a\n    request: sample\n    expect: {status: 0}\n",
        ),
        (
            "test_function_word",
            "agent: ./shell_greeter\ncases:\n  - name: a\n    request: smaple\n",
        ),
        (
            "test_function_no_types",
            "agent: ./shell_greeter\nfunctions: nothing.json\ncases:\n  - name: a\n    request: sample\n",
        ),
    ] {
        fs::write(here.join("t.yaml"), file).unwrap();
        let output = run(here, &["test", "t.yaml"]);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        insta::assert_snapshot!(name, seen(here, &output));
    }
    let broken = described("[]", "exit 1");
    fs::write(
        broken.path().join("t.yaml"),
        "agent: ./shell_greeter\ncases:\n  - {name: a, request: sample}\n",
    )
    .unwrap();
    let output = run(broken.path(), &["test", "t.yaml"]);
    assert_eq!(output.status.code(), Some(2));
    insta::assert_snapshot!("test_function_tells_nothing", seen(broken.path(), &output));
    let agent = parrot(&reply(GOOD));
    let file = "agent: ./parrot\ncases:\n  - {name: a, request: sample}\n";
    fs::write(agent.path().join("t.yaml"), file).unwrap();
    let output = run(agent.path(), &["test", "t.yaml"]);
    assert_eq!(output.status.code(), Some(2));
    insta::assert_snapshot!("test_function_of_an_agent", seen(agent.path(), &output));
}
