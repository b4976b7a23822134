//! Reply files of every shape.

use serde_json::{Value, json};

use super::Case;

const GOOD: &str = r#"{"statuscode":0,"statusmsg":"OK","data":{"value":"hi"}}"#;

/// JSON values where another one is wanted, and spellings of the right one.
const VALUES: &[&str] = &[
    "null",
    "true",
    "false",
    "0",
    "1",
    "2",
    "5",
    "6",
    "42",
    "255",
    "256",
    "-1",
    "-0",
    "1.0",
    "1e0",
    "0.5",
    "1e999",
    "-1e999",
    "9007199254740993",
    "123456789012345678901234567890",
    "\"\"",
    "\"OK\"",
    "\"1\"",
    r#""a\u0000b""#,
    r#""\ud800""#,
    r#""\ud83d\ude00""#,
    "\"<&>\u{2028}\u{2029}\u{7f}\"",
    "[]",
    "[1,\"a\",null]",
    "[[[]]]",
    "{}",
    r#"{"a":1,"b":[true],"a":2}"#,
    r#"{"value":null}"#,
    r#"{"VALUE":"upper","":"empty"}"#,
];

/// Texts that are no JSON, or hardly.
const MALFORMED: &[&str] = &[
    "",
    " ",
    "\n",
    "null",
    "true",
    "0",
    "-",
    "\"text\"",
    "[]",
    "{",
    "}",
    "{}",
    "{}{}",
    "{} {}",
    "{},",
    "nul",
    "nulll",
    "NaN",
    "{\"data\":NaN}",
    "{\"data\":{}",
    "{\"data\":{},}",
    "{\"data\":{}}x",
    "{\"data\":{}}\u{0}",
    "{\"data\":{}}\n\n\t\r ",
    "\u{feff}{\"data\":{}}",
    "\u{a0}{\"data\":{}}",
    "{'data':{}}",
    "{data:{}}",
    "{\"data\" {}}",
    "{\"data\":{},,}",
    "// no\n{\"data\":{}}",
    "{\"data\":{\"value\":01}}",
    "{\"data\":{\"value\":+1}}",
    "{\"data\":{\"value\":.5}}",
    "{\"data\":{\"value\":1.}}",
    "{\"data\":{\"value\":1e}}",
    "{\"data\":{\"value\":0x10}}",
    "{\"data\":{\"value\":\"a\nb\"}}",
    "{\"data\":{\"value\":\"a\tb\"}}",
    "{\"data\":{\"value\":\"\\x\"}}",
    "{\"data\":{\"value\":\"\\u12\"}}",
    "{\"data\":{\"value\":\"\\u{1}\"}}",
    "{\"data\":{\"value\":Infinity}}",
    "{\"data\":{1:2}}",
];

/// Keys that come twice, in another case, or that nobody knows.
const KEYS: &[&str] = &[
    r#"{"statuscode":1,"statuscode":2,"data":{}}"#,
    r#"{"statuscode":"x","statuscode":2,"data":{}}"#,
    r#"{"statuscode":2,"statuscode":"x","data":{}}"#,
    r#"{"statuscode":2,"statuscode":null,"data":{}}"#,
    r#"{"STATUSCODE":3,"data":{}}"#,
    r#"{"StatusCode":3,"statuscode":4,"data":{}}"#,
    r#"{"statuscode":4,"StatusCode":3,"data":{}}"#,
    "{\"\u{17f}tatu\u{17f}code\":3,\"data\":{}}",
    "{\"\u{212a}ey\":3,\"data\":{}}",
    r#"{"statuscode ":3,"data":{}}"#,
    r#"{"statusmsg":"a","statusmsg":"b","data":{}}"#,
    r#"{"statusmsg":"a","statusmsg":null,"data":{}}"#,
    r#"{"data":{"a":1},"data":{"b":2}}"#,
    r#"{"data":{"a":1},"data":null}"#,
    r#"{"data":null,"data":{"a":1}}"#,
    r#"{"data":{"a":1},"data":3}"#,
    r#"{"data":3,"data":{"a":1}}"#,
    r#"{"data":{"a":1},"DATA":{"b":2}}"#,
    r#"{"action":"other","statuscode":0,"data":{}}"#,
    r#"{"disableresponse":true,"DisableResponse":true,"data":{}}"#,
    r#"{"$schema":"x","protocol":"y","agent":"z","extra":{"deep":[1]},"data":{}}"#,
    r#"{"sta\u0074uscode":3,"d\u0061ta":{}}"#,
];

