//! Requests that are none.

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
fn sixty_four_mebibytes_come_in_and_not_back() {
    let text = "x".repeat(64 << 20);
    let ended = Start::call("vault", "take", &json!({ "text": text })).run();
    assert_eq!(ended.outcome(), (0, "OK".into()));
    assert_eq!(ended.reply()["data"]["length"], 64 << 20);
    let fill = json!({"text": "x", "count": 64 << 20});
    let (code, told) = Start::call("vault", "fill", &fill).run().outcome();
    assert_eq!(code, 1);
    assert!(
        told.starts_with("the reply is too large: it has 67108916 bytes "),
        "{told}"
    );
}
