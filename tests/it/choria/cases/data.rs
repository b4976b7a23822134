//! What a client sends: data of every shape, inputs that the server refuses.

use serde_json::{Value, json};

use super::Case;

/// The inputs of the action `go`.
pub(crate) fn inputs() -> Value {
    let inputs = json!({
        "s": {"type": "string", "maxlength": 10_000_000, "validation": "."},
        "i": {"type": "integer"},
        "n": {"type": "number"},
        "f": {"type": "float"},
        "b": {"type": "boolean"},
        "l": {"type": "list", "list": ["x", "y"]},
        "h": {"type": "hash"},
        "a": {"type": "array"},
        "d": {"type": "string", "maxlength": 20, "validation": ".", "default": "from-client"},
    });
    let inputs = inputs.as_object().unwrap().iter();
    let inputs = inputs.map(|(name, input)| (name.clone(), optional(name, input.clone())));
    Value::Object(inputs.collect())
}

fn optional(name: &str, mut input: Value) -> Value {
    input["prompt"] = json!(name);
    input["description"] = json!(name);
    input["optional"] = json!(true);
    input
}

/// Actions with one input, `it`, which the server checks.
pub(crate) fn checked() -> Vec<(&'static str, Value)> {
    let text =
        |validation: &str| json!({"type": "string", "maxlength": 20, "validation": validation});
    let checked = [
        ("any_text", text(".")),
        (
            "short_text",
            json!({"type": "string", "maxlength": 3, "validation": "."}),
        ),
        (
            "endless_text",
            json!({"type": "string", "maxlength": 0, "validation": "shellsafe"}),
        ),
        ("text_without_rules", json!({"type": "string"})),
        ("shellsafe_text", text("shellsafe")),
        ("ip_text", text("ipaddress")),
        ("ipv4_text", text("ipv4address")),
        ("ipv6_text", text("ipv6address")),
        ("regex_text", text("^[a-z]+\\d?$")),
        ("wrong_regex_text", text("[")),
        ("lower_unknown_text", text("nosuch")),
        ("upper_unknown_text", text("Nosuch")),
        ("an_integer", json!({"type": "integer"})),
        ("a_number", json!({"type": "number"})),
        ("a_float", json!({"type": "float"})),
        ("a_boolean", json!({"type": "boolean"})),
        ("a_list", json!({"type": "list", "list": ["x", "y", "1"]})),
        ("a_hash", json!({"type": "hash"})),
        ("an_array", json!({"type": "array"})),
        ("something_else", json!({"type": "something"})),
        ("without_type", json!({})),
    ];
    let checked = checked.into_iter().map(|(name, input)| {
        let mut input = optional("It", input);
        input["optional"] = json!(false);
        (name, input)
    });
    checked.collect()
}

/// What those inputs are given.
const GIVEN: &[&str] = &[
    "null",
    "true",
    "0",
    "1",
    "-1",
    "1.0",
    "1.5",
    "1e3",
    "1e999",
    "9007199254740993",
    "[]",
    "[1]",
    "{}",
    r#"{"a":1}"#,
    r#""""#,
    r#""x""#,
    r#""abc""#,
    r#""abcd""#,
    r#""1""#,
    r#""true""#,
    "\"\u{e9}\u{e9}\u{e9}\"",
    r#""a;b""#,
    r#""1.2.3.4""#,
    r#""::1""#,
    r#""\ud800""#,
    r#""a\nb""#,
];

/// Data for an action with inputs and one without.
const FOR_ANY: &[&str] = &[
    "null",
    "{}",
    "[]",
    "[1]",
    "\"text\"",
    "\"\"",
    "0",
    "1.5",
    "1e999",
    "true",
    "false",
    " { } ",
    "{\n\t\"s\" : \"x\"\r\n}",
    r#"{"s":"x"}"#,
    r#"{"s":""}"#,
    r#"{"s":null}"#,
    r#"{"S":"x"}"#,
    r#"{"unknown":1}"#,
    r#"{"":1}"#,
    r#"{"i":1e999}"#,
    r#"{"process_results":true}"#,
    r#"{"process_results":"yes"}"#,
    r#"{"process_results":null}"#,
    r#"{"process_results":[]}"#,
];

