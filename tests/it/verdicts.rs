//! The same questions to Choria's own packages and to ours: beyond the vectors,
//! with what chance brings. `tests/go/verdicts` answers for Choria.

use std::fs::File;
use std::io::Write as _;
use std::process::{Command, Stdio};

use choria_external_filter::{Filter, Matcher, Node, command_line};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use crate::{compound, vectors};

/// Answers to questions, in their order.
pub(crate) fn choria(questions: &[Value]) -> Vec<Value> {
    let program = std::env::var_os("CHORIA_TEST_VERDICTS")
        .expect("CHORIA_TEST_VERDICTS is not set: run tests/run, which builds tests/go/verdicts");
    let mut file = tempfile::tempfile().unwrap();
    for question in questions {
        writeln!(file, "{question}").unwrap();
    }
    let output = Command::new(program)
        .stdin(rewound(file))
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(output.status.success(), "{:?}", output.status);
    let lines = output.stdout.split(|byte| *byte == b'\n');
    let answers: Vec<Value> = lines
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).unwrap())
        .collect();
    assert_eq!(answers.len(), questions.len());
    answers
}

fn rewound(mut file: File) -> File {
    use std::io::Seek as _;
    file.rewind().unwrap();
    file
}

/// So many values, the same in each run.
fn chosen<T: std::fmt::Debug>(count: usize, strategy: impl Strategy<Value = T>) -> Vec<T> {
    let mut runner = TestRunner::deterministic();
    (0..count)
        .map(|_| strategy.new_tree(&mut runner).unwrap().current())
        .collect()
}

/// A node for questions; the names are those of `question` in Go.
#[derive(Clone, Debug)]
struct Sample {
    identity: String,
    facts: String,
    classes: Vec<String>,
    agents: Vec<String>,
}

impl Sample {
    fn node(&self) -> Node<'_> {
        Node {
            identity: &self.identity,
            facts: &self.facts,
            classes: &self.classes,
            agents: &self.agents,
        }
    }

    fn ask(&self, what: &str, mut more: Value) -> Value {
        let given = json!({
            "ask": what, "identity": self.identity, "facts": self.facts, "classes": self.classes, "agents": self.agents,
        });
        let all = more.as_object_mut().unwrap();
        all.extend(given.as_object().unwrap().clone());
        more
    }
}

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

fn words(texts: &'static [&str]) -> impl Strategy<Value = String> + Clone {
    select(texts).prop_map(str::to_owned)
}

fn number() -> impl Strategy<Value = Value> {
    prop_oneof![
        (-3..20_i64).prop_map(Value::from),
        (-30..200_i32).prop_map(|tenths| json!(f64::from(tenths) / 10.0)),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
    ]
}

fn plain() -> impl Strategy<Value = Value> {
    prop_oneof![
        1 => Just(Value::Null),
        2 => any::<bool>().prop_map(Value::from),
        3 => number(),
        4 => words(&[
            "de", "DE", "", "a b", "10", "1.50", "true", "/x/", "\u{e9}a", "\u{130}", "ſ", "K",
            "\"q\\"
        ])
        .prop_map(Value::from),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let nested = plain().prop_recursive(2, 12, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((key(), inner), 0..4).prop_map(|entries| entries.into_iter().collect()),
        ]
    });
    prop_oneof![3 => plain(), 1 => nested]
}

fn key() -> impl Strategy<Value = String> {
    let odd = words(&[
        "0", "1", "-1", "a.b", "a*", "x y", "#", "@this", "\u{e9}", "e\\f", "|",
    ]);
    prop_oneof![3 => words(&["a", "b", "n"]), 1 => odd]
}

