//! What the caller gets, and what the agent meant.

use super::*;

use choria_external_host::outcome::IntendedReply;

fn differences(plan: &str, reply: &str) -> Vec<String> {
    let outcome = Agent::misbehaving(plan, Some(reply.as_bytes())).go();
    let meant = outcome.intended;
    if let Some(meant) = &meant {
        assert_eq!(meant.reply, reply.as_bytes());
    }
    meant.map(|meant| meant.differences).unwrap_or_default()
}

/// The server's words, what was meant, and what became of it.
fn meant(plan: &str, reply: &[u8]) -> String {
    let outcome = Agent::misbehaving(plan, Some(reply)).go();
    shown(&outcome)
}

fn shown(outcome: &Outcome) -> String {
    let told = outcome.reply.as_ref().map(|reply| &reply.statusmsg);
    let told = told.or(outcome.reason.as_ref()).unwrap();
    let IntendedReply {
        reply, differences, ..
    } = outcome.intended.as_ref().unwrap();
    let differences = differences.join("\n");
    format!("{told}\n{differences}\n{}", reply.escape_ascii())
}

#[test]
fn what_a_server_makes_something_else_of_is_told() {
    let reply = |data: &str| format!(r#"{{"statuscode":3,"statusmsg":"no disk","data":{data}}}"#);
    insta::assert_snapshot!(differences("exit=4", &reply("{}")).join("\n"), @"there is a complete reply, but the server ignores it because the program did not end with exit status 0: report failures by statuscode and statusmsg, and end with 0");
    insta::assert_snapshot!(differences("", &reply("[1]")).join("\n"), @r#"
    statuscode 3 became 1
    statusmsg "no disk" became "Could not set reply defaults: reply data is in the wrong format"
    "#);
    let data = r#"{"id":9007199254740993,"list":[1,{"low":-9007199254740995}],"even":9007199254740992,"half":0.5}"#;
    insta::assert_snapshot!(differences("", &reply(data)).join("\n"), @r"
    $.data.id is 9007199254740993, and the caller reads 9007199254740992: a server makes a 64-bit float of each number, which holds whole numbers up to 9007199254740992 exactly; send larger ones as strings
    $.data.list[1].low is -9007199254740995, and the caller reads -9007199254740996: a server makes a 64-bit float of each number, which holds whole numbers up to 9007199254740992 exactly; send larger ones as strings
    ");
}

#[test]
fn a_reply_that_arrives_as_it_was_meant_is_no_difference() {
    for reply in [
        r#"{"statuscode":0,"statusmsg":"OK","data":{"value":"hi"}}"#,
        r#"{"statuscode":7,"statusmsg":"seven","data":{"n":1.0}}"#,
        // Defaults fill these.
        r#"{"statuscode":1,"data":{}}"#,
        r#"{"data":null}"#,
    ] {
        assert_eq!(differences("", reply), [""; 0], "{reply}");
    }
}

#[test]
fn a_reply_that_was_written_nowhere_or_printed_is_told() {
    let printed = r#"{"statuscode":0,"statusmsg":"OK","data":{"value":"hi"}}"#;
    let seen = [
        meant("", b""),
        meant(&format!("stdout=working\\n{printed}\\ndone\\n"), b" \n"),
        meant("stderr={\\n  \"data\": {}\\n}\nexit=3", b""),
        // What was printed is no reply.
        meant("stdout={\"level\":1}\\n[1]\\n{", b""),
        meant("", br#"{"statuscode":0"#),
        meant(
            "",
            b"{'statuscode': 0, 'statusmsg': 'OK', 'data': {'value': True}}",
        ),
    ];
    insta::assert_snapshot!("unwritten", seen.join("\n\n"));
    // The server's words say it all.
    for plan in ["exit=3", "delete=1"] {
        let outcome = Agent::misbehaving(plan, Some(b"")).go();
        assert_eq!(outcome.intended, None, "{plan}");
    }
}

#[test]
fn a_reply_in_another_encoding_is_told() {
    let good = String::from_utf8(GOOD.to_vec()).unwrap();
    let utf_16: Vec<u8> = good.encode_utf16().flat_map(u16::to_le_bytes).collect();
    // A server takes this without a word.
    let latin = [b"{\"data\":{\"value\":\"caf", &b"\xe9\"}}"[..]].concat();
    let seen = [
        meant("", &[b"\xff\xfe", &*utf_16].concat()),
        meant("", format!("\u{feff}{good}").as_bytes()),
        meant("", good.replace("hi", "h\ni").as_bytes()),
        meant("", &latin),
    ];
    insta::assert_snapshot!("encodings", seen.join("\n\n"));

    let outcome = Agent::misbehaving("", Some(&latin)).go();
    outcome.assert_data(&json!({"value": "caf\u{fffd}"}));
    assert_eq!(outcome.unclean().len(), 1);
}

#[test]
fn an_answer_to_the_activation_that_cannot_be_read_is_told() {
    let activation = |plan: &str| {
        let outcome = Agent::misbehaving(plan, Some(GOOD)).go();
        assert!(!outcome.activated && outcome.trace.is_none());
        shown(&outcome).replace(MISBEHAVE, "{program}")
    };
    let seen = [
        activation("activation_stdout={\"activate\":true}\\n\ninactive="),
        activation("inactive=\u{feff}{\"activate\":true}"),
        // What it prints whatever it is asked.
        activation(
            r#"activation_stdout={"statuscode":0,"statusmsg":"OK","data":{}}\n
inactive="#,
        ),
    ];
    insta::assert_snapshot!("unread_activation", seen.join("\n\n"));
    let outcome = Agent::misbehaving("inactive={}", None).go();
    assert_eq!((outcome.activated, outcome.intended), (false, None));
}

#[test]
fn a_reply_of_a_program_that_was_killed_is_kept() {
    let mut agent = Agent::misbehaving("gen=5\nstdout=written\\n\nlinger=600", None);
    let outcome = (0..8)
        .map(|doubled| {
            agent.program.limit = Duration::from_millis(500 << doubled);
            agent.go()
        })
        .find(|outcome| outcome.intended.is_some())
        .unwrap();
    assert_eq!(outcome.reply, None);
    let meant = outcome.intended.unwrap();
    assert_eq!(
        meant.differences,
        ["there is a complete reply, but the caller gets nothing"]
    );
    assert_eq!(
        String::from_utf8(meant.reply).unwrap(),
        r#"{"statuscode":0,"statusmsg":"OK","data":{"value":"xxxxx"}}"#
    );
}
