//! The harness against what a real Choria did, and against programs that
//! misbehave.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use choria_external_ddl::Ddl;
use choria_external_host::{
    Call, Cancel, Facts, HostError, Level, LogLine, Outcome, Program, Published,
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::vectors;

const RECORDER: &str = env!("CARGO_BIN_EXE_recorder");
const MISBEHAVE: &str = env!("CARGO_BIN_EXE_misbehave");

/// The DDL of the agent of the recordings.
fn ddl(name: &str) -> Ddl {
    let inputs = json!({
        "s": {"type": "string", "optional": true, "maxlength": 1_000_000},
        "i": {"type": "integer", "optional": true},
        "n": {"type": "number", "optional": true},
        "h": {"type": "hash", "optional": true},
        "a": {"type": "array", "optional": true},
        "f": {"type": "float", "optional": true},
        "b": {"type": "boolean", "optional": true},
        "l": {"type": "list", "list": ["x", "y"], "optional": true},
        "dv": {"type": "string", "maxlength": 20, "default": "from-client", "optional": true},
    });
    let output =
        json!({"value": {"description": "Value", "display_as": "Value", "default": "dflt"}});
    let ddl = json!({
        "metadata": {"name": name, "provider": "external", "version": "1.0.0", "timeout": 20},
        "actions": [
            {"action": "go", "input": inputs, "output": output},
            {"action": "bare", "input": {}, "output": {}},
        ],
    });
    Ddl::from_json(ddl.to_string().as_bytes()).unwrap()
}

/// A program with a folder of its own for its configuration.
struct Agent {
    folder: TempDir,
    program: Program,
}

impl Agent {
    fn new(executable: impl Into<PathBuf>, name: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let mut program = Program::new(executable, name).unwrap();
        program.set_ddl(ddl(name), "the test").unwrap();
        program.config = Some(folder.path().join(name));
        Self { folder, program }
    }

    fn recorder() -> Self {
        let mut agent = Self::new(RECORDER, "rec");
        let facts = json!({"role": "web", "os": {"family": "Debian", "major": 12}, "ratio": 1.5});
        agent.program.facts = facts.as_object().unwrap().clone().into();
        agent
    }

    /// What the recorder saw.
    fn record(&self, name: &str) -> Option<Value> {
        let text = fs::read(self.folder.path().join(name)).ok()?;
        Some(serde_json::from_slice(&text).unwrap())
    }

    fn misbehaving(plan: &str, reply: Option<&[u8]>) -> Self {
        let agent = Self::new(MISBEHAVE, "rec");
        fs::write(agent.program.config_file(), plan).unwrap();
        if let Some(reply) = reply {
            fs::write(agent.folder.path().join("reply"), reply).unwrap();
        }
        agent
    }

    fn go(&self) -> Outcome {
        self.program.call(&Call::new("go", &json!({}))).unwrap()
    }
}

const GOOD: &[u8] = br#"{"statuscode":0,"statusmsg":"OK","data":{"value":"hi"}}"#;

fn message(outcome: &Outcome) -> &str {
    &outcome.reply.as_ref().unwrap().statusmsg
}

/// `{x*5}` is short for `xxxxx`.
fn expand(text: &str) -> String {
    let Some((before, rest)) = text.split_once("{x*") else {
        return text.into();
    };
    let (count, after) = rest.split_once('}').unwrap();
    format!("{before}{}{after}", "x".repeat(count.parse().unwrap()))
}

/// Puts the placeholders of the recordings into a record of the recorder.
fn normalize(record: &Value, agent: &Agent) -> Value {
    let temp = std::env::temp_dir();
    let temp = temp.to_str().unwrap().trim_end_matches('/');
    let config = agent.folder.path().to_str().unwrap();
    let mut text = record
        .to_string()
        .replace(RECORDER, "{work}/plugins/mcollective/agent/rec")
        .replace(config, "{work}/etc/plugin.d")
        .replace(&format!("\"{temp}\""), "\"{tmp}\"");
    let own_path = serde_json::to_string(&std::env::var("PATH").unwrap()).unwrap();
    text = text.replace(
        &format!("\"PATH\":{own_path}"),
        "\"PATH\":\"{path of the server}\"",
    );
    for name in ["request", "reply", "facts"] {
        let start = format!("{temp}/{name}");
        while let Some(at) = text.find(&start) {
            let end = at + text[at..].find('"').unwrap();
            text.replace_range(at..end, &format!("{{tmp}}/{name}N"));
        }
    }
    serde_json::from_str(&text).unwrap()
}

/// Compares what the recorder saw with a recording. The request's own size
/// varies with what stands for the sender, and nothing runs as another user.
fn compare(case: &Value, seen: &Value) {
    for key in [
        "argv",
        "env",
        "cwd",
        "pgid_is_own",
        "sid_is_own",
        "stdin_first_read",
        "facts",
    ] {
        assert_eq!(seen[key], case[key], "{key}");
    }
    for (name, wanted) in case["files"].as_object().unwrap() {
        for key in ["path", "mode", "size", "error"] {
            assert_eq!(
                seen["files"][name].get(key),
                wanted.get(key),
                "{name} {key}"
            );
        }
    }
    assert_eq!(seen["request"], expand(case["request"].as_str().unwrap()));
}

#[cfg(target_os = "linux")]
#[test]
fn an_activation_is_what_a_real_server_does() {
    let cases = vectors::read_lines("network/activation.jsonl");
    assert!(!cases.is_empty());
    for case in cases {
        let agent = Agent::recorder();
        let outcome = agent.program.activate().unwrap();
        assert!(outcome.active, "{outcome:?}");
        compare(
            &case,
            &normalize(&agent.record("activation.json").unwrap(), &agent),
        );
    }
}

#[cfg(target_os = "linux")]
#[test]
fn an_action_is_what_a_real_server_does() {
    let cases = vectors::read_lines("network/rpc.jsonl");
    assert!(cases.len() >= 17);
    for case in cases {
        let name = case["case"].as_str().unwrap();
        let agent = Agent::recorder();
        let mut call = match sent(&agent, &case) {
            Ok(call) => call,
            Err(error) => {
                let wanted = format!("could not run: invalid input: {error}\n");
                assert_eq!(case["cli"]["stderr"], wanted, "{name}");
                continue;
            }
        };
        if let Some(request) = case["request"].as_str() {
            let request: Value = serde_json::from_str(&expand(request)).unwrap();
            let text = |key: &str| request[key].as_str().unwrap().to_owned();
            call.requestid = text("requestid");
            call.senderid = text("senderid");
            call.callerid = text("callerid");
            call.collective = text("collective");
            call.ttl = request["ttl"].as_i64().unwrap();
            call.msgtime = request["msgtime"].as_i64().unwrap();
        }
        let outcome = agent.program.call(&call).unwrap();
        let published = case["published"].as_str().unwrap_or_default();
        if published.starts_with("ERROR") {
            // The client could not send it: here it is a warning.
            assert!(
                outcome.warnings[0].contains("is lost on a real network"),
                "{name}: {outcome:?}"
            );
            continue;
        }
        if case.get("cli").is_none() {
            let reply = outcome.reply.unwrap();
            assert_eq!(
                String::from_utf8(reply.to_json()).unwrap(),
                published,
                "{name}"
            );
        }
        let record = agent.record("action.json");
        assert_eq!(record.is_some(), case["request"].is_string(), "{name}");
        if let Some(record) = record {
            compare(&case, &normalize(&record, &agent));
        }
    }
}

/// The call that a client sent: as JSON, or as it was typed.
fn sent(agent: &Agent, case: &Value) -> Result<Call, String> {
    let text = case["sent"].as_str().unwrap();
    if case.get("cli").is_some() {
        let arguments = text.split(' ').map(|one| one.split_once('=').unwrap());
        let arguments = arguments
            .map(|(name, value)| (name.into(), value.into()))
            .collect();
        let action = agent.program.ddl.as_ref().unwrap().action("go").unwrap();
        return Ok(Call::new(
            "go",
            &action.inputs_from_text(&arguments)?.into(),
        ));
    }
    let published = case["published"].as_str().unwrap();
    let published: Value = serde_json::from_str(published).unwrap_or_default();
    let action = published["action"].as_str().unwrap_or("go");
    let data = if text == "absent" {
        "{}".into()
    } else {
        expand(text)
    };
    Ok(Call::from_json(action, &data).unwrap())
}

#[test]
fn replies_are_published_as_on_a_real_network() {
    let text = vectors::text("network/reply_seen.jsonl");
    // A byte that is not UTF-8 stands there as half a character.
    let text = text.replace(r"\udcff", r"\ue0ff");
    let cases: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(cases.len() >= 20);
    for case in cases {
        let name = case["case"].as_str().unwrap();
        let plan = case["plan"].as_object().unwrap();
        let reply: Option<Vec<u8>> = plan.get("reply").map(|reply| {
            let reply = reply.as_str().unwrap().as_bytes();
            let mark = "\u{e0ff}".as_bytes();
            match reply.windows(mark.len()).position(|window| window == mark) {
                Some(at) => [&reply[..at], &[0xff], &reply[at + mark.len()..]].concat(),
                None => reply.to_vec(),
            }
        });
        let lines = plan
            .iter()
            .filter(|(key, _)| *key != "reply")
            .map(|(key, value)| format!("{key}={value}\n"));
        let mut agent = Agent::misbehaving(&lines.collect::<String>(), reply.as_deref());
        let wanted = expand(case["published"].as_str().unwrap());
        if wanted.starts_with("ERROR no reply") {
            agent.program.limit = Duration::from_millis(200);
            let outcome = agent.go();
            assert!(
                outcome.activated && outcome.reply.is_none(),
                "{name}: {outcome:?}"
            );
            continue;
        }
        let published = agent.go().reply.unwrap().to_json();
        // The recorded agent was a program of the name rec.
        let mut published = String::from_utf8(published)
            .unwrap()
            .replace("executing misbehave", "executing rec");
        if let Some(at) = published.find("open ") {
            let end = at + published[at..].find(": no such file").unwrap();
            published.replace_range(at..end, "open {tmp}/replyN");
        }
        assert_eq!(published, wanted, "{name}");
    }
}

/// The DDL of the programs that printed the vectors.
fn outputs(outputs: &Value) -> choria_external_ddl::Action {
    let ddl =
        json!({"metadata": {"name": "rep"}, "actions": [{"action": "run", "output": outputs}]});
    let ddl = Ddl::from_json(ddl.to_string().as_bytes()).unwrap();
    ddl.action("run").unwrap().clone()
}

#[test]
fn reply_files_are_read_as_the_server_reads_them() {
    let cases = vectors::read("reply_handling.json");
    assert!(cases.len() >= 25);
    let action = outputs(&json!({"a": {"default": "adef"}}));
    for case in cases {
        assert_eq!(case["exit_code"], 0);
        let file = case["reply_file"].as_str().unwrap();
        let published =
            Published::from_reply("rep", "run", Some(&action), file.as_bytes()).unwrap();
        assert_eq!(
            serde_json::to_value(published).unwrap(),
            case["published"],
            "{file}"
        );
    }
}

#[test]
fn output_defaults_are_filled_in_by_the_server() {
    let action = outputs(&json!({"o": {"default": 1}, "p": {"default": false}, "q": {}}));
    for case in vectors::read("output_defaults.json") {
        let file = json!({"statuscode": 0, "statusmsg": "OK", "data": case["data"]}).to_string();
        let published =
            Published::from_reply("rep", "run", Some(&action), file.as_bytes()).unwrap();
        assert_eq!(published.data, case["result"]);
    }
}

#[test]
fn what_a_wrong_reply_says_beside_its_error_stays() {
    let published = |file: &str| {
        let published = Published::from_reply("rep", "run", None, file.as_bytes()).unwrap();
        let short = "Could not call external agent rep#run: failed to decode reply json: json: cannot unmarshal ";
        String::from_utf8(published.to_json())
            .unwrap()
            .replace(short, "...")
    };
    for (file, wanted) in [
        (
            r#"{"statuscode":"1","data":{"x":1},"action":"z"}"#,
            r#"{"action":"z","statuscode":1,"statusmsg":"...string into Go struct field Reply.statuscode of type mcorpc.StatusCode","data":{"x":1}}"#,
        ),
        (
            r#"{"statusmsg":1,"data":null}"#,
            r#"{"action":"run","statuscode":1,"statusmsg":"...number into Go struct field Reply.statusmsg of type string","data":"{}"}"#,
        ),
        (
            r#"{"action":[],"statuscode":300}"#,
            r#"{"action":"run","statuscode":1,"statusmsg":"...array into Go struct field Reply.action of type string","data":{}}"#,
        ),
        (
            r#"{"data":{"n":1e999,"m":[2,-1e999]},"statuscode":2}"#,
            r#"{"action":"run","statuscode":1,"statusmsg":"...number 1e999 into Go struct field Reply.data of type float64","data":{"m":[2,null],"n":null}}"#,
        ),
        (
            r#"{"data":1e999}"#,
            r#"{"action":"run","statuscode":1,"statusmsg":"...number 1e999 into Go struct field Reply.data of type float64","data":{}}"#,
        ),
        (
            r#"{"statuscode":256}"#,
            r#"{"action":"run","statuscode":1,"statusmsg":"...number 256 into Go struct field Reply.statuscode of type mcorpc.StatusCode","data":{}}"#,
        ),
        (
            r#"{"statuscode":true}"#,
            r#"{"action":"run","statuscode":1,"statusmsg":"...bool into Go struct field Reply.statuscode of type mcorpc.StatusCode","data":{}}"#,
        ),
        (
            "null",
            r#"{"action":"run","statuscode":1,"statusmsg":"Could not set reply defaults: reply data is in the wrong format","data":{}}"#,
        ),
        (
            "{\"\u{17f}tatu\u{17f}code\":3,\"statuscode\":4,\"data\":{},\"data\":{\"b\":1}}",
            r#"{"action":"run","statuscode":4,"statusmsg":"OK","data":{"b":1}}"#,
        ),
    ] {
        assert_eq!(published(file), wanted, "{file}");
    }
}

#[test]
fn programs_that_give_no_good_reply_get_the_servers() {
    let failed = |reason: &str| format!("Could not call external agent rec#go: {reason}");
    for (plan, reply, wanted) in [
        (
            "",
            None,
            "failed to decode reply json: unexpected end of JSON input",
        ),
        (
            "",
            Some(&GOOD[..20]),
            "failed to decode reply json: unexpected end of JSON input",
        ),
        (
            "exit=3",
            Some(GOOD),
            "executing misbehave failed: exit status 3",
        ),
    ] {
        let outcome = Agent::misbehaving(plan, reply).go();
        assert_eq!(message(&outcome), failed(wanted), "{plan}");
        assert_eq!(outcome.reply.unwrap().statuscode, 1);
    }
    let outcome = Agent::misbehaving("delete=1", Some(GOOD)).go();
    let message = message(&outcome);
    assert!(
        message.starts_with(&failed("failed to read reply json: open ")),
        "{message}"
    );
    assert!(
        message.ends_with(": no such file or directory"),
        "{message}"
    );
}

#[cfg(unix)]
#[test]
fn an_end_by_a_signal_is_exit_status_minus_one() {
    let outcome = Agent::misbehaving("abort=1", Some(GOOD)).go();
    assert_eq!(
        message(&outcome),
        "Could not call external agent rec#go: executing misbehave failed: exit status -1"
    );
    assert_eq!(
        outcome.lines(Level::Warn),
        ["the program was ended by signal 6"]
    );
}

#[test]
fn a_reply_that_was_renamed_into_place_counts() {
    let outcome = Agent::misbehaving("rename=1", Some(GOOD)).go();
    assert_eq!(outcome.reply.unwrap().data, json!({"value": "hi"}));
}

#[test]
fn a_program_that_takes_too_long_is_killed_and_the_caller_gets_nothing() {
    let mut agent = Agent::misbehaving("stdout=before\\n\nsleep=600", Some(GOOD));
    // On a busy machine it may be killed before it has printed: then it gets
    // more time.
    let outcome = (0..8)
        .map(|doubled| {
            agent.program.limit = Duration::from_secs(1 << doubled);
            agent.go()
        })
        .find(|outcome| !outcome.log.is_empty())
        .unwrap();
    assert!(outcome.activated);
    assert_eq!(outcome.reply, None);
    assert_eq!(
        outcome.reason.as_deref().unwrap(),
        format!(
            "the action took longer than its {} s and was killed: the caller gets no reply at all",
            agent.program.limit.as_secs()
        )
    );
    assert_eq!(outcome.lines(Level::Info), ["before"]);
    assert!(
        (agent.program.limit..Duration::from_secs(500)).contains(&outcome.time),
        "{:?}",
        outcome.time
    );
}

#[test]
fn any_time_limit_can_be_waited_for() {
    let mut agent = Agent::misbehaving("", Some(GOOD));
    agent.program.limit = Duration::MAX;
    assert!(agent.go().reply.is_some());
}

#[test]
fn a_process_left_behind_is_not_waited_for() {
    let mut agent = Agent::misbehaving("", Some(GOOD));
    let hold = agent.folder.path().join("hold");
    fs::write(&hold, "").unwrap();
    let plan = format!("stdout=last words\ngrandchild={}", hold.display());
    fs::write(agent.program.config_file(), plan).unwrap();
    agent.program.limit = Duration::from_secs(50);
    let outcome = agent.go();
    assert!(hold.exists(), "the grandchild is still there");
    assert_eq!(outcome.lines(Level::Info), ["last words"]);
    assert_eq!(outcome.reply.unwrap().data, json!({"value": "hi"}));
    assert!(outcome.time < Duration::from_secs(20));
}

#[test]
fn output_is_logged_by_lines() {
    let plan = "stdout=one\\n\\ntwo \\xff \\e[31m\nstderr=three\\n";
    let outcome = Agent::misbehaving(plan, Some(GOOD)).go();
    assert_eq!(
        outcome.lines(Level::Info),
        ["one", "", "two \u{fffd} \u{1b}[31m"]
    );
    assert_eq!(outcome.lines(Level::Error), ["three"]);
}

#[test]
fn a_line_too_long_ends_the_reading_of_that_output() {
    // Shorter than the pipe holds beyond it: the program still ends.
    let plan = "stderr_bytes=65536\nstdout=still read\\n\nstderr=lost\\n";
    let outcome = Agent::misbehaving(plan, Some(GOOD)).go();
    assert_eq!(outcome.lines(Level::Info), ["still read"]);
    assert_eq!(outcome.lines(Level::Error), [""; 0]);
    assert!(
        outcome.lines(Level::Warn)[0]
            .starts_with("a line on standard error has 65536 bytes or more")
    );
    assert!(outcome.reply.is_some());

    let outcome = Agent::misbehaving("stdout_bytes=65535", Some(GOOD)).go();
    assert_eq!(outcome.lines(Level::Info)[0].len(), 65_535);
}

#[test]
fn a_program_that_goes_on_after_a_line_too_long_blocks_until_it_is_killed() {
    let mut agent = Agent::misbehaving("stdout_bytes=1000000", Some(GOOD));
    // It never ends by itself, however slow its start.
    agent.program.limit = Duration::from_millis(500);
    let outcome = agent.go();
    assert!(outcome.activated && outcome.reply.is_none(), "{outcome:?}");
}

#[test]
fn large_replies_are_warned_of() {
    let warnings = |bytes: usize| {
        Agent::misbehaving(&format!("gen={bytes}"), None)
            .go()
            .warnings
    };
    assert_eq!(warnings(500_000), [""; 0]);
    assert_eq!(
        warnings(600_000),
        [
            "the reply of 600067 bytes is close to what a real network carries, 785,600 bytes, and beyond it with a federation"
        ]
    );
    assert_eq!(
        warnings(800_000),
        ["the reply of 800067 bytes is lost on a real network, without a word to the caller"]
    );
}

/// With `{not activating}` as what the server logs then.
fn not_activating(path: &str, text: &str) -> String {
    let logged =
        format!("External agent {path} not activating due to error during activation check: ");
    text.replace("{not activating}", &logged)
}

#[test]
fn an_agent_that_does_not_say_yes_is_not_called() {
    for (reply, reason) in [
        (
            r#"{"activate":false}"#,
            "it answered the activation request with no: its reply has no activate that is true",
        ),
        (
            "{}",
            "it answered the activation request with no: its reply has no activate that is true",
        ),
        (
            r#"{"activate":null}"#,
            "it answered the activation request with no: its reply has no activate that is true",
        ),
        (
            r#"{"activate":"true"}"#,
            "{not activating}failed to decode reply json: json: cannot unmarshal string into Go struct field \
             ActivationReply.activate of type bool",
        ),
        (
            "[]",
            "{not activating}failed to decode reply json: json: cannot unmarshal array into Go value of type \
             external.ActivationReply",
        ),
        (
            "yes",
            "{not activating}failed to decode reply json: invalid character 'y' looking for beginning of value",
        ),
    ] {
        let outcome = Agent::misbehaving(&format!("inactive={reply}"), Some(GOOD)).go();
        assert!(!outcome.activated && outcome.reply.is_none());
        assert_eq!(
            outcome.reason.unwrap(),
            not_activating(MISBEHAVE, reason),
            "{reply}"
        );
    }
    let outcome = Agent::misbehaving(r#"inactive={"ACTIVATE":true}"#, Some(GOOD)).go();
    assert!(outcome.activated);
}

#[cfg(unix)]
#[test]
fn what_lies_in_the_place_of_the_reply_cannot_hang_the_harness() {
    let hang = "a server would hang or fail at reading it; write a regular file there";
    for (place, what) in [
        ("fifo", format!("was replaced by a FIFO: {hang}")),
        ("/dev/zero", format!("was replaced by a device: {hang}")),
        (
            "huge",
            "has more than 67108864 bytes, which this harness reads no further; a server would fail with so much, \
             and no network carries it"
                .into(),
        ),
    ] {
        let outcome = Agent::misbehaving(&format!("place={place}"), None).go();
        assert!(outcome.activated && outcome.reply.is_none(), "{outcome:?}");
        assert_eq!(outcome.reason.unwrap(), format!("its reply {what}"));

        let outcome = Agent::misbehaving(&format!("activation_place={place}"), None).go();
        assert!(!outcome.activated, "{outcome:?}");
        let reason = format!("its reply to the activation request {what}");
        assert_eq!(outcome.reason.unwrap(), reason);
    }
    let outcome = Agent::misbehaving("place=folder", None).go();
    let message = message(&outcome);
    assert!(
        message.contains("#go: failed to read reply json: read /")
            && message.ends_with(": is a directory"),
        "{message}"
    );
}

#[test]
fn output_without_end_is_drained_but_not_kept() {
    let outcome = Agent::misbehaving("lines=12000", Some(GOOD)).go();
    assert_eq!(outcome.reply.unwrap().data, json!({"value": "hi"}));
    assert_eq!(outcome.log.len(), 10_001);
    assert_eq!(outcome.log[9_999].line, "line 9999");
    assert_eq!(
        outcome.log[10_000],
        LogLine::warn("2000 more lines not kept")
    );
}

/// A program in Python that goes on printing through a process it leaves
/// behind, into a pipe that it has made one that does not block.
#[cfg(unix)]
const FLOOD: &str = r#"
import os, subprocess, sys, time
if os.environ["CHORIA_EXTERNAL_PROTOCOL"].endswith("activation_request"):
    open(sys.argv[2], "w").write('{"activate":true}')
    sys.exit()
os.set_blocking(1, False)
hold = sys.argv[0] + ".hold"
flood = '''
import os, sys, time
told = int(sys.argv[2])
start = time.monotonic()
while os.path.exists(sys.argv[1]) and time.monotonic() - start < 120:
    try:
        os.write(1, b"x" * 4095 + bytes([10]))
    except BlockingIOError:
        if told:
            told = os.write(told, b".") and None
'''
full, told = os.pipe()
# Several, so that the pipe is hardly ever not full.
for _ in range(4):
    subprocess.Popen([sys.executable, "-c", flood, hold, str(told)], env={}, pass_fds=[told])
# The pipe is full before this program ends.
for _ in range(4):
    os.read(full, 1)
open(sys.argv[2], "w").write('{"statuscode":0,"statusmsg":"OK","data":{}}')
"#;

#[cfg(unix)]
#[test]
fn a_full_pipe_that_does_not_block_is_not_waited_for() {
    let folder = TempDir::new().unwrap();
    let text = format!("#!{}\n{FLOOD}", crate::python::interpreter().display());
    let path = script(folder.path(), "rec", &text, 0o755);
    let hold = folder.path().join("rec.hold");
    fs::write(&hold, "").unwrap();
    let start = std::time::Instant::now();
    let outcome = Agent::new(path, "rec").go();
    assert!(outcome.reply.is_some(), "{outcome:?}");
    // The other process lives for two minutes.
    assert!(start.elapsed() < Duration::from_mins(1));
    fs::remove_file(hold).unwrap();
}

#[test]
fn replies_deeper_than_the_harness_reads_are_no_error_of_the_servers() {
    let nested = |levels: usize| {
        format!(
            r#"{{"data":{{"a":{}1{}}}}}"#,
            "[".repeat(levels),
            "]".repeat(levels)
        )
    };
    let published = |levels| Published::from_reply("rec", "go", None, nested(levels).as_bytes());
    assert_eq!(published(498).unwrap().statuscode, 0);
    let error = published(499).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the reply is nested more deeply than 500 levels, which is as far as this harness reads; a server reads \
         10,000, so what the caller would get is not known"
    );
    assert!(matches!(published(9_998), Err(HostError::Nesting)));
    assert_eq!(
        published(9_999).unwrap().statusmsg,
        "Could not call external agent rec#go: failed to decode reply json: invalid character '[' exceeded max depth"
    );
    let agent = Agent::misbehaving("", Some(nested(600).as_bytes()));
    let outcome = agent.program.call(&Call::new("go", &json!({})));
    assert!(matches!(outcome, Err(HostError::Nesting)), "{outcome:?}");
    assert!(matches!(
        Call::from_json("go", &nested(100_000)),
        Err(HostError::Data(_))
    ));
}

#[test]
fn a_cancelled_call_ends_and_no_other_starts() {
    let mut agent = Agent::misbehaving("sleep=600", Some(GOOD));
    let cancel = Cancel::default();
    agent.program.cancel = cancel.clone();
    agent.program.limit = Duration::from_secs(500);
    let ended = std::thread::scope(|scope| {
        let call = scope.spawn(|| agent.program.call(&Call::new("go", &json!({}))));
        cancel.cancel();
        call.join().unwrap()
    });
    assert!(matches!(ended, Err(HostError::Cancelled)), "{ended:?}");
    assert!(matches!(
        agent.program.activate(),
        Err(HostError::Cancelled)
    ));
}

#[test]
fn facts_are_passed_on_as_they_are() {
    let text = r#"{ "n": 1.0, "n": 9007199254740993, "half": "\ud800" }"#;
    let mut agent = Agent::recorder();
    agent.program.facts = Facts::from_json(text).unwrap();
    agent.go();
    assert_eq!(agent.record("action.json").unwrap()["facts"], text);
}

/// A file that can be started, or not. A shell writes it: were it open for
/// writing in this process, a program that another test starts just then would
/// inherit it, and the system would refuse to start the file ("text busy").
#[cfg(unix)]
pub(crate) fn script(folder: &Path, name: &str, text: &str, mode: u32) -> PathBuf {
    use std::io::Write as _;
    use std::process::{Command, Stdio};
    let path = folder.join(name);
    let write = format!("cat > \"$0\" && chmod {mode:o} \"$0\"");
    let mut shell = Command::new("sh");
    let mut shell = shell
        .args(["-c", &write])
        .arg(&path)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    shell
        .stdin
        .take()
        .unwrap()
        .write_all(text.as_bytes())
        .unwrap();
    assert!(shell.wait().unwrap().success());
    path
}

#[cfg(unix)]
#[test]
fn what_cannot_be_started_is_not_active() {
    let folder = TempDir::new().unwrap();
    for (path, reason, hint) in [
        (
            script(folder.path(), "plain", "#!/bin/sh\n", 0o644),
            "{not activating}executing plain failed: fork/exec {path}: permission denied",
            "the program is not executable, or its folder is closed to you: chmod +x {path}",
        ),
        (
            script(folder.path(), "text", "no program", 0o755),
            "{not activating}executing text failed: fork/exec {path}: exec format error",
            "the system does not know how to start this file: a script wants a #! line, such as #!/bin/sh, as its \
             first; a binary must be one for this system",
        ),
        (
            script(folder.path(), "lost", "#!/no/such/interpreter\n", 0o755),
            "{not activating}executing lost failed: fork/exec {path}: no such file or directory",
            "the file is there, but what is to start it is not: look at its #! line, or at the libraries it was \
             linked with",
        ),
        (folder.path().join("missing"), "there is no {path}", ""),
    ] {
        let name = path.to_str().unwrap();
        let outcome = Agent::new(&path, "rec").go();
        assert!(!outcome.activated);
        let reason = not_activating(name, reason).replace("{path}", name);
        assert_eq!(outcome.reason.as_ref(), Some(&reason));
        let logged: &[String] = &[hint.replace("{path}", name), reason];
        let logged = if hint.is_empty() { &[] } else { logged };
        assert_eq!(outcome.lines(Level::Warn), logged);
    }
    // Gone, or no longer executable, after it was activated:
    let agent = Agent::new(folder.path().join("missing"), "rec");
    let outcome = agent
        .program
        .call_active(&Call::new("go", &json!({})))
        .unwrap();
    assert_eq!(
        message(&outcome),
        "Cannot call external agent rec#go: agent executable was not found"
    );
}

#[cfg(unix)]
#[test]
fn a_slow_activation_is_cut_off_after_two_seconds() {
    let folder = TempDir::new().unwrap();
    let path = script(folder.path(), "slow", "#!/bin/sh\nexec sleep 60\n", 0o755);
    let outcome = Agent::new(&path, "rec").program.activate().unwrap();
    let reason = "{not activating}it took longer than the 2 s a server allows and was killed";
    assert_eq!(
        outcome.reason.unwrap(),
        not_activating(path.to_str().unwrap(), reason)
    );
    assert!(
        (2000..30_000).contains(&outcome.time.as_millis()),
        "{:?}",
        outcome.time
    );
}

#[cfg(unix)]
#[test]
fn no_temporary_file_is_left() {
    let folder = TempDir::new().unwrap();
    let path = script(
        folder.path(),
        "rec",
        "#!/bin/sh\n\
         printf '%s\\n' \"$CHORIA_EXTERNAL_REQUEST\" \"$CHORIA_EXTERNAL_REPLY\" \"$CHORIA_EXTERNAL_FACTS\"\n\
         echo '{\"activate\":true,\"data\":{}}' > \"$2\"\n\
         test -s \"$CHORIA_EXTERNAL_FACTS\" && exit 3\n\
         exit 0\n",
        0o755,
    );
    let outcome = Agent::new(path, "rec").go();
    assert_eq!(
        message(&outcome),
        "Could not call external agent rec#go: executing rec failed: exit status 3"
    );
    let files = outcome.lines(Level::Info);
    assert_eq!(files.len(), 6);
    assert!(
        files
            .iter()
            .all(|file| file.starts_with('/') && !Path::new(file).exists()),
        "{files:?}"
    );
}

#[test]
fn a_program_without_a_ddl_is_called_without_checks() {
    let mut agent = Agent::recorder();
    agent.program.ddl = None;
    let outcome = agent
        .program
        .call(&Call::new("anything", &json!({"x": "y"})))
        .unwrap();
    assert_eq!(outcome.reply.unwrap().data, json!({"value": "hi"}));
    let wrong = agent.program.call(&Call::new("Any-thing", &json!({})));
    assert!(matches!(wrong, Err(HostError::Name { of: "action", .. })));
}

#[test]
fn data_that_is_not_json_is_no_call() {
    let error = Call::from_json("go", "{").unwrap_err();
    assert!(matches!(error, HostError::Data(_)), "{error}");
}

#[cfg(unix)]
#[test]
fn programs_and_ddls_are_found_where_a_server_finds_them() {
    let folder = TempDir::new().unwrap();
    let here = &folder.path().canonicalize().unwrap();
    let file = |path: &str, text: &str| {
        let path = here.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    let ddl = |name: &str| {
        json!({"metadata": {"name": name, "provider": "external", "timeout": 7}, "actions": []})
            .to_string()
    };
    let find = |path: &str| Program::find(&here.join(path), None);

    file("parrot", "");
    file("parrot.json", &ddl("parrot"));
    let program = find("parrot").unwrap();
    assert_eq!(
        (program.name.as_str(), program.limit),
        ("parrot", Duration::from_secs(7))
    );
    assert_eq!(program.config_file(), here.join("plugin.d/parrot"));
    assert_eq!(program.misplaced(), None);

    let system = choria_external_host::platform();
    file(&format!("owl/owl-{system}"), "");
    file("owl.json", &ddl("owl"));
    for path in ["owl".into(), format!("owl/owl-{system}")] {
        let program = find(&path).unwrap();
        assert_eq!(program.name.as_str(), "owl");
        assert_eq!(program.path, here.join(format!("owl/owl-{system}")));
        assert!(program.ddl.is_some());
        assert_eq!(program.misplaced(), None);
    }

    file("my-agent.py", "");
    assert_eq!(find("my-agent.py").unwrap().name.as_str(), "my_agent");
    file("my_agent.json", &ddl("my_agent"));
    let program = find("my-agent.py").unwrap();
    assert!(program.ddl.is_some());
    assert_eq!(
        program.misplaced().unwrap(),
        "a server looks for this agent's program under the name my_agent, here it is my-agent.py"
    );

    // The two other layouts of a folder, and ways to name one.
    file("crow/crow", "");
    file("crow/crow.json", &ddl("crow"));
    file(&format!("jay/jay/jay-{system}"), "");
    file("jay/jay.json", &ddl("jay"));
    fs::create_dir(here.join("owl/sub")).unwrap();
    std::os::unix::fs::symlink(here.join("crow"), here.join("bird")).unwrap();
    for (path, executable) in [
        ("crow", "crow/crow".into()),
        ("bird", "crow/crow".into()),
        ("jay", format!("jay/jay/jay-{system}")),
        ("owl/sub/..", format!("owl/owl-{system}")),
    ] {
        let program = find(path).unwrap();
        assert_eq!(program.path, here.join(executable));
        assert!(
            program.ddl.is_some() && program.warnings().is_empty(),
            "{path}"
        );
    }

    fs::create_dir(here.join("empty")).unwrap();
    let at = here.display();
    assert_eq!(
        find("empty").unwrap_err().to_string(),
        format!(
            "no such program: {at}/empty/empty, {at}/empty/empty-{system}, {at}/empty/empty/empty-{system}; wanted an \
             executable, a folder NAME with one in it, or the folder of a Cargo package"
        )
    );
    let error = Program::find("no_such_program".as_ref(), None).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("; only paths are taken, PATH is not searched"),
        "{error}"
    );
    for path in ["missing", "empty"] {
        assert!(matches!(find(path), Err(HostError::NotFound { .. })));
    }
    file("bad", "");
    file("bad.json", "{");
    file("refused", "");
    file("refused.json", &ddl("rpcutil"));
    for (path, wanted) in [
        ("bad", "the DDL is not JSON"),
        ("refused", "a server would not run this agent: "),
    ] {
        let error = find(path).unwrap_err();
        assert!(
            matches!(error, HostError::Ddl { .. }) && error.to_string().contains(wanted),
            "{error}"
        );
    }
    let elsewhere = Program::find(&here.join("bad"), Some(&here.join("owl.json"))).unwrap();
    assert_eq!(elsewhere.name.as_str(), "owl");
}

#[test]
fn the_default_configuration_goes_with_the_name() {
    let mut program = Program::new("/opt/agents/some-file", "other").unwrap();
    assert_eq!(
        program.config_file(),
        Path::new("/opt/agents/plugin.d/other")
    );
    program.set_ddl(ddl("rec"), "the test").unwrap();
    assert_eq!(program.config_file(), Path::new("/opt/agents/plugin.d/rec"));
    program.config = Some("/etc/rec".into());
    assert_eq!(program.config_file(), Path::new("/etc/rec"));
}

#[test]
fn names_that_no_message_can_carry_are_told_with_a_remedy() {
    assert_eq!(
        Program::new("/opt/agents/Parrot", "Parrot")
            .unwrap_err()
            .to_string(),
        "no agent can have this name: wanted a name of a-z, 0-9 and _, got \"Parrot\"; rename the program, or give \
         a DDL that has the name, with --ddl"
    );
    let mut agent = Agent::recorder();
    agent.program.ddl = None;
    let error = agent
        .program
        .call(&Call::new("Go", &json!({})))
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "no action can have this name: wanted a name of a-z, 0-9 and _, got \"Go\"; give the name of an action"
    );
}

