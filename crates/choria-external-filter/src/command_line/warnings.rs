//! What typed filters match, where that is not what it seems.

use std::collections::BTreeSet;
use std::fmt;

use super::{Typed, given, parse_fact};
use crate::compound::Expression;
use crate::fact::FactTest;
use crate::lists::{ListTest, surprise_of_agent, surprise_of_class, surprise_of_identity};
use crate::surprise::{Surprise, Told, quoted};

impl Typed {
    /// Returns a warning for each part that matches no node, or other nodes than
    /// it seems, whatever the nodes are: an invalid regular expression, a class
    /// with a capital, a name that compound filters do not have.
    ///
    /// Choria itself says nothing about these. [`Matcher::mistakes`] and
    /// [`Matcher::warnings`] say the same about the filter; here each warning
    /// names the flag. A warning about a compound filter can have several lines.
    ///
    /// [`Matcher::mistakes`]: crate::Matcher::mistakes
    /// [`Matcher::warnings`]: crate::Matcher::warnings
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Warnings::default();
        for text in given(&self.facts) {
            warnings.fact("-F", text);
        }
        for text in given(&self.classes) {
            warnings.class("-C", text);
        }
        for text in given(&self.agents) {
            warnings.mistake("-A", text, ListTest::agent(text).mistake());
            warnings.surprise("-A", text, surprise_of_agent(text));
        }
        for text in given(&self.identities) {
            warnings.surprise("-I", text, surprise_of_identity(text));
        }
        for part in self.combined_parts() {
            match parse_fact(part) {
                Ok(_) => warnings.fact("-W", part),
                Err(_) => warnings.class("-W", part),
            }
        }
        for text in given(&self.compound) {
            warnings.compound(text);
        }
        let mut seen = BTreeSet::new();
        let mut warnings = warnings.0;
        warnings.retain(|text| seen.insert(text.clone()));
        warnings
    }
}

#[derive(Default)]
struct Warnings(Vec<String>);

impl Warnings {
    fn fact(&mut self, flag: &str, text: &str) {
        let Ok(filter) = parse_fact(text) else { return };
        match FactTest::new(&filter) {
            Ok(fact) => {
                self.mistake(flag, text, fact.mistake());
                self.surprise(flag, text, fact.surprise());
            }
            Err(reason) => self.mistake(flag, text, Some(reason)),
        }
    }

    fn class(&mut self, flag: &str, text: &str) {
        self.mistake(flag, text, ListTest::class(text).mistake());
        self.surprise(flag, text, surprise_of_class(text));
    }

    fn compound(&mut self, text: &str) {
        match Expression::new(text, &Told::default()) {
            Ok(expression) => {
                self.expression(expression.mistake());
                for name in expression.unknown_names() {
                    let about = format_args!("{}, the name {name}", quoted(text));
                    self.surprise("-S", about, Some(Surprise::UnknownName));
                }
            }
            Err(reason) => self.expression(Some(reason)),
        }
    }

    /// The reason shows the line of the expression.
    fn expression(&mut self, reason: Option<String>) {
        let text = |reason| format!("-S: no node matches it: {reason}");
        self.0.extend(reason.map(text));
    }

    fn mistake(&mut self, flag: &str, text: &str, reason: Option<String>) {
        let text = |reason| format!("{flag} {text}: no node matches it: {reason}");
        self.0.extend(reason.map(text));
    }

    fn surprise(&mut self, flag: &str, about: impl fmt::Display, surprise: Option<Surprise>) {
        let text = |surprise| format!("{flag} {about}: {surprise}");
        self.0.extend(surprise.map(text));
    }
}
