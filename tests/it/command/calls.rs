//! What `run` can do beside one plain call.

use super::agents::{parrot, reply, write};
use super::*;

fn echo(folder: &TempDir, more: &[&str]) -> String {
    let output = run(
        folder.path(),
        &[&["run", "./parrot", "echo"], more].concat(),
    );
    seen(folder.path(), &output)
}

const GOOD: &str = r#"{"statuscode":0,"statusmsg":"OK","data":{"message":"hi"}}"#;

/// An action that replies with the request's data and caller.
const TELL: &str = r#"data=$(sed 's/.*"data"://; s/}$//' "$1"); caller=$(sed 's/.*"callerid":"//; s/".*//' "$1"); printf '{"data":{"got":%s,"caller":"%s"}}' "$data" "$caller" > "$2""#;

#[test]
fn inputs_can_be_given_as_json_and_are_sent_as_they_are() {
    let folder = parrot(TELL);
    fs::write(
        folder.path().join("data.json"),
        r#" {"message": "from a file", "times": 2.0} "#,
    )
    .unwrap();
    insta::assert_snapshot!(echo(&folder, &["--data", r#"{"message":"hi","message":"again"}"#]), @r#"
    exit code 0
    --- stdout
    parrot#echo: OK, code 0 ({seconds} s)

       caller: choria=developer.mcollective
          got: {
                 "message": "again"
               }
         Note: none
    "#);
    insta::assert_snapshot!(echo(&folder, &["--data", "@data.json", "--caller", "choria=alice.mcollective"]), @r#"
    exit code 0
    --- stdout
    parrot#echo: OK, code 0 ({seconds} s)

       caller: choria=alice.mcollective
          got: {
                 "message": "from a file",
                 "times": 2
               }
         Note: none
    "#);
    let mut child = command(folder.path(), &["run", "./parrot", "echo", "--data", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), br#"{"message":"stdin"}"#).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains(r#""message": "stdin""#), "{text}");
}

#[test]
fn data_that_cannot_be_sent_is_told() {
    let folder = parrot(&reply(GOOD));
    for (name, bytes) in [
        ("latin", &b"{\"a\":\"\xe9\"}"[..]),
        ("marked", b"\xef\xbb\xbf{}"),
        ("utf_16", b"\xff\xfe{\0}\0"),
        ("lines", b"{\"message\":\n \"two\nlines\"}"),
    ] {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    for (name, more) in [
        ("data_broken", &["--data", "{\"message\": hi}"][..]),
        ("data_no_file", &["--data", "@nowhere.json"]),
        ("data_not_utf8", &["--data", "@latin"]),
        ("data_marked", &["--data", "@marked"]),
        ("data_utf_16", &["--data", "@utf_16"]),
        ("data_raw_lines", &["--data", "@lines"]),
        ("data_and_inputs", &["--data", "{}", "message=hi"]),
        ("data_not_as_the_ddl", &["--data", "{\"message\": 1}"]),
        ("parallel_alone", &["message=hi", "--parallel", "2"]),
        ("repeat_zero", &["message=hi", "--repeat", "0"]),
    ] {
        insta::assert_snapshot!(name, echo(&folder, more));
    }
}

/// Names of temporary files, and this machine's PATH, as words.
fn without_places(text: &str) -> String {
    let tmp = std::env::temp_dir();
    let mut text = text.replace(&std::env::var("PATH").unwrap(), "{path}");
    for name in ["request", "reply", "facts"] {
        let start = tmp.join(name).display().to_string();
        while let Some(at) = text.find(&start) {
            let end = text[at..].find([' ', '\n', '/']).filter(|end| *end > 0);
            let rest = text[at + start.len()..]
                .find(|c: char| !c.is_ascii_alphanumeric())
                .map_or(text.len(), |end| at + start.len() + end);
            assert!(end.is_none_or(|_| rest > at));
            text.replace_range(at..rest, &format!("{{{name}}}"));
        }
    }
    for (start, is_part, word) in [
        (
            "\"requestid\":\"",
            char::is_ascii_hexdigit as fn(&char) -> bool,
            "{id}",
        ),
        ("\"msgtime\":", char::is_ascii_digit, "{time}"),
    ] {
        let mut parts = text.split(start);
        let mut without = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let rest = part.trim_start_matches(|c: char| is_part(&c));
            without += &format!("{start}{word}{rest}");
        }
        text = without;
    }
    text.replace(tmp.to_str().unwrap(), "{tmp}")
}

#[cfg(unix)]
#[test]
fn shown_starts_can_be_pasted_into_a_shell() {
    let action = format!(
        "cat \"$1\" \"$CHORIA_EXTERNAL_FACTS\"; {}\nexit 3",
        reply(GOOD)
    );
    let folder = parrot(&action);
    let facts = "{\"a\": \"it's \u{202e}\\u001b\"}";
    fs::write(folder.path().join("facts.json"), facts).unwrap();
    let message = "message=it's \u{9b}\t\u{202e}";
    let arguments = [
        "run",
        "./parrot",
        "echo",
        message,
        "--verbose",
        "--facts",
        "facts.json",
    ];
    let output = run(folder.path(), &arguments);
    let lines = String::from_utf8(output.stderr).unwrap();
    let hidden = |c: char| c != '\n' && choria_external_protocol::is_hidden(c);
    assert!(!lines.contains(hidden), "{lines:?}");
    assert!(
        lines.lines().all(|line| !line.starts_with(['$', '{'])),
        "{lines}"
    );

    let temporary = TempDir::new().unwrap();
    let again = Command::new("sh")
        .args(["-c", &lines])
        .env("TMPDIR", temporary.path())
        .output()
        .unwrap();
    assert!(
        again.status.success() && again.stderr.is_empty(),
        "{again:?}"
    );
    let text = String::from_utf8(again.stdout).unwrap();
    // The activation's reply, what the action prints, and its reply.
    assert!(text.starts_with("{\"activate\":true}\n{\""), "{text}");
    assert!(
        text.contains("it's \u{9b}\\t\u{202e}\""),
        "the request: {text:?}"
    );
    assert!(
        text.contains("it's \u{202e}\\u001b\""),
        "the facts: {text:?}"
    );
    assert!(text.ends_with(&format!("{GOOD}\n")), "{text}");
    let left = fs::read_dir(temporary.path()).unwrap().count();
    assert_eq!(left, 0, "the temporary folder is removed");
}

#[cfg(unix)]
#[test]
fn each_start_can_be_shown_and_kept() {
    let folder = parrot(&format!("echo working; {}\nexit 3", reply(GOOD)));
    let seen = echo(&folder, &["message=hi", "--verbose", "--keep", "kept"]);
    insta::assert_snapshot!(without_places(&seen), @r#"
    exit code 1
    --- stdout
    parrot#echo: Request Aborted, code 1: Could not call external agent parrot#echo: executing parrot failed: exit status 3 ({seconds} s)

    The agent meant something else:
      there is a complete reply, but the server ignores it because the program did not end with exit status 0: report failures by statuscode and statusmsg, and end with 0
      its reply: {"statuscode":0,"statusmsg":"OK","data":{"message":"hi"}}

    Log:
      INFO  working
    --- stderr
    # activation
    files=$(mktemp -d)
    printf %s '{"$schema":"https://choria.io/schemas/mcorpc/external/v1/activation_request.json","protocol":"io.choria.mcorpc.external.v1.activation_request","agent":"parrot"}' >"$files"/request.json
    : >"$files"/reply.json
    printf %s '' >"$files"/facts.json
    (cd {tmp} && env -i CHORIA_EXTERNAL_REQUEST="$files"/request.json CHORIA_EXTERNAL_REPLY="$files"/reply.json CHORIA_EXTERNAL_PROTOCOL=io.choria.mcorpc.external.v1.activation_request PATH={path} CHORIA_EXTERNAL_CONFIG={folder}/plugin.d/parrot CHORIA_EXTERNAL_FACTS="$files"/facts.json {folder}/parrot "$files"/request.json "$files"/reply.json io.choria.mcorpc.external.v1.rpc_request </dev/null)
    cat "$files"/reply.json
    rm -r "$files"
    # exit code 0
    kept in kept/activation
    # action
    files=$(mktemp -d)
    printf %s '{"$schema":"https://choria.io/schemas/mcorpc/external/v1/rpc_request.json","protocol":"io.choria.mcorpc.external.v1.rpc_request","agent":"parrot","action":"echo","requestid":"{id}","senderid":"localhost","callerid":"choria=developer.mcollective","collective":"mcollective","ttl":60,"msgtime":{time},"data":{"message":"hi","times":1}}' >"$files"/request.json
    : >"$files"/reply.json
    printf %s '{}' >"$files"/facts.json
    (cd {tmp} && env -i CHORIA_EXTERNAL_REQUEST="$files"/request.json CHORIA_EXTERNAL_REPLY="$files"/reply.json CHORIA_EXTERNAL_PROTOCOL=io.choria.mcorpc.external.v1.rpc_request PATH={path} CHORIA_EXTERNAL_CONFIG={folder}/plugin.d/parrot CHORIA_EXTERNAL_FACTS="$files"/facts.json {folder}/parrot "$files"/request.json "$files"/reply.json io.choria.mcorpc.external.v1.rpc_request </dev/null)
    cat "$files"/reply.json
    rm -r "$files"
    # exit code 3
    kept in kept/action
    "#);
    let kept = folder.path().join("kept");
    let names = |name: &str| {
        let mut names: Vec<String> = fs::read_dir(kept.join(name))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    };
    let wanted = [
        "facts.json",
        "reply.json",
        "request.json",
        "start.sh",
        "stderr",
        "stdout",
    ];
    assert_eq!(names("activation"), wanted);
    assert_eq!(names("action"), wanted);
    assert_eq!(
        fs::read_to_string(kept.join("action/stdout")).unwrap(),
        "working\n"
    );
    let again = Command::new("sh")
        .arg(kept.join("action/start.sh"))
        .output()
        .unwrap();
    assert_eq!(again.status.code(), Some(3));
    assert_eq!(again.stdout, b"working\n");

    fs::write(folder.path().join("file"), "").unwrap();
    insta::assert_snapshot!(echo(&folder, &["message=hi", "--keep", "file"]), @r"
    exit code 2
    --- stderr
    error: could not keep the files of the start in {folder}/file/activation: Not a directory (os error 20)
    ");
}

/// Times and rates as words.
fn without_figures(text: &str) -> String {
    let line = |line: &str| match line.split_once(" ms") {
        Some((before, "")) => format!(
            "{} {{ms}}",
            before
                .trim_end_matches(|c: char| c.is_ascii_digit() || c == '.')
                .trim_end()
        ),
        _ => match line.rsplit_once(", ") {
            Some((before, rate)) if rate.ends_with(" a second") => {
                format!("{before}, {{rate}} a second")
            }
            _ => line.into(),
        },
    };
    text.lines().map(|text| line(text) + "\n").collect()
}

#[test]
fn many_calls_are_summed_up() {
    let folder = parrot(&format!("echo one; echo two; {}", reply(GOOD)));
    let seen = echo(
        &folder,
        &["message=hi", "--repeat", "20", "--parallel", "4"],
    );
    insta::assert_snapshot!(without_figures(&seen), @r"
    exit code 0
    --- stdout
    parrot#echo: 20 calls, 4 at a time, {rate} a second

       OK, code 0            20
       lines of log          40
       least time {ms}
       median {ms}
       95 % within {ms}
       99 % within {ms}
       most time {ms}
    ");
    // Each has a request id of its own: those that begin with 0 to 7 fail.
    let id = r#"case $(sed 's/.*"requestid":"//; s/".*//' "$1") in [0-7]*) exit 3 ;; esac"#;
    let folder = parrot(&format!("{id}; {}", reply(GOOD)));
    let output = run(
        folder.path(),
        &[
            "run",
            "./parrot",
            "echo",
            "message=hi",
            "--repeat",
            "60",
            "--parallel",
            "8",
            "--keep",
            "kept",
            "--json",
        ],
    );
    assert_eq!(output.status.code(), Some(1));
    let tally: Value = serde_json::from_slice(&output.stdout).unwrap();
    let count = |name: &str| tally["outcomes"][name].as_u64().unwrap();
    assert_eq!(tally["calls"], 60);
    assert_eq!(
        count("OK, code 0") + count("Request Aborted, code 1"),
        60,
        "{tally}"
    );
    assert_eq!(tally["failed"], count("Request Aborted, code 1"));
    let text = "Could not call external agent parrot#echo: executing parrot failed: exit status 3";
    assert_eq!(tally["texts"], json!({text: tally["failed"]}));
    let latency = &tally["latency"];
    let time = |name: &str| latency[name].as_f64().unwrap();
    assert!(0.0 < time("least") && time("least") <= time("median") && time("p99") <= time("most"));
    let kept = fs::read_dir(folder.path().join("kept")).unwrap().count() as u64;
    assert_eq!(kept, tally["failed"].as_u64().unwrap().min(10));
}

#[test]
fn one_that_is_not_active_is_not_called_many_times() {
    let folder = parrot("exit 0");
    write(folder.path(), "parrot", "#!/bin/sh\necho '{}' > \"$2\"\n");
    insta::assert_snapshot!(echo(&folder, &["message=hi", "--repeat", "20"]), @r"
    exit code 1
    --- stdout
    parrot#echo: not called, the agent is not active: its reply to the activation request does not have activate set to true
    ");
}

#[test]
fn agents_are_found_in_a_plugin_folder() {
    let folder = parrot(&reply(GOOD));
    let agents = folder.path().join("opt/mcollective/agent");
    fs::create_dir_all(&agents).unwrap();
    for name in ["parrot", "parrot.json"] {
        fs::rename(folder.path().join(name), agents.join(name)).unwrap();
    }
    let ruby = json!({"metadata": {"name": "owl", "provider": "ruby"}, "actions": []});
    fs::write(agents.join("owl.json"), ruby.to_string()).unwrap();
    let call = |libdir: &str, name: &str| {
        let output = run(
            folder.path(),
            &["run", name, "echo", "message=hi", "--libdir", libdir],
        );
        seen(folder.path(), &output)
    };
    insta::assert_snapshot!(call("opt", "parrot"), @r"
    exit code 0
    --- stdout
    parrot#echo: OK, code 0 ({seconds} s)

       Message: hi
          Note: none
    ");
    insta::assert_snapshot!(call("opt", "owl"), @r#"
    exit code 2
    --- stderr
    error: {folder}/opt/mcollective/agent/owl.json: a server does not load it: $.metadata.provider is "ruby", not "external": it is for another provider
    "#);
    insta::assert_snapshot!(call("opt", "hawk"), @r"
    exit code 2
    --- stderr
    error: there is no agent hawk in opt: a server finds parrot there; expected NAME.json or NAME/NAME.json in its folder mcollective/agent, and the program NAME beside it
    ");
    insta::assert_snapshot!(call("nowhere", "parrot"), @r"
    exit code 2
    --- stderr
    error: could not look for agents in {folder}/nowhere/mcollective/agent: No such file or directory (os error 2)
    ");
    // Whatever its place: it takes all agents with it.
    fs::write(agents.join("zz_crash.json"), "{}").unwrap();
    insta::assert_snapshot!(call("opt", "parrot"), @r"
    exit code 2
    --- stderr
    error: {folder}/opt/mcollective/agent/zz_crash.json: it crashes a server that looks into this folder, with all its agents: a DDL without metadata, which a server reads without checking: add it, or move the file away
    ");
}

#[test]
fn a_program_of_ours_is_asked_for_its_ddl() {
    let folder = TempDir::new().unwrap();
    let parrot = folder.path().join("parrot");
    fs::copy(crate::programs::built("parrot"), &parrot).unwrap();
    let output = run(
        folder.path(),
        &["run", "./parrot", "echo", "message=hi", "times=2"],
    );
    insta::assert_snapshot!(seen(folder.path(), &output), @r"
    exit code 0
    --- stdout
    parrot#echo: OK, code 0 ({seconds} s)

       Message: hi hi
    ");
}

#[cfg(target_os = "linux")]
#[test]
fn what_is_left_running_is_ended_and_told() {
    let wait = "while test -e hold; do sleep 0.05; done";
    for (name, start) in [
        (
            "left",
            format!("(cd {{folder}}; exec sh -c '{wait}') >/dev/null 2>&1 &"),
        ),
        (
            "left_bare",
            format!(
                "(cd {{folder}}; exec env -i PATH=\"$PATH\" setsid sh -c '{wait}') >/dev/null 2>&1 &"
            ),
        ),
    ] {
        let folder = parrot("");
        let start = start.replace("{folder}", folder.path().to_str().unwrap());
        let text = format!(
            "#!/bin/sh\ncase \"$CHORIA_EXTERNAL_PROTOCOL\" in\n*.activation_request) echo '{{\"activate\":true}}' > \"$2\" ;;\n\
             *) {start}\n{} ;;\nesac\n",
            reply(GOOD)
        );
        write(folder.path(), "parrot", &text);
        fs::write(folder.path().join("hold"), "").unwrap();
        let seen = echo(&folder, &["message=hi"]);
        assert!(seen.contains(" ended: "), "{name}: {seen}");
        assert!(seen.contains("Message: hi"), "{seen}");
        let proc = fs::read_dir("/proc").unwrap();
        let here = folder.path().canonicalize().unwrap();
        let left = proc.filter(|entry| {
            let path = entry.as_ref().unwrap().path().join("cwd");
            fs::read_link(path).is_ok_and(|cwd| cwd == here)
        });
        assert_eq!(left.count(), 0, "{name}");
    }
}
