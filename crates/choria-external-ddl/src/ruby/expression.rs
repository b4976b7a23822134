//! Tokens to expressions: values, and how they are put together.

use super::RubyError;
use super::parse::{DEEPEST, Parsed, Parser};
use super::token::{Kind, Part};
use crate::json::Place;

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
    Regex(String),
    List(Vec<Expression>),
    Hash(Vec<(Expression, Expression)>),
    Variable(String),
    Product(Box<Expression>, Box<Expression>),
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

impl Parser {
    /// Arguments up to a mark, or to the end of the line. Pairs at the end are
    /// one hash.
    pub(super) fn arguments(&mut self, end: Option<&str>) -> Parsed<Vec<Expression>> {
        let mut arguments = Vec::new();
        let mut pairs: Vec<(Expression, Expression)> = Vec::new();
        let in_brackets = end.is_some();
        if in_brackets {
            self.newlines();
        }
        while !end.is_some_and(|end| self.take_mark(end)) {
            if let Some(key) = self.label() {
                self.newlines();
                pairs.push((key, self.expression()?));
            } else {
                let first = self.expression()?;
                if in_brackets {
                    self.newlines();
                }
                if self.take_mark("=>") {
                    self.newlines();
                    pairs.push((first, self.expression()?));
                } else if pairs.is_empty() {
                    arguments.push(first);
                } else {
                    return self.wanted("`=>` after a key");
                }
            }
            if in_brackets {
                self.newlines();
            }
            if self.take_mark(",") {
                self.newlines();
            } else {
                if let Some(end) = end {
                    self.mark(end, "or `,`")?;
                }
                break;
            }
        }
        if let Some((first, _)) = pairs.first() {
            let at = first.at;
            let value = Value::Hash(pairs);
            arguments.push(Expression { at, value });
        }
        Ok(arguments)
    }

    /// `name:`
    fn label(&mut self) -> Option<Expression> {
        let at = self.at();
        let Kind::Label(name) = self.peek() else {
            return None;
        };
        let value = Value::Symbol(name.clone());
        self.next();
        Some(Expression { at, value })
    }

    pub(super) fn expression(&mut self) -> Parsed<Expression> {
        let mut left = self.plain()?;
        for _ in 0..DEEPEST {
            let at = left.at;
            let value = if self.take_mark("*") {
                Value::Product(Box::new(left), Box::new(self.plain()?))
            } else if self.take_mark(".") {
                let name = self.name("the name of a method")?;
                let arguments = if self.take_mark("(") {
                    self.deeper(|parser| parser.arguments(Some(")")))?
                } else {
                    Vec::new()
                };
                Value::Method {
                    of: Box::new(left),
                    name,
                    arguments,
                }
            } else {
                return Ok(left);
            };
            left = Expression { at, value };
        }
        self.wanted("the end of a value: it is too long")
    }

    pub(super) fn plain(&mut self) -> Parsed<Expression> {
        let at = self.at();
        let value = match self.peek().clone() {
            Kind::Word(word) => {
                self.next();
                match word.as_str() {
                    "nil" => Value::Nil,
                    "true" => Value::Bool(true),
                    "false" => Value::Bool(false),
                    _ if self.take_mark("(") => Value::Call {
                        function: word,
                        arguments: self.deeper(|parser| parser.arguments(Some(")")))?,
                    },
                    _ => Value::Variable(word),
                }
            }
            Kind::Number(number) => {
                self.next();
                Value::Number(number)
            }
            Kind::Symbol(name) => {
                self.next();
                Value::Symbol(name)
            }
            Kind::Regex(pattern) => {
                self.next();
                Value::Regex(pattern)
            }
            Kind::Text(parts) => {
                self.next();
                joined(at, parts)?
            }
            Kind::Mark("[") => {
                self.next();
                Value::List(self.deeper(|parser| parser.arguments(Some("]")))?)
            }
            Kind::Mark("{") => {
                self.next();
                let mut items = self.deeper(|parser| parser.arguments(Some("}")))?;
                match (items.pop().map(|item| item.value), items.len()) {
                    (None, 0) => Value::Hash(Vec::new()),
                    (Some(hash @ Value::Hash(_)), 0) => hash,
                    _ => return Err(RubyError::new(at, "wanted `key => value` in a hash")),
                }
            }
            _ => return self.wanted("a value"),
        };
        Ok(Expression { at, value })
    }
}

/// A text in double quotes.
fn joined(at: Place, parts: Vec<Part>) -> Parsed<Value> {
    if let [Part::Plain(text)] = &parts[..] {
        return Ok(Value::Text(text.clone()));
    }
    let part = |part| match part {
        Part::Plain(text) => Ok(Expression {
            at,
            value: Value::Text(text),
        }),
        Part::Code(tokens) => {
            let mut parser = Parser::new(tokens);
            let expression = parser.expression()?;
            match parser.peek() {
                Kind::End => Ok(expression),
                _ => parser.wanted("`}`"),
            }
        }
    };
    let parts: Parsed<Vec<_>> = parts.into_iter().map(part).collect();
    Ok(Value::Joined(parts?))
}