fn facts() -> impl Strategy<Value = String> {
    let object = || {
        (value(), value(), vec((key(), value()), 0..4)).prop_map(|(a, b, more)| {
            let two = [("a".to_owned(), a), ("b".to_owned(), b)];
            Value::Object(two.into_iter().chain(more).collect()).to_string()
        })
    };
    prop_oneof![
        8 => object(),
        1 => value().prop_map(|value| value.to_string()),
        1 => (object(), any::<prop::sample::Index>()).prop_map(|(text, at)| {
            let end = text.floor_char_boundary(at.index(text.len() + 1));
            text[..end].to_owned()
        }),
    ]
}

fn path() -> impl Strategy<Value = String> {
    let odd = words(&[
        "0",
        "1",
        "-1",
        "a\\.b",
        "a*",
        "?",
        "*",
        "a\\*",
        "x y",
        "#",
        "\\#",
        "\u{e9}",
        "e\\\\f",
        "\\|",
        "",
        "01",
        "#(n==1)",
        "#(n==\"de\")#",
        "#(n)",
        "#(>1)",
        "#(%\"d*\")#",
    ]);
    let part = || prop_oneof![3 => words(&["a", "b", "n"]), 1 => odd.clone()];
    let joined = (vec(part(), 1..4), select(&[".", ".", ".", "|"]))
        .prop_map(|(parts, sign)| parts.join(sign));
    prop_oneof![5 => part(), 4 => joined, 1 => "[a-b.*?#|()\\\\\"=~!<>0-2@{}\\[\\]]{0,8}"]
}

fn operand() -> impl Strategy<Value = String> {
    prop_oneof![
        words(&[
            "de",
            "DE",
            "",
            "a b",
            "10",
            "1.5",
            "1.50",
            "true",
            "TRUE",
            "t",
            "0",
            "1",
            "-3",
            "+1",
            "1_0",
            "0x1.8p0",
            "1.",
            ".5",
            "1e3",
            "/",
            "//",
            "/x/",
            "/./",
            "^d",
            "/^1\\.5/",
            "(",
            "/(/",
            "\\d",
            "\u{e9}A",
            "i\u{307}",
            "S",
            "k",
            "inf",
            "nan",
            "NaN.",
            "9223372036854775808",
            "2.0",
            "x.y",
            "/D",
            "e/",
            "1 ",
        ]),
        number().prop_map(|number| number.to_string()),
    ]
}

fn comparison() -> impl Strategy<Value = String> {
    words(&["==", "!=", ">=", "<=", ">", "<", "=~"])
}

fn entry() -> impl Strategy<Value = String> + Clone {
    words(&[
        "apache",
        "Apache",
        "APACHE",
        "role::web",
        "/role/",
        "/ROLE/",
        "/",
        "//",
        "/(/",
        "",
        "rpcutil",
        "Upper",
        "/^a/",
        "web1",
        "/web\\d/",
        "(",
        "/(",
        "ſ",
        "\u{130}",
        "/k/",
        "K",
        "/\\//",
        "x",
    ])
}

fn sample() -> impl Strategy<Value = Sample> {
    (facts(), entry(), vec(entry(), 0..4), vec(entry(), 0..4)).prop_map(
        |(facts, identity, classes, agents)| Sample {
            identity,
            facts,
            classes,
            agents,
        },
    )
}

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

/// Our verdict. What `mistakes` says is held against it: no node may match,
/// but those with a fact that is false, which passes a broken regular
/// expression.
fn matches(filter: &Value, sample: &Sample) -> bool {
    let filter: Filter = serde_json::from_value(filter.clone()).unwrap();
    let matcher = Matcher::new(&filter);
    let verdict = matcher.matches(&sample.node());
    assert!(
        !verdict
            || matcher
                .mistakes()
                .iter()
                .all(|mistake| mistake.place().starts_with("fact[")),
        "{filter:?} has mistakes and matches"
    );
    verdict
}

