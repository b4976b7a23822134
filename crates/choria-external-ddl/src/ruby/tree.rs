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
        condition: Expression,
        then: Vec<Statement>,
        otherwise: Vec<Statement>,
    },
    /// `name = value`
    Assign { name: String, value: Expression },
    /// `def name(parameters) .. end`
    Define { name: String, method: Method },
    /// A value on its own, as the last line of a method.
    Value(Expression),
}

/// A method of the program's own.
#[derive(Debug)]
pub(super) struct Method {
    pub(super) parameters: Vec<String>,
    pub(super) body: Vec<Statement>,
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
    /// A string without `#{..}`.
    Text(String),
    /// A string with what stands in `#{..}`.
    Joined(Vec<Expression>),
    Regex(Regex),
    List(Vec<Expression>),
    Hash(Vec<(Expression, Expression)>),
    /// A variable, a constant, or a method of the program without arguments.
    Name(String),
    /// Two or more, with `+` between them.
    Sum(Vec<Expression>),
    /// Two or more, with `*` between them.
    Product(Vec<Expression>),
    /// `left == right`, or `!=`.
    Equal {
        left: Box<Expression>,
        right: Box<Expression>,
        equal: bool,
    },
    Not(Box<Expression>),
    /// Two or more, with `&&` or `and` between them.
    And(Vec<Expression>),
    /// Two or more, with `||` or `or` between them.
    Or(Vec<Expression>),
    Method {
        of: Box<Expression>,
        name: String,
        arguments: Vec<Expression>,
    },
    /// `function(..)`
    Call {
        function: String,
        arguments: Vec<Expression>,
    },
}
