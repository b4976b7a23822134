//! Filters: the verdicts that Choria's own packages printed.

use std::sync::{Arc, Mutex};

use choria_external_filter::{Filter, Matcher, Node};
use choria_external_protocol::{DiscoveryFunction, FunctionType as _};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::vectors;

/// The warnings that are logged by the filter's crate.
#[derive(Clone, Default)]
struct Warnings(Arc<Mutex<Vec<String>>>);

impl Warnings {
    fn of<T>(run: impl FnOnce() -> T) -> (T, Vec<String>) {
        let warnings = Self::default();
        let result = tracing::subscriber::with_default(warnings.clone(), run);
        let texts = warnings.0.lock().unwrap().clone();
        (result, texts)
    }
}

struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        if field.name() == "message" {
            self.0 = format!("{value:?}");
        }
    }
}

impl Subscriber for Warnings {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "choria_external_filter"
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut message = Message(String::new());
        event.record(&mut message);
        self.0.lock().unwrap().push(message.0);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// A node, as a case of the vectors has it.
#[derive(Default)]
struct Case {
    identity: String,
    facts: String,
    classes: Vec<String>,
    agents: Vec<String>,
}

impl Case {
    fn matches(&self, filter: &Filter) -> bool {
        Matcher::new(filter).matches(&Node {
            identity: &self.identity,
            facts: &self.facts,
            classes: &self.classes,
            agents: &self.agents,
        })
    }
}

fn texts(value: &Value) -> Vec<String> {
    serde_json::from_value(value.clone()).unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// The facts of `filter_facts.json`, as text: the order of keys counts.
fn documented_facts() -> String {
    #[derive(Deserialize)]
    struct Document {
        facts: Box<RawValue>,
    }
    let documents: Vec<Document> =
        serde_json::from_str(&vectors::text("filter_documents.json")).unwrap();
    documents[0].facts.get().to_owned()
}

fn facts_filter(parts: &[[&str; 3]]) -> Filter {
    let fact = |[fact, operator, value]: &[&str; 3]| json!({"fact": fact, "operator": operator, "value": value});
    serde_json::from_value(json!({"fact": parts.iter().map(fact).collect::<Vec<_>>()})).unwrap()
}

/// Whether Choria calls it an error is seen in the warnings and mistakes.
#[test]
fn every_fact_filter_has_choria_s_verdict_and_its_error() {
    let node = Case {
        facts: documented_facts(),
        ..Case::default()
    };
    let cases = vectors::read("filter_facts.json");
    assert_eq!(cases.len(), 418);
    let mut refused = 0;
    for case in cases {
        let name = text(&case["name"]);
        let parts = [
            text(&case["fact"]),
            text(&case["operator"]),
            text(&case["value"]),
        ];
        if case["operator"]
            .as_str()
            .unwrap()
            .parse::<choria_external_filter::Comparison>()
            .is_err()
        {
            // The type of a filter has no such operator.
            assert!(!case["error"].is_null(), "{name}");
            refused += 1;
            continue;
        }
        let filter = facts_filter(&[parts]);
        let (matched, warnings) = Warnings::of(|| node.matches(&filter));
        assert_eq!(matched, case["match_facts"], "{name}");
        let error = |warning: &String| {
            warning.contains("so the node does not match") || warning.contains("more and not less")
        };
        let failed = warnings.iter().any(error) || !Matcher::new(&filter).mistakes().is_empty();
        assert_eq!(failed, !case["error"].is_null(), "{name}: {warnings:?}");
    }
    assert_eq!(refused, 9);
}

#[test]
fn all_fact_filters_must_match() {
    for case in vectors::read("filter_facts_list.json") {
        let facts = match text(&case["facts"]) {
            "@filter_facts_document" => documented_facts(),
            facts => facts.to_owned(),
        };
        let filters: Vec<[String; 3]> = serde_json::from_value(case["filters"].clone()).unwrap();
        let parts: Vec<_> = filters
            .iter()
            .map(|parts| parts.each_ref().map(String::as_str))
            .collect();
        let matched = Case {
            facts,
            ..Case::default()
        }
        .matches(&facts_filter(&parts));
        assert_eq!(matched, case["match"], "{}", case["name"]);
    }
}

/// An empty list is no filter; `Match` of Choria's packages is not asked then.
fn matches_if_any(list: &[String], node: &Case, filter: &Filter) -> bool {
    !list.is_empty() && node.matches(filter)
}

#[test]
fn every_identity_filter_has_choria_s_verdict() {
    for case in vectors::read("filter_identity.json") {
        let node = Case {
            identity: text(&case["identity"]).into(),
            ..Case::default()
        };
        let identity = texts(&case["filters"]);
        let filter = Filter {
            identity: identity.clone(),
            ..Filter::default()
        };
        assert_eq!(
            matches_if_any(&identity, &node, &filter),
            case["match"],
            "{}",
            case["name"]
        );
    }
}

#[test]
fn every_class_filter_has_choria_s_verdict() {
    for case in vectors::read("filter_classes.json") {
        let node = Case {
            classes: texts(&case["classes"]),
            ..Case::default()
        };
        let cf_class = texts(&case["filters"]);
        let filter = Filter {
            cf_class: cf_class.clone(),
            ..Filter::default()
        };
        assert_eq!(
            matches_if_any(&cf_class, &node, &filter),
            case["match"],
            "{}",
            case["name"]
        );
    }
}

#[test]
fn every_agent_filter_has_choria_s_verdict() {
    for case in vectors::read("filter_agents.json") {
        let node = Case {
            agents: texts(&case["agents"]),
            ..Case::default()
        };
        let agent = texts(&case["filters"]);
        let filter = Filter {
            agent: agent.clone(),
            ..Filter::default()
        };
        assert_eq!(
            matches_if_any(&agent, &node, &filter),
            case["match"],
            "{}",
            case["name"]
        );
    }
}

#[test]
fn a_whole_filter_has_choria_s_verdict() {
    let node = Case {
        identity: "web1".into(),
        facts: r#"{"country":"de","ram":16}"#.into(),
        classes: vec!["apache".into(), "role::web".into()],
        agents: vec!["rpcutil".into(), "puppet".into()],
    };
    for case in vectors::read("filter_whole.json") {
        let filter = serde_json::from_value(case["filter"].clone()).unwrap();
        assert_eq!(node.matches(&filter), case["match"], "{}", case["name"]);
        assert_eq!(
            filter == Filter::default(),
            case["empty"],
            "{}",
            case["name"]
        );
    }
}

/// The entries that have not one expression are refused with the request.
#[test]
fn compound_expressions_are_votes() {
    let documented = &vectors::read("filter_documents.json")[1];
    let node = Case {
        facts: documented["facts"].to_string(),
        classes: texts(&documented["classes"]),
        agents: texts(&documented["agents"]),
        ..Case::default()
    };
    let mut refused = 0;
    for case in vectors::read("filter_compound_list.json") {
        let request = json!({
            "protocol": DiscoveryFunction::REQUEST.protocol(),
            "collective": "mcollective",
            "filter": {"compound": case["compound"]},
            "options": {},
            "timeout": 2,
        });
        match DiscoveryFunction::read_request(request) {
            Ok(request) => {
                let compound = &request.filter.compound;
                assert_eq!(
                    matches_if_any(compound, &node, &request.filter),
                    case["match"],
                    "{}",
                    case["name"]
                );
            }
            Err(_) => {
                assert_eq!(case["match"], false, "{}", case["name"]);
                refused += 1;
            }
        }
    }
    assert_eq!(refused, 3);
}

#[test]
fn a_broken_filter_names_its_places() {
    let filter = serde_json::from_value(json!({
        "fact": [{"fact": "a", "operator": "=~", "value": "/(/"}, {"fact": "a|@pretty", "operator": "==", "value": "1"}],
        "cf_class": ["/[/"],
        "agent": ["rpcutil", "/(?=a)/"],
        "identity": ["/(/"],
        "compound": [[{"expr": "with("}]],
    }));
    let matcher = Matcher::new(&filter.unwrap());
    let places: Vec<_> = matcher
        .mistakes()
        .iter()
        .map(choria_external_filter::Mistake::place)
        .collect();
    assert_eq!(
        places,
        [
            "agent[1]",
            "cf_class[0]",
            "fact[0].value",
            "fact[1].fact",
            "compound[0]"
        ]
    );
    assert_eq!(
        matcher.mistakes()[2].to_string(),
        r#"fact[0].value: invalid regular expression "/(/": at character 1, "(": unclosed (; add a ), or write \( for the character itself"#
    );
}

/// Choria notices when the expression runs, and no user hears of it.
#[test]
fn an_expression_that_surely_fails_is_a_mistake() {
    let mistakes = |expression: &str| {
        let filter = Filter {
            compound: vec![expression.into()],
            ..Filter::default()
        };
        let matcher = Matcher::new(&filter);
        let mistakes = matcher.mistakes().iter();
        mistakes
            .map(|mistake| mistake.reason().to_owned())
            .collect::<Vec<_>>()
    };
    for expression in [
        "wiht(\"apache\")",
        "not nosuch()",
        "nosuch().enabled == true or with(\"apache\")",
        "with(\"/(/\") and true",
        "len([1, with(\"a=~(\")]) > 1",
        "semver(fact(\"v\"), \"junk\")",
        "nosuch() ? true : false",
    ] {
        assert_eq!(mistakes(expression).len(), 1, "{expression}");
    }
    for expression in [
        "with(\"apache\") or nosuch()",
        "any(classes, nosuch())",
        "true ? true : nosuch()",
    ] {
        assert_eq!(mistakes(expression), [""; 0], "{expression}");
    }
    insta::assert_snapshot!(mistakes("nosuch(1)").join(""), @r#"
    line 1, column 1: there is no function nosuch(): discovery sources have no data of servers
      nosuch(1)
      ^
    "#);
}

/// 10 MB in each place where a filter has a text.
#[test]
fn a_huge_filter_takes_bounded_time() {
    let huge = "a.".repeat(5_000_000);
    let facts = format!("{}1{}", r#"{"a":"#.repeat(1000), "}".repeat(1000));
    let node = Case {
        facts,
        classes: vec!["x".into()],
        agents: vec!["x".into()],
        ..Case::default()
    };
    for operator in ["==", "=~", "<"] {
        assert!(!node.matches(&facts_filter(&[["a", operator, &huge]])));
        assert!(!node.matches(&facts_filter(&[[&huge, operator, "1"]])));
    }
    let doubling = "[@this,@this]|".repeat(100);
    assert!(!node.matches(&facts_filter(&[[&format!("{doubling}0"), "!=", "1"]])));
    let list = || vec![huge.clone(), format!("/{huge}/")];
    assert!(!node.matches(&Filter {
        cf_class: list(),
        ..Filter::default()
    }));
    assert!(!node.matches(&Filter {
        agent: list(),
        ..Filter::default()
    }));
    assert!(!node.matches(&Filter {
        identity: list(),
        ..Filter::default()
    }));
}
