//! The DDL with the places of its parts, and what was found.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::ptr;

use choria_external_go::{InvalidRegex, Regex};

use super::{Finding, Report, Rule, rules};
use crate::extra::find;
use crate::json::{self, Json, Member, Node, Place};

/// Where the keys of large objects are, in lower case: an object in which every key
/// is looked for must not be looked through for each of them.
#[derive(Default)]
pub(super) struct Index(HashMap<*const Node, HashMap<String, usize>>);

/// Objects of so many keys are small enough to be looked through.
const SMALL: usize = 32;

impl Index {
    pub(super) fn of(root: &Node) -> Self {
        let mut index = Self::default();
        index.add(root);
        index
    }

    fn add(&mut self, node: &Node) {
        match &node.json {
            Json::Object(members) => {
                if members.len() > SMALL {
                    let keys = members.iter().enumerate();
                    let places = keys.map(|(at, member)| (member.key.to_ascii_lowercase(), at));
                    self.0.insert(node, places.collect());
                }
                for member in members {
                    self.add(&member.value);
                }
            }
            Json::List(items) => {
                for item in items {
                    self.add(item);
                }
            }
            _ => {}
        }
    }

    fn find(&self, node: &Node, members: &[Member], key: &str) -> Option<usize> {
        match self.0.get(&ptr::from_ref(node)) {
            Some(places) => places.get(&key.to_ascii_lowercase()).copied(),
            None => find(members, key),
        }
    }
}

/// The way to a part of a DDL. It prints as a JSON path.
#[derive(Clone, Copy)]
struct Path<'p>(Option<(&'p Path<'p>, Step<'p>)>);

#[derive(Clone, Copy)]
enum Step<'p> {
    Key(&'p str),
    Index(usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((parent, step)) = self.0 else {
            return f.write_str("$");
        };
        let parent = parent.to_string();
        f.write_str(&match step {
            Step::Key(key) => json::at_key(&parent, key),
            Step::Index(index) => json::at_index(&parent, index),
        })
    }
}

/// A part of a DDL, there or missing, and the way to it.
#[derive(Clone, Copy)]
pub(super) struct Part<'p, 'd> {
    index: &'d Index,
    path: Path<'p>,
    /// That of its key, or its own in a list; of what is missing that of the
    /// innermost part around it.
    place: Place,
    node: Option<&'d Node>,
}

impl<'d> Part<'_, 'd> {
    pub(super) fn whole(root: &'d Node, index: &'d Index) -> Self {
        Self {
            index,
            path: Path(None),
            place: root.at,
            node: Some(root),
        }
    }

    pub(super) fn key<'q>(&'q self, key: &'q str) -> Part<'q, 'd> {
        let found = self.node.and_then(|node| {
            let members = node.as_object()?;
            let Member { at, value, .. } = &members[self.index.find(node, members, key)?];
            Some((*at, value))
        });
        self.child(Step::Key(key), found)
    }

    pub(super) fn index(&self, index: usize) -> Part<'_, 'd> {
        let found = (self.node.and_then(Node::as_list)).and_then(|items| items.get(index));
        self.child(Step::Index(index), found.map(|node| (node.at, node)))
    }

    fn child<'q>(&'q self, step: Step<'q>, found: Option<(Place, &'d Node)>) -> Part<'q, 'd> {
        Part {
            index: self.index,
            path: Path(Some((&self.path, step))),
            place: found.map_or(self.place, |(place, _)| place),
            node: found.map(|(_, node)| node),
        }
    }

    /// What is there.
    pub(super) fn node(&self) -> Option<&'d Node> {
        self.node
    }

    /// Whether there is something else than null.
    pub(super) fn is_there(&self) -> bool {
        self.node.is_some_and(|node| !node.is_null())
    }

    /// Its JSON path.
    pub(super) fn path(&self) -> String {
        self.path.to_string()
    }
}

/// What was found so far.
#[derive(Default)]
pub(super) struct Look {
    findings: Vec<Finding>,
    /// Each pattern is compiled once.
    patterns: HashMap<String, Result<Regex, InvalidRegex>>,
}

impl Look {
    pub(super) fn report_at(&mut self, rule: &'static Rule, part: &Part<'_, '_>, what: String) {
        self.report_there(rule, part.path(), part.place, what);
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

    /// A regular expression, or why it is invalid.
    pub(super) fn pattern(&mut self, pattern: &str) -> &Result<Regex, InvalidRegex> {
        if !self.patterns.contains_key(pattern) {
            self.patterns
                .insert(pattern.to_owned(), Regex::new(pattern));
        }
        &self.patterns[pattern]
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

    pub(super) fn duplicate_keys(&mut self, root: &Node) {
        self.duplicates_in(root, &Path(None));
    }

    fn duplicates_in(&mut self, node: &Node, path: &Path<'_>) {
        match &node.json {
            Json::Object(members) => {
                let mut seen = HashSet::new();
                for Member { at, key, value } in members {
                    let path = Path(Some((path, Step::Key(key))));
                    if !seen.insert(key) {
                        let what = format!("the key {key:?} is there again");
                        self.report_there(&rules::DUPLICATE_KEY, path.to_string(), *at, what);
                    }
                    self.duplicates_in(value, &path);
                }
            }
            Json::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.duplicates_in(item, &Path(Some((path, Step::Index(index)))));
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
