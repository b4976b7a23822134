//! The expression language of Choria's compound filters: `expr` (expr-lang/expr
//! 1.16.9), as Choria uses it (`filter/compound`).
//!
//! An [`Expression`] is read and checked once, and then asked about many nodes. No
//! expression is true of a node for which it is not true in Choria. Where what Choria
//! does is not certain, the expression is refused, or has no verdict.
//!
//! ```
//! use choria_external_expr::{Expression, Node, Question, Undecided, With};
//! use std::sync::Arc;
//!
//! /// `with("..")` asks for a class.
//! struct Classes;
//!
//! #[derive(Debug)]
//! struct HasClass(String);
//!
//! impl With for Classes {
//!     fn question(&self, text: &str) -> Arc<dyn Question> {
//!         Arc::new(HasClass(text.into()))
//!     }
//! }
//!
//! impl Question for HasClass {
//!     fn mistake(&self) -> Option<&str> {
//!         None
//!     }
//!
//!     fn matches(&self, node: &Node<'_>) -> Result<bool, Undecided> {
//!         Ok(node.classes.contains(&self.0))
//!     }
//! }
//!
//! let web = ["web".to_owned()];
//! let node = Node { agents: &[], classes: &web, facts: r#"{"cpus": 8}"# };
//! let expression = Expression::new(r#"with("web") && fact("cpus") > 4"#, Arc::new(Classes))?;
//! assert!(expression.matches(&node)?);
//!
//! let error = Expression::new("1 +", Arc::new(Classes)).unwrap_err();
//! assert!(error.to_string().starts_with("line 1, column "), "{error}");
//! # Ok::<(), choria_external_expr::ExpressionError>(())
//! ```
//!
//! Expressions are of any size up to 1 MiB; neither their depth nor what they do on a
//! node can overflow a stack or take unbounded time.
//
// | step | where |
// |---|---|
// | text to pieces to a tree | `token`, `parse`, `operands`, `tree` |
// | types, and what the checker refuses | `check`, `sides`, `calls`, `types`, `functions` |
// | what the optimizer changes | `simplify` |
// | the program, run on a node | `program`, `run`, `operators`, `members`, `walk`, `builtins` |

mod arithmetic;
mod budget;
mod builtins;
mod calls;
mod check;
mod error;
mod functions;
mod hopeless;
mod lists;
mod members;
mod operands;
mod operators;
mod parse;
mod program;
mod run;
mod scope;
mod sides;
mod simplify;
mod text;
mod token;
mod tree;
mod types;
mod value;
mod version;
mod walk;
mod with;

use std::fmt;
use std::sync::Arc;

use choria_external_protocol::is_hidden;

use program::Step;
use value::Value;

pub use error::{ExpressionError, ExpressionErrorKind};
pub use with::{Node, Question, Undecided, With};

/// How many characters an expression may have. Choria knows no limit.
const LONGEST: usize = 1 << 20;

/// An expression, read and checked.
pub struct Expression {
    text: Vec<char>,
    program: Step,
    variables: usize,
    unknown: Vec<String>,
    with: Arc<dyn With>,
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text: String = self.text.iter().collect();
        f.debug_tuple("Expression").field(&text).finish()
    }
}

/// Why a string is not a valid expression.
struct Mistake {
    at: usize,
    reason: String,
}

impl Mistake {
    fn new(at: usize, reason: impl Into<String>) -> Self {
        Self {
            at,
            reason: reason.into(),
        }
    }
}

/// Why a program ends early.
enum Stop {
    /// Choria fails there, too.
    Failed { at: Option<usize>, reason: String },
    /// What Choria does is not certain, or is not done here.
    Unsure { at: Option<usize>, reason: String },
    /// A `?.` behind nil, up to the end of its chain.
    Nil,
}

impl Stop {
    fn failed(reason: impl Into<String>) -> Self {
        Self::Failed {
            at: None,
            reason: reason.into(),
        }
    }

