//! Compound filters: any text is refused or runs, in bounded time, and an
//! expression and its contrary never both match.
//!
//! The first line is the facts of the node, what follows is the expression.

#![no_main]

use std::time::{Duration, Instant};

use choria_external_filter::{Filter, Matcher, Node};
use choria_external_fuzz::first_line;
use libfuzzer_sys::fuzz_target;

/// Far more than any expression of this length needs on a slow machine.
const LONGEST: Duration = Duration::from_secs(5);

fuzz_target!(|bytes: &[u8]| {
    let (facts, expression) = first_line(bytes);
    let expression = String::from_utf8_lossy(expression).into_owned();

    let start = Instant::now();
    let matches = verdict(&facts, &expression);
    let contrary = verdict(&facts, &format!("not ({expression}\n)"));
    let took = start.elapsed();
    assert!(took < LONGEST, "{expression:?} took {took:?}");

    // `a) or (b` has no contrary that is made by parentheses around it.
    if matches && contrary {
        assert!(
            !verdict(&facts, &format!("({expression}\n)")),
            "{expression:?}"
        );
    }
});

fn verdict(facts: &str, expression: &str) -> bool {
    let matcher = Matcher::new(&Filter {
        compound: vec![expression.to_owned()],
        ..Filter::default()
    });
    matcher.matches(&Node {
        identity: "web1",
        facts,
        classes: &["apache".to_owned(), "role::web".to_owned()],
        agents: &["rpcutil".to_owned()],
    })
}
