//! Each surprise: the verdict, and the warning that is written once.

use std::sync::{Arc, Mutex};

use choria_external_protocol::{FactFilter, Filter};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::surprise::Surprise;
use crate::{Matcher, Node};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Visit for Log {
    fn record_debug(&mut self, _: &Field, value: &dyn std::fmt::Debug) {
        self.0.lock().unwrap().push(format!("{value:?}"));
    }
}

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "choria_external_filter"
    }
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        event.record(&mut self.clone());
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

/// The verdict, after asking twice, and what was logged.
fn ask(filter: &Filter, facts: &str, names: &[&str]) -> (bool, Vec<String>) {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let node = Node {
        identity: "(web",
        facts,
        classes: &names,
        agents: &names,
    };
    let log = Log::default();
    let matched = tracing::subscriber::with_default(log.clone(), || {
        let matcher = Matcher::new(filter);
        let first = matcher.matches(&node);
        assert_eq!(matcher.matches(&node), first);
        first
    });
    let told = log.0.lock().unwrap().clone();
    (matched, told)
}

fn fact(text: &str) -> Filter {
    let mut parts = text.splitn(3, ' ');
    let mut next = || parts.next().unwrap().to_owned();
    let (fact, operator, value) = (next(), next().parse().unwrap(), next());
    Filter {
        fact: vec![FactFilter {
            fact,
            operator,
            value,
        }],
        ..Filter::default()
    }
}

#[track_caller]
fn fact_surprises(filter: &str, facts: &str, verdict: bool, surprise: Surprise) {
    let (matched, log) = ask(&fact(filter), facts, &[]);
    assert_eq!(matched, verdict, "{filter} on {facts}");
    assert_eq!(log.len(), 1, "{log:?}");
    assert!(log[0].ends_with(&surprise.to_string()), "{log:?}");
}

#[track_caller]
fn fact_is_plain(filter: &str, facts: &str, verdict: bool) {
    assert_eq!(
        ask(&fact(filter), facts, &[]),
        (verdict, vec![]),
        "{filter} on {facts}"
    );
}

#[track_caller]
fn list_surprises(filter: Filter, names: &[&str], verdict: bool, surprise: Surprise) {
    let (matched, log) = ask(&filter, "{}", names);
    assert_eq!(matched, verdict);
    assert_eq!(log.len(), 1, "{log:?}");
    assert!(log[0].ends_with(&surprise.to_string()), "{log:?}");
}

