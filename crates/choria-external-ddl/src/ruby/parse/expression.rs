//! Tokens to expressions: values, and how they are put together.

use super::super::token::{Kind, Part};
use super::super::tree::{Expression, Value};
use super::super::{Read, RubyError};
use super::cursor::{DEEPEST, Parser};
use crate::json::Place;

impl Parser {
    /// Arguments up to a mark, or to the end of the line. Pairs at the end are
    /// one hash.
    pub(super) fn arguments(&mut self, end: Option<&str>) -> Read<Vec<Expression>> {
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

    pub(super) fn expression(&mut self) -> Read<Expression> {
        self.operation("+", Value::Sum, |parser| {
            parser.operation("*", Value::Product, Self::called)
        })
    }

    /// One or more operands with a mark between them.
    fn operation(
        &mut self,
        mark: &str,
        make: fn(Vec<Expression>) -> Value,
        operand: impl Fn(&mut Self) -> Read<Expression>,
    ) -> Read<Expression> {
        let first = operand(self)?;
        if !self.is_mark(mark) {
            return Ok(first);
        }
        let at = first.at;
        let mut all = vec![first];
        while self.take_mark(mark) {
            self.newlines();
            all.push(operand(self)?);
        }
        let value = make(all);
        Ok(Expression { at, value })
    }

    /// A value, and the methods that are called on it.
    fn called(&mut self) -> Read<Expression> {
        let mut of = self.plain()?;
        for _ in 0..DEEPEST {
            if !self.take_mark(".") {
                return Ok(of);
            }
            let name = self.name("the name of a method")?;
            of = self.method(of, name)?;
        }
        self.wanted("the end of a value: it is too long")
    }

    /// A method whose name is read.
    pub(super) fn method(&mut self, of: Expression, name: String) -> Read<Expression> {
        let at = of.at;
        let arguments = if self.take_mark("(") {
            self.deeper(|parser| parser.arguments(Some(")")))?
        } else {
            Vec::new()
        };
        let of = Box::new(of);
        let value = Value::Method {
            of,
            name,
            arguments,
        };
        Ok(Expression { at, value })
    }

    /// A value on its own.
    pub(super) fn plain(&mut self) -> Read<Expression> {
        let at = self.at();
        if let Kind::Newline | Kind::End | Kind::Mark(_) = self.peek() {
            return self.bracketed(at);
        }
        let value = match self.next() {
            Kind::Word(word) => match word.as_str() {
                "nil" => Value::Nil,
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                _ if word.starts_with(|c: char| c.is_ascii_uppercase()) => {
                    let what = format!(
                        "`{word}` is not understood here: a .ddl can look nothing up, write the value itself"
                    );
                    return Err(RubyError::new(at, what));
                }
                _ if self.is_close() && self.take_mark("(") => Value::Call {
                    function: word,
                    arguments: self.deeper(|parser| parser.arguments(Some(")")))?,
                },
                _ => Value::Variable(word),
            },
            Kind::Number(number) => Value::Number(number),
            Kind::Symbol(name) => Value::Symbol(name),
            Kind::Regex(regex) => Value::Regex(regex),
            Kind::Text(parts) => self.texts(at, parts)?,
            Kind::Words { words, symbols } => {
                let kind = if symbols { Value::Symbol } else { Value::Text };
                let word = |(at, word)| Expression {
                    at,
                    value: kind(word),
                };
                Value::List(words.into_iter().map(word).collect())
            }
            Kind::Label(name) => {
                let what = format!(
                    "`{name}:` is a key and no value: write {name:?}, or :{name} for a word"
                );
                return Err(RubyError::new(at, what));
            }
            Kind::Mark(_) | Kind::Newline | Kind::End => return self.wanted("a value"),
        };
        Ok(Expression { at, value })
    }

    /// A value in brackets of any kind.
    fn bracketed(&mut self, at: Place) -> Read<Expression> {
        let value = if self.take_mark("[") {
            Value::List(self.deeper(|parser| parser.arguments(Some("]")))?)
        } else if self.take_mark("{") {
            let mut items = self.deeper(|parser| parser.arguments(Some("}")))?;
            match (items.pop().map(|item| item.value), items.len()) {
                (None, 0) => Value::Hash(Vec::new()),
                (Some(hash @ Value::Hash(_)), 0) => hash,
                _ => return Err(RubyError::new(at, "wanted `key => value` in a hash")),
            }
        } else if self.take_mark("(") {
            self.newlines();
            let inner = self.deeper(Self::expression)?;
            self.newlines();
            self.mark(
                ")",
                "after the value: for several no blank may stand before the `(`",
            )?;
            return Ok(inner);
        } else {
            return self.wanted(
                "a value: a text in quotes, :a_symbol, a number, true, false, nil, [..] or {..}",
            );
        };
        Ok(Expression { at, value })
    }

    /// A text, and those that follow it at once, which belong to it.
    fn texts(&mut self, at: Place, first: Vec<Part>) -> Read<Value> {
        let mut all = Vec::new();
        join(at, first, &mut all)?;
        loop {
            let at = self.at();
            let Kind::Text(_) = self.peek() else {
                break;
            };
            if let Kind::Text(parts) = self.next() {
                join(at, parts, &mut all)?;
            }
        }
        Ok(match &mut all[..] {
            [
                Expression {
                    value: Value::Text(text),
                    ..
                },
            ] => Value::Text(std::mem::take(text)),
            _ => Value::Joined(all),
        })
    }
}

/// Adds the parts of a text.
fn join(at: Place, parts: Vec<Part>, all: &mut Vec<Expression>) -> Read<()> {
    for part in parts {
        all.push(match part {
            Part::Plain(text) => Expression {
                at,
                value: Value::Text(text),
            },
            Part::Code(tokens) => {
                let mut parser = Parser::new(tokens);
                parser.newlines();
                let expression = parser.expression()?;
                parser.newlines();
                match parser.peek() {
                    Kind::End => expression,
                    _ => return parser.wanted("`}`: a single value between `#{` and it"),
                }
            }
        });
    }
    Ok(())
}
