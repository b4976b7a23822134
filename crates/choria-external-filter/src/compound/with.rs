//! `with("..")`: a fact, a class or an agent.

use std::fmt;

use super::Stop;
use crate::Node;
use crate::command_line::parse_fact;
use crate::fact::{FactTest, Unfit};
use crate::lists::ListTest;
use crate::surprise::Told;

/// What `with` asks, prepared.
pub(super) struct Question {
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
    pub(super) fn new(text: &str, told: &Told) -> Self {
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

    /// Why it has no answer for any node.
    pub(super) fn mistake(&self) -> Option<&str> {
        match &self.test {
            Test::Unread(mistake) => Some(mistake),
            _ => None,
        }
    }

    pub(super) fn matches(&self, node: &Node<'_>) -> Result<bool, Stop> {
        match &self.test {
            Test::Fact(test) => match test.verdict(node.facts) {
                Ok(verdict) => Ok(verdict),
                Err(Unfit::Unread) => Err(Stop::unsure("the fact takes too long to find")),
                Err(_) => Ok(false),
            },
            Test::ClassOrAgent(class, agent) => {
                Ok(class.matches(node.classes) || agent.matches(node.agents))
            }
            Test::Unread(reason) => Err(Stop::unsure(reason)),
        }
    }
}

impl fmt::Debug for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Question").field(&self.text).finish()
    }
}
