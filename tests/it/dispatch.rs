//! Our programs, started in every way they can be: what they answer, what they
//! print, how they end.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::programs::{ACTIVATION, Ended, RPC, Start, built, request};
use crate::python;

fn call(action: &str, data: &Value) -> Ended {
    Start::call("specimen", action, data).run()
}

fn echo(request: impl AsRef<[u8]>) -> Ended {
    Start::new("parrot", RPC, request.as_ref()).run()
}

fn activation(agent: &str) -> Vec<u8> {
    json!({"$schema": "x", "protocol": ACTIVATION, "agent": agent})
        .to_string()
        .into()
}

mod modes {
    use super::*;

    #[test]
    fn the_environment_names_the_request() {
        let ended = Start::call("parrot", "echo", &json!({"message": "hi"})).run();
        assert_eq!(
            ended.reply,
            r#"{"statuscode":0,"statusmsg":"OK","data":{"message":"hi"}}"#
        );
        assert_eq!((ended.stdout, ended.stderr), (String::new(), String::new()));
    }

    #[test]
    fn an_activation_has_the_same_arguments_as_a_call() {
        let ended = Start::new("parrot", ACTIVATION, &activation("parrot")).run();
        assert_eq!(ended.reply, r#"{"activate":true}"#);
    }

    #[test]
    fn without_the_environment_the_message_decides_and_not_the_third_argument() {
        for (message, reply) in [
            (activation("parrot"), r#"{"activate":true}"#),
            (
                request("parrot", "echo", &json!({"message": "hi"}))
                    .to_string()
                    .into(),
                r#"{"statuscode":0,"statusmsg":"OK","data":{"message":"hi"}}"#,
            ),
        ] {
            let mut start = Start::new("parrot", RPC, &message);
            start.command.env_clear();
            let ended = start.run();
            assert_eq!((ended.reply.as_str(), ended.exit), (reply, Some(0)));
        }
    }

    #[test]
    fn an_empty_variable_is_no_variable() {
        let mut start = Start::call("parrot", "echo", &json!({"message": "hi"}));
        start
            .command
            .env("CHORIA_EXTERNAL_REQUEST", "")
            .env("CHORIA_EXTERNAL_REPLY", "");
        assert_eq!(start.run().outcome(), (0, "OK".into()));
    }

    #[test]
    fn files_can_come_from_the_arguments_alone() {
        let mut start = Start::call("parrot", "echo", &json!({"message": "hi"}));
        start
            .command
            .env_remove("CHORIA_EXTERNAL_REQUEST")
            .env_remove("CHORIA_EXTERNAL_REPLY");
        assert_eq!(start.run().outcome(), (0, "OK".into()));
    }

    pub(super) fn pipe(program: &str, input: &[u8]) -> (String, String, Option<i32>) {
        let mut child = Command::new(built(program))
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        let output = child.wait_with_output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (
            text(output.stdout),
            text(output.stderr),
            output.status.code(),
        )
    }

    #[test]
    fn a_pipe_gets_the_reply_on_stdout_and_the_log_on_stderr() {
        let (stdout, stderr, exit) = pipe(
            "specimen",
            request("specimen", "log", &json!({}))
                .to_string()
                .as_bytes(),
        );
        assert_eq!(
            stdout,
            "{\"statuscode\":0,\"statusmsg\":\"OK\",\"data\":{}}\n"
        );
        assert_eq!(exit, Some(0));
        assert_snapshot!(stderr, @r"
         INFO specimen: an information count=2
         WARN specimen: a warning
        ERROR specimen: an error
        ");
    }

    #[test]
    fn what_a_handler_prints_stays_out_of_the_reply() {
        let (stdout, stderr, _) = pipe(
            "specimen",
            request("specimen", "print", &json!({}))
                .to_string()
                .as_bytes(),
        );
        assert_eq!(
            stdout,
            "{\"statuscode\":0,\"statusmsg\":\"OK\",\"data\":{}}\n"
        );
        assert_eq!(stderr, "printed\n");
    }

    #[test]
    fn a_pipe_takes_every_function_type() {
        let request =
            json!({"protocol": "io.choria.choria.example.v1.external_request", "name": "Ann"});
        let (stdout, ..) = pipe("greeter", request.to_string().as_bytes());
        assert_snapshot!(stdout, @r#"{"protocol":"io.choria.choria.example.v1.external_reply","greeting":"Good day, Ann.","error":""}"#);
    }

    #[test]
    fn a_terminal_gets_an_explanation() {
        let mut command = Command::new(python::interpreter());
        command.args([
            "-c",
            "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))",
        ]);
        command
            .arg(built("parrot"))
            .env_remove("CHORIA_EXTERNAL_PROTOCOL");
        let output = command.stdin(Stdio::null()).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let text = String::from_utf8(output.stdout).unwrap().replace('\r', "");
        assert_snapshot!(text);
    }

    #[test]
    fn options_are_answered_and_others_refused() {
        let run = |arguments: &[&str]| {
            let output = Command::new(built("parrot"))
                .args(arguments)
                .env_clear()
                .stdin(Stdio::null())
                .output()
                .unwrap();
            let text = |bytes| String::from_utf8(bytes).unwrap();
            format!(
                "exit {:?}\n{}{}",
                output.status.code(),
                text(output.stdout),
                text(output.stderr)
            )
        };
        let mut all = String::new();
        for arguments in [
            &["--help"][..],
            &["--version"],
            &["--ddl", "json"],
            &["--ddl", "xml"],
            &["--nope"],
            &["one", "two"],
            &["one", "two", "three", "four"],
        ] {
            all += &format!("$ parrot {}\n{}\n", arguments.join(" "), run(arguments));
        }
        assert_snapshot!(all);
    }
}

mod calls {
    use super::*;

    #[test]
    fn a_handler_sees_the_whole_call() {
        let mut seen = call("call", &Value::Null).reply()["data"]["call"].clone();
        // Of the 5 seconds of its metadata.
        let left = seen.as_object_mut().unwrap().remove("seconds_left");
        assert!(left.unwrap().as_u64().unwrap() < 5);
        assert_eq!(
            seen,
            json!({
                "agent": "specimen",
                "action": "call",
                "request_id": "f8a2decdcdbd4616ac1d5b7c011252c8",
                "sender": "localhost",
                "caller": "choria=rip.mcollective",
                "collective": "mcollective",
                "ttl": 60,
                "time": 1_795_265_775,
            })
        );
    }

    #[test]
    fn every_type_of_input_is_read() {
        let data = json!({
            "text": "abc", "whole": 3.0, "float": 2, "truth": true, "size": "very_large",
            "numbers": [1, -2], "named": {"a": 1}, "address": "::1", "process_results": true,
        });
        let reply = call("types", &data).reply();
        assert_eq!(
            reply["data"],
            json!({
                "text": r#"Some("abc") Some(3) Some(2.0) Some(true) Some([1, -2]) Some({"a": 1}) Some("::1")"#,
                "size": "very_large",
            })
        );
        let reply = call("types", &json!({})).reply();
        assert_eq!(
            reply["data"],
            json!({"text": "None None None None None None None"})
        );
    }

    #[test]
    fn each_wrong_input_is_named() {
        let mut all = String::new();
        for data in [
            json!({"text": 1}),
            json!({"text": "ABC"}),
            json!({"text": "abcdefghijk"}),
            json!({"text": null}),
            json!({"whole": "1"}),
            json!({"whole": 1.5}),
            json!({"whole": 256}),
            json!({"whole": -1}),
            json!({"whole": 1e300}),
            json!({"float": "x"}),
            json!({"truth": "true"}),
            json!({"size": "medium"}),
            json!({"size": 1}),
            json!({"numbers": {"a": 1}}),
            json!({"numbers": [1, "x"]}),
            json!({"named": [1]}),
            json!({"named": {"a": "x"}}),
            json!({"address": "1.2.3"}),
            json!({"other": 1}),
        ] {
            let ended = call("types", &data);
            all += &format!("{data}\n    {:?}\n", ended.outcome());
        }
        all += &format!(
            "fact without its path\n    {:?}\n",
            call("fact", &json!({})).outcome()
        );
        all += &format!(
            "an input where there is none\n    {:?}\n",
            call("call", &json!({"a": 1})).outcome()
        );
        all += &format!(
            "another action\n    {:?}\n",
            call("nope", &json!({})).outcome()
        );
        assert_snapshot!(all);
    }

    #[test]
    fn a_number_that_json_cannot_hold_is_named() {
        let ended = call("divide", &json!({"by": 0}));
        assert_eq!(
            ended.outcome(),
            (5, "output 'quotient' is inf, which JSON cannot hold".into())
        );
    }

    #[test]
    fn the_caller_and_the_log_read_different_texts() {
        let ended = call("code", &json!({}));
        assert_eq!(ended.outcome(), (77, "for the caller".into()));
        assert_eq!(
            ended.stderr,
            "ERROR choria_external: code 77: for the log\n"
        );
    }

    #[test]
    fn an_error_tells_its_chain_and_a_panic_its_message() {
        let ended = Start::call("parrot", "fail", &json!({})).run();
        assert_eq!(
            ended.outcome(),
            (1, "the parrot is hungry: could not open /no/such/seed: No such file or directory (os error 2)".into())
        );
        let ended = Start::call("parrot", "panic", &json!({})).run();
        assert_eq!(
            ended.outcome(),
            (5, "action 'panic' panicked: the parrot saw the cat".into())
        );
        let lines: Vec<_> = ended.stderr.lines().collect();
        assert_eq!(lines.len(), 2, "{ended:?}");
        let place = "ERROR choria_external: thread main panicked at examples/parrot/src/main.rs:";
        assert!(lines[0].starts_with(place), "{ended:?}");
        assert_eq!(
            lines[1],
            "ERROR choria_external: code 5: action 'panic' panicked: the parrot saw the cat"
        );
    }

    #[test]
    fn info_goes_to_stdout_and_warnings_to_stderr() {
        let ended = call("log", &json!({}));
        assert_eq!(ended.stdout, " INFO specimen: an information count=2\n");
        assert_eq!(
            ended.stderr,
            " WARN specimen: a warning\nERROR specimen: an error\n"
        );
    }

    #[test]
    fn the_settings_choose_the_level() {
        let lines = |config: &str| {
            let ended = Start::call("specimen", "log", &json!({}))
                .config(config)
                .run();
            assert_eq!(ended.outcome().0, 0);
            (ended.stdout.lines().count(), ended.stderr.lines().count())
        };
        assert_eq!(lines("log_level = trace"), (3, 2));
        assert_eq!(lines("log_level=DEBUG"), (2, 2));
        assert_eq!(lines("log_level = warn"), (0, 2));
        assert_eq!(lines("log_level = fatal"), (0, 1));
        assert_eq!(lines("log_level = off"), (0, 0));
        assert_eq!(lines("log_level = 5"), (1, 3));
        let ended = Start::call("specimen", "code", &json!({}))
            .config("log_level = loud")
            .run();
        assert_snapshot!(ended.stderr, @r"
         WARN choria_external: log_level = loud: wanted off, error, warn, info, debug or trace; info counts
        ERROR choria_external: code 77: for the log
        ");
    }

    #[test]
    fn a_source_of_nodes_is_a_function_type_like_the_others() {
        let request =
            json!({"protocol": "io.choria.choria.example.v1.external_request", "name": 5});
        let ended = Start::new(
            "greeter",
            "io.choria.choria.example.v1.external_request",
            request.to_string().as_bytes(),
        )
        .run();
        assert_snapshot!(ended.reply, @r#"{"protocol":"io.choria.choria.example.v1.external_reply","greeting":"","error":"not a valid io.choria.choria.example.v1.external_request: $.name: wanted a text, got 5"}"#);
        assert_eq!(ended.exit, Some(0));
    }
}

mod activations {
    use super::*;

    fn activate(config: &str, facts: &str) -> (String, String) {
        let ended = Start::new("specimen", ACTIVATION, &activation("specimen"))
            .config(config)
            .facts(facts)
            .run();
        assert_eq!(ended.exit, Some(0));
        (ended.reply, ended.stderr)
    }

    #[test]
    fn settings_and_facts_can_decide() {
        assert_eq!(activate("", "").0, r#"{"activate":true}"#);
        assert_eq!(
            activate("only_on = Debian", r#"{"os":{"family":"Debian"}}"#).0,
            r#"{"activate":true}"#
        );
        // As Choria does it: no facts at activation.
        assert_eq!(activate("only_on = Debian", "").0, r#"{"activate":false}"#);
    }

    #[test]
    fn what_goes_wrong_is_a_no() {
        let (reply, stderr) = activate("", r#"{"os":{"family":1}}"#);
        assert_eq!(reply, r#"{"activate":false}"#);
        assert_snapshot!(stderr, @"ERROR choria_external: code 1: fact os.family: invalid type: integer `1`, expected a string");
        let (reply, stderr) = activate("panic = yes", "");
        assert_eq!(reply, r#"{"activate":false}"#);
        assert!(stderr.contains("no activation today"), "{stderr}");
        let ended = Start::new("specimen", ACTIVATION, b"[]").run();
        assert_eq!(ended.reply, r#"{"activate":false}"#);
    }
}

mod logs {
    use super::*;

    /// Runs a program whose stdout and stderr cannot be written, or block.
    fn with_output(start: Start, stdout: Stdio, stderr: Stdio) -> Value {
        let mut start = start;
        let status = start
            .command
            .stdout(stdout)
            .stderr(stderr)
            .status()
            .unwrap();
        assert_eq!(status.code(), Some(0));
        serde_json::from_str(&fs::read_to_string(start.path("reply")).unwrap()).unwrap()
    }

    fn full() -> Stdio {
        fs::File::options()
            .write(true)
            .open("/dev/full")
            .unwrap()
            .into()
    }

    /// A pipe that nobody reads.
    fn closed() -> Stdio {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        writer.into()
    }

    #[test]
    fn a_log_that_cannot_be_written_costs_no_reply() {
        for (action, code) in [("log", 0), ("code", 77), ("nope", 2)] {
            let start = || Start::call("specimen", action, &json!({}));
            assert_eq!(with_output(start(), full(), full())["statuscode"], code);
            assert_eq!(with_output(start(), closed(), closed())["statuscode"], code);
        }
        let start = Start::call("parrot", "panic", &json!({}));
        assert_eq!(with_output(start, closed(), closed())["statuscode"], 5);
    }

    #[test]
    fn a_line_stays_below_what_ends_the_reader_of_a_server() {
        let ended = call("types", &json!({"numbers": ["x".repeat(200_000)]}));
        assert_eq!(ended.outcome().0, 4);
        let line = ended.stderr.lines().next().unwrap();
        assert!((50_000..65_000).contains(&line.len()), "{}", line.len());
        assert!(line.ends_with("bytes)"));
    }

    #[test]
    fn the_end_waits_for_a_reader_of_the_log() {
        let run = |action: &str| {
            let mut start = Start::call("specimen", action, &json!({}));
            let began = Instant::now();
            let mut child = start
                .command
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            child.wait().unwrap();
            (began.elapsed(), child.wait_with_output().unwrap())
        };
        // Nobody has read by then: what was printed is still in the pipe.
        let (took, output) = run("log");
        assert!(took >= Duration::from_millis(200), "{took:?}");
        assert_eq!(output.stderr.split(|byte| *byte == b'\n').count(), 3);
        // Nothing was printed: there is nothing to wait for.
        let quickest = (0..10).map(|_| run("call").0).min().unwrap();
        assert!(quickest < took, "{quickest:?}");
    }

    #[test]
    fn spans_are_logged_with_their_lines() {
        let ended = call("span", &json!({}));
        assert_snapshot!(ended.stdout, @" INFO outer{depth=1}: specimen: inside, current outer");
    }
}

mod panics {
    use super::*;

    #[test]
    fn wherever_the_authors_code_panics_there_is_a_reply() {
        for place in ["deserialize", "handler", "serialize", "drop", "payload"] {
            let request =
                json!({"protocol": "io.choria.tests.fragile.v1.request", "panics": place});
            let ended = Start::new(
                "fragile",
                "io.choria.tests.fragile.v1.request",
                request.to_string().as_bytes(),
            )
            .run();
            let error = ended.reply()["error"].as_str().unwrap().to_owned();
            assert!(error.starts_with("fragile panicked: "), "{place}: {error}");
        }
    }

    #[test]
    fn where_even_the_failed_reply_panics_the_exit_code_says_so() {
        let request = json!({"protocol": "io.choria.tests.fragile.v1.request", "panics": "failed"});
        let ended = Start::new(
            "fragile",
            "io.choria.tests.fragile.v1.request",
            request.to_string().as_bytes(),
        )
        .run();
        assert_eq!((ended.exit, ended.reply.as_str()), (Some(1), ""));
        assert!(ended.stderr.contains("fragile: no reply can be sent: the reply to a failure panicked: failed, on top of: "), "{ended:?}");
    }
}

mod bad_requests {
    use super::*;

    #[test]
    fn each_is_told_in_a_valid_reply() {
        let good = request("parrot", "echo", &json!({"message": "hi"}));
        let with = |key: &str, value: Value| {
            let mut message = good.clone();
            message[key] = value;
            message.to_string()
        };
        let mut all = String::new();
        let mut add = |what: &str, request: &[u8]| {
            let (code, text) = echo(request).outcome();
            all += &format!("{what}\n    {code} {text}\n");
        };
        add("empty", b"");
        add("no JSON", b"hello");
        add("half", &good.to_string().as_bytes()[..100]);
        add("trailing text", format!("{good} x").as_bytes());
        add("a list", b"[]");
        add("NUL bytes", b"\0\0\0");
        add("invalid UTF-8", b"{\"a\":\"\xff\"}");
        add("BOM", format!("\u{feff}{good}").as_bytes());
        add(
            "10,000 nested lists",
            format!("{}{}", "[".repeat(10_000), "]".repeat(10_000)).as_bytes(),
        );
        add("no protocol", with("protocol", Value::Null).as_bytes());
        add(
            "wrong protocol",
            with("protocol", ACTIVATION.into()).as_bytes(),
        );
        for (key, value) in [
            ("agent", json!("Parrot")),
            ("agent", json!("")),
            ("action", json!(1)),
            ("requestid", json!(null)),
            ("senderid", json!([])),
            ("ttl", json!("60")),
            ("ttl", json!(1.5)),
            ("msgtime", json!(1e30)),
            ("action", json!("e c h o")),
            ("data", json!([1, 2])),
            ("data", json!("text")),
        ] {
            add(
                &format!("{key} = {value}"),
                with(key, value.clone()).as_bytes(),
            );
        }
        for key in good.as_object().unwrap().keys() {
            let mut message = good.clone();
            message.as_object_mut().unwrap().remove(key);
            add(&format!("no {key}"), message.to_string().as_bytes());
        }
        assert_snapshot!(all);
    }

    #[test]
    fn an_unknown_protocol_is_told_with_those_that_are_known() {
        let ended = Start::new("parrot", "io.choria.other.v1.request", b"{}").run();
        assert_snapshot!(ended.outcome().1, @r#"unknown protocol "io.choria.other.v1.request"; this program answers io.choria.mcorpc.external.v1.rpc_request, io.choria.mcorpc.external.v1.activation_request"#);
    }

    #[test]
    fn odd_texts_reach_the_action() {
        let text = request("parrot", "echo", &json!({"message": "TEXT"})).to_string();
        for (sent, got) in [
            (r"a\ud800b", "a\u{fffd}b"),
            (r"a\u0000b", "a\0b"),
            (r"\ud83d\ude00", "😀"),
            ("é\u{2028}", "é\u{2028}"),
        ] {
            let reply = echo(text.replace("TEXT", sent)).reply();
            assert_eq!(reply["data"]["message"], got);
        }
    }

    #[test]
    fn the_last_of_duplicate_keys_counts() {
        let text = request("parrot", "echo", &json!({"message": "a"})).to_string();
        let text = text.replace(r#""message":"a""#, r#""message":"a","message":"b""#);
        let text = text.replacen('{', r#"{"agent":"other","#, 1);
        assert_eq!(echo(text).reply()["data"]["message"], "b");
    }

    #[test]
    fn null_data_is_no_data() {
        assert_eq!(call("call", &Value::Null).outcome().0, 0);
        assert_eq!(
            call("fact", &Value::Null).outcome(),
            (3, "input 'path' is required".into())
        );
    }

    #[test]
    fn sixty_four_mebibytes_come_back() {
        let text = "x".repeat(64 << 20);
        let ended = call("repeat", &json!({ "text": text }));
        assert_eq!(ended.outcome(), (0, "OK".into()));
        assert!(ended.reply()["data"]["text"] == text);
    }
}

mod files {
    use super::*;

    fn start() -> Start {
        Start::call("parrot", "echo", &json!({"message": "hi"}))
    }

    #[test]
    fn a_request_that_cannot_be_read_is_told() {
        let missing = start();
        fs::remove_file(missing.path("request")).unwrap();
        assert_snapshot!(missing.run().outcome().1, @"could not read the request file {tmp}/request: No such file or directory (os error 2)");

        let folder = start();
        fs::remove_file(folder.path("request")).unwrap();
        fs::create_dir(folder.path("request")).unwrap();
        assert_snapshot!(folder.run().outcome().1, @"could not read the request file {tmp}/request: Is a directory (os error 21)");

        let mut unset = start().without_arguments();
        unset.command.env("CHORIA_EXTERNAL_REQUEST", "");
        assert_snapshot!(unset.run().outcome().1, @"there is no request: CHORIA_EXTERNAL_REQUEST is not set");
    }

    #[test]
    fn a_reply_file_that_is_gone_is_made_again() {
        let start = start();
        fs::remove_file(start.path("reply")).unwrap();
        assert_eq!(start.run().outcome(), (0, "OK".into()));
    }

    #[test]
    fn an_older_longer_reply_is_replaced_whole() {
        let start = start();
        fs::write(start.path("reply"), "x".repeat(1000)).unwrap();
        assert_eq!(start.run().outcome(), (0, "OK".into()));
    }

    #[test]
    fn where_no_reply_can_be_written_the_exit_code_and_stderr_say_so() {
        let to = |reply: &str| {
            let mut start = start();
            let path = start.path(reply);
            start.command.env("CHORIA_EXTERNAL_REPLY", path);
            let ended = start.run();
            assert_eq!(ended.exit, Some(1));
            ended.stderr
        };
        assert_snapshot!(to("no/such/folder"), @"parrot: could not write the reply file {tmp}/no/such/folder: No such file or directory (os error 2)");
        assert_snapshot!(to(""), @"parrot: could not write the reply file {tmp}/: Is a directory (os error 21)");
        // A full disk.
        assert_snapshot!(to("/dev/full"), @"parrot: could not write the reply file /dev/full: No space left on device (os error 28)");
        // Read-only, even for root; what the system calls it differs.
        assert!(
            to("/proc/version")
                .starts_with("parrot: could not write the reply file /proc/version: ")
        );
    }

    #[test]
    fn without_a_path_for_the_reply_there_is_no_place_for_one() {
        let mut start = start().without_arguments();
        start.command.env("CHORIA_EXTERNAL_REPLY", "");
        let ended = start.run();
        assert_eq!(ended.exit, Some(1));
        assert_snapshot!(ended.stderr, @"parrot: CHORIA_EXTERNAL_PROTOCOL is set and CHORIA_EXTERNAL_REPLY is not: there is no place for a reply");
    }

    #[test]
    fn facts_are_read_when_an_action_asks_for_them() {
        let fact = |facts: &[u8], path: &str| {
            let ended = Start::call("specimen", "fact", &json!({ "path": path }))
                .facts(facts)
                .run();
            assert_eq!(ended.outcome().0, 0);
            (ended.reply()["data"]["value"].clone(), ended.stderr)
        };
        assert_eq!(
            fact(br#"{"os":{"major":12}}"#, "os.major"),
            (json!(12), String::new())
        );
        assert_eq!(
            fact(br#"{"a.b":[1,{"c":true}]}"#, r"a\.b.1.c"),
            (json!(true), String::new())
        );
        assert_eq!(fact(b"", "os"), (Value::Null, String::new()));
        assert_eq!(fact(b"{}", "os"), (Value::Null, String::new()));
        assert_snapshot!(fact(b"role: web", "role").1, @" WARN choria_external: no facts: {tmp}/facts: not JSON: expected value at line 1 column 1");
        assert_snapshot!(fact(b"[1]", "0").1, @" WARN choria_external: no facts: {tmp}/facts: wanted a JSON object");

        let mut gone = Start::call("specimen", "fact", &json!({"path": "os"}));
        gone.command.env("CHORIA_EXTERNAL_FACTS", "/no/facts");
        let gone = gone.run();
        assert_eq!(gone.outcome().0, 0);
        assert_snapshot!(gone.stderr, @" WARN choria_external: no facts: /no/facts: No such file or directory (os error 2)");
    }

    #[test]
    fn settings_are_found_in_three_places() {
        let setting = |files: &[&str]| {
            let start = Start::call("specimen", "setting", &json!({"key": "from"}));
            for file in files {
                let path = start.path(file);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, format!("from = {file}\n")).unwrap();
            }
            start.run().reply()["data"]["value"].clone()
        };
        assert_eq!(setting(&[]), Value::Null);
        assert_eq!(setting(&["specimen"]), "specimen");
        assert_eq!(setting(&["specimen.cfg"]), "specimen.cfg");
        assert_eq!(setting(&["specimen/specimen.cfg"]), "specimen/specimen.cfg");
        assert_eq!(setting(&["specimen", "specimen.cfg"]), "specimen");
        assert_eq!(
            setting(&["specimen/specimen.cfg", "specimen.cfg"]),
            "specimen.cfg"
        );
    }

    #[test]
    fn a_line_that_ends_the_settings_is_told() {
        let text = format!("from=1\nb={}\nfrom=2\n", "x".repeat(65_536));
        let ended = Start::call("specimen", "setting", &json!({"key": "from"}))
            .config(&text)
            .run();
        assert_eq!(ended.reply()["data"]["value"], "1");
        assert_snapshot!(ended.stderr, @"ERROR choria_external: {tmp}/specimen.cfg: line 2 has 65538 bytes, the limit is 65535: as Choria does, nothing is read from there on");
    }

    #[test]
    fn settings_that_are_no_text_are_read_as_choria_reads_them() {
        let start = Start::call("specimen", "setting", &json!({"key": "from"}));
        fs::write(start.path("specimen.cfg"), b"\xff=1\nfrom=a\xffb\n").unwrap();
        assert_eq!(start.run().reply()["data"]["value"], "a\u{fffd}b");
    }

    #[test]
    fn settings_that_cannot_be_read_end_the_call() {
        let mut start = Start::call("specimen", "setting", &json!({"key": "from"}));
        // A name that is too long for a file is neither there nor missing.
        let path = format!("/tmp/{}", "x".repeat(300));
        start.command.env("CHORIA_EXTERNAL_CONFIG", &path);
        let text = start.run().outcome().1.replace(&path, "{path}");
        assert_snapshot!(text, @"could not read the configuration {path}: File name too long (os error 36)");
    }
}
