//! How much a reply and a request can be.

use choria_external_host::outcome::PublishedReply;
use choria_external_protocol::{FunctionType as _, MessageError, Rpc, RpcReply};
use proptest::prelude::*;

use super::*;

fn fill(text: &str, count: usize) -> Ended {
    Start::call("vault", "fill", &json!({"text": text, "count": count})).run()
}

#[test]
fn a_reply_that_the_network_loses_becomes_a_failure() {
    let ended = fill("<", 400_000);
    assert_snapshot!(ended.outcome().1, @"the reply is too large: it has 2400052 bytes as the server sends it, the limit is 768000, and the network loses larger ones without a word; reply with less, or in parts");
    assert_eq!(ended.outcome().0, 1);
    assert_eq!(ended.reply()["data"], json!({}));
    assert_snapshot!(ended.stderr, @"ERROR choria_external: code 1: the reply is too large: it has 2400052 bytes as the server sends it, the limit is 768000, and the network loses larger ones without a word; reply with less, or in parts");

    // What is written here is no longer than what is sent there.
    let ended = fill("x", 767_900);
    assert_eq!(ended.outcome().0, 0);
    assert_snapshot!(ended.stderr, @" WARN choria_external: the reply has 767952 bytes as the server sends it, which is near the limit of 768000");
    assert_eq!(fill("x", 768_000).outcome().0, 1);
    assert_eq!(fill("x", 500_000).stderr, "");
}

#[test]
fn a_failure_that_the_network_loses_is_told_in_short() {
    let data = json!({"text": "&\u{e9}", "count": 500_000, "fail": true});
    let ended = Start::call("vault", "fill", &data).run();
    let (code, text) = ended.outcome();
    assert_eq!(code, 1);
    assert!(text.starts_with("&\u{e9}&\u{e9}") && text.ends_with("... (1500000 bytes)"));
    assert!((10_000..11_000).contains(&text.len()), "{}", text.len());
}

/// Data with what a server writes in another way than a program.
fn any_data() -> impl Strategy<Value = Value> {
    let text = "[a-z<>&\u{2027}-\u{2029}\u{e9}\"\\\\\u{1}\u{7f}]{0,20}";
    let leaf = prop_oneof![
        text.prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (-400..400).prop_map(|power| json!(10_f64.powi(power / 16) * f64::from(power))),
    ];
    let list = prop::collection::vec(leaf, 0..20);
    prop::collection::btree_map(text, list, 0..5).prop_map(|data| json!(data))
}

proptest! {
    // Each is a large reply.
    #![proptest_config(ProptestConfig::with_cases(20))]

    #[test]
    fn the_size_that_counts_is_that_of_what_a_server_publishes(data in any_data()) {
        let Value::Object(mut data) = data else { unreachable!() };
        data.insert("filled up".into(), "x".repeat(768_000).into());
        let reply = RpcReply::ok(data);
        let Err(MessageError::TooLarge { size, .. }) = Rpc::write_reply(&reply) else {
            panic!("it fits");
        };
        let file = serde_json::to_vec(&reply).unwrap();
        let published = PublishedReply::from_reply("vault", "fill", None, &file).unwrap();
        prop_assert_eq!(size + br#""action":"fill","#.len(), published.to_json().len());
    }
}

#[test]
fn integers_that_a_server_rounds_are_told_once() {
    let ended = Start::call("vault", "long", &Value::Null).run();
    assert_snapshot!(ended.stderr, @" WARN choria_external: the server rounds integers beyond 2^53: $.data.deep.data.size[1] (-9007199254740993), $.data.rounded (18446744073709551615); send them as strings, an output by #[output(as_text)]");
    assert_eq!(
        ended.reply()["data"],
        json!({
            "rounded": u64::MAX,
            "whole": "340282366920938463463374607431768211455",
            "short": "7",
            "deep": {"data": {"size": [1, -9_007_199_254_740_993_i64]}},
        })
    );
    let ddl = Command::new(built("vault"))
        .args(["--ddl", "json"])
        .output();
    let ddl: Value = serde_json::from_slice(&ddl.unwrap().stdout).unwrap();
    let long = ddl["actions"].as_array().unwrap().iter();
    let long = long.into_iter().find(|action| action["action"] == "long");
    assert_eq!(
        long.unwrap()["output"]["perhaps"],
        json!({"description": "Sent whole, if at all", "display_as": "Perhaps", "type": "string", "default": "0"})
    );
}

#[test]
fn what_json_cannot_hold_is_told_with_its_place() {
    let ended = Start::call("vault", "ratios", &Value::Null).run();
    assert_eq!(
        ended.outcome(),
        (
            5,
            "output 'ratios' is NaN at [1].value, which JSON cannot hold".into()
        )
    );
}

/// Lists within lists.
fn nested(levels: usize) -> String {
    "[".repeat(levels) + &"]".repeat(levels)
}

#[test]
fn no_reader_follows_more_than_127_levels() {
    let take = |levels: usize| {
        let request = request("vault", "take", &json!({"values": "HERE"})).to_string();
        let request = request.replace("\"HERE\"", &nested(levels));
        Start::new("vault", RPC, request.as_bytes()).run()
    };
    // The message and its data are levels, too.
    assert_eq!(take(125).outcome(), (0, "OK".into()));
    assert_snapshot!(take(126).outcome().1, @"the message is not JSON: recursion limit exceeded at line 1 column 313");
    assert_eq!(take(1_000_000).outcome().0, 4);

    let fact = |levels: usize| {
        let facts = format!(r#"{{"a":{}}}"#, nested(levels));
        Start::call("specimen", "fact", &json!({"path": "b"}))
            .facts(facts)
            .run()
            .stderr
    };
    assert_eq!(fact(126), "");
    assert_snapshot!(fact(127), @" WARN choria_external: no facts: {tmp}/facts: not JSON: recursion limit exceeded at line 1 column 132");
    assert_eq!(fact(1_000_000), fact(127));
}

#[test]
fn files_that_are_too_large_are_not_read() {
    // It takes no room on the disk.
    let large = |path: std::path::PathBuf| {
        let file = fs::File::create(path).unwrap();
        file.set_len(128 * 1024 * 1024 + 1).unwrap();
    };
    let start = Start::call("specimen", "fact", &json!({"path": "a"}));
    large(start.path("request"));
    let ended = start.run();
    assert_eq!(ended.outcome().0, 4);
    assert_snapshot!(ended.outcome().1, @"could not read the request file {tmp}/request: it has more than the 134217728 bytes that are read");

    let start = Start::call("specimen", "fact", &json!({"path": "a"}));
    large(start.path("facts"));
    let ended = start.run();
    assert_eq!(ended.outcome().0, 0);
    assert_snapshot!(ended.stderr, @" WARN choria_external: no facts: {tmp}/facts: it has more than the 134217728 bytes that are read");

    let start = Start::call("specimen", "setting", &json!({"key": "a"}));
    large(start.path("specimen.cfg"));
    let ended = start.run();
    assert_eq!(ended.outcome().0, 1);
    assert_snapshot!(ended.outcome().1, @"could not read the configuration {tmp}/specimen.cfg: it has more than the 134217728 bytes that are read");
}