/// Data for an action with inputs. Of two that are not declared, the server names
/// one by chance.
const SENT: &[&str] = &[
    r#"{"s":"x","unknown":1}"#,
    r#"{"s":"a","s":"b"}"#,
    r#"{"s":1,"s":"b"}"#,
    r#"{"s":"b","s":1}"#,
    r#"{"i":1,"i":1}"#,
    r#"{"b":true,"s":"x","a":[],"i":1}"#,
    r#"{"a":[],"b":true,"i":1,"s":"x"}"#,
    r#"{"s":"<&>"}"#,
    "{\"s\":\"\u{2028}\u{2029}\"}",
    r#"{"s":"\u2028\u003c"}"#,
    r#"{"s":"\/\b\f\n\r\t\"\\"}"#,
    r#"{"s":"\u0000"}"#,
    r#"{"s":"\u0001\u001f\u007f"}"#,
    r#"{"s":"\ud800"}"#,
    r#"{"s":"\udc00\ud800"}"#,
    r#"{"s":"\ud83d\ude00"}"#,
    "{\"s\":\"\u{1f600}\u{e9}\"}",
    r#"{"s":"\uD83D\uDE00 \u00E9"}"#,
    r#"{"\u0073":"x"}"#,
    r#"{"h":{"\ud800":1}}"#,
    r#"{"i":0}"#,
    r#"{"i":-0}"#,
    r#"{"i":1.0}"#,
    r#"{"i":1e2}"#,
    r#"{"i":9007199254740993}"#,
    r#"{"i":123456789012345678901234567890}"#,
    r#"{"n":1.50}"#,
    r#"{"n":1E+2}"#,
    r#"{"n":-0.0}"#,
    r#"{"f":0.1000000000000000055511151231257827}"#,
    r#"{"f":1e-400}"#,
    r#"{"b":true}"#,
    r#"{"b":"true"}"#,
    r#"{"l":"x"}"#,
    r#"{"l":"z"}"#,
    r#"{"h":{"z":1,"a":{"b":[1,{"c":null}]},"a":2}}"#,
    r#"{"h":{"":{"":{}}}}"#,
    r#"{"a":[1,"2",null,true,[[]],{"x":1.0}]}"#,
    r#"{"d":"x"}"#,
    r#"{"process_results":false,"s":"x"}"#,
    r#"{"h":{"a":[1,1e999]},"i":1e998}"#,
];

pub(super) fn add(cases: &mut Vec<Case>) {
    let any = FOR_ANY.iter().map(|data| ("bare", data));
    for (action, data) in any.chain(FOR_ANY.iter().chain(SENT).map(|data| ("go", data))) {
        cases.push(Case::sent(format!("{action} is sent {data}"), action, data));
    }
    let mut without = Case::sent("go is sent no data", "go", "");
    without.data = None;
    cases.push(without);
    for action in ["nosuch", "GO", "go_", "g", "go\u{e9}"] {
        cases.push(Case::sent(format!("the action {action}"), action, "{}"));
    }
    for (action, _) in checked() {
        for &given in GIVEN {
            cases.push(Case::sent(
                format!("{action} is given {given}"),
                action,
                &format!(r#"{{"it":{given}}}"#),
            ));
        }
        cases.push(Case::sent(
            format!("{action} is given nothing"),
            action,
            "{}",
        ));
    }
    for bytes in [1_000, 65_536, 300_000, 500_000] {
        let data = format!(r#"{{"s":"{}"}}"#, "x".repeat(bytes));
        cases.push(Case::sent(
            format!("a text of {bytes} bytes is sent"),
            "go",
            &data,
        ));
    }
    for depth in [10, 100, 400, 900] {
        let data = format!(r#"{{"a":{}{}}}"#, "[".repeat(depth), "]".repeat(depth));
        cases.push(Case::sent(
            format!("{depth} lists in one another are sent"),
            "go",
            &data,
        ));
    }
}
