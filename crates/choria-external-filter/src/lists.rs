//! Identities, classes and agents: texts, or regular expressions in slashes.

use std::collections::HashSet;

use choria_external_go::Regex;
use choria_external_go::strings::{equal_fold, to_lower};

use crate::surprise::{Surprise, Told, quoted};

/// One entry of a class or an agent filter, prepared (`classes.Match` and
/// `agents.Match` of Choria with one needle).
#[derive(Debug)]
pub(crate) struct ListTest {
    wanted: Wanted,
    told: Told,
}

#[derive(Debug)]
enum Wanted {
    Class(String),
    Agent(String),
    Pattern(Regex),
    /// A regular expression that Go refuses, as it was written.
    Broken(String),
}

impl ListTest {
    /// A class: regular expressions ignore case, all else becomes lower case.
    pub(crate) fn class(entry: &str) -> Self {
        Self::new(entry, "(?i)", |entry| Wanted::Class(to_lower(entry)))
    }

    /// An agent: case counts everywhere.
    pub(crate) fn agent(entry: &str) -> Self {
        Self::new(entry, "", |entry| Wanted::Agent(entry.to_owned()))
    }

    fn new(entry: &str, flags: &str, plain: impl Fn(&str) -> Wanted) -> Self {
        let wanted = match pattern(entry) {
            Some(inner) => Regex::new(&format!("{flags}{inner}"))
                .map_or_else(|_| Wanted::Broken(entry.to_owned()), Wanted::Pattern),
            None => plain(entry),
        };
        Self {
            wanted,
            told: Told::default(),
        }
    }

    /// Lets it tell of surprises together with others.
    pub(crate) fn telling(self, told: &Told) -> Self {
        Self {
            told: told.clone(),
            ..self
        }
    }

    /// Why no list can pass.
    pub(crate) fn mistake(&self) -> Option<String> {
        match &self.wanted {
            Wanted::Broken(entry) => Some(broken(entry, pattern(entry).unwrap_or(entry))),
            _ => None,
        }
    }

    /// Whether one of the list is wanted.
    pub(crate) fn matches(&self, list: &[String]) -> bool {
        match &self.wanted {
            Wanted::Class(class) => {
                let found = list.contains(class);
                if !found && list.iter().any(|other| equal_fold(class, other)) {
                    self.told.tell(
                        Surprise::UpperClass,
                        format_args!("class {}", quoted(class)),
                    );
                }
                found
            }
            Wanted::Agent(agent) => list.contains(agent),
            Wanted::Pattern(regex) => list.iter().any(|other| regex.is_match(other)),
            Wanted::Broken(_) => false,
        }
    }
}

/// An identity filter, prepared: one of its entries is enough
/// (`identity.Match`). Case counts everywhere.
#[derive(Debug, Default)]
pub(crate) struct IdentityTest {
    texts: HashSet<String>,
    patterns: Vec<Regex>,
}

impl IdentityTest {
    pub(crate) fn new(entries: &[String]) -> Self {
        let mut test = Self::default();
        for entry in entries {
            // Also of a regular expression the text is compared, and it need
            // not be one for that.
            test.texts
                .insert(pattern(entry).unwrap_or(entry).to_owned());
            test.patterns
                .extend(pattern(entry).and_then(|inner| Regex::new(inner).ok()));
        }
        test
    }

    pub(crate) fn matches(&self, identity: &str) -> bool {
        self.texts.contains(identity) || self.patterns.iter().any(|regex| regex.is_match(identity))
    }
}

/// What of an entry surprises whatever the nodes are.
pub(crate) fn surprise_of_identity(entry: &str) -> Option<Surprise> {
    match pattern(entry)? {
        "" => Some(Surprise::MatchesAll),
        inner => Regex::new(inner)
            .is_err()
            .then_some(Surprise::BrokenIdentity),
    }
}

pub(crate) fn surprise_of_class(entry: &str) -> Option<Surprise> {
    match pattern(entry) {
        Some("") => Some(Surprise::MatchesAll),
        Some(_) => None,
        None => (to_lower(entry) != entry).then_some(Surprise::LowerCased),
    }
}

pub(crate) fn surprise_of_agent(entry: &str) -> Option<Surprise> {
    (pattern(entry) == Some("")).then_some(Surprise::MatchesAll)
}

/// What stands between the slashes of a regular expression; a single slash is
/// an empty one.
fn pattern(entry: &str) -> Option<&str> {
    let inner = entry.strip_prefix('/').filter(|_| entry.ends_with('/'))?;
    Some(inner.strip_suffix('/').unwrap_or(inner))
}

/// Why an entry, whose pattern is `inner`, is not a regular expression.
pub(crate) fn broken(entry: &str, inner: &str) -> String {
    let reason = Regex::new(inner).err();
    let reason = reason.map_or_else(String::new, |error| format!(": {}", error.explanation()));
    format!("invalid regular expression {}{reason}", quoted(entry))
}