#[test]
fn an_empty_regular_expression_matches_everything() {
    fact_surprises("a =~ /", r#"{"a":"x"}"#, true, Surprise::MatchesAll);
    fact_surprises("a =~ //", r#"{"a":5}"#, true, Surprise::MatchesAll);
    let entries = || vec!["/".to_owned()];
    list_surprises(
        Filter {
            cf_class: entries(),
            ..Filter::default()
        },
        &["x"],
        true,
        Surprise::MatchesAll,
    );
    list_surprises(
        Filter {
            agent: entries(),
            ..Filter::default()
        },
        &["x"],
        true,
        Surprise::MatchesAll,
    );
    list_surprises(
        Filter {
            identity: entries(),
            ..Filter::default()
        },
        &[],
        true,
        Surprise::MatchesAll,
    );
}

#[test]
fn more_than_a_value_with_a_dot_is_at_least() {
    fact_surprises("a > 1.5", r#"{"a":1.5}"#, true, Surprise::DottedMoreThan);
    fact_is_plain("a > 1", r#"{"a":1}"#, false);
}

#[test]
fn a_class_filter_becomes_lower_case_and_a_class_does_not() {
    let filter = |class: &str| Filter {
        cf_class: vec![class.into()],
        ..Filter::default()
    };
    list_surprises(filter("Apache"), &["apache"], true, Surprise::LowerCased);
    list_surprises(filter("upper"), &["Upper"], false, Surprise::UpperClass);
    assert_eq!(ask(&filter("apache"), "{}", &["apache"]), (true, vec![]));
}

#[test]
fn a_broken_identity_still_matches_as_a_text() {
    let filter = Filter {
        identity: vec!["/(web/".into()],
        ..Filter::default()
    };
    list_surprises(filter, &[], true, Surprise::BrokenIdentity);
}

#[test]
fn a_number_is_cut_to_an_integer_unless_the_value_has_a_dot() {
    fact_surprises("a == 1", r#"{"a":1.5}"#, true, Surprise::CutNumber);
    fact_surprises("a == 01", r#"{"a":1}"#, false, Surprise::CutNumber);
    fact_surprises("a > 1", r#"{"a":1.5}"#, false, Surprise::CutNumber);
    fact_surprises("a =~ ^1$", r#"{"a":1.5}"#, true, Surprise::CutNumber);
    fact_surprises("a =~ ^1.5$", r#"{"a":1.5}"#, false, Surprise::CutNumber);
    fact_is_plain("a == 1.5", r#"{"a":1.5}"#, true);
    fact_is_plain("a < 2", r#"{"a":1.5}"#, true);
}

#[test]
fn a_value_that_is_no_number_matches_no_number() {
    fact_surprises("a > x", r#"{"a":1}"#, false, Surprise::NoNumber);
    fact_surprises("a != 1.x", r#"{"a":1}"#, false, Surprise::NoNumber);
    fact_is_plain("a > x", r#"{"a":"y"}"#, true);
}

#[test]
fn a_boolean_null_list_or_object_has_no_order() {
    for value in ["true", "false", "null", "[]", "{}"] {
        fact_surprises(
            "a <= 1",
            &format!(r#"{{"a":{value}}}"#),
            false,
            Surprise::NoOrder,
        );
    }
}

#[test]
fn null_lists_and_objects_are_not_even_unequal() {
    for value in ["null", "[]", "{}"] {
        fact_surprises(
            "a != 1",
            &format!(r#"{{"a":{value}}}"#),
            false,
            Surprise::NeverUnequal,
        );
    }
    fact_is_plain("b != 1", r#"{"a":1}"#, false);
}

#[test]
fn false_is_not_unequal_to_true() {
    fact_surprises("a != true", r#"{"a":false}"#, false, Surprise::FalseUnequal);
    fact_surprises("a != false", r#"{"a":false}"#, true, Surprise::FalseUnequal);
    fact_is_plain("a != true", r#"{"a":true}"#, false);
}

#[test]
fn false_is_equal_to_all_that_is_not_true() {
    fact_surprises("a == banana", r#"{"a":false}"#, true, Surprise::FalseEqual);
    fact_is_plain("a == false", r#"{"a":false}"#, true);
}

#[test]
fn a_boolean_does_not_match_by_a_regular_expression() {
    fact_surprises("a =~ /true/", r#"{"a":true}"#, false, Surprise::BoolAsWord);
    fact_surprises("a =~ /(/", r#"{"a":false}"#, true, Surprise::BoolAsWord);
}

#[cfg(feature = "compound")]
#[test]
fn several_compound_expressions_are_votes() {
    let votes = |expressions: &[&str]| Filter {
        compound: expressions.iter().map(|text| (*text).to_owned()).collect(),
        ..Filter::default()
    };
    list_surprises(
        votes(&["true", "true", "false"]),
        &[],
        true,
        Surprise::Majority,
    );
    list_surprises(votes(&["true", "false"]), &[], false, Surprise::Majority);
}

#[cfg(feature = "compound")]
#[test]
fn an_expression_that_fails_on_a_node_does_not_match_it() {
    let filter = Filter {
        compound: vec![r#"semver("junk", ">1")"#.into()],
        ..Filter::default()
    };
    list_surprises(filter, &[], false, Surprise::NoVerdict);
}

#[cfg(feature = "compound")]
#[test]
fn an_unknown_name_is_nil_to_choria() {
    let compound = |expression: &str| Filter {
        compound: vec![expression.into()],
        ..Filter::default()
    };
    for (expression, verdict) in [
        ("nosuchvar == 1", false),
        ("country == de", true),
        ("nosuchvar?.family == nil", true),
        ("$env.nosuchvar == 1", false),
        ("len(filter(classes, # == x)) == 0 or nosuchvar", true),
    ] {
        list_surprises(compound(expression), &[], verdict, Surprise::UnknownName);
    }
    for known in [
        "let x = 1; x == 1",
        r#""x" in classes or "x" in agents"#,
        r#"any(classes, # == "x")"#,
        r#"fact("a")?.b == 1"#,
        r#"{"a": 1}.a == 2"#,
    ] {
        assert_eq!(ask(&compound(known), "{}", &[]).1, [""; 0], "{known}");
    }
    let matcher = Matcher::new(&compound("country == de and country == fr"));
    assert_eq!(
        matcher.warnings(),
        ["country", "de", "fr"].map(|name| format!(
            "compound[0] \"country == de and country == fr\", the name {name}: {}",
            Surprise::UnknownName
        ))
    );
}

/// Two filters with the same surprise: one warning, for all threads together.
#[test]
fn each_surprise_is_told_of_once_for_a_matcher() {
    let filter = Filter {
        fact: [fact("a > 1.5").fact, fact("b > 2.5").fact].concat(),
        ..Filter::default()
    };
    let (_, log) = ask(&filter, "{}", &[]);
    assert_eq!(log.len(), 1, "{log:?}");
    assert_eq!(Matcher::new(&filter).warnings().len(), 2);
}

#[test]
fn a_matcher_can_be_shared_by_threads() {
    const fn is_shared<T: Send + Sync>() {}
    is_shared::<Matcher>();
}
