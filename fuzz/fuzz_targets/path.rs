//! Paths into facts: whatever the path and the facts, there is a verdict, and
//! the verdicts of several comparisons fit each other.
//!
//! The first line is a path, what follows are the facts.

#![no_main]

use choria_external_filter::{Comparison, FactFilter, Filter, Matcher, Node};
use choria_external_fuzz::first_line;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let (fact, facts) = first_line(bytes);
    let facts = String::from_utf8_lossy(facts);
    let matches = |operator, value: &str| {
        let fact = FactFilter {
            fact: fact.clone(),
            operator,
            value: value.into(),
        };
        let matcher = Matcher::new(&Filter {
            fact: vec![fact],
            ..Filter::default()
        });
        matcher.matches(&Node {
            identity: "",
            facts: &facts,
            classes: &[],
            agents: &[],
        })
    };
    for value in ["1", "1.5", "a"] {
        let less = matches(Comparison::LessThan, value);
        assert!(!less || !matches(Comparison::AtLeast, value), "{value}");
        assert!(!less || matches(Comparison::AtMost, value), "{value}");
        // What has an order is no boolean, for which != is turned around.
        let equal = matches(Comparison::Equal, value);
        assert!(
            !less || !equal || !matches(Comparison::NotEqual, value),
            "{value}"
        );
    }
    // Only what is there matches anything.
    let is_there = matches(Comparison::Matches, "")
        || matches(Comparison::Equal, "")
        || matches(Comparison::Equal, "1");
    assert!(is_there || !matches(Comparison::AtLeast, ""));
});
