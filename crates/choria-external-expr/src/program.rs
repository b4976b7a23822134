//! A checked expression, ready to run.

use std::fmt;
use std::sync::Arc;

use choria_external_go::Regex;

use super::Mistake;
use super::functions::{Function, Walk};
use super::tree::{Binary, Logic};
use super::types::Type;
use super::value::Value;
use super::version::Constraint;
use super::with::Question;

/// A part of a program.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) op: Op,
    pub(super) ty: Type,
    pub(super) at: At,
}

/// Where a part stands in the expression. Two parts that differ in nothing
/// else are written alike: `predicates` compares them so.
#[derive(Clone, Copy)]
pub(super) struct At(pub(super) usize);

impl fmt::Debug for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("_")
    }
}

/// What a part does.
#[derive(Clone, Debug)]
pub(super) enum Op {
    Constant(Value<'static>),
    Agents,
    Classes,
    /// How many bytes the facts have: `len(facts)`.
    FactsLength,
    /// What Go calls the type of the facts: `type(facts)`.
    FactsType,
    Variable(usize),
    Element,
    Index,
    Accumulator,
    Not(Box<Step>),
    Negate(Box<Step>),
    Logic(Logic, Vec<Step>),
    Binary(Binary, Box<Step>, Box<Step>),
    /// `==` of what the checker takes for two ints, or two texts: anything
    /// else fails.
    EqualInts(Box<Step>, Box<Step>),
    EqualTexts(Box<Step>, Box<Step>),
    /// `x in ["a", "b"]` fails for an `x` that is neither a text nor nil.
    InTexts(Box<Step>, Vec<String>),
    /// `1 in [1, 2]`, where the left side is known to be an int.
    InInts(Box<Step>, Vec<i64>),
    /// `1 in 1..5`, where the left side is known to be an int.
    Between(Box<Step>, i64, i64),
    Matches(Box<Step>, Regex),
    Chain(Box<Step>),
    Member {
        node: Box<Step>,
        property: Box<Step>,
        optional: bool,
    },
    Slice {
        node: Box<Step>,
        from: Option<Box<Step>>,
        to: Option<Box<Step>>,
    },
    Let {
        slot: usize,
        value: Box<Step>,
        body: Box<Step>,
    },
    Conditional(Box<[Step; 3]>),
    List(Vec<Step>),
    Map(Vec<(Step, Step)>),
    Walk {
        walk: Walk,
        list: Box<Step>,
        closure: Option<Box<Step>>,
        /// What `filter` gives in place of the element; the order of `sortBy`,
        /// the start of `reduce`.
        extra: Option<Box<Step>>,
    },
    Function(Function, Vec<Step>),
    With(Box<Step>),
    WithConstant(Arc<dyn Question>),
    Fact(Box<Step>),
    Include(Box<Step>, Box<Step>),
    Semver(Box<Step>, Box<Step>),
    /// `None` where the constraint is none: a failure when it runs.
    SemverConstant(Box<Step>, Option<Constraint>),
    /// A function that Choria does not have: a failure when it runs.
    Unknown(String),
}

impl Step {
    pub(super) fn new(at: usize, ty: Type, op: Op) -> Self {
        Self { op, ty, at: At(at) }
    }

    pub(super) fn constant(at: usize, ty: Type, value: Value<'static>) -> Self {
        Self::new(at, ty, Op::Constant(value))
    }

    pub(super) fn as_bool(&self) -> Option<bool> {
        match self.op {
            Op::Constant(Value::Bool(value)) => Some(value),
            _ => None,
        }
    }

    pub(super) fn as_int(&self) -> Option<i64> {
        match self.op {
            Op::Constant(Value::Int(value)) => Some(value),
            _ => None,
        }
    }

    pub(super) fn as_text(&self) -> Option<&str> {
        match &self.op {
            Op::Constant(Value::Text(value)) => Some(value),
            _ => None,
        }
    }
}

/// A pattern, prepared.
pub(super) fn regex(at: usize, pattern: &str) -> Result<Regex, Mistake> {
    Regex::new(pattern)
        .map_err(|error| Mistake::new(at, format!("{error}: regular expressions are those of Go")))
}
