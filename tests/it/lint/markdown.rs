//! The page about an agent.

use choria_external_ddl::Ddl;
use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser};
use serde_json::Value;

use super::GOOD;

fn page(text: &str) -> String {
    Ddl::from_json(text.as_bytes()).unwrap().to_markdown()
}

#[test]
fn a_page_says_all_of_an_agent() {
    insta::assert_snapshot!("page", page(GOOD));
}

#[test]
fn a_limit_of_bytes_is_shown_where_a_server_applies_it() {
    assert!(page(GOOD).contains("at most 120 bytes"));
    let none = super::trap(r#""maxlength": 120"#, r#""maxlength": 0"#);
    assert!(!page(&none).contains("at most"));
    let integer = super::trap(
        r#""type": "integer", "optional""#,
        r#""type": "integer", "maxlength": 7, "optional""#,
    );
    assert!(!page(&integer).contains("at most 7"));
}

/// All texts of a DDL that a page shows, and may be anything, replaced.
fn with_texts(value: &mut Value, text: &str) {
    match value {
        Value::String(old) => text.clone_into(old),
        Value::Array(items) => items.iter_mut().for_each(|item| with_texts(item, text)),
        Value::Object(entries) => {
            for (key, value) in entries {
                // Another type would be another page.
                if key != "type" {
                    with_texts(value, text);
                }
            }
        }
        _ => {}
    }
}

#[test]
fn texts_are_shown_as_they_are() {
    let mut ddl: Value = serde_json::from_str(GOOD).unwrap();
    with_texts(
        &mut ddl,
        "# <b>a</b> | `b` ``\n\n* [c](d) \\| 1. e\u{2028}---",
    );
    insta::assert_snapshot!("page_of_odd_texts", page(&ddl.to_string()));
}

/// GitHub makes a link of an address in a text, whatever is escaped in it, but not in
/// code.
#[test]
fn an_email_address_is_code() {
    let shown = |text: &str| {
        let mut ddl: Value = serde_json::from_str(GOOD).unwrap();
        ddl["metadata"]["author"] = text.into();
        let page = page(&ddl.to_string());
        let row = page
            .lines()
            .find(|line| line.starts_with("| Author"))
            .unwrap();
        row.to_owned()
    };
    insta::assert_snapshot!(
        [
            "Ann <ann@example.net>, Bo <bo.b+x@example.co.uk>",
            "mailto:a@b.c",
            "a@b",
            "@home and me@",
            "a@@b|c@d_e",
        ]
        .map(shown)
        .join("\n")
    );
}

/// What a page is made of, without its texts.
fn structure(page: &str) -> Vec<String> {
    let events = Parser::new_ext(
        page,
        Options::ENABLE_TABLES | Options::ENABLE_GFM | Options::ENABLE_STRIKETHROUGH,
    );
    let parts = events.filter_map(|event| match event {
        Event::Text(_) => None,
        Event::Code(_) => Some("code".to_owned()),
        Event::Start(tag) => Some(format!("{tag:?}")),
        Event::End(tag) => Some(format!("{tag:?}")),
        other => Some(format!("{other:?}")),
    });
    parts.collect()
}

fn odd_text() -> impl Strategy<Value = String> {
    let odd = prop::sample::select(vec![
        "|",
        "\\",
        "`",
        "``",
        "```",
        "\n",
        "\n\n",
        "#",
        "- ",
        "* ",
        "1. ",
        "1) ",
        "---",
        "===",
        "<b>",
        "</b>",
        "<!--",
        "&lt;",
        "[a](b)",
        "![a](b)",
        "[a]: b",
        "http://a.b",
        "www.a.b",
        "~~",
        "**",
        "__",
        "    ",
        "\t",
        "\r",
        "\u{1}",
        "\u{2028}",
        "> ",
        "$",
        "a",
        "é",
        " ",
        "\\|",
        "`|`",
        "+ ",
        "~~~",
    ]);
    prop::collection::vec(odd, 0..6).prop_map(|parts| parts.concat())
}

proptest! {
    /// Also where it starts or ends with what could mean something.
    #[test]
    fn no_text_breaks_the_page(before in odd_text(), after in odd_text()) {
        let mut odd: Value = serde_json::from_str(GOOD).unwrap();
        let mut plain = odd.clone();
        let text = format!("{before}x{after}");
        with_texts(&mut odd, &text);
        with_texts(&mut plain, "x");
        prop_assert_eq!(structure(&page(&odd.to_string())), structure(&page(&plain.to_string())), "{:?}", text);
    }
}
