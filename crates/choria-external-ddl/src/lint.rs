//! What is wrong with a DDL, or not as it looks: what Choria refuses, what
//! weakens it, and what surprises its users.
//!
//! ```
//! use choria_external_ddl::lint::{Severity, lint};
//!
//! let report = lint(r#"{"metadata": {"name": "parrot", "timeout": 1}}"#);
//! assert_eq!(report.worst(), Some(Severity::Error));
//! let timeout = report.findings.iter().find(|finding| finding.rule.code == "D009");
//! let timeout = timeout.ok_or("not found")?;
//! assert_eq!((&*timeout.path, timeout.line, timeout.column), ("$.metadata.timeout", 1, 33));
//! assert!(report.to_text("parrot.json").contains("parrot.json:1:33: error D009: "));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | module | what it holds |
//! |---|---|
//! | `rules` | every rule with its code, as data |
//! | `look` | the parts of a DDL with their places, and what was found |
//! | `metadata`, `actions`, `inputs`, `outputs`, `aggregates` | a function for each rule |
//! | `versions` | rules on two versions of a DDL |
//! | `print`, `sarif` | the report as text, JSON and SARIF |

use std::fmt;

use crate::json::{self, Node};
use crate::read::Reader;
use crate::ruby::{Note, NoteKind};
use crate::{Ddl, WrongValue, ruby};

mod actions;
mod aggregates;
mod inputs;
mod look;
mod metadata;
mod outputs;
mod print;
mod rules;
mod sarif;
mod versions;

use look::{Index, Look, Part};
pub use rules::RULES;
pub use sarif::{Checked, sarif, sarif_log, sarif_result};
pub use versions::{against, against_ruby};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing; nothing goes wrong.
    Note,
    /// It works, but protects less, or does something else, than it says.
    Warning,
    /// Choria refuses it or crashes, or no request can pass.
    Error,
}

impl Severity {
    /// The word for it: `note`, `warning` or `error`.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

/// A rule that a DDL should keep; other tools have rules of their own.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rule {
    /// Its code, such as `D001`; it never gets another meaning.
    pub code: &'static str,
    /// How bad it is to break it.
    pub severity: Severity,
    /// What is wrong, in a few words.
    pub title: &'static str,
    /// Why it matters, in a sentence.
    pub why: &'static str,
    /// How to mend it, in a sentence.
    pub mend: &'static str,
}

impl Rule {
    /// A rule of another tool.
    pub const fn new(
        code: &'static str,
        severity: Severity,
        title: &'static str,
        why: &'static str,
        mend: &'static str,
    ) -> Self {
        Self {
            code,
            severity,
            title,
            why,
            mend,
        }
    }
}

/// A rule that is broken, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// The rule.
    pub rule: &'static Rule,
    /// JSON path of what breaks it, such as `$.actions[0].input.message`; of
    /// something that is missing, the path where it should be.
    pub path: String,
    /// Line of the file, from 1; of something that is missing, that of the
    /// innermost object around it.
    pub line: usize,
    /// Character of that line, from 1.
    pub column: usize,
    /// What there is, in a few words.
    pub what: String,
}

/// All that was found, in the order of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// What was found.
    pub findings: Vec<Finding>,
}

impl From<Finding> for Report {
    fn from(finding: Finding) -> Self {
        let findings = vec![finding];
        Self { findings }
    }
}

impl Report {
    /// How bad the worst of it is; `None` where nothing was found.
    pub fn worst(&self) -> Option<Severity> {
        self.findings
            .iter()
            .map(|finding| finding.rule.severity)
            .max()
    }

    /// By place; at one place by code.
    fn sort(&mut self) {
        self.findings
            .sort_by_key(|finding| (finding.line, finding.column, finding.rule.code));
    }
}

