//! Agents of every kind under `run`.

use super::*;
use crate::host::script;

mod json;

/// A folder with an agent in POSIX shell and its DDL. At an action it does
/// `action`.
pub(super) fn parrot(action: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    let text = format!(
        "#!/bin/sh\n\
         case \"$CHORIA_EXTERNAL_PROTOCOL\" in\n\
         *.activation_request) echo '{{\"activate\":true}}' > \"$2\" ;;\n\
         *) {action} ;;\n\
         esac\n"
    );
    write(folder.path(), "parrot", &text);
    let ddl = json!({
        "metadata": {"name": "parrot", "provider": "external", "timeout": 20},
        "actions": [{
            "action": "echo",
            "input": {
                "message": {"type": "string", "maxlength": 20, "validation": "shellsafe"},
                "times": {"type": "integer", "default": 1, "optional": true},
                "odd": {"type": "string", "maxlength": 20, "validation": "nobody", "optional": true},
            },
            "output": {
                "message": {"display_as": "Message"},
                "count": {"display_as": "Times repeated"},
                "note": {"display_as": "Note", "default": "none"},
            },
        }],
    });
    write(folder.path(), "parrot.json", &ddl.to_string());
    folder
}

pub(super) fn write(folder: &Path, name: &str, text: &str) {
    fs::create_dir_all(folder.join(name).parent().unwrap()).unwrap();
    script(folder, name, text, 0o755);
}

/// Replies with this text.
pub(super) fn reply(text: &str) -> String {
    format!("cat > \"$2\" <<'END'\n{text}\nEND\n")
}

/// What a user sees of `run ./parrot echo ...`.
fn echo(folder: &TempDir, more: &[&str]) -> (i32, String) {
    let here = folder.path();
    let output = run(here, &[&["run", "./parrot", "echo"], more].concat());
    (output.status.code().unwrap(), seen(here, &output))
}

pub(super) const GOOD: &str =
    r#"{"statuscode":0,"statusmsg":"OK","data":{"message":"hi","count":3}}"#;

#[test]
fn a_good_reply_is_shown_with_the_labels_of_the_ddl() {
    let action = format!("echo 'working on it'; {}", reply(GOOD));
    let (code, seen) = echo(&parrot(&action), &["message=hi", "times=3"]);
    assert_eq!(code, 0);
    insta::assert_snapshot!("run_ok", seen);

    let data = r#"{"statuscode":0,"statusmsg":"done","data":{"message":"two\nlines\u001b[2J","other":{"a":[1]}}}"#;
    let action = format!("printf 'red \\033[31malert' >&2; {}", reply(data));
    let (code, seen) = echo(&parrot(&action), &["message=hi"]);
    assert_eq!(code, 0);
    insta::assert_snapshot!("run_ok_rich", seen);

    let action = r#"printf '{"data":{"message":"caf\351"}}' > "$2""#;
    let (code, seen) = echo(&parrot(action), &["message=hi"]);
    assert_eq!(code, 0);
    insta::assert_snapshot!("run_ok_latin_1", seen);
}

