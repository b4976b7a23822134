//! What was recorded of a real server, done again by the harness.

use super::*;

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
            // The client could not send it.
            outcome.assert_no_reply("is lost on a real network");
            assert_eq!(agent.record("action.json"), None, "{name}");
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
        let inputs = action.inputs_from_text(&arguments);
        let inputs = inputs.map_err(|refusal| refusal.to_string())?;
        return Ok(Call::new("go", &inputs.into()));
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
            PublishedReply::from_reply("rep", "run", Some(&action), file.as_bytes()).unwrap();
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
            PublishedReply::from_reply("rep", "run", Some(&action), file.as_bytes()).unwrap();
        assert_eq!(published.data, case["result"]);
    }
}

#[test]
fn what_a_wrong_reply_says_beside_its_error_stays() {
    let published = |file: &str| {
        let published = PublishedReply::from_reply("rep", "run", None, file.as_bytes()).unwrap();
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