#[test]
fn inputs_that_are_typed_are_read_by_the_ddl() {
    let mut program = Program::new("/opt/agents/rec", "rec").unwrap();
    let inputs = |program: &Program, action: &str, line: &str| {
        let words = line
            .split_whitespace()
            .map(|word| word.split_once('=').unwrap());
        let pairs: Vec<(String, String)> = words
            .map(|(name, text)| (name.into(), text.into()))
            .collect();
        let inputs = program.inputs_from_text(action, &pairs);
        inputs.map_err(|error| error.to_string())
    };
    assert_eq!(
        inputs(&program, "go", "I=1 x=y"),
        Ok(json!({"I": "1", "x": "y"}))
    );

    program.set_ddl(ddl("rec"), "the test").unwrap();
    assert_eq!(
        inputs(&program, "go", "I=1"),
        Ok(json!({"i": 1, "dv": "from-client"}))
    );
    assert_eq!(inputs(&program, "fly", "I=1"), Ok(json!({"I": "1"})));
    for line in ["s=1 s=2", "s=2 S=1"] {
        assert_eq!(
            inputs(&program, "go", line).unwrap_err(),
            "invalid input: input 's' is given twice; the action was not called"
        );
    }
    assert_eq!(
        inputs(&program, "go", "colour=green").unwrap_err(),
        "invalid input: input 'colour' has not been declared; the DDL declares a, b, dv, f, h, i, l, n, s; the action \
         was not called"
    );
    assert_eq!(
        inputs(&program, "bare", "colour=green").unwrap_err(),
        "invalid input: input 'colour' has not been declared; the action has no inputs; the action was not called"
    );

    let capital = json!({
        "metadata": {"name": "rec", "provider": "external", "timeout": 5},
        "actions": [{"action": "go", "input": {"Name": {"type": "string", "maxlength": 9}}}],
    });
    let capital = Ddl::from_json(capital.to_string().as_bytes()).unwrap();
    program.set_ddl(capital, "the test").unwrap();
    assert_eq!(
        inputs(&program, "go", "Name=x").unwrap_err(),
        "invalid input: input 'name' has not been declared; the DDL declares Name; names are read in lower case, so \
         nobody can give 'Name': write it in lower case in the DDL; the action was not called"
    );
}

#[test]
fn a_call_carries_what_is_set() {
    let mut agent = Agent::recorder();
    agent.program.facts = Facts::default();
    let mut call = Call::new("go", &json!({"s": "a<b"}));
    call.callerid = "choria=<me>".into();
    agent.program.call(&call).unwrap();
    let record = agent.record("action.json").unwrap();
    let request = record["request"].as_str().unwrap();
    assert!(
        request.contains(r#""callerid":"choria=\u003cme\u003e","#),
        "{request}"
    );
    assert!(
        request.ends_with(r#""data":{"s":"a\u003cb"}}"#),
        "{request}"
    );
    assert_eq!(record["facts"], "{}");
}
