//! Compound expressions.

use choria_external_go::number::{self, Form};
use serde_json::json;

use super::{Sample, choria, chosen, matches};
use crate::compound::generate;
use crate::vectors;

/// The node of the vectors for compound filters.
fn known() -> Sample {
    let documents = vectors::read("filter_documents.json");
    let document = &documents[1];
    let list = |key: &str| serde_json::from_value(document[key].clone()).unwrap();
    Sample {
        identity: "web1.example.net".into(),
        facts: document["facts"].to_string(),
        classes: list("classes"),
        agents: list("agents"),
    }
}

/// Where ours refuses what Choria runs, no node is selected: that is allowed,
/// and rare. The other way round is not.
#[test]
fn no_expression_selects_a_node_that_choria_would_not() {
    let sample = known();
    let cases = chosen(20_000, generate::expression());
    let questions: Vec<_> = cases
        .iter()
        .map(|text| sample.ask("compound", json!({"text": text})))
        .collect();
    let (mut matched, mut missed) = (0, Vec::new());
    for (text, answer) in cases.iter().zip(choria(&questions)) {
        let ours = matches(&json!({"compound": [[{"expr": text}]]}), &sample);
        let theirs = answer["match"] == true;
        assert!(theirs || !ours, "{text} selects a node: {answer}");
        matched += usize::from(theirs);
        if theirs && !ours {
            missed.push(text);
        }
    }
    assert!(matched > 2_000, "only {matched} expressions match");
    assert!(
        missed.len() * 40 <= matched,
        "{} of {matched} are missed, such as {:?}",
        missed.len(),
        &missed[..missed.len().min(5)]
    );
}

/// `string(..)` and `toJSON(..)` of numbers: what Choria says they are is true
/// here, too, and what Rust would write is not.
#[test]
fn numbers_are_written_as_choria_writes_them() {
    let sample = known();
    let mut expressions = Vec::new();
    for value in [
        0.0,
        1.5,
        100_000.0,
        1e6,
        123_456_789.0,
        1_234_567.25,
        1e20,
        1e21,
        1.25e22,
        0.0001,
        0.000_01,
        0.000_001,
        1e-7,
        1e-10,
        2.0_f64.powi(-25),
        1.549_720_764_160_156_2e-6,
    ] {
        for function in ["string", "toJSON"] {
            let written = [
                format!("{value}"),
                format!("{value:e}"),
                number::format(value, Form::General),
                number::format(value, Form::Json),
            ];
            for text in written {
                expressions.push(format!("{function}({value:?}) == {text:?}"));
            }
        }
    }
    expressions.sort();
    expressions.dedup();
    let questions: Vec<_> = expressions
        .iter()
        .map(|text| sample.ask("compound", json!({"text": text})))
        .collect();
    let mut matched = 0;
    for (text, answer) in expressions.iter().zip(choria(&questions)) {
        let ours = matches(&json!({"compound": [[{"expr": text}]]}), &sample);
        assert_eq!(ours, answer["match"] == true, "{text}: {answer}");
        matched += usize::from(ours);
    }
    // Each number by both functions.
    assert_eq!(matched, 32);
}
