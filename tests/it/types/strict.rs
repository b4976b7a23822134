//! What an agent refuses, and a server with the same DDL would not. The derive
//! lets none of these inputs through, so they are written by hand.

use std::borrow::Cow;

use choria_external::ddl::{self, Extra, Type, Validation};
use choria_external::{
    Actions, Agent, Call, External as _, Failure, Input, Inputs, Metadata, json, metadata,
};

#[derive(Default)]
struct Odd;

/// Three texts, and what is wrong with them.
struct Texts {
    unlimited: Option<String>,
    unknown: Option<String>,
    default: String,
}

const fn text(
    name: &'static str,
    maxlength: Option<i64>,
    validation: Validation,
    default: Option<Cow<'static, str>>,
) -> ddl::Input {
    ddl::Input {
        name: Cow::Borrowed(name),
        prompt: Cow::Borrowed("P"),
        description: Cow::Borrowed("d"),
        kind: Type::String,
        optional: true,
        default,
        list: Cow::Borrowed(&[]),
        maxlength,
        validation,
        extra: Extra::NONE,
    }
}

impl Input for Texts {
    const ABOUT: &'static str = "Takes texts";
    const INPUTS: &'static [ddl::Input] = &[
        text("unlimited", None, Validation::Shellsafe, None),
        text(
            "unknown",
            Some(5),
            Validation::Unknown(Cow::Borrowed("service_name")),
            None,
        ),
        text(
            "default",
            Some(0),
            Validation::Shellsafe,
            Some(Cow::Borrowed("\"a;b\"")),
        ),
    ];

    fn read(inputs: &mut Inputs) -> Result<Self, Failure> {
        Ok(Self {
            unlimited: inputs.take(&Self::INPUTS[0])?,
            unknown: inputs.take(&Self::INPUTS[1])?,
            default: inputs.take(&Self::INPUTS[2])?,
        })
    }
}

impl Agent for Odd {
    const META: Metadata = metadata!(name = "odd");

    fn actions(actions: &mut Actions<Self>) {
        actions.add("take", |_: &Self, _: &Call, input: Texts| {
            let texts = [input.unlimited, input.unknown, Some(input.default)];
            let texts: Vec<_> = texts.into_iter().flatten().collect();
            Err::<(), _>(Failure::with_code(77, texts.join(" ")))
        });
    }
}

/// Code and text of the reply; and whether a server lets the request through.
fn judged(data: choria_external::Value) -> (u8, String, bool) {
    let ddl = Odd::ddl().unwrap();
    let by_server = ddl.actions[0].check_request(&data).is_ok();
    let reply = Odd.call("take", data);
    (reply.statuscode.as_u8(), reply.statusmsg, by_server)
}

#[test]
fn a_validator_without_a_maxlength_is_applied() {
    let (code, text, by_server) = judged(json!({"unlimited": "a;b", "default": "c"}));
    assert_eq!(
        (code, text.as_str()),
        (
            4,
            "validation failed for input 'unlimited': may not contain ';'"
        )
    );
    assert!(by_server);
    let long = "a".repeat(10_000);
    let (code, text, _) = judged(json!({"unlimited": long, "default": "c"}));
    assert_eq!((code, text), (77, format!("{long} c")));
}

#[test]
fn an_unknown_validator_is_no_rule_and_the_length_is() {
    let data = |text: &str| json!({"unknown": text, "default": "c"});
    assert_eq!(judged(data("a;b")), (77, "a;b c".into(), true));
    assert_eq!(
        judged(data("abcdef")),
        (
            4,
            "validation failed for input 'unknown': is longer than 5 characters".into(),
            false
        )
    );
}

#[test]
fn a_default_that_breaks_its_own_rule_is_named_as_one() {
    assert_eq!(
        judged(json!({})),
        (
            4,
            "validation failed for input 'default': its default may not contain ';'".into(),
            true
        )
    );
}

#[test]
fn of_several_mistakes_the_one_is_told_that_a_server_tells() {
    // By the names of the inputs, not in the order of the declaration; undeclared ones last.
    let (_, text, _) = judged(json!({"a": 1, "unlimited": 1, "unknown": 1, "default": "c"}));
    assert_eq!(
        text,
        "validation failed for input 'unknown': is not a string"
    );
    let (_, text, by_server) = judged(json!({"a": 1, "default": "c", "process_results": 1}));
    assert_eq!(
        text,
        "request contains an input 'a' that is not declared in the DDL. Valid inputs are: default, unknown, unlimited"
    );
    assert!(!by_server);
}
