//! The DDL with the places of its parts, and what was found.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::ptr;

use super::{Finding, Report, Rule, rules};
use crate::Ddl;
use crate::extra::find;
use crate::json::{self, Json, Member, Node, Place};

/// The way to a part of a DDL.
#[derive(Clone, Default)]
pub(super) struct Path(Vec<Step>);

#[derive(Clone)]
enum Step {
    Key(String),
    Index(usize),
}

impl Path {
    pub(super) fn new() -> Self {
        Self::default()
    }

    pub(super) fn key(&self, key: &str) -> Self {
        self.then(Step::Key(key.to_owned()))
    }

    pub(super) fn index(&self, index: usize) -> Self {
        self.then(Step::Index(index))
    }

    fn then(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.0.iter().fold("$".to_owned(), |path, step| match step {
            Step::Key(key) => json::at_key(&path, key),
            Step::Index(index) => json::at_index(&path, *index),
        });
        f.write_str(&path)
    }
}

pub(super) struct Look<'a> {
    pub(super) ddl: &'a Ddl,
    root: &'a Node,
    /// Where the keys of large objects are, in small letters: an object in which
    /// every key is looked for must not be looked through for each of them.
    large: HashMap<*const Node, HashMap<String, usize>>,
    findings: Vec<Finding>,
}

/// Objects of so many keys are small enough to be looked through.
const SMALL: usize = 32;

impl<'a> Look<'a> {
    pub(super) fn new(ddl: &'a Ddl, root: &'a Node) -> Self {
        let mut look = Self {
            ddl,
            root,
            large: HashMap::new(),
            findings: Vec::new(),
        };
        look.index(root);
        look
    }

    fn index(&mut self, node: &'a Node) {
        match &node.json {
            Json::Object(members) => {
                if members.len() > SMALL {
                    let keys = members.iter().enumerate();
                    let places = keys.map(|(at, member)| (member.key.to_ascii_lowercase(), at));
                    self.large.insert(node, places.collect());
                }
                for member in members {
                    self.index(&member.value);
                }
            }
            Json::List(items) => {
                for item in items {
                    self.index(item);
                }
            }
            _ => {}
        }
    }

    /// What is at a path, if it is there.
    pub(super) fn node(&self, path: &Path) -> Option<&'a Node> {
        path.0
            .iter()
            .try_fold(self.root, |node, step| Some(self.child(node, step)?.1))
    }

    /// Whether there is something else than null.
    pub(super) fn has(&self, path: &Path) -> bool {
        self.node(path).is_some_and(|node| !node.is_null())
    }

    /// A part of a value, and the place of its key, or its own in a list.
    fn child(&self, node: &'a Node, step: &Step) -> Option<(Place, &'a Node)> {
        match (step, &node.json) {
            (Step::Key(key), Json::Object(members)) => {
                let index = match self.large.get(&ptr::from_ref(node)) {
                    Some(places) => places.get(&key.to_ascii_lowercase()).copied(),
                    None => find(members, key),
                };
                let Member { at, value, .. } = &members[index?];
                Some((*at, value))
            }
            (Step::Index(index), Json::List(items)) => {
                items.get(*index).map(|node| (node.at, node))
            }
            _ => None,
        }
    }

    /// The place of a path, or of the innermost part of it that is there.
    fn place(&self, path: &Path) -> Place {
        let (mut place, mut node) = (self.root.at, self.root);
        for step in &path.0 {
            match self.child(node, step) {
                Some(child) => (place, node) = child,
                None => break,
            }
        }
        place
    }

    pub(super) fn report_at(&mut self, rule: &'static Rule, path: &Path, what: String) {
        self.report_there(rule, path.to_string(), self.place(path), what);
    }

    /// The same where the place is known.
    pub(super) fn report_there(
        &mut self,
        rule: &'static Rule,
        path: String,
        at: Place,
        what: String,
    ) {
        let Place { line, column } = at;
        self.add(Finding {
            rule,
            path,
            line,
            column,
            what,
        });
    }

    pub(super) fn add(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    pub(super) fn report(self) -> Report {
        let findings = self.findings;
        let mut report = Report { findings };
        report.sort();
        report
    }

    pub(super) fn duplicate_keys(&mut self) {
        let root = self.root;
        self.duplicates_in(root, "$");
    }

    fn duplicates_in(&mut self, node: &Node, path: &str) {
        match &node.json {
            Json::Object(members) => {
                let mut seen = HashSet::new();
                for member in members {
                    let path = json::at_key(path, &member.key);
                    if !seen.insert(&member.key) {
                        self.add(Finding {
                            rule: &rules::DUPLICATE_KEY,
                            path: path.clone(),
                            line: member.at.line,
                            column: member.at.column,
                            what: format!("the key {:?} is there again", member.key),
                        });
                    }
                    self.duplicates_in(&member.value, &path);
                }
            }
            Json::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.duplicates_in(item, &json::at_index(path, index));
                }
            }
            _ => {}
        }
    }
}

/// Whether it is a name that the published schema takes: `a-z`, `0-9`, `_`.
pub(super) fn is_plain_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
}
