//! Tokens to expressions: values, and how they are put together.

use std::rc::Rc;

use super::super::scope::is_constant;
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
                    return self.expected("`=>` after a key");
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
        self.operation("||", Value::Or, |parser| {
            parser.operation("&&", Value::And, Self::compared)
        })
    }

    /// A value, or two that are compared.
    fn compared(&mut self) -> Read<Expression> {
        let left = self.sum()?;
        let equal = match self.peek() {
            Kind::Mark("==") => true,
            Kind::Mark("!=") => false,
            _ => return Ok(left),
        };
        self.next();
        self.newlines();
        let at = left.at;
        let (left, right) = (Box::new(left), Box::new(self.sum()?));
        let value = Value::Equal { left, right, equal };
        Ok(Expression { at, value })
    }

    fn sum(&mut self) -> Read<Expression> {
        self.operation("+", Value::Sum, |parser| {
            parser.operation("*", Value::Product, Self::operand)
        })
    }

    /// `!value`, or the value.
    fn operand(&mut self) -> Read<Expression> {
        let at = self.at();
        if !self.take_mark("!") {
            return self.called();
        }
        let value = Value::Not(Box::new(self.deeper(Self::operand)?));
        Ok(Expression { at, value })
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
        let of = self.plain()?;
        self.methods_of(of)
    }

    /// The methods that are called on a value, and what stands behind it, for a
    /// value that was begun as something else.
    pub(super) fn rest_of(&mut self, value: Expression) -> Read<Expression> {
        let first = self.methods_of(value)?;
        if !self.is_mark("+") {
            return Ok(first);
        }
        let at = first.at;
        let mut all = vec![first];
        while self.take_mark("+") {
            self.newlines();
            all.push(self.operand()?);
        }
        let value = Value::Sum(all);
        Ok(Expression { at, value })
    }

    fn methods_of(&mut self, mut of: Expression) -> Read<Expression> {
        for _ in 0..DEEPEST {
            if self.is_close() && self.is_mark("[") {
                return self
                    .expected("the end of the value: write what stands at that place of it");
            }
            if !self.take_mark(".") {
                return Ok(of);
            }
            let name = self.name("the name of a method")?;
            of = self.method(of, name)?;
        }
        self.expected("the end of a value: it is too long")
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
            Kind::Word(word) => self.of_name(at, word)?,
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
            Kind::Mark(_) | Kind::Newline | Kind::End => return self.expected("a value"),
        };
        Ok(Expression { at, value })
    }

    /// A value that starts with a word.
    fn of_name(&mut self, at: Place, word: String) -> Read<Value> {
        Ok(match word.as_str() {
            "nil" => Value::Nil,
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "self" if self.take_mark(".") => return Ok(self.deeper(Self::plain)?.value),
            _ if is_constant(&word) && !self.names.is_constant(&word) => {
                let what = format!(
                    "`{word}` is not understood here: a .ddl can look nothing up, write the value itself"
                );
                return Err(RubyError::new(at, what));
            }
            _ if self.is_close() && self.take_mark("(") => Value::Call {
                function: word,
                arguments: self.deeper(|parser| parser.arguments(Some(")")))?,
            },
            _ if word.ends_with('?')
                && matches!(self.peek(), Kind::Symbol(_) | Kind::Text(_))
                && self.is_spaced_at(0) =>
            {
                Value::Call {
                    function: word,
                    arguments: vec![self.plain()?],
                }
            }
            _ => Value::Name(word),
        })
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
                _ => return Err(RubyError::new(at, "expected `key => value` in a hash")),
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
            return self.expected(
                "a value: a string in quotes, :a_symbol, a number, true, false, nil, [..] or {..}",
            );
        };
        Ok(Expression { at, value })
    }

    /// A text, and those that follow it at once, which belong to it.
    fn texts(&mut self, at: Place, first: Vec<Part>) -> Read<Value> {
        let mut all = Vec::new();
        self.join(at, first, &mut all)?;
        loop {
            let at = self.at();
            let Kind::Text(_) = self.peek() else {
                break;
            };
            if let Kind::Text(parts) = self.next() {
                self.join(at, parts, &mut all)?;
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

    /// Adds the parts of a string.
    fn join(&self, at: Place, parts: Vec<Part>, all: &mut Vec<Expression>) -> Read<()> {
        for part in parts {
            all.push(match part {
                Part::Plain(text) => Expression {
                    at,
                    value: Value::Text(text),
                },
                Part::Code(tokens) => {
                    let mut parser = Parser::new(tokens, Rc::clone(&self.names));
                    parser.newlines();
                    let expression = parser.expression()?;
                    parser.newlines();
                    match parser.peek() {
                        Kind::End => expression,
                        _ => return parser.expected("`}`: a single value between `#{` and it"),
                    }
                }
            });
        }
        Ok(())
    }
}
