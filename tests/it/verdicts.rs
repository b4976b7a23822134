//! The same questions to Choria's own packages and to ours: beyond the vectors,
//! with what chance brings. `tests/go/verdicts` answers for Choria.
//!
//! | module | what is asked |
//! |---|---|
//! | `facts` | fact filters, and how a typed one is read |
//! | `facts_files` | files with a node's facts |
//! | `filters` | whole filters |
//! | `compound` | compound expressions |
//! | `regex` | regular expressions |
//! | `sums` | what a DDL aggregates of replies, and how that is printed |
//! | `generate` | the facts, nodes and words of the questions |

use std::fs::File;
use std::io::Write as _;
use std::process::{Command, Stdio};

use choria_external_filter::{Filter, Matcher, Node};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

mod compound;
mod facts;
mod facts_files;
mod filters;
mod generate;
mod regex;
mod sums;

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

/// Whether Choria crashes on a question.
pub(crate) fn choria_crashes(question: &Value) -> bool {
    let program = std::env::var_os("CHORIA_TEST_VERDICTS")
        .expect("CHORIA_TEST_VERDICTS is not set: run tests/run, which builds tests/go/verdicts");
    let mut file = tempfile::tempfile().unwrap();
    writeln!(file, "{question}").unwrap();
    let output = Command::new(program).stdin(rewound(file)).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    // What Go's runtime ends with.
    output.status.code() == Some(2) && told.starts_with("panic: ")
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
