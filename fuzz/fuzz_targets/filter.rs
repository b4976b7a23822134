//! Filters: any of them can be prepared, and gives the same verdict each time.
//!
//! The first line is a filter as on the wire, what follows are the facts.

#![no_main]

use choria_external_filter::{Filter, Matcher, Node};
use choria_external_fuzz::first_line;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let (filter, facts) = first_line(bytes);
    let Ok(filter) = serde_json::from_str::<Filter>(&filter) else {
        return;
    };
    let facts = String::from_utf8_lossy(facts);
    // Names that the filter itself asks for have the best chance to match.
    let names = |list: &[String]| {
        list.iter()
            .map(|name| name.trim_matches('/').to_lowercase())
            .collect::<Vec<_>>()
    };
    let (classes, agents) = (names(&filter.cf_class), filter.agent.clone());
    let identity = filter.identity.first().map_or("web1", String::as_str);
    let node = Node {
        identity,
        facts: &facts,
        classes: &classes,
        agents: &agents,
    };

    let matcher = Matcher::new(&filter);
    let matched = matcher.matches(&node);
    assert_eq!(matcher.matches(&node), matched);
    assert!(
        matched || filter != Filter::default(),
        "an empty filter matches all"
    );
    if matched {
        // A part of a filter matches where the whole does; compound
        // expressions are votes.
        let part = |part: Filter| assert!(Matcher::new(&part).matches(&node), "{part:?}");
        part(Filter {
            fact: filter.fact.clone(),
            ..Filter::default()
        });
        part(Filter {
            cf_class: filter.cf_class.clone(),
            ..Filter::default()
        });
        part(Filter {
            agent: filter.agent.clone(),
            ..Filter::default()
        });
        part(Filter {
            identity: filter.identity.clone(),
            ..Filter::default()
        });
        part(Filter {
            compound: filter.compound.clone(),
            ..Filter::default()
        });
    }
});