#[test]
fn what_fails_ends_with_1() {
    for (name, action) in [
        (
            "run_failed",
            reply(r#"{"statuscode":3,"statusmsg":"no parrot","data":{}}"#),
        ),
        (
            "run_own_code",
            reply(r#"{"statuscode":17,"statusmsg":"odd\r\u001b[A","data":{}}"#),
        ),
        ("run_no_data", reply(r#"{"statuscode":0,"statusmsg":"OK"}"#)),
        (
            "run_data_is_a_list",
            reply(r#"{"statuscode":0,"statusmsg":"OK","data":[1]}"#),
        ),
        ("run_no_reply_file", "true".into()),
        ("run_printed_reply", format!("echo '{GOOD}'")),
        ("run_exit_status", "exit 3".into()),
        ("run_signal", "kill -9 $$".into()),
    ] {
        let (code, seen) = echo(&parrot(&action), &["message=hi"]);
        assert_eq!(code, 1, "{name}");
        insta::assert_snapshot!(name, seen);
    }
    let (code, seen) = echo(
        &parrot("exec sleep 60"),
        &["message=hi", "--timeout", "0.2"],
    );
    assert_eq!(code, 1);
    insta::assert_snapshot!("run_timeout", seen);

    let folder = parrot("");
    write(
        folder.path(),
        "parrot",
        "#!/bin/sh\necho '{\"activate\":false}' > \"$2\"\n",
    );
    insta::assert_snapshot!("run_inactive", echo(&folder, &["message=hi"]).1);
    write(folder.path(), "parrot", "#!/bin/sh\nexit 4\n");
    insta::assert_snapshot!("run_activation_failed", echo(&folder, &["message=hi"]).1);
}

#[test]
fn the_client_and_the_server_check_the_request() {
    let folder = parrot(&reply(GOOD));
    for (name, wanted, arguments) in [
        ("run_bad_value", 2, vec!["message=hi", "times=many"]),
        ("run_missing_input", 2, vec![]),
        ("run_unknown_input", 2, vec!["message=hi", "colour=green"]),
        ("run_given_twice", 2, vec!["message=hi", "Message=ho"]),
        ("run_not_shellsafe", 2, vec!["message=$(reboot)"]),
    ] {
        let (code, seen) = echo(&folder, &arguments);
        assert_eq!(code, wanted, "{name}");
        insta::assert_snapshot!(name, seen);
    }
    let output = run(folder.path(), &["run", "./parrot", "fly", "height=3"]);
    insta::assert_snapshot!("run_unknown_action", seen(folder.path(), &output));
}

/// An agent with several actions, of which each reply is good.
fn birds() -> TempDir {
    let folder = parrot(&reply(GOOD));
    let ddl = json!({
        "metadata": {"name": "parrot", "provider": "external", "timeout": 20},
        "actions": [
            {
                "action": "echo",
                "description": "Repeats a message",
                "input": {
                    "message": {"type": "string", "maxlength": 20, "description": "What to repeat"},
                    "times": {"type": "integer", "default": 1, "optional": true},
                    "style": {"type": "list", "list": ["loud", "soft"], "optional": true},
                    "odd": {"type": "string", "default": "it", "description": "\u{1b}[2J"},
                },
            },
            {"action": "status", "description": "How it feels"},
        ],
    });
    write(folder.path(), "parrot.json", &ddl.to_string());
    folder
}

#[test]
fn actions_and_inputs_are_listed_if_one_is_missing_or_misspelt() {
    let folder = birds();
    for (name, code, arguments) in [
        ("listed_no_action", 2, &[][..]),
        ("listed_unknown_action", 1, &["fly"]),
        ("listed_misspelt_action", 1, &["Ehco", "message=hi"]),
        ("listed_misspelt_input", 2, &["echo", "mesage=hi"]),
        ("listed_other_input", 2, &["echo", "message=hi", "colour=1"]),
        ("listed_no_inputs", 2, &["status", "colour=1"]),
        ("listed_bad_value", 2, &["echo", "message=hi", "times=x"]),
        (
            "listed_data",
            1,
            &["echo", "--data", r#"{"message":"hi","tmies":2}"#],
        ),
        ("listed_watch", 2, &["--watch"]),
    ] {
        let output = run(folder.path(), &[&["run", "./parrot"], arguments].concat());
        assert_eq!(output.status.code(), Some(code), "{name}: {output:?}");
        insta::assert_snapshot!(name, seen(folder.path(), &output));
    }
    // Programs get a sentence in the log.
    for (code, arguments, wanted) in [
        (
            2,
            &["--json"][..],
            "no action given; expected one of echo, status",
        ),
        (
            1,
            &["ecoh", "--json"],
            "parrot has no action ecoh; did you mean echo?",
        ),
        (
            2,
            &["echo", "mesage=hi", "--json"],
            "parrot#echo has no input mesage; did you mean message? The action was not called",
        ),
    ] {
        let output = run(folder.path(), &[&["run", "./parrot"], arguments].concat());
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        let object: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(object["log"][0]["line"], wanted, "{object}");
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(!stderr.contains("Repeats"), "{stderr}");
    }
    fs::remove_file(folder.path().join("parrot.json")).unwrap();
    let output = run(folder.path(), &["run", "./parrot"]);
    let stderr = String::from_utf8(output.stderr).unwrap();
    let wanted = "error: no action given; without a DDL the actions of parrot are not known\n";
    assert!(stderr.ends_with(wanted), "{stderr}");
}

#[test]
fn what_a_server_would_not_do_is_warned_of() {
    let folder = parrot(&reply(GOOD));
    let (code, seen) = echo(&folder, &["message=hi", "odd=x"]);
    assert_eq!(code, 0);
    insta::assert_snapshot!("warn_unknown_validator", seen);

    fs::rename(
        folder.path().join("parrot.json"),
        folder.path().join("other.json"),
    )
    .unwrap();
    let (code, seen) = echo(&folder, &["message=hi"]);
    assert_eq!(code, 0);
    insta::assert_snapshot!("warn_no_ddl", seen);

    let script = folder.path().join("parrot");
    fs::rename(script, folder.path().join("bird.sh")).unwrap();
    let arguments = [
        "run",
        "./bird.sh",
        "echo",
        "message=hi",
        "--ddl",
        "other.json",
    ];
    let output = run(folder.path(), &arguments);
    insta::assert_snapshot!("warn_name", super::seen(folder.path(), &output));
}

#[test]
fn a_discovery_source_is_named_as_such() {
    let folder = parrot("");
    let answer =
        r#"{"protocol":"io.choria.choria.discovery.v1.external_reply","nodes":[],"error":"x"}"#;
    let text = format!("#!/bin/sh\n{}", reply(answer));
    write(folder.path(), "parrot", &text);
    let (code, seen) = echo(&folder, &["message=hi"]);
    let wanted = "parrot#echo: not called, the agent is not active: this is a discovery source, not an agent: ask it \
                  with choria-external discover\n";
    assert!(code == 1 && seen.contains(wanted), "{seen}");

    // A script that knows no other request, and says so by its exit status.
    let text = "#!/bin/sh\n[ \"$CHORIA_EXTERNAL_PROTOCOL\" = io.choria.choria.discovery.v1.external_request ] || exit 1\n";
    write(folder.path(), "parrot", text);
    let (code, seen) = echo(&folder, &["message=hi"]);
    let wanted = "\nWhy:\n  this is a discovery source, not an agent: ask it with choria-external discover\n";
    assert!(code == 1 && seen.contains(wanted), "{seen}");
}

#[test]
fn a_reply_that_no_network_carries_is_no_reply() {
    let long = "head -c 900000 /dev/zero | tr '\\0' x > \"$0.big\"; printf '{\"data\":{\"message\":\"%s\"}}' \"$(cat \"$0.big\")\" > \"$2\"";
    let folder = parrot(long);
    let (code, seen) = echo(&folder, &["message=hi"]);
    assert_eq!(code, 1);
    insta::assert_snapshot!("run_lost_reply", seen);

    let output = run(
        folder.path(),
        &["run", "./parrot", "echo", "message=hi", "--json"],
    );
    let object: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(object["reply"], Value::Null);
    let reason = "the reply of 900085 bytes is lost on a real network, which carries 785,600 bytes: the caller gets no \
                  reply at all; reply with less, or in parts";
    assert_eq!(object["log"], json!([{"level": "WARN", "line": reason}]));
    let meant = object["meant"]["reply"].as_str().unwrap();
    assert!(meant.len() > 900_000);
    assert!(output.stderr.is_empty(), "{output:?}");
}

#[test]
fn files_that_are_wrong_are_named() {
    let folder = parrot(&reply(GOOD));
    write(folder.path(), "list.json", "[]");
    write(folder.path(), "broken.json", "{");
    write(folder.path(), "broken.yaml", "a: 1\nb: [");
    write(folder.path(), "facts.yml", "a: 1\n");
    let refused = json!({"metadata": {"name": "rpcutil", "provider": "external", "timeout": 9}});
    write(folder.path(), "refused.json", &refused.to_string());
    for (name, arguments) in [
        ("file_facts_missing", ["--facts", "missing.json"]),
        ("file_facts_list", ["--facts", "list.json"]),
        ("file_facts_broken", ["--facts", "broken.json"]),
        ("file_facts_yaml", ["--facts", "broken.yaml"]),
        ("file_facts_yml", ["--facts", "facts.yml"]),
        ("file_config_missing", ["--config", "missing.cfg"]),
        ("file_ddl_missing", ["--ddl", "missing.json"]),
        ("file_ddl_broken", ["--ddl", "broken.json"]),
        ("file_ddl_refused", ["--ddl", "refused.json"]),
    ] {
        let (code, seen) = echo(&folder, &[&["message=hi"][..], &arguments].concat());
        assert_eq!(code, 2, "{name}");
        insta::assert_snapshot!(name, seen);
    }
}

#[test]
fn lines_of_the_log_have_one_level_and_their_start() {
    let folder = parrot("");
    let script = format!(
        "#!/bin/sh\n\
         case \"$CHORIA_EXTERNAL_PROTOCOL\" in\n\
         *.activation_request) echo ' WARN parrot: few seeds' >&2; echo '{{\"activate\":true}}' > \"$2\" ;;\n\
         *) echo ' WARN parrot: no seeds' >&2; {} ;;\n\
         esac\n",
        reply(GOOD)
    );
    write(folder.path(), "parrot", &script);
    let (_, seen) = echo(&folder, &["message=hi"]);
    let (_, log) = seen.split_once("\n\nLog of").unwrap();
    insta::assert_snapshot!(format!("Log of{log}"), @r"
    Log of the activation:
      WARN  parrot: few seeds (ERROR in a server's log)
    Log of the action:
      WARN  parrot: no seeds (ERROR in a server's log)
    ");
}

#[test]
fn facts_and_configuration_reach_the_agent() {
    let action = format!(
        "cat \"$CHORIA_EXTERNAL_FACTS\" \"$CHORIA_EXTERNAL_CONFIG\"; {}",
        reply(GOOD)
    );
    let folder = parrot(&action);
    write(folder.path(), "facts.json", "{ \"role\": \"web\" }");
    write(folder.path(), "parrot.cfg", "\ncolour = green\n");
    let arguments = [
        "message=hi",
        "--facts",
        "facts.json",
        "--config",
        "parrot.cfg",
    ];
    let (_, seen) = echo(&folder, &arguments);
    assert!(
        seen.contains("INFO  {\"role\":\"web\"}\n  INFO  colour = green\n"),
        "{seen}"
    );

    // As real nodes have them.
    write(
        folder.path(),
        "facts.yaml",
        "---\nrole: db\nis_virtual: yes\nmode: 0755\n",
    );
    let files = "facts.yaml:facts.json";
    for (files, facts) in [
        (
            "facts.yaml",
            r#"{"is_virtual":true,"mode":493,"role":"db"}"#,
        ),
        (files, r#"{"is_virtual":true,"mode":493,"role":"web"}"#),
    ] {
        let (_, seen) = echo(&folder, &["message=hi", "--facts", files]);
        assert!(seen.contains(&format!("INFO  {facts}\n")), "{seen}");
    }
    fs::write(folder.path().join("latin.json"), b"{\"a\": \"\xe9\"}").unwrap();
    let arguments = [
        "message=hi",
        "--facts",
        "latin.json",
        "--config",
        "parrot.cfg",
    ];
    let (_, seen) = echo(&folder, &arguments);
    insta::assert_snapshot!("facts_latin_1", seen);

    write(folder.path(), "plugin.d/parrot", "\ncolour = blue\n");
    let (_, seen) = echo(&folder, &["message=hi"]);
    assert!(seen.contains("INFO  {}\n  INFO  colour = blue\n"), "{seen}");
}
