//! The `choria-external` command: what a user sees.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

/// The command with these arguments, in this folder.
fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_command"));
    command
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null());
    command
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    command(folder, arguments).output().unwrap()
}

/// All that a user sees, less what differs from run to run: times, and the
/// names of folders.
fn seen(folder: &Path, output: &Output) -> String {
    let text = |bytes: &[u8]| {
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let text = text.replace(folder.canonicalize().unwrap().to_str().unwrap(), "{folder}");
        let text = text.replace(folder.to_str().unwrap(), "{folder}");
        text.lines()
            .map(|line| without_time(line) + "\n")
            .collect::<String>()
    };
    let code = output.status.code().unwrap();
    let mut seen = format!("exit code {code}\n");
    for (name, bytes) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
        if !bytes.is_empty() {
            seen += &format!("--- {name}\n{}", text(bytes));
        }
    }
    seen
}

/// `(0.004 s)` at the end of a line as `({seconds} s)`.
fn without_time(line: &str) -> String {
    match line
        .strip_suffix(" s)")
        .and_then(|line| line.rsplit_once(" ("))
    {
        Some((before, seconds)) if seconds.parse::<f64>().is_ok() => {
            format!("{before} ({{seconds}} s)")
        }
        _ => line.into(),
    }
}

#[test]
fn help_says_how_to_use_it() {
    let here = Path::new(".");
    for (name, arguments) in [
        ("help", vec!["--help"]),
        ("help_run", vec!["run", "--help"]),
        ("help_protocols", vec!["protocols", "--help"]),
    ] {
        let output = run(here, &arguments);
        insta::assert_snapshot!(name, String::from_utf8(output.stdout).unwrap());
    }
    let version = String::from_utf8(run(here, &["--version"]).stdout).unwrap();
    assert_eq!(
        version,
        format!("choria-external {}\n", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn wrong_usage_is_told_and_ends_with_2() {
    let folder = TempDir::new().unwrap();
    let here = folder.path();
    for (name, arguments) in [
        ("usage_nothing", vec!["run"]),
        ("usage_no_value", vec!["run", "./parrot", "echo", "message"]),
        (
            "usage_timeout",
            vec!["run", "./parrot", "echo", "--timeout", "0"],
        ),
        ("usage_missing_program", vec!["run", "./parrot", "echo"]),
        (
            "usage_unknown_protocol",
            vec!["protocols", "io.example.nothing"],
        ),
    ] {
        let output = run(here, &arguments);
        assert_eq!(output.status.code(), Some(2));
        insta::assert_snapshot!(name, seen(here, &output));
    }
}

#[test]
fn protocols_are_listed() {
    let here = Path::new(".");
    insta::assert_snapshot!(
        "protocols",
        String::from_utf8(run(here, &["protocols"]).stdout).unwrap()
    );

    let all: Value = serde_json::from_slice(&run(here, &["protocols", "--json"]).stdout).unwrap();
    let all = all.as_array().unwrap();
    assert_eq!(
        all.len(),
        choria_external_protocol::registry().unwrap().iter().count()
    );
    for function in all {
        for message in ["request", "reply"] {
            let protocol = function[message]["protocol"].as_str().unwrap();
            let schema = run(here, &["protocols", protocol]).stdout;
            assert_eq!(
                serde_json::from_slice::<Value>(&schema).unwrap(),
                function[message]["schema"]
            );
            assert!(function[message]["schema"]["$schema"].is_string());
        }
    }
}

#[cfg(unix)]
mod agents {
    use super::*;
    use crate::host::script;

    /// A folder with an agent in POSIX shell and its DDL. At an action it does
    /// `action`.
    fn parrot(action: &str) -> TempDir {
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

    fn write(folder: &Path, name: &str, text: &str) {
        fs::create_dir_all(folder.join(name).parent().unwrap()).unwrap();
        script(folder, name, text, 0o755);
    }

    /// Replies with this text.
    fn reply(text: &str) -> String {
        format!("cat > \"$2\" <<'END'\n{text}\nEND\n")
    }

    /// What a user sees of `run ./parrot echo ...`.
    fn echo(folder: &TempDir, more: &[&str]) -> (i32, String) {
        let here = folder.path();
        let output = run(here, &[&["run", "./parrot", "echo"], more].concat());
        (output.status.code().unwrap(), seen(here, &output))
    }

    const GOOD: &str = r#"{"statuscode":0,"statusmsg":"OK","data":{"message":"hi","count":3}}"#;

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
            ("run_not_shellsafe", 2, vec!["message=$(reboot)"]),
        ] {
            let (code, seen) = echo(&folder, &arguments);
            assert_eq!(code, wanted, "{name}");
            insta::assert_snapshot!(name, seen);
        }
        let output = run(folder.path(), &["run", "./parrot", "fly", "height=3"]);
        insta::assert_snapshot!("run_unknown_action", seen(folder.path(), &output));
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

        let long = "head -c 800000 /dev/zero | tr '\\0' x > big; printf '{\"data\":{\"message\":\"%s\"}}' \"$(cat big)\" > \"$2\"";
        let folder =
            parrot(&format!("cd {{here}} && {long}").replace("{here}", "\"$(dirname \"$0\")\""));
        let output = run(
            folder.path(),
            &["run", "./parrot", "echo", "message=hi", "--json"],
        );
        insta::assert_snapshot!("warn_large", String::from_utf8(output.stderr).unwrap());
    }

    #[test]
    fn files_that_are_wrong_are_named() {
        let folder = parrot(&reply(GOOD));
        write(folder.path(), "list.json", "[]");
        write(folder.path(), "broken.json", "{");
        let refused =
            json!({"metadata": {"name": "rpcutil", "provider": "external", "timeout": 9}});
        write(folder.path(), "refused.json", &refused.to_string());
        for (name, arguments) in [
            ("file_facts_missing", ["--facts", "missing.json"]),
            ("file_facts_list", ["--facts", "list.json"]),
            ("file_facts_broken", ["--facts", "broken.json"]),
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

        write(folder.path(), "plugin.d/parrot", "\ncolour = blue\n");
        let (_, seen) = echo(&folder, &["message=hi"]);
        assert!(seen.contains("INFO  {}\n  INFO  colour = blue\n"), "{seen}");
    }

    /// The one JSON object of `--json`.
    fn json(folder: &TempDir, more: &[&str]) -> Value {
        let here = folder.path();
        let output = run(
            here,
            &[&["run", "./parrot", "echo", "message=hi", "--json"], more].concat(),
        );
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(
            text.lines().count() == 1 && !text.contains('\u{9b}'),
            "{text}"
        );
        let mut object: Value = serde_json::from_str(&text).unwrap();
        assert!(object["seconds"].take().as_f64().unwrap() >= 0.0);
        object
    }

    #[test]
    fn json_has_all_of_it() {
        let object = json(
            &parrot(&format!(
                "echo out; printf 'err\\302\\233' >&2; {}",
                reply(GOOD)
            )),
            &[],
        );
        let mut lines: Vec<String> = object["log"]
            .as_array()
            .unwrap()
            .iter()
            .map(Value::to_string)
            .collect();
        lines.sort_unstable();
        assert_eq!(
            lines,
            [
                "{\"level\":\"ERROR\",\"line\":\"err\u{9b}\"}",
                r#"{"level":"INFO","line":"out"}"#
            ]
        );
        assert_eq!(object["activated"], true);
        assert_eq!(
            object["reply"],
            json!({"statuscode": 0, "statusmsg": "OK", "data": {"message": "hi", "count": 3, "note": "none"}})
        );
        let object = json(&parrot("exec sleep 60"), &["--timeout", "0.2"]);
        assert_eq!(
            object,
            json!({"activated": true, "reply": null, "log": [], "seconds": null})
        );

        let folder = parrot("");
        write(folder.path(), "parrot", "#!/bin/sh\necho '{}' > \"$2\"\n");
        let object = json(&folder, &[]);
        assert_eq!(
            object,
            json!({"activated": false, "reply": null, "log": [], "seconds": null})
        );
    }

    /// A Cargo package without dependencies whose programs are these.
    fn package(programs: &[(&str, &str)]) -> TempDir {
        let folder = TempDir::new().unwrap();
        let manifest = "[package]\nname = \"parrot\"\nversion = \"1.0.0\"\nedition = \"2024\"\n\n[workspace]\n";
        write(folder.path(), "Cargo.toml", manifest);
        for (file, text) in programs {
            write(folder.path(), file, text);
        }
        folder
    }

    fn run_package(folder: &TempDir, more: &[&str]) -> Output {
        let mut command = command(
            folder.path(),
            &[&["run", ".", "echo", "message=hi"], more].concat(),
        );
        command
            .env("CARGO_TARGET_DIR", folder.path().join("target"))
            .output()
            .unwrap()
    }

    const PROGRAM: &str = r##"
fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if arguments[1] == "--ddl" {
        println!("{}", r#"{"metadata": {"name": "parrot", "provider": "external", "timeout": 20},
            "actions": [{"action": "echo", "input": {"message": {"type": "string", "maxlength": 9}},
                         "output": {"message": {"display_as": "Message"}}}]}"#);
        return;
    }
    let reply = r#"{"activate":true,"statuscode":0,"statusmsg":"OK","data":{"message":"built"}}"#;
    std::fs::write(&arguments[2], reply).unwrap();
}
"##;

    #[test]
    fn a_cargo_package_is_built_and_asked_for_its_ddl() {
        let folder = package(&[("src/main.rs", PROGRAM)]);
        let output = run_package(&folder, &[]);
        assert_eq!(output.status.code(), Some(0));
        insta::assert_snapshot!("package_ok", seen(folder.path(), &output));

        // A DDL in the package counts more.
        let ddl = json!({"metadata": {"name": "parrot", "provider": "external", "timeout": 9}, "actions": []});
        write(folder.path(), "parrot.json", &ddl.to_string());
        let output = run_package(&folder, &[]);
        insta::assert_snapshot!("package_own_ddl", seen(folder.path(), &output));

        write(folder.path(), "src/main.rs", "fn main() { nothing() }");
        let output = run_package(&folder, &[]);
        assert_eq!(output.status.code(), Some(2));
        let errors = seen(folder.path(), &output);
        assert!(errors.contains("error[E0425]"), "{errors}");
        assert!(
            errors.ends_with(
                "error: the package in {folder} could not be built: see cargo's errors above\n"
            ),
            "{errors}"
        );
    }

    #[test]
    fn a_package_with_several_programs_needs_a_choice() {
        let folder = package(&[("src/bin/one.rs", PROGRAM), ("src/bin/two.rs", PROGRAM)]);
        let output = run_package(&folder, &[]);
        assert_eq!(output.status.code(), Some(2));
        insta::assert_snapshot!("package_several", seen(folder.path(), &output));

        let path = folder.path().join("Cargo.toml");
        let manifest = fs::read_to_string(&path).unwrap();
        fs::write(
            &path,
            manifest.replace("[workspace]", "default-run = \"two\"\n\n[workspace]"),
        )
        .unwrap();
        assert_eq!(run_package(&folder, &[]).status.code(), Some(0));
    }
}
