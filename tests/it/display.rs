//! Replies against what the real `choria req` showed.

use choria_external_ddl::display::{Reply, Show, names, names_json, table};
use serde_json::{Value, json};

use crate::aggregates::action;
use crate::vectors;

fn text<'a>(case: &'a Value, column: &str) -> &'a str {
    case[column].as_str().unwrap()
}

fn code(case: &Value) -> u8 {
    case["statuscode"].as_u64().unwrap().try_into().unwrap()
}

#[test]
fn replies_are_shown_as_by_choria() {
    let cases = vectors::read("reply_display.json");
    assert!(cases.len() > 50);
    for case in cases {
        let show = match text(&case, "override") {
            "ddl" => Show::AsDdlSays,
            "ok" => Show::Ok,
            "failed" => Show::Failed,
            "all" => Show::All,
            _ => Show::None,
        };
        // The name ends with the data in the spelling of the sender.
        let silent = format!("silent={} ", case["silent"]);
        let reply = Reply {
            sender: "web1",
            code: code(&case),
            message: text(&case, "statusmsg"),
            data: text(&case, "name").split_once(&silent).unwrap().1,
        };
        let action = action(text(&case, "ddl_display"), &Value::Null);
        let shown = if case["verbose"] == true {
            reply.to_console_verbose(&action, show)
        } else {
            reply.to_console(&action, show)
        };
        assert_eq!(shown, text(&case, "text"), "{}", case["name"]);
    }
}

#[test]
fn tables_and_names_are_as_in_choria() {
    for case in vectors::read("reply_table.json") {
        let replies = case["replies"].as_array().unwrap();
        let data: Vec<String> = replies
            .iter()
            .map(|reply| reply["data"].to_string())
            .collect();
        let replies: Vec<Reply<'_>> = (replies.iter().zip(&data))
            .map(|(reply, data)| Reply {
                sender: text(reply, "sender"),
                code: code(reply),
                message: "",
                data,
            })
            .collect();
        let name = &case["name"];
        assert_eq!(
            table(&action("ok", &Value::Null), &replies),
            text(&case, "table"),
            "{name}"
        );
        assert_eq!(names(&replies, false), text(&case, "senders"), "{name}");
        assert_eq!(
            names(&replies, true),
            text(&case, "senders_sorted"),
            "{name}"
        );
        assert_eq!(
            names_json(&replies, true),
            text(&case, "senders_json"),
            "{name}"
        );
    }
}

fn reply(data: &str) -> Reply<'_> {
    Reply {
        sender: "web1",
        code: 0,
        message: "OK",
        data,
    }
}

#[test]
fn what_a_sender_spelled_is_shown_as_it_was() {
    let action = action("always", &Value::Null);
    let reply = reply(
        r#"{"v":12345678901234567890123,"w":1e21,"h":{"b":"\u00e9<","a":[1.0,[2]]},"a.b":1,"def":null}"#,
    );
    insta::assert_snapshot!("as_spelled", reply.to_console(&action, Show::All));
    insta::assert_snapshot!(
        "as_spelled_verbose",
        reply.to_console_verbose(&action, Show::All)
    );
}

#[test]
fn colours_and_other_scripts_have_their_characters_as_width() {
    let action = action("always", &Value::Null);
    let data = "{\"v\":\"\\u001b[31mred\\u001b[0m\",\"w\":\"日本\"}";
    let table = table(&action, &[reply(data)]);
    // Without the sequences for colours, which take no room.
    let plain = table.replace("\u{1b}[31m", "").replace("\u{1b}[0m", "");
    assert_ne!(plain, table);
    insta::assert_snapshot!("characters_are_the_width", plain);
}

#[test]
fn no_names_are_null_in_json() {
    let failed = Reply {
        code: 1,
        ..reply("{}")
    };
    assert_eq!(names(&[failed], true), "");
    assert_eq!(names_json(&[failed], true), "null\n");
    assert_eq!(
        names_json(
            &[Reply {
                sender: "<a>\"",
                ..reply("{}")
            }],
            true
        ),
        "[\n  \"\\u003ca\\u003e\\\"\"\n]\n"
    );
}

#[test]
fn data_that_is_no_json_has_no_outputs() {
    let action = action("always", &Value::Null);
    for data in ["", "{", "nothing"] {
        let reply = reply(data);
        assert!(
            reply.to_console(&action, Show::All).ends_with("\n\n\n"),
            "{data}"
        );
        let verbose = reply.to_console_verbose(&action, Show::All);
        assert!(verbose.ends_with(&format!("   {data}\n")), "{data}");
    }
    assert_eq!(
        json!(table(&action, &[reply("")])),
        json!(table(&action, &[]))
    );
}
