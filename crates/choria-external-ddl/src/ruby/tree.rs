//! What a program is made of.

use super::token::Regex;
use crate::json::Place;

#[derive(Debug)]
pub(super) struct Statement {
    pub(super) at: Place,
    pub(super) what: What,
}

#[derive(Debug)]
pub(super) enum What {
    /// `word arguments`, perhaps with `do .. end`.
    Call {
        word: String,
        arguments: Vec<Expression>,
        block: Option<Vec<Statement>>,
    },
    /// `list.each do |variable| .. end`
    Each {
        list: Expression,
        variable: String,
        body: Vec<Statement>,
    },
    If {
        condition: Condition,
        then: Vec<Statement>,
        otherwise: Vec<Statement>,
    },
}

#[derive(Debug)]
pub(super) struct Condition {
    pub(super) left: Expression,
    pub(super) equal: bool,
    pub(super) right: Expression,
}

#[derive(Debug)]
pub(super) struct Expression {
    pub(super) at: Place,
    pub(super) value: Value,
}

#[derive(Debug)]
pub(super) enum Value {
    Nil,
    Bool(bool),
    Number(String),
    Symbol(String),
    /// A text without `#{..}`.
    Text(String),
    /// A text with what stands in `#{..}`.
    Joined(Vec<Expression>),
    Regex(Regex),
    List(Vec<Expression>),
    Hash(Vec<(Expression, Expression)>),
    Variable(String),
    /// Two or more, with `+` between them.
    Sum(Vec<Expression>),
    /// Two or more, with `*` between them.
    Product(Vec<Expression>),
    Method {
        of: Box<Expression>,
        name: String,
        arguments: Vec<Expression>,
    },
    /// `function(..)`, for `aggregate`.
    Call {
        function: String,
        arguments: Vec<Expression>,
    },
}
