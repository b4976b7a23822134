//! Compound filters agree with Choria, and never select what it would not.

use choria_external_filter::{Filter, Matcher, Node};
use proptest::prelude::*;
use serde_json::Value;

use crate::vectors;

pub(crate) mod generate;

pub(crate) use generate::expression;

/// Expressions of `filter_compound.json` that have no verdict here where Choria
/// has one, or another kind of failure, and why.
const DIFFERENT: &[(&str, &str)] = &[
    (
        "with(\"/(/\")",
        "fails: a pattern that is refused here may be one of the few that Choria takes, and `not with(..)` would select",
    ),
    ("now() > now()", "no dates"),
    ("duration(\"1h\").Minutes() == 60", "no durations"),
    (
        "greet(\"bob\").text == \"hi bob\"",
        "no data functions of servers",
    ),
    ("greet(\"bob\").n == 3", "no data functions of servers"),
    ("greet(\"bob\").nope == nil", "no data functions of servers"),
];

/// The same for what is in no vector: each is true for Choria on the node.
const NOT_DECIDED: &[(&str, &str)] = &[
    (
        "true or facts[0] == 123",
        "facts is the text of the facts, of use to nobody",
    ),
    ("len($env) > 0", "$env is taken as $env.name only"),
    (
        "none(fact(\"country\"), # == \"x\")",
        "a text is walked through byte by byte",
    ),
    ("fact(\"country\")[0] == 100", "a byte of a text"),
    ("\"\u{e9}\"[0:1] != \"x\"", "half a character"),
    (
        "2 ** 1.5 > 2",
        "the last bit of such a power differs from machine to machine",
    ),
    ("concat([], []) == nil", "a list that is none"),
    ("sort(fact(\"country\")) == nil", "a list that is none"),
    ("len(groupBy(classes, 1)[2]) == 0", "a list that is none"),
    ("split(\"a\", \"a\", 0) == nil", "a list that is none"),
    (
        "findLast(classes, true) == \"Upper\"",
        "Choria mixes it up where it stands on the right",
    ),
    (
        "last(filter(classes, true)) == \"Upper\"",
        "Choria runs it as findLast",
    ),
    (
        "filter(classes, true)[-1] == \"Upper\"",
        "Choria runs it as findLast",
    ),
    ("with != nil", "functions are called, not compared"),
    (
        "true or nosuch(1 + \"a\")",
        "Choria does not look at the arguments of what it does not have",
    ),
    ("fact(\"nope\")?.call() == nil", "calls in optional chains"),
    (
        "upper(\"\u{149}\") != \"x\"",
        "a letter that has no single capital",
    ),
    ("int(1e300) != 0", "a number beyond 64 bits"),
];

struct Host {
    facts: String,
    classes: Vec<String>,
    agents: Vec<String>,
}

impl Host {
    fn new() -> Self {
        let document = vectors::read("filter_documents.json").swap_remove(1);
        let names = |key: &str| serde_json::from_value(document[key].clone()).unwrap();
        Self {
            facts: document["facts"].to_string(),
            classes: names("classes"),
            agents: names("agents"),
        }
    }

    fn node(&self) -> Node<'_> {
        Node {
            identity: "web1",
            facts: &self.facts,
            classes: &self.classes,
            agents: &self.agents,
        }
    }

    fn matches(&self, expression: &str) -> bool {
        matcher(expression).matches(&self.node())
    }

    /// What becomes of an expression: a verdict, or it fails, and then so does
    /// `not (..)` of it. Some that Choria fails to run are refused here at once.
    fn fate(&self, expression: &str) -> &'static str {
        match (
            self.matches(expression),
            self.matches(&format!("not ({expression}\n)")),
        ) {
            (true, false) => "true",
            (false, true) => "false",
            (false, false) => "fails",
            (true, true) => panic!("{expression} matches, and so does its contrary"),
        }
    }
}

fn matcher(expression: &str) -> Matcher {
    Matcher::new(&Filter {
        compound: vec![expression.into()],
        ..Filter::default()
    })
}

/// What Choria's own code did with a case.
fn fate_in_choria(case: &Value) -> &'static str {
    let failed = |key: &str| !case[key].is_null();
    match case["match"].as_bool().unwrap() {
        true => "true",
        false if failed("compile_error") || failed("run_error") => "fails",
        false => "false",
    }
}

#[test]
fn every_vector_agrees_but_those_listed_with_a_reason() {
    let host = Host::new();
    let mut different = Vec::new();
    for case in vectors::read("filter_compound.json") {
        let expression = case["expr"].as_str().unwrap();
        let (wanted, got) = (fate_in_choria(&case), host.fate(expression));
        if got != wanted {
            assert_ne!(got, "true", "{expression} selects what Choria does not");
            different.push(expression.to_owned());
        }
    }
    let listed: Vec<&str> = DIFFERENT
        .iter()
        .map(|(expression, _)| *expression)
        .collect();
    assert_eq!(different, listed);
}

#[test]
fn what_is_not_certain_selects_nothing_either_way() {
    let host = Host::new();
    for (expression, reason) in NOT_DECIDED {
        assert!(!host.matches(expression), "{expression}: {reason}");
        assert!(
            !host.matches(&format!("not ({expression})")),
            "not ({expression}): {reason}"
        );
    }
}

