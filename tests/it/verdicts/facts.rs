//! Fact filters.

use choria_external_filter::command_line;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::json;

use super::generate::{comparison, facts, operand, path, words};
use super::{Sample, choria, chosen, matches};

#[test]
fn a_fact_filter_has_choria_s_verdict() {
    let cases = chosen(30_000, (facts(), path(), comparison(), operand()));
    let questions: Vec<_> = cases
        .iter()
        .map(|(facts, fact, operator, value)| {
            json!({"ask": "fact", "facts": facts, "fact": fact, "operator": operator, "value": value})
        })
        .collect();
    let mut matched = 0;
    for (case, answer) in cases.iter().zip(choria(&questions)) {
        let (facts, fact, operator, value) = case;
        let filter = json!({"fact": [{"fact": fact, "operator": operator, "value": value}]});
        let sample = Sample {
            facts: facts.clone(),
            identity: String::new(),
            classes: Vec::new(),
            agents: Vec::new(),
        };
        assert_eq!(
            matches(&filter, &sample),
            answer["match"],
            "{case:?}: {answer}"
        );
        matched += usize::from(answer["match"] == true);
    }
    assert!(matched > 1_000, "only {matched} cases match");
}

fn typed_fact() -> impl Strategy<Value = String> {
    let piece = words(&[
        "a",
        "os.family",
        "de",
        "/x/",
        "/",
        "=",
        "==",
        "!=",
        ">=",
        "=>",
        "=<",
        "<=",
        "<",
        ">",
        "=~",
        " ",
        "!",
        "~",
        "\u{e9}",
        "\u{a0}",
        "\t",
        "\n",
        "b c",
    ]);
    vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

#[test]
fn a_typed_fact_is_read_as_choria_reads_it() {
    let cases = chosen(20_000, typed_fact());
    let questions: Vec<_> = cases
        .iter()
        .map(|text| json!({"ask": "parse fact", "text": text}))
        .collect();
    let mut read = 0;
    for (text, answer) in cases.iter().zip(choria(&questions)) {
        match command_line::parse_fact(text) {
            Ok(fact) => {
                assert_eq!(
                    serde_json::to_value(fact).unwrap(),
                    answer["value"],
                    "{text:?}"
                );
                read += 1;
            }
            Err(error) => assert_eq!(error.to_string(), answer["error"], "{text:?}"),
        }
    }
    assert!(read > 1_000, "only {read} are facts");
}
