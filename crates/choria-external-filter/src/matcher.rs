//! A filter, prepared.

use std::fmt;

use choria_external_protocol::Filter;

use crate::Node;
use crate::compound::Expression;
use crate::fact::FactTest;
use crate::lists::{
    IdentityTest, ListTest, surprise_of_agent, surprise_of_class, surprise_of_identity,
};
use crate::surprise::{Surprise, Told, quoted};

/// A filter, prepared once for many nodes, in many threads if need be.
///
/// ```
/// use choria_external_filter::{Comparison, FactFilter, Filter, Matcher, Node};
///
/// let matcher = Matcher::new(&Filter {
///     fact: vec![FactFilter { fact: "os.family".into(), operator: Comparison::Equal, value: "debian".into() }],
///     identity: vec!["/^web/".into()],
///     ..Filter::default()
/// });
/// let node = Node {
///     identity: "web1.example.net",
///     facts: r#"{"os": {"family": "Debian"}}"#,
///     classes: &[],
///     agents: &[],
/// };
/// assert!(matcher.matches(&node));
/// assert!(!matcher.matches(&Node { identity: "db1.example.net", ..node }));
/// ```
#[derive(Debug)]
pub struct Matcher {
    identity: Option<IdentityTest>,
    agents: Vec<ListTest>,
    classes: Vec<ListTest>,
    facts: Vec<FactTest>,
    expressions: Vec<(String, Expression)>,
    /// A fact or an expression could not be prepared: no node matches.
    hopeless: bool,
    mistakes: Vec<Mistake>,
    warnings: Vec<String>,
    told: Told,
}

/// An invalid part of a filter. It prints its place, such as `fact[0]`, and the
/// reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    place: String,
    reason: String,
}

impl Mistake {
    /// The place in the filter: `fact[0]`, `cf_class[0]`, `agent[0]` or
    /// `compound[0]`.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Why that part is invalid.
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.reason)
    }
}

impl std::error::Error for Mistake {}

impl Matcher {
    /// Prepares a filter. It never fails: Choria takes what is broken for a
    /// filter that no node matches, see [`Self::mistakes`].
    ///
    /// What surprises in the filter is written to the log, and is in
    /// [`Self::warnings`].
    pub fn new(filter: &Filter) -> Self {
        let told = Told::default();
        let mut notes = Notes::default();

        for (at, entry) in filter.identity.iter().enumerate() {
            notes.warn(surprise_of_identity(entry), || {
                format!("identity[{at}] {}", quoted(entry))
            });
        }
        let mut list = |name: &str,
                        entries: &[String],
                        test: fn(&str) -> ListTest,
                        surprise: fn(&str) -> Option<Surprise>| {
            let prepare = |(at, entry): (usize, &String)| {
                let test = test(entry).telling(&told);
                notes.mistake(test.mistake(), || format!("{name}[{at}]"));
                notes.warn(surprise(entry), || {
                    format!("{name}[{at}] {}", quoted(entry))
                });
                test
            };
            entries.iter().enumerate().map(prepare).collect()
        };
        let agents = list("agent", &filter.agent, ListTest::agent, surprise_of_agent);
        let classes = list(
            "cf_class",
            &filter.cf_class,
            ListTest::class,
            surprise_of_class,
        );

        let mut facts = Vec::with_capacity(filter.fact.len());
        for (at, fact) in filter.fact.iter().enumerate() {
            match FactTest::new(fact) {
                Ok(test) => {
                    let test = test.telling(&told);
                    notes.mistake(test.mistake(), || format!("fact[{at}].value"));
                    notes.warn(test.surprise(), || format!("fact[{at}] {test}"));
                    facts.push(test);
                }
                Err(reason) => notes.hopeless(format!("fact[{at}].fact"), reason),
            }
        }
        let mut expressions = Vec::with_capacity(filter.compound.len());
        for (at, text) in filter.compound.iter().enumerate() {
            match Expression::new(text, &told) {
                Ok(expression) => {
                    notes.mistake(expression.mistake(), || format!("compound[{at}]"));
                    for name in expression.unknown_names() {
                        notes.warn(Some(Surprise::UnknownName), || {
                            format!("compound[{at}] {}, the name {name}", quoted(text))
                        });
                    }
                    expressions.push((text.clone(), expression));
                }
                Err(reason) => notes.hopeless(format!("compound[{at}]"), reason),
            }
        }
        if filter.compound.len() > 1 {
            notes.warn(Some(Surprise::Majority), || {
                format!("compound, {} expressions", filter.compound.len())
            });
        }

        for (surprise, about) in &notes.surprises {
            told.tell(*surprise, about);
        }
        let warnings = notes
            .surprises
            .iter()
            .map(|(surprise, about)| format!("{about}: {surprise}"));
        Self {
            identity: (!filter.identity.is_empty()).then(|| IdentityTest::new(&filter.identity)),
            agents,
            classes,
            facts,
            expressions,
            hopeless: notes.is_hopeless,
            warnings: warnings.collect(),
            mistakes: notes.mistakes,
            told,
        }
    }

    /// The invalid parts of the filter: regular expressions of facts, classes and
    /// agents, paths, expressions, and parts of expressions that fail on each node, such
    /// as a function that does not exist. No node can match, so a source should answer
    /// with an error rather than with no nodes. (Choria has one exception: a fact that is
    /// false passes an invalid regular expression.)
    pub fn mistakes(&self) -> &[Mistake] {
        &self.mistakes
    }

    /// The parts of the filter that do something else than they seem to do, whatever the
    /// nodes are. Each surprise has been written to the log once.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Whether a node matches, as Choria's server decides it
    /// (`Filter.MatchServerRequest`). An empty filter matches every node.
    ///
    /// Surprises in the verdict are written to the log, each once
    /// for a matcher.
    pub fn matches(&self, node: &Node<'_>) -> bool {
        !self.hopeless
            && self
                .identity
                .as_ref()
                .is_none_or(|test| test.matches(node.identity))
            && self.agents.iter().all(|test| test.matches(node.agents))
            && self.classes.iter().all(|test| test.matches(node.classes))
            && self.facts.iter().all(|test| test.matches(node.facts))
            && (self.expressions.is_empty() || self.vote(node))
    }

    /// More expressions must be true than false, and none may fail
    /// (`MatchExprString`).
    fn vote(&self, node: &Node<'_>) -> bool {
        let mut votes = 0_isize;
        for (text, expression) in &self.expressions {
            match expression.matches(node) {
                Ok(true) => votes += 1,
                Ok(false) => votes -= 1,
                Err(reason) => {
                    let about = format_args!("compound {}: {reason}", quoted(text));
                    self.told.tell(Surprise::NoVerdict, about);
                    return false;
                }
            }
        }
        votes > 0
    }
}

/// What is noticed while a filter is prepared.
#[derive(Default)]
struct Notes {
    mistakes: Vec<Mistake>,
    surprises: Vec<(Surprise, String)>,
    is_hopeless: bool,
}

impl Notes {
    fn mistake(&mut self, reason: Option<String>, place: impl Fn() -> String) {
        self.mistakes.extend(reason.map(|reason| Mistake {
            place: place(),
            reason,
        }));
    }

    fn hopeless(&mut self, place: String, reason: String) {
        self.mistakes.push(Mistake { place, reason });
        self.is_hopeless = true;
    }

    fn warn(&mut self, surprise: Option<Surprise>, about: impl Fn() -> String) {
        self.surprises
            .extend(surprise.map(|surprise| (surprise, about())));
    }
}