/// Choria runs two conditions over one list as one, so that the second fails
/// where the first would have been enough.
#[test]
fn what_the_optimizer_changes_is_changed_here() {
    let host = Host::new();
    for (expression, fate) in [
        (
            "any(fact(\"mixed\"), # == 1) or any(fact(\"mixed\"), # > 0)",
            "fails",
        ),
        (
            "any(fact(\"mixed\"), # == 1) or any(fact(\"list\"), # > 0)",
            "true",
        ),
        ("fact(\"nope\") or true", "true"),
        ("fact(\"nope\") and false", "false"),
        ("true or 1 % 0 == 1", "fails"),
        ("sum([fact(\"country\"), \"x\"]) == \"dex\"", "true"),
        (
            "len(filter(map(fact(\"mixed\"), # == nil), #)) == 1",
            "true",
        ),
        (
            "map(filter(classes, # != \"apache\"), #index)[0] == 1",
            "true",
        ),
        ("fact(\"ram\") in [\"a\", \"b\"]", "fails"),
        ("fact(\"nope\") in [\"\", \"b\"]", "true"),
        ("max(1, 2.5) == 3", "fails"),
        ("max(1, 2.5) in 1..3", "true"),
        ("5 in 1..10000000", "true"),
        ("fact(\"ram\") in 1..10000000", "fails"),
    ] {
        assert_eq!(host.fate(expression), fate, "{expression}");
    }
}

#[test]
fn errors_name_the_place_and_what_to_do() {
    let host = Host::new();
    let mistake = |expression: &str| {
        let matcher = matcher(expression);
        assert!(!matcher.matches(&host.node()));
        matcher.mistakes()[0].reason().to_owned()
    };
    insta::assert_snapshot!(mistake("not fact(\"ram\") > 8"), @r#"
    line 1, column 17: > cannot stand between a bool and an int; not binds stronger than a comparison: write not (..)
      not fact("ram") > 8
                      ^
    "#);
    insta::assert_snapshot!(mistake("with(\"a\") AND with(\"b\")"), @r#"
    line 1, column 11: unexpected AND: operators are written small, and
      with("a") AND with("b")
                ^
    "#);
    insta::assert_snapshot!(mistake("fact(\"a\") = 1"), @r#"
    line 1, column 11: unexpected =: equal is written ==
      fact("a") = 1
                ^
    "#);
    insta::assert_snapshot!(mistake("with(\"a\") or\n  facts[\"os\"] == \"x\""), @r#"
    line 2, column 3: facts is the text of all facts, taken only in len(facts): ask for one, fact("os.family")
        facts["os"] == "x"
        ^
    "#);
    insta::assert_snapshot!(mistake("include(classes, \"apache\")"), @r#"
    line 1, column 9: include() takes a list here, not a list of strings; for classes and agents write "x" in classes
      include(classes, "apache")
              ^
    "#);
    insta::assert_snapshot!(mistake("fact(\"a\") ?? \"x\" == \"y\""), @r#"
    line 1, column 18: == and ?? cannot be mixed: put one of them in parentheses
      fact("a") ?? "x" == "y"
                       ^
    "#);
    insta::assert_snapshot!(mistake("date(\"2024-01-01\") < now()"), @r#"
    line 1, column 1: discovery sources do not have date(): no dates, durations and time zones; compare facts that hold numbers
      date("2024-01-01") < now()
      ^
    "#);
    insta::assert_snapshot!(mistake("fact(\"a"), @r#"
    line 1, column 6: this string is not closed: add a "
      fact("a
           ^
    "#);
    insta::assert_snapshot!(mistake("fact(\"a\") matches \"(\""), @r#"
    line 1, column 19: invalid regex '(': regular expressions are those of Go
      fact("a") matches "("
                        ^
    "#);
    insta::assert_snapshot!(mistake("\"web\" + 1 == \"web1\""), @r#"
    line 1, column 7: + cannot stand between a string and an int; make one of them the other's type with int(..) or string(..)
      "web" + 1 == "web1"
            ^
    "#);
}

#[test]
fn nothing_hangs_or_overflows_the_stack() {
    let host = Host::new();
    let deep = |open: &str, close: &str, count: usize| {
        format!("{}true{}", open.repeat(count), close.repeat(count))
    };
    for expression in [
        deep("(", ")", 5_000_000),
        deep("!", "", 1_000_000),
        deep("[", "]", 500_000),
        deep("", " == true", 100_000),
        deep("", ".a", 400_000),
        deep("any([1], ", ")", 100_000),
        format!("{} == 1", deep("1 < (", ") < 2", 100)),
        deep("", " ?: true", 100_000),
        deep("(", " ? : true)", 90),
        "any(1..999, any(1..999, any(1..999, # == 0)))".into(),
        "reduce(1..999, #acc + #acc, \"aaaa\") == \"\"".into(),
        "reduce(1..99999, [#acc], 1) == [1]".into(),
        "any(1..99999, \"a\" matches string(#))".into(),
        "len(repeat(repeat(\"a\", 999999), 999999)) > 1".into(),
        "len(1..9223372036854775807) > 1".into(),
    ] {
        assert!(!host.matches(&expression), "{}", &expression[..40]);
    }
    // What is long but not deep is taken.
    let many = format!("{}with(\"apache\")", "with(\"nope\") or ".repeat(10_000));
    assert!(host.matches(&many));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn an_expression_and_its_contrary_never_both_match(expression in expression()) {
        let _ = Host::new().fate(&expression);
    }

    #[test]
    fn any_text_is_refused_or_runs(text in "\\PC{0,60}") {
        Host::new().matches(&text);
    }
}

#[test]
fn a_node_without_facts_has_nil_for_each() {
    let node = Node {
        identity: "web1",
        facts: "{}",
        classes: &[],
        agents: &[],
    };
    assert!(matcher("fact(\"os\") == nil and len(classes) == 0").matches(&node));
    assert!(!matcher("fact(\"os.family\") == \"x\"").matches(&node));
}
