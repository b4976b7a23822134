//! How a program can be started.

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

#[test]
fn three_words_without_a_protocol_write_into_no_file() {
    let mut start = Start::call("parrot", "echo", &json!({"message": "hi"}));
    let kept = start.path("reply");
    fs::write(&kept, "mine").unwrap();
    let request = start.path("request");
    for word in ["C", "io.choria.choria.discovery.v1.external_request"] {
        let mut command = Command::new(start.command.get_program());
        command.arg(&request).arg(&kept).arg(word).env_clear();
        let output = command.output().unwrap();
        assert_eq!(
            String::from_utf8(output.stderr).unwrap(),
            format!(
                "parrot: expected REQUEST REPLY PROTOCOL, and \"{word}\" is not a protocol that this program answers; \
                 see --help\n"
            )
        );
        assert_eq!(output.status.code(), Some(2));
        assert_eq!(fs::read_to_string(&kept).unwrap(), "mine");
    }
    start.command.env_clear();
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

fn pipe_noisy(action: &str, data: &Value) -> (String, String, Option<i32>) {
    pipe(
        "noisy",
        request("noisy", action, data).to_string().as_bytes(),
    )
}

#[test]
fn what_a_handler_prints_stays_out_of_the_reply() {
    for (how, printed) in [
        ("line", "printed\n"),
        #[cfg(unix)]
        ("raw", "raw\n"),
        #[cfg(unix)]
        ("child", "from a child\nits error\n"),
    ] {
        let ended = pipe_noisy("print", &json!({"how": how}));
        let reply = "{\"statuscode\":0,\"statusmsg\":\"OK\",\"data\":{}}\n";
        assert_eq!(ended, (reply.into(), printed.into(), Some(0)), "{how}");
    }
}

#[test]
fn what_a_handler_prints_before_it_panics_stays_out_of_the_reply() {
    let (stdout, stderr, exit) = pipe_noisy("print", &json!({"how": "panic"}));
    let reply: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!((&reply["statuscode"], exit), (&json!(5), Some(0)));
    assert!(stderr.contains("a line without an end"), "{stderr}");
}

/// What takes stdout and stderr from the program takes it no reply.
#[cfg(unix)]
#[test]
fn a_handler_that_loses_stdout_and_stderr_answers() {
    for (what, code, text) in [
        ("closed", 0, "OK"),
        (
            "unread",
            5,
            "action 'lose' panicked: failed printing to stdout: Broken pipe (os error 32)",
        ),
    ] {
        let data = json!({"what": what});
        let ended = Start::call("noisy", "lose", &data).run();
        assert_eq!(ended.outcome(), (code, text.into()), "{ended:?}");
        let (stdout, stderr, exit) = pipe_noisy("lose", &data);
        assert_eq!((stdout.trim_end(), exit), (ended.reply.as_str(), Some(0)));
        assert_eq!(stderr, "");
    }
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
        &["--ddl", "ruby"],
        &["--ddl", "markdown"],
        &["--ddl", "xml"],
        &["--ddl", "ruby", "x"],
        &["--nope"],
        &["one", "two"],
        &["one", "two", "three", "four"],
    ] {
        all += &format!("$ parrot {}\n{}\n", arguments.join(" "), run(arguments));
    }
    assert_snapshot!(all);
}

#[test]
fn the_form_of_the_ddl_can_stand_behind_a_sign() {
    let run = |arguments: &[&str]| {
        let mut command = Command::new(built("parrot"));
        command.args(arguments).env_clear().output().unwrap()
    };
    assert_eq!(run(&["--ddl=ruby"]), run(&["--ddl", "ruby"]));
    assert_eq!(run(&["--ddl=xml"]), run(&["--ddl", "xml"]));
}

#[test]
fn a_program_that_is_no_agent_has_no_ddl() {
    let mut command = Command::new(built("greeter"));
    let output = command
        .args(["--ddl", "ruby"])
        .env_clear()
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "greeter: only agents have a DDL; see --help\n"
    );
}

#[test]
fn a_program_that_is_no_agent_tells_its_function_types() {
    let run = |program: &str, arguments: &[&str]| {
        let mut command = Command::new(built(program));
        let output = command.args(arguments).env_clear().output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (
            text(output.stdout),
            text(output.stderr),
            output.status.code(),
        )
    };
    let (stdout, stderr, exit) = run("greeter", &["--functions"]);
    assert_eq!((&*stderr, exit), ("", Some(0)));
    assert_snapshot!(stdout);
    let (stdout, ..) = run("static-discovery", &["--functions"]);
    let described: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(described[0]["name"], "discovery");
    let (help, ..) = run("greeter", &["--help"]);
    assert!(help.contains("--functions"), "{help}");
    let (_, stderr, exit) = run("greeter", &["--functions", "all"]);
    assert_snapshot!(stderr, @r#"greeter: expected nothing after --functions, got "all"; see --help"#);
    assert_eq!(exit, Some(2));
    let (_, stderr, exit) = run("parrot", &["--functions"]);
    assert_snapshot!(stderr, @"parrot: there is no option --functions; see --help");
    assert_eq!(exit, Some(2));
}

/// What an action starts inherits the environment of the action: it must not answer
/// the request, too.
#[test]
fn a_program_that_the_action_starts_does_not_answer_its_request() {
    let mut told = Vec::new();
    for words in ["--version", "--ddl xml", "--nope", "", "one"] {
        for by_call in [false, true] {
            let data = json!({"words": words, "by_call": by_call});
            let ended = Start::call("taker", "start", &data).run();
            assert_eq!(ended.outcome(), (0, "OK".into()), "{ended:?}");
            let reply = ended.reply();
            let how = reply["data"]["how"].as_str().unwrap();
            let by = if by_call { "call.run" } else { "Command" };
            told.push(format!("$ taker {words} # by {by}\n{how}\n"));
        }
    }
    assert_snapshot!(told.join("\n"));
}

/// The words that a client's settings put before Choria's arguments can be any.
#[test]
fn choria_s_arguments_are_no_options() {
    let mut start = Start::call("parrot", "echo", &json!({"message": "hi"}));
    let arguments: Vec<_> = start.command.get_args().map(ToOwned::to_owned).collect();
    let mut command = Command::new(start.command.get_program());
    command.arg("--version").args(arguments).env_clear();
    for (name, value) in start.command.get_envs() {
        command.env(name, value.unwrap_or_default());
    }
    start.command = command;
    assert_eq!(start.run().outcome(), (0, "OK".into()));
}

/// A reply that another process is about to write.
#[cfg(target_os = "linux")]
#[test]
fn of_two_programs_with_one_reply_file_one_answers() {
    let first = Start::call("ending", "go", &json!({"way": "hang"}));
    let (mut second, reply) = (
        Start::call("parrot", "echo", &json!({"message": "hi"})),
        first.path("reply"),
    );
    second.command.env("CHORIA_EXTERNAL_REPLY", &reply);
    let mut first = first;
    let mut hangs = first
        .command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let locked = || fs::File::open(&reply).unwrap().try_lock_shared().is_err();
    while !locked() && hangs.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    let output = second.command.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stderr).unwrap();
    assert_snapshot!(told.replace(reply.to_str().unwrap(), "{reply}"), @"parrot: the reply file {reply} is locked: another process is answering this request; a program that an action starts must not get the variable CHORIA_EXTERNAL_PROTOCOL");
    assert!(hangs.wait().unwrap().success());
    let reply: Value = serde_json::from_slice(&fs::read(&reply).unwrap()).unwrap();
    assert_eq!(reply["statuscode"], 5);
}
