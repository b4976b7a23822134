//! What was recorded of a real client, done again by the command.

use super::*;

/// What a source replied in each of the recorded modes.
fn reply(mode: &str) -> String {
    let protocol = r#""protocol":"io.choria.choria.discovery.v1.external_reply""#;
    match mode {
        "error" => format!(r#"{{{protocol},"error":"my reason"}}"#),
        "error-and-nodes" => format!(r#"{{{protocol},"nodes":["localhost"],"error":"my reason"}}"#),
        "nodes-null" => format!(r#"{{{protocol},"nodes":null}}"#),
        "wrong-protocol" => r#"{"protocol":"x","nodes":["localhost"]}"#.into(),
        "no-protocol" => r#"{"nodes":["localhost"]}"#.into(),
        "invalid" => "{nope".into(),
        "dupes" => format!(r#"{{{protocol},"nodes":["localhost","b","localhost","","a b"]}}"#),
        _ => format!(r#"{{{protocol},"nodes":["localhost"]}}"#),
    }
}

/// The command for a recorded command line of `choria`.
fn command(place: &Place, case: &Value, mode: &str) -> Command {
    let arguments: Vec<&str> = case["args"]
        .as_array()
        .unwrap()
        .iter()
        .map(|argument| argument.as_str().unwrap())
        .collect();
    // An end that the recorded source had, and ours has with more words.
    let does = match mode {
        "exit" => "exit exit=3",
        "sleep" => "sleep block",
        other => other,
    };
    let mut command = place.command(does);
    match &*arguments {
        ["discover", flags @ ..] => command.args(flags),
        ["req", agent, _action, flags @ ..] => command.args(["--agent", agent]).args(flags),
        other => panic!("{other:?}"),
    };
    command
}

/// The record with the placeholders of the recordings.
fn normalized(place: &Place) -> Value {
    let temp = std::env::temp_dir();
    let temp = temp.to_str().unwrap().trim_end_matches('/');
    let own_path = serde_json::to_string(&std::env::var("PATH").unwrap()).unwrap();
    let mut text = place
        .record()
        .unwrap()
        .to_string()
        .replace(place.path().to_str().unwrap(), "{work}")
        .replace(&format!("\"{temp}\""), "\"{tmp}\"")
        .replace(&format!("\"PATH\":{own_path}"), "\"PATH\":\"{path}\"");
    for name in ["request", "reply"] {
        let start = format!("{temp}/{name}");
        while let Some(at) = text.find(&start) {
            let end = at + text[at..].find('"').unwrap();
            text.replace_range(at..end, &format!("{{tmp}}/{name}N"));
        }
    }
    serde_json::from_str(&text).unwrap()
}

#[cfg(target_os = "linux")]
#[test]
fn a_source_is_started_as_by_a_real_client() {
    let cases = vectors::read_lines("network/discovery.jsonl");
    assert!(cases.len() >= 33);
    for case in cases {
        let name = case["case"].as_str().unwrap();
        let place = Place::new();
        let wanted_argv = case["argv"].as_array().unwrap();
        let mode = match wanted_argv.len() {
            4 => "",
            _ => wanted_argv[1].as_str().unwrap(),
        };
        place.reply(&reply(mode));
        match name {
            "go-api compound" => {
                let mut source = place.host("");
                source.timeout = Duration::from_millis(1500);
                let filter = Filter {
                    compound: vec![r#"with("apache") and fact("role") == "web""#.into()],
                    ..Filter::default()
                };
                source.discover(&filter).unwrap();
            }
            "go-api no filter, no options" => {
                let source = Source::from_command(place.host("").command);
                source.discover(&Filter::default()).unwrap();
            }
            _ => {
                command(&place, &case, mode).output().unwrap();
            }
        }
        let mut seen = normalized(&place);
        // What makes our source end like the recorded one.
        let argv = seen["argv"].as_array_mut().unwrap();
        argv.retain(|word| word != "exit=3" && word != "block");
        for key in ["argv", "env", "cwd", "stdin", "request"] {
            assert_eq!(seen[key], case[key], "{name}: {key}");
        }
        no_file_is_left(&place.record().unwrap());
    }
}

#[test]
fn a_user_sees_what_a_real_client_shows() {
    let cases = vectors::read_lines("network/discovery_seen.jsonl");
    let mut compared = 0;
    for case in cases {
        let name = case["case"].as_str().unwrap();
        let mode = case["mode"].as_str().unwrap();
        // `choria req` goes on to call an agent. There only its question counts.
        if case["args"][0] == "req" {
            continue;
        }
        let place = Place::new();
        place.reply(&reply(mode));
        let (exit, stdout, stderr) =
            ended(&command(&place, &case, mode).args(PATIENT).output().unwrap());
        compared += 1;
        match name {
            // Choria asks the nodes themselves then; the source would never be
            // tried out.
            "compound -S" => {
                assert_eq!(case["started"], 0);
                assert!(place.record().is_some());
                assert!(
                    stderr.starts_with("note: -S: choria never starts"),
                    "{stderr}"
                );
                continue;
            }
            // The warnings are ours.
            "reply dupes" | "reply dupes text" => assert_eq!(
                stderr,
                "warning: empty node names in the reply: 1\n\
                 warning: the reply names nodes more than once, and choria waits for a reply of each: localhost\n"
            ),
            _ => assert_eq!(stderr, case["stderr"].as_str().unwrap(), "{name}"),
        }
        assert_eq!(stdout, case["stdout"].as_str().unwrap(), "{name}");
        assert_eq!(exit, case["exit"], "{name}");
    }
    assert!(compared >= 25, "{compared}");
}
