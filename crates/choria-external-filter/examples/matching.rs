//! Matches as many nodes as are asked for against a kind of filter, one after
//! the other, and prints how many match: what `benches/matching` measures.
//!
//!     matching KIND NODES

use std::fmt::Write as _;
use std::process::ExitCode;

use choria_external_filter::{Comparison, FactFilter, Filter, Matcher, Node};

fn fact(fact: &str, operator: Comparison, value: &str) -> FactFilter {
    FactFilter {
        fact: fact.into(),
        operator,
        value: value.into(),
    }
}

fn filter(kind: &str) -> Option<Filter> {
    let facts = |fact| Filter {
        fact,
        ..Filter::default()
    };
    Some(match kind {
        "none" => Filter::default(),
        "identity" => Filter {
            identity: vec!["/^node[0-9]*7$/".into()],
            ..Filter::default()
        },
        "class" => Filter {
            cf_class: vec!["role::web".into()],
            ..Filter::default()
        },
        "fact-equal" => facts(vec![fact("os.family", Comparison::Equal, "debian")]),
        "fact-regex" => facts(vec![fact("fact28", Comparison::Matches, "/value.*7/")]),
        "three-part" => Filter {
            cf_class: vec!["role::web".into()],
            ..facts(vec![
                fact("os.family", Comparison::Equal, "debian"),
                fact("fact28", Comparison::Matches, "/value.*7/"),
            ])
        },
        "compound" => Filter {
            compound: vec![r#"with("role::web") and fact("processors") > 7"#.into()],
            ..Filter::default()
        },
        _ => return None,
    })
}

/// The facts of a node: 30 of them, in the memory of the last one's.
fn write_facts(facts: &mut String, node: usize) {
    facts.clear();
    facts.push_str(r#"{"hostname":"node"#);
    let _ = write!(
        facts,
        r#"{node}","processors":{},"uptime":{}.5"#,
        node % 16,
        node * 7 % 10_000
    );
    for number in 4..30 {
        let _ = write!(facts, r#","fact{number}":"value of {number} on {node}""#);
    }
    facts.push_str(
        r#","os":{"family":"Debian","name":"Debian","release":{"major":"12","minor":"5"}}}"#,
    );
}

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (kind, nodes) = (arguments.next(), arguments.next());
    let filter = kind.as_deref().and_then(filter);
    let nodes = nodes.and_then(|nodes| nodes.parse::<usize>().ok());
    let (Some(filter), Some(nodes)) = (filter, nodes) else {
        eprintln!(
            "expected KIND NODES; KIND is one of: none, identity, class, fact-equal, fact-regex, three-part, compound"
        );
        return ExitCode::FAILURE;
    };
    let matcher = Matcher::new(&filter);
    let lists = ["puppet", "rpcutil", "service", "role::web", "role::base"].map(str::to_owned);
    let (mut facts, mut identity) = (String::new(), String::new());
    let mut found = 0;
    for node in 0..nodes {
        write_facts(&mut facts, node);
        identity.clear();
        let _ = write!(identity, "node{node}");
        let node = Node {
            identity: &identity,
            facts: &facts,
            classes: &lists[2..],
            agents: &lists[..3],
        };
        found += usize::from(matcher.matches(&node));
    }
    println!("{found}");
    ExitCode::SUCCESS
}