#[test]
fn a_fact_filter_has_choria_s_verdict() {
    let cases = chosen(30_000, (facts(), path(), comparison(), operand()));
    let questions: Vec<_> = cases
        .iter()
        .map(|(facts, fact, operator, value)| {
            json!({"ask": "fact", "facts": facts, "fact": fact, "operator": operator, "value": value})
        })
        .collect();
    let mut matched = 0;
    for (case, answer) in cases.iter().zip(choria(&questions)) {
        let (facts, fact, operator, value) = case;
        let filter = json!({"fact": [{"fact": fact, "operator": operator, "value": value}]});
        let sample = Sample {
            facts: facts.clone(),
            identity: String::new(),
            classes: Vec::new(),
            agents: Vec::new(),
        };
        assert_eq!(
            matches(&filter, &sample),
            answer["match"],
            "{case:?}: {answer}"
        );
        matched += usize::from(answer["match"] == true);
    }
    assert!(matched > 1_000, "only {matched} cases match");
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

/// Where ours refuses what Choria runs, no node is selected: that is allowed,
/// and rare. The other way round is not.
#[test]
fn no_expression_selects_a_node_that_choria_would_not() {
    let sample = known();
    let cases = chosen(20_000, compound::generate::expression());
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

fn typed_fact() -> impl Strategy<Value = String> {
    let piece = words(&[
        "a",
        "os.family",
        "de",
        "/x/",
        "/",
        "=",
        "==",
        "!=",
        ">=",
        "=>",
        "=<",
        "<=",
        "<",
        ">",
        "=~",
        " ",
        "!",
        "~",
        "\u{e9}",
        "\u{a0}",
        "\t",
        "\n",
        "b c",
    ]);
    vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

#[test]
fn a_typed_fact_is_read_as_choria_reads_it() {
    let cases = chosen(20_000, typed_fact());
    let questions: Vec<_> = cases
        .iter()
        .map(|text| json!({"ask": "parse fact", "text": text}))
        .collect();
    let mut read = 0;
    for (text, answer) in cases.iter().zip(choria(&questions)) {
        match command_line::parse_fact(text) {
            Ok(fact) => {
                assert_eq!(
                    serde_json::to_value(fact).unwrap(),
                    answer["value"],
                    "{text:?}"
                );
                read += 1;
            }
            Err(error) => assert_eq!(error.to_string(), answer["error"], "{text:?}"),
        }
    }
    assert!(read > 1_000, "only {read} are facts");
}

#[test]
fn a_regular_expression_matches_as_in_go() {
    let piece = words(&[
        "a",
        "b",
        ".",
        "\\d",
        "\\w",
        "\\b",
        "\\s",
        "[a-c]",
        "[^a]",
        "[[:alpha:]]",
        "(a|b)",
        "(?i)a",
        "(?i:K)",
        "*",
        "+",
        "?",
        "{2}",
        "{1,3}",
        "{,2}",
        "^",
        "$",
        "\\A",
        "\\z",
        "\\pL",
        "\\Qa.b\\E",
        "\\x41",
        "(",
        ")",
        "|",
        "\\",
        "-",
        "[",
        "]",
        "ſ",
        "\u{e9}",
        "\\n",
        "\\1",
        "*?",
        "\\.",
    ]);
    let pattern = vec(piece, 0..5).prop_map(|pieces| pieces.concat());
    let text = words(&[
        "", "a", "ab", "A", "ba.b", "1", "K", "\u{212a}", "ſ", "s", "\u{e9}", " ", "a\nb", "_",
        "-", "aab",
    ]);
    let cases = chosen(30_000, (pattern, text));
    let questions: Vec<_> = cases
        .iter()
        .map(|(pattern, text)| json!({"ask": "regex", "text": pattern, "value": text}))
        .collect();
    for (case, answer) in cases.iter().zip(choria(&questions)) {
        let ours = choria_external_go::Regex::new(&case.0);
        assert_eq!(ours.is_ok(), answer["error"] == "", "{case:?}: {answer}");
        let verdict = ours.is_ok_and(|regex| regex.is_match(&case.1));
        assert_eq!(verdict, answer["match"], "{case:?}");
    }
}