    fn unsure(reason: impl Into<String>) -> Self {
        Self::Unsure {
            at: None,
            reason: reason.into(),
        }
    }

    /// Adds the place, if it is not known yet.
    fn at(mut self, place: usize) -> Self {
        if let Self::Failed { at, .. } | Self::Unsure { at, .. } = &mut self {
            at.get_or_insert(place);
        }
        self
    }
}

impl Expression {
    /// Reads and checks an expression (`CompileExprQuery`). `with` says what
    /// `with("..")` means in it.
    ///
    /// # Errors
    /// Returns what is wrong with it, and where: no node can match it.
    pub fn new(text: &str, with: Arc<dyn With>) -> Result<Self, ExpressionError> {
        if text.len() > LONGEST {
            return Err(ExpressionError::new(
                ExpressionErrorKind::TooLong,
                format!(
                    "the expression is longer than {LONGEST} bytes: split it, a compound filter may have several"
                ),
            ));
        }
        let text: Vec<char> = text.chars().collect();
        let checked = parse::parse(&text).and_then(|tree| check::check(&tree, &with));
        match checked {
            Ok(check::Compiled {
                program,
                variables,
                unknown,
            }) => Ok(Self {
                text,
                program,
                variables,
                unknown,
                with,
            }),
            Err(Mistake { at, reason }) => Err(ExpressionError::new(
                ExpressionErrorKind::Invalid,
                explained(&text, at, &reason),
            )),
        }
    }

    /// Why it fails on each node, where that shows without one: a function
    /// that does not exist, a broken regular expression in `with(..)`. Choria
    /// notices only when it runs, and says nothing to the user.
    pub fn mistake(&self) -> Option<String> {
        let (at, reason) = hopeless::failure(&self.program)?;
        Some(explained(&self.text, at, &reason))
    }

    /// The names in it that Choria does not have and takes for nil, each once.
    pub fn unknown_names(&self) -> &[String] {
        &self.unknown
    }

    /// Runs it on a node (`MatchExprProgram`).
    ///
    /// # Errors
    /// Returns why it has no verdict on this node; Choria then does not match it.
    pub fn matches(&self, node: &Node<'_>) -> Result<bool, ExpressionError> {
        use ExpressionErrorKind::{Failed, NotBoolean, Undecided};

        let mut runner = run::Runner::new(node, self.variables, &*self.with);
        let (kind, at, reason) = match runner.run(&self.program) {
            Ok(Value::Bool(verdict)) => return Ok(verdict),
            Ok(other) => (
                NotBoolean,
                None,
                format!("the result is not true or false but {}", other.type_name()),
            ),
            Err(Stop::Failed { at, reason }) => (Failed, at, reason),
            Err(Stop::Unsure { at, reason }) => {
                (Undecided, at, format!("not decided here: {reason}"))
            }
            Err(Stop::Nil) => (Failed, None, "a member of nil".into()),
        };
        let text = explained(&self.text, at.unwrap_or(self.program.at.0), &reason);
        Err(ExpressionError::new(kind, text))
    }
}

/// A reason with its place: line and column, both from 1, and the line itself
/// with a mark below.
fn explained(text: &[char], at: usize, reason: &str) -> String {
    const AROUND: usize = 60;
    let at = at.min(text.len());
    let start = text[..at]
        .iter()
        .rposition(|char| *char == '\n')
        .map_or(0, |newline| newline + 1);
    let line = text[..start].iter().filter(|char| **char == '\n').count() + 1;
    let end = text[at..]
        .iter()
        .position(|char| *char == '\n')
        .map_or(text.len(), |newline| at + newline);
    // Of a long line only what is around the place.
    let from = start.max(at.saturating_sub(AROUND));
    let to = end.min(at + AROUND);
    let shown: String = text[from..to]
        .iter()
        .map(|char| if is_hidden(*char) { ' ' } else { *char })
        .collect();
    let mark = " ".repeat(at - from);
    format!(
        "line {line}, column {}: {reason}\n  {shown}\n  {mark}^",
        at - start + 1
    )
}
