//! Compound expressions.

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