/// Numbers and texts in the outputs.
const OUTPUTS: &[&str] = &[
    "0",
    "-0",
    "-0.0",
    "1",
    "1.5",
    "1e2",
    "1E+2",
    "1e-7",
    "1e20",
    "1e21",
    "1e22",
    "123456789.125",
    "0.000001",
    "0.0000001",
    "9007199254740992",
    "9007199254740993",
    "-9007199254740993",
    "18446744073709551616",
    "1e308",
    "5e-324",
    "1e-400",
    "3.141592653589793238",
    "0.1",
    "100000000000000000000",
    "\"\\u00e9\"",
    "\"\u{e9}\"",
    "\"\\/\"",
    r#""\"\\\b\f\n\r\t""#,
    "\"\\u0001\\u001f\"",
    r#""\ud800x""#,
    r#""x\udc00""#,
    r#""\ud800\ud800""#,
    r#""\udc00\ud800""#,
    r#""\uD83D\uDE00""#,
    r#""\uffff""#,
    "\"\u{10ffff}\"",
    "\"<script>&amp;</script>\"",
    "\"\u{2028}\"",
    r#"{"z":1,"a":2,"M":3}"#,
    r#"[{"b":[]},{"a":{}}]"#,
];

/// Outputs with defaults, by action.
pub(crate) fn defaults() -> Vec<(&'static str, Value)> {
    vec![
        ("no_default", json!({"o": {}})),
        (
            "text_default",
            json!({"o": {"default": "text", "type": "string"}}),
        ),
        ("empty_default", json!({"o": {"default": ""}})),
        (
            "number_default",
            json!({"o": {"default": 1}, "p": {"default": 1.5}, "q": {"default": 1e21}}),
        ),
        (
            "boolean_default",
            json!({"o": {"default": false}, "p": {"default": true}}),
        ),
        ("null_default", json!({"o": {"default": null}, "p": {}})),
        (
            "list_default",
            json!({"o": {"default": [1, "<&>"], "type": "array"}}),
        ),
        (
            "hash_default",
            json!({"o": {"default": {"b": 1, "a": {}}, "type": "hash"}}),
        ),
    ]
}

/// What the actions with defaults reply.
const GIVEN: &[&str] = &[
    "{}",
    "null",
    r#"{"o":null}"#,
    r#"{"o":7}"#,
    r#"{"O":7}"#,
    r#"{"p":"x","r":[]}"#,
];

pub(super) fn add(cases: &mut Vec<Case>) {
    let mut reply = |name: String, bytes: &[u8]| cases.push(Case::reply(name, "go", bytes));
    for key in ["statuscode", "statusmsg", "data", "action"] {
        for &value in VALUES {
            let others = match key {
                "data" => String::new(),
                _ => r#","data":{"value":1}"#.into(),
            };
            reply(
                format!("{key} is {value}"),
                format!(r#"{{"{key}":{value}{others}}}"#).as_bytes(),
            );
        }
    }
    for &text in MALFORMED {
        reply(format!("reply {text:?}"), text.as_bytes());
    }
    for &text in KEYS {
        reply(format!("reply {text}"), text.as_bytes());
    }
    for &value in OUTPUTS {
        reply(
            format!("output {value}"),
            format!(r#"{{"statuscode":0,"statusmsg":"OK","data":{{"value":{value}}}}}"#).as_bytes(),
        );
    }
    // Every way of being cut off.
    for end in 0..GOOD.len() {
        reply(format!("cut off after {end}"), &GOOD.as_bytes()[..end]);
    }
    for byte in [0x00, 0x1f, 0x7f, 0x80, 0xc0, 0xed, 0xff] {
        let text = GOOD.replace("hi", "a~b");
        let bytes: Vec<u8> = text
            .bytes()
            .map(|old| if old == b'~' { byte } else { old })
            .collect();
        reply(format!("the byte {byte:#x} in a text"), &bytes);
    }
    reply(
        "a surrogate in three bytes".into(),
        b"{\"data\":{\"value\":\"\xed\xa0\x80\"}}",
    );
    let utf_16: Vec<u8> = GOOD.encode_utf16().flat_map(u16::to_le_bytes).collect();
    reply("UTF-16".into(), &utf_16);
    for depth in [10, 100, 490, 600, 9_990, 10_010] {
        let text = format!(
            r#"{{"data":{{"value":{}{}}}}}"#,
            "[".repeat(depth),
            "]".repeat(depth)
        );
        reply(format!("{depth} lists in one another"), text.as_bytes());
    }
    for (action, _) in defaults() {
        for &given in GIVEN {
            let text = format!(r#"{{"statuscode":0,"statusmsg":"OK","data":{given}}}"#);
            cases.push(Case::reply(format!("{action} with {given}"), action, text));
        }
    }
}
