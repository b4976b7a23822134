//! Compound filters: the language is in a crate of its own, and `with("..")` in it asks
//! for a fact, a class or an agent.

use std::fmt;
use std::sync::Arc;

use choria_external_expr::{self as expr, Undecided, With};

use crate::Node;
use crate::command_line::parse_fact;
use crate::fact::{FactTest, Unfit};
use crate::lists::ListTest;
use crate::surprise::Told;

/// A compound expression, read and checked.
#[derive(Debug)]
pub(crate) struct Expression(expr::Expression);

impl Expression {
    /// Reads and checks an expression. Surprises in the filters of its `with(..)` are
    /// reported by `told`.
    pub(crate) fn new(text: &str, told: &Told) -> Result<Self, String> {
        let expression = expr::Expression::new(text, Arc::new(Filters(told.clone())));
        expression.map(Self).map_err(|error| error.to_string())
    }

    pub(crate) fn mistake(&self) -> Option<String> {
        self.0.mistake()
    }

    pub(crate) fn unknown_names(&self) -> &[String] {
        self.0.unknown_names()
    }

    pub(crate) fn matches(&self, node: &Node<'_>) -> Result<bool, String> {
        let node = expr::Node {
            agents: node.agents,
            classes: node.classes,
            facts: node.facts,
        };
        self.0.matches(&node).map_err(|error| error.to_string())
    }
}

/// The filters of Choria, for `with(..)`.
struct Filters(Told);

impl With for Filters {
    fn question(&self, text: &str) -> Arc<dyn expr::Question> {
        Arc::new(Question::new(text, &self.0))
    }
}

/// What `with` asks, prepared.
struct Question {
    text: String,
    test: Test,
}

enum Test {
    Fact(FactTest),
    ClassOrAgent(ListTest, ListTest),
    /// Not read here. Choria takes what it cannot read for false, but where it
    /// can, `not with(..)` would select too much.
    Unread(String),
}

impl Question {
    fn new(text: &str, told: &Told) -> Self {
        let asked = match parse_fact(text) {
            Ok(filter) => match FactTest::new(&filter) {
                Ok(fact) => match fact.mistake() {
                    None => Test::Fact(fact.telling(told)),
                    Some(mistake) => Test::Unread(mistake),
                },
                Err(mistake) => Test::Unread(mistake),
            },
            Err(_) => {
                let (class, agent) = (ListTest::class(text), ListTest::agent(text));
                match class.mistake().or_else(|| agent.mistake()) {
                    None => Test::ClassOrAgent(class.telling(told), agent.telling(told)),
                    Some(mistake) => Test::Unread(mistake),
                }
            }
        };
        Self {
            text: text.into(),
            test: asked,
        }
    }
}

impl expr::Question for Question {
    fn mistake(&self) -> Option<&str> {
        match &self.test {
            Test::Unread(mistake) => Some(mistake),
            _ => None,
        }
    }

    fn matches(&self, node: &expr::Node<'_>) -> Result<bool, Undecided> {
        match &self.test {
            Test::Fact(test) => match test.verdict(node.facts) {
                Ok(verdict) => Ok(verdict),
                Err(Unfit::Unread) => Err(Undecided::new("the fact takes too long to find")),
                Err(_) => Ok(false),
            },
            Test::ClassOrAgent(class, agent) => {
                Ok(class.matches(node.classes) || agent.matches(node.agents))
            }
            Test::Unread(reason) => Err(Undecided::new(reason)),
        }
    }
}

impl fmt::Debug for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Question").field(&self.text).finish()
    }
}
