//! Regular expressions.

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::json;

use super::generate::words;
use super::{choria, chosen};

#[test]
fn a_regular_expression_matches_as_in_go() {
    let piece = words(&[
        "a",
        "b",
        ".",
        "\\d",
        "\\w",
        "\\b",
        "\\s",
        "[a-c]",
        "[^a]",
        "[[:alpha:]]",
        "(a|b)",
        "(?i)a",
        "(?i:K)",
        "*",
        "+",
        "?",
        "{2}",
        "{1,3}",
        "{,2}",
        "^",
        "$",
        "\\A",
        "\\z",
        "\\pL",
        "\\Qa.b\\E",
        "\\x41",
        "(",
        ")",
        "|",
        "\\",
        "-",
        "[",
        "]",
        "ſ",
        "\u{e9}",
        "\\n",
        "\\1",
        "*?",
        "\\.",
    ]);
    let pattern = vec(piece, 0..5).prop_map(|pieces| pieces.concat());
    let text = words(&[
        "", "a", "ab", "A", "ba.b", "1", "K", "\u{212a}", "ſ", "s", "\u{e9}", " ", "a\nb", "_",
        "-", "aab",
    ]);
    let cases = chosen(30_000, (pattern, text));
    let questions: Vec<_> = cases
        .iter()
        .map(|(pattern, text)| json!({"ask": "regex", "text": pattern, "value": text}))
        .collect();
    for (case, answer) in cases.iter().zip(choria(&questions)) {
        let ours = choria_external_go::Regex::new(&case.0);
        assert_eq!(ours.is_ok(), answer["error"] == "", "{case:?}: {answer}");
        let verdict = ours.is_ok_and(|regex| regex.is_match(&case.1));
        assert_eq!(verdict, answer["match"], "{case:?}");
    }
}
