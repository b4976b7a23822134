//! What changed between two versions of a DDL, and what of it breaks callers.
//!
//! ```
//! use choria_external_ddl::{Ddl, diff::diff};
//!
//! let old = Ddl::from_json(br#"{"actions": [{"action": "echo"}]}"#)?;
//! let new = Ddl::from_json(br#"{"actions": [{"action": "echo", "input": {"n": {"type": "integer"}}}]}"#)?;
//! let diff = diff(&old, &new);
//! assert_eq!(diff.to_text(), "breaks: input n of action echo is new and required\n");
//! assert!(diff.breaks() && diff.version_must_rise());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::collections::{HashMap, VecDeque};

use choria_external_protocol::printable;
use serde_json::{Value, json};

use crate::{Action, Ddl, Input, Metadata, Output, Type, Validation};

mod inputs;

/// All that changed, first in the metadata, then in the actions.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Diff {
    /// The changes; the version itself is not among them.
    pub changes: Vec<Change>,
    /// The old version.
    pub old_version: String,
    /// The new version.
    pub new_version: String,
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// The kind of change.
    pub kind: ChangeKind,
    /// What changed, such as `input message of action echo is new and required`.
    pub what: String,
    /// Whether callers that worked with the old DDL can fail with the new one:
    /// their requests are refused, or their replies lack what they read.
    pub breaks: bool,
}

/// The sorts of change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// Something is new.
    Added,
    /// Something is gone.
    Removed,
    /// Something is not as it was.
    Changed,
}

impl ChangeKind {
    /// The word for it: `added`, `removed` or `changed`.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
        }
    }
}

/// Compares two versions of a DDL.
///
/// The order of actions, inputs and outputs does not count, and neither do
/// keys that Choria does not know.
pub fn diff(old: &Ddl, new: &Ddl) -> Diff {
    let mut changes = Changes::default();
    metadata(&mut changes, &old.metadata, &new.metadata);
    for pair in pairs(&old.actions, &new.actions, |action| &action.name) {
        match pair {
            Pair::Removed(old) => {
                changes.add(
                    ChangeKind::Removed,
                    true,
                    format!("action {} was removed", old.name),
                );
            }
            Pair::Added(new) => {
                changes.add(
                    ChangeKind::Added,
                    false,
                    format!("action {} is new", new.name),
                );
            }
            Pair::Both(old, new) => action(&mut changes, old, new),
        }
    }
    Diff {
        changes: changes.0,
        old_version: old.metadata.version.clone().into_owned(),
        new_version: new.metadata.version.clone().into_owned(),
    }
}

impl Diff {
    /// Whether any change breaks callers.
    pub fn breaks(&self) -> bool {
        self.changes.iter().any(|change| change.breaks)
    }

    /// Whether anything changed and the version did not: a server that has the
    /// old DDL would not load the new one.
    pub fn version_must_rise(&self) -> bool {
        !self.changes.is_empty() && self.old_version == self.new_version
    }

    /// One line for each change, those that break callers start with
    /// `breaks: `. Empty where nothing changed.
    pub fn to_text(&self) -> String {
        let lines = self.changes.iter().map(|change| {
            let breaks = if change.breaks { "breaks: " } else { "" };
            format!("{breaks}{}\n", printable(&change.what))
        });
        lines.collect()
    }

    /// An object with `old_version`, `new_version`, `version_must_rise`,
    /// `breaks`, and the list `changes` of objects with `kind`, `what` and
    /// `breaks`.
    pub fn to_json(&self) -> Value {
        let changes = self.changes.iter().map(|change| {
            json!({"kind": change.kind.text(), "what": change.what, "breaks": change.breaks})
        });
        json!({
            "old_version": self.old_version,
            "new_version": self.new_version,
            "version_must_rise": self.version_must_rise(),
            "breaks": self.breaks(),
            "changes": changes.collect::<Value>(),
        })
    }
}

#[derive(Default)]
struct Changes(Vec<Change>);

impl Changes {
    fn add(&mut self, kind: ChangeKind, breaks: bool, what: String) {
        self.0.push(Change { kind, what, breaks });
    }

    /// Says so if two texts differ.
    fn compare(&mut self, what: &str, old: &str, new: &str, breaks: bool) {
        if old != new {
            let what = format!("{what} is {new:?}, was {old:?}");
            self.add(ChangeKind::Changed, breaks, what);
        }
    }
}

