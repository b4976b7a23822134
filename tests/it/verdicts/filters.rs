//! Whole filters.

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::generate::{comparison, entry, operand, path, sample, words};
use super::{choria, chosen, matches};

/// The wire form of a filter.
fn filter() -> impl Strategy<Value = Value> {
    let fact = (path(), comparison(), operand()).prop_map(
        |(fact, operator, value)| json!({"fact": fact, "operator": operator, "value": value}),
    );
    let expression = words(&[
        "true",
        "false",
        "with(\"apache\")",
        "with(\"a=1\")",
        "with(",
        "nosuch",
        "1",
    ])
    .prop_map(|expr| json!([{"expr": expr}]));
    (
        vec(fact, 0..2),
        vec(entry(), 0..2),
        vec(entry(), 0..2),
        vec(entry(), 0..3),
        prop_oneof![4 => Just(Vec::new()), 1 => vec(expression, 1..4)],
    )
        .prop_map(|(fact, classes, agents, identities, compound)| {
            json!({"fact": fact, "cf_class": classes, "agent": agents, "identity": identities, "compound": compound})
        })
}

#[test]
fn a_whole_filter_has_choria_s_verdict() {
    let cases = chosen(20_000, (filter(), sample()));
    let questions: Vec<_> = cases
        .iter()
        .map(|(filter, sample)| sample.ask("filter", json!({"filter": filter})))
        .collect();
    let mut matched = 0;
    for (case, answer) in cases.iter().zip(choria(&questions)) {
        assert_eq!(
            matches(&case.0, &case.1),
            answer["match"],
            "{case:?}: {answer}"
        );
        matched += usize::from(answer["match"] == true);
    }
    assert!(matched > 1_000, "only {matched} cases match");
}