/// Looks through the JSON form of a DDL.
///
/// What does not load, because it is no JSON or because a value has another
/// type than Choria takes, is reported alone: there is nothing to judge yet.
pub fn lint(text: &str) -> Report {
    Loaded::of_json(text).map_or_else(Report::from, |loaded| loaded.report())
}

/// Looks through the Ruby form of a DDL, as [`lint`] does through the JSON form.
///
/// The places are those of the Ruby text, and the paths those of the JSON form
/// that would be made of it. What [`Ddl::from_ruby`] refuses is reported alone.
///
/// ```
/// use choria_external_ddl::lint::lint_ruby;
///
/// let report = lint_ruby(b"metadata :name => 'parrot',\n         :timeout => 1\n");
/// let timeout = report.findings.iter().find(|finding| finding.rule.code == "D009");
/// let timeout = timeout.ok_or("not found")?;
/// assert_eq!((&*timeout.path, timeout.line, timeout.column), ("$.metadata.timeout", 2, 10));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn lint_ruby(text: &[u8]) -> Report {
    Loaded::of_ruby(text).map_or_else(Report::from, |loaded| loaded.report())
}

/// A text that is read, and perhaps is a DDL.
struct Loaded {
    root: Node,
    ddl: Result<Ddl, WrongValue>,
    /// What is odd in Ruby.
    notes: Vec<Note>,
}

impl Loaded {
    fn of_json(text: &str) -> Result<Self, Finding> {
        let root = json::parse(text).map_err(|error| Finding {
            rule: &rules::NOT_JSON,
            path: "$".into(),
            line: error.line,
            column: error.column,
            what: error.advice(),
        })?;
        let reader = Reader { of_file: true };
        let ddl = reader.ddl(&root).map_err(WrongValue::from);
        Ok(Self {
            root,
            ddl,
            notes: Vec::new(),
        })
    }

    fn of_ruby(text: &[u8]) -> Result<Self, Finding> {
        let mut notes = Vec::new();
        let root = ruby::utf8(text)
            .and_then(|text| ruby::nodes(text, &mut |note| notes.push(note)))
            .map_err(|error| Finding {
                rule: &rules::NOT_RUBY,
                path: "$".into(),
                line: error.line,
                column: error.column,
                what: error.what,
            })?;
        Ok(Self {
            ddl: ruby::ddl(&root),
            root,
            notes,
        })
    }

    fn report(&self) -> Report {
        let index = Index::of(&self.root);
        let top = Part::whole(&self.root, &index);
        let mut look = Look::default();
        look.duplicate_keys(&self.root);
        for note in &self.notes {
            let rule = match note.kind {
                NoteKind::GivenAgain => &rules::GIVEN_AGAIN,
                NoteKind::NotBoolean => &rules::NOT_BOOLEAN,
                NoteKind::NoAggregate => &rules::NO_AGGREGATE,
            };
            look.report_there(rule, note.path.clone(), note.at, note.what.clone());
        }
        match &self.ddl {
            Ok(ddl) => {
                metadata::check(&mut look, ddl, &top);
                actions::check(&mut look, ddl, &top);
            }
            Err(wrong) => does_not_load(&mut look, wrong, &top),
        }
        look.report()
    }
}

fn does_not_load(look: &mut Look, wrong: &WrongValue, top: &Part<'_, '_>) {
    let actions = top.key("actions");
    let all = actions.node().and_then(Node::as_list).unwrap_or_default();
    let mut is_null = false;
    for (at, _) in all.iter().enumerate().filter(|(_, node)| node.is_null()) {
        let action = actions.index(at);
        is_null |= action.path() == wrong.path;
        look.report_at(&rules::NULL_ACTION, &action, format!("action {at} is null"));
    }
    // Our own reader does not take a null; Choria's does, and crashes later.
    if !is_null {
        look.add(Finding {
            rule: &rules::WRONG_TYPE,
            path: wrong.path.clone(),
            line: wrong.line,
            column: wrong.column,
            what: format!("expected {}, got {}", wrong.wanted, wrong.found),
        });
    }
}