enum Pair<'a, T> {
    Removed(&'a T),
    Added(&'a T),
    Both(&'a T, &'a T),
}

/// What belongs together by name: first the old ones in their order, then those
/// that are new. Of names that are there twice the first belongs to the first.
fn pairs<'a, T>(old: &'a [T], new: &'a [T], name: fn(&T) -> &str) -> Vec<Pair<'a, T>> {
    let mut left: HashMap<&str, VecDeque<&T>> = HashMap::new();
    for item in new {
        left.entry(name(item)).or_default().push_back(item);
    }
    let mut pairs = Vec::new();
    for item in old {
        pairs.push(
            match left.get_mut(name(item)).and_then(VecDeque::pop_front) {
                Some(other) => Pair::Both(item, other),
                None => Pair::Removed(item),
            },
        );
    }
    let is_left = |item: &&T| {
        left[name(item)]
            .iter()
            .any(|other| std::ptr::eq(*other, *item))
    };
    pairs.extend(new.iter().filter(is_left).map(Pair::Added));
    pairs
}

fn metadata(changes: &mut Changes, old: &Metadata, new: &Metadata) {
    changes.compare("the agent's name", &old.name, &new.name, true);
    for (what, old, new) in [
        (
            "the agent's description",
            &old.description,
            &new.description,
        ),
        ("the agent's author", &old.author, &new.author),
        ("the agent's license", &old.license, &new.license),
        ("the agent's url", &old.url, &new.url),
        ("the agent's provider", &old.provider, &new.provider),
    ] {
        changes.compare(what, old, new, false);
    }
    if old.timeout != new.timeout {
        // What took longer than the new timeout is killed now.
        let what = format!(
            "the timeout is {} seconds, was {}",
            new.timeout, old.timeout
        );
        changes.add(ChangeKind::Changed, new.timeout < old.timeout, what);
    }
    if old.service != new.service {
        // One node replies instead of all, or all instead of one.
        let now = if new.service { "now" } else { "no longer" };
        changes.add(
            ChangeKind::Changed,
            true,
            format!("the agent is {now} a service"),
        );
    }
}

fn action(changes: &mut Changes, old: &Action, new: &Action) {
    let who = format!("action {}", new.name);
    changes.compare(
        &format!("the description of {who}"),
        &old.description,
        &new.description,
        false,
    );
    changes.compare(
        &format!("the display of {who}"),
        old.display.text(),
        new.display.text(),
        false,
    );

    for pair in pairs(&old.inputs, &new.inputs, |input| &input.name) {
        inputs::compare(changes, &who, pair);
    }
    for pair in pairs(&old.outputs, &new.outputs, |output| &output.name) {
        output(changes, &who, pair);
    }
    let aggregates = |action: &Action| {
        let all = action.aggregates.iter();
        all.map(|one| {
            (
                one.function.clone(),
                one.output.clone(),
                one.options.clone(),
            )
        })
        .collect::<Vec<_>>()
    };
    if aggregates(old) != aggregates(new) {
        let what = format!("the aggregates of {who} changed");
        changes.add(ChangeKind::Changed, false, what);
    }
}

fn output(changes: &mut Changes, action: &str, pair: Pair<'_, Output>) {
    let who = |output: &Output| format!("output {} of {action}", output.name);
    let (old, new) = match pair {
        Pair::Removed(old) => {
            return changes.add(
                ChangeKind::Removed,
                true,
                format!("{} was removed", who(old)),
            );
        }
        Pair::Added(new) => {
            return changes.add(ChangeKind::Added, false, format!("{} is new", who(new)));
        }
        Pair::Both(old, new) => (old, new),
    };
    let who = who(new);
    changes.compare(
        &format!("the description of {who}"),
        &old.description,
        &new.description,
        false,
    );
    changes.compare(
        &format!("the label of {who}"),
        &old.display_as,
        &new.display_as,
        false,
    );
    let kind = |output: &Output| output.kind.as_ref().map_or("any", Type::text).to_owned();
    // One that was not stated promised nothing.
    let promised = old.kind.is_some();
    changes.compare(
        &format!("the type of {who}"),
        &kind(old),
        &kind(new),
        promised,
    );
    let default = |output: &Output| output.default_value().map(|value| value.to_string());
    if default(old) != default(new) {
        let what = match default(new) {
            Some(default) => format!("the default of {who} is {default}"),
            None => format!("{who} no longer has a default"),
        };
        // A reply could do without it; now it can lack it.
        changes.add(ChangeKind::Changed, new.default.is_none(), what);
    }
}

/// The rule that a server applies: without a maxlength none.
fn applied(input: &Input) -> &Validation {
    if input.maxlength.unwrap_or(0) == 0 {
        &Validation::None
    } else {
        &input.validation
    }
}
