//! The values of expressions.

mod methods;

use std::collections::HashMap;

use super::object::{Object, Pair, Thing};
use super::scope::{Scopes, Value as Bound};
use super::tree::{Expression, Method, Statement, Value, What};
use super::{Read, RubyError, WORDS, text};
use crate::json::Place;

/// What loops and variables may make, as weight: loops within loops and values
/// that double end here.
const MOST_REPEATED: usize = 500_000;

/// What each byte of a program may weigh beside that, more than it does where
/// nothing is repeated: a file may be as large as it likes.
const OF_A_BYTE: usize = 3;

/// Lists and hashes within each other in a variable. Each loop could wrap the
/// variable of the one around it, until the stack is full; within this a DDL can
/// also be written as JSON and read again.
const DEEPEST_VARIABLE: usize = 32;

/// Methods that call each other, so that none can exhaust the stack.
const DEEPEST_CALL: usize = 8;

/// Words of the `.ddl` of other kinds of plugins, which that of an agent does not
/// know.
const OTHER_WORDS: [&str; 3] = ["dataquery", "discovery", "capabilities"];

/// What variables and methods there are, and how much may still be made.
pub(super) struct Values<'p> {
    scopes: Scopes,
    methods: HashMap<&'p str, &'p Method>,
    /// Methods that run now.
    calls: usize,
    /// One for each node, and one for each byte of its text.
    left: usize,
}

impl<'p> Values<'p> {
    /// For a program of so many bytes.
    pub(super) fn of(written: usize) -> Self {
        Self {
            scopes: Scopes::default(),
            methods: HashMap::new(),
            calls: 0,
            left: MOST_REPEATED.saturating_add(written.saturating_mul(OF_A_BYTE)),
        }
    }

    /// Takes the weight of what is about to be made. Whatever a program can make
    /// is weighed before, or else a small file could fill the memory.
    pub(super) fn spend(&mut self, at: Place, weight: usize) -> Read<()> {
        match self.left.checked_sub(weight) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err(RubyError::new(
                at,
                "this file makes far more than is written in it: loops within loops, or values that double?",
            )),
        }
    }

    pub(super) fn define(&mut self, name: &'p str, method: &'p Method) {
        self.methods.insert(name, method);
    }

    pub(super) fn method_named(&self, name: &str) -> Option<&'p Method> {
        self.methods.get(name).copied()
    }

    pub(super) fn open_block(&mut self) {
        self.scopes.open_block();
    }

    pub(super) fn close_block(&mut self) {
        self.scopes.close();
    }

    /// `name = value`
    pub(super) fn assign(&mut self, name: &str, value: &Expression) -> Read<Object> {
        let object = self.value(value)?;
        let value = self.bound(name, object.clone())?;
        self.scopes.assign(name, value);
        Ok(object)
    }

    /// The variable of a block, or the parameter of a method.
    pub(super) fn bind(&mut self, name: &str, object: Object) -> Read<()> {
        let value = self.bound(name, object)?;
        self.scopes.bind(name, value);
        Ok(())
    }

    fn bound(&mut self, name: &str, object: Object) -> Read<Bound> {
        let (at, weight) = (object.at, object.weight());
        self.spend(at, weight + name.len())?;
        if object.depth() > DEEPEST_VARIABLE {
            let what = format!(
                "more than {DEEPEST_VARIABLE} lists and hashes within each other in `{name}`"
            );
            return Err(RubyError::new(at, what));
        }
        Ok(Bound { object, weight })
    }

    /// Starts a call of a method of the program, whose variables are its own.
    /// [`Self::leave`] ends it.
    pub(super) fn enter(
        &mut self,
        at: Place,
        name: &str,
        method: &Method,
        arguments: &[Expression],
    ) -> Read<()> {
        let Method { parameters, .. } = method;
        if arguments.len() != parameters.len() {
            let what = format!(
                "`{name}` expects {} arguments, got {}",
                parameters.len(),
                arguments.len()
            );
            return Err(RubyError::new(at, what));
        }
        if self.calls == DEEPEST_CALL {
            let what = format!("more than {DEEPEST_CALL} methods that call each other");
            return Err(RubyError::new(at, what));
        }
        let values: Read<Vec<_>> = arguments.iter().map(|value| self.value(value)).collect();
        let values = values?;
        self.calls += 1;
        self.scopes.open_method();
        for (parameter, value) in parameters.iter().zip(values) {
            self.bind(parameter, value)?;
        }
        Ok(())
    }

    pub(super) fn leave(&mut self) {
        self.scopes.close();
        self.calls -= 1;
    }

    /// The value of a call of a method of the program.
    fn call(
        &mut self,
        at: Place,
        name: &str,
        method: &'p Method,
        arguments: &[Expression],
    ) -> Read<Object> {
        self.enter(at, name, method, arguments)?;
        let value = self.last_value(name, at, &method.body)?;
        self.leave();
        Ok(value)
    }

    /// The value of the last of these statements, all of which are plain.
    fn last_value(&mut self, name: &str, at: Place, body: &[Statement]) -> Read<Object> {
        let mut last = Object::new(at, Thing::Nil);
        for statement in body {
            self.spend(statement.at, 1)?;
            last = match &statement.what {
                What::Value(value) => self.value(value)?,
                What::Assign { name, value } => self.assign(name, value)?,
                What::If {
                    condition,
                    then,
                    otherwise,
                } => {
                    let branch = if self.value(condition)?.is_true() {
                        then
                    } else {
                        otherwise
                    };
                    self.last_value(name, at, branch)?
                }
                _ => {
                    let what = format!(
                        "`{name}` is used as a value, and this line of it makes none: expected values, `name = value` and if only"
                    );
                    return Err(RubyError::new(statement.at, what));
                }
            };
        }
        Ok(last)
    }

    /// The pairs of a hash. Of a key that comes twice the last counts, as anywhere
    /// in JSON.
    pub(super) fn pairs(&mut self, pairs: &[(Expression, Expression)]) -> Read<Vec<Pair>> {
        let mut made = Vec::new();
        for (key, value) in pairs {
            let (at, key) = (key.at, self.value(key)?);
            let (Thing::Text(key) | Thing::Symbol(key)) = key.thing else {
                let what = "expected a symbol or string as the key of a hash";
                return Err(RubyError::new(at, what));
            };
            let value = match &value.value {
                Value::Regex(regex) if key == "validation" => {
                    let pattern = text::pattern(regex);
                    let pattern = pattern
                        .ok_or_else(|| RubyError::new(value.at, text::not_a_pattern(regex)))?;
                    self.spend(value.at, 1 + pattern.len())?;
                    Object::new(value.at, Thing::Text(pattern))
                }
                _ => self.value(value)?,
            };
            made.push(Pair { at, key, value });
        }
        Ok(made)
    }

    /// A symbol or string.
    pub(super) fn word(&mut self, expression: &Expression) -> Read<Object> {
        let object = self.value(expression)?;
        match object.as_word() {
            Some(_) => Ok(object),
            None => Err(RubyError::new(expression.at, "expected a symbol or string")),
        }
    }

    pub(super) fn value(&mut self, expression: &Expression) -> Read<Object> {
        let at = expression.at;
        self.spend(at, 1 + written(&expression.value))?;
        let thing = match &expression.value {
            Value::Nil => Thing::Nil,
            Value::Bool(truth) => Thing::Bool(*truth),
            Value::Number(number) => Thing::Number(number.clone()),
            Value::Text(text) => Thing::Text(text.clone()),
            Value::Symbol(name) => Thing::Symbol(name.clone()),
            Value::Joined(parts) => self.joined(at, parts)?,
            Value::List(items) => {
                let items: Read<_> = items.iter().map(|item| self.value(item)).collect();
                Thing::List(items?)
            }
            Value::Hash(pairs) => Thing::Hash(self.pairs(pairs)?),
            Value::Name(name) => self.named(at, name)?,
            Value::Sum(items) => self.sum(at, items)?,
            Value::Product(items) => self.product(at, items)?,
            Value::Equal { left, right, equal } => {
                let (left, right) = (self.value(left)?, self.value(right)?);
                let Some(same) = left.equals(&right) else {
                    let what = "expected strings, symbols, whole numbers, true, false or nil around == and !=";
                    return Err(RubyError::new(at, what));
                };
                Thing::Bool(same == *equal)
            }
            Value::Not(value) => Thing::Bool(!self.value(value)?.is_true()),
            Value::And(values) => return self.first(at, values, false),
            Value::Or(values) => return self.first(at, values, true),
            Value::Method {
                of,
                name,
                arguments,
            } => methods::call(self, at, of, name, arguments)?,
            Value::Regex(regex) => return Err(RubyError::new(at, text::not_a_pattern(regex))),
            Value::Call {
                function,
                arguments,
            } => self.called(at, function, arguments)?,
        };
        Ok(Object { at, thing })
    }

    /// A string of parts.
    fn joined(&mut self, at: Place, parts: &[Expression]) -> Read<Thing> {
        let mut whole = String::new();
        for part in parts {
            let part = methods::to_s(&self.value(part)?)?;
            self.spend(at, part.len())?;
            whole += &part;
        }
        Ok(Thing::Text(whole))
    }

    /// The first value that is true, or the first that is not; else the last.
    fn first(&mut self, at: Place, values: &[Expression], truth: bool) -> Read<Object> {
        let mut last = Object::new(at, Thing::Nil);
        for value in values {
            last = self.value(value)?;
            if last.is_true() == truth {
                break;
            }
        }
        Ok(last)
    }

    fn named(&mut self, at: Place, name: &str) -> Read<Thing> {
        if let Some(weight) = self.scopes.get(name).map(|value| value.weight) {
            self.spend(at, weight)?;
            let value = self.scopes.get(name);
            return Ok(value.map_or(Thing::Nil, |value| value.object.thing.clone()));
        }
        if let Some(method) = self.method_named(name) {
            return Ok(self.call(at, name, method, &[])?.thing);
        }
        let what = format!(
            "`{name}` is not understood here: expected a value, or a name that has one above: by `{name} = ..`, `each do |{name}|` or `def {name}`"
        );
        Err(RubyError::new(at, what))
    }

    fn called(&mut self, at: Place, function: &str, arguments: &[Expression]) -> Read<Thing> {
        if let Some(method) = self.method_named(function) {
            return Ok(self.call(at, function, method, arguments)?.thing);
        }
        if let ("respond_to?", [word]) = (function, arguments) {
            let word = self.word(word)?;
            return match word.as_word() {
                Some(word) if WORDS.contains(&word) => Ok(Thing::Bool(true)),
                Some(word) if OTHER_WORDS.contains(&word) => Ok(Thing::Bool(false)),
                _ => Err(RubyError::new(
                    at,
                    format!(
                        "what `respond_to?` says of {} is not known here: expected a word of DDLs, such as :summarize",
                        word.shown()
                    ),
                )),
            };
        }
        let what = format!(
            "{function}(..) is not understood here: a .ddl can call nothing but its own methods, write the value itself"
        );
        Err(RubyError::new(at, what))
    }

    /// Of strings one string, of whole numbers their sum, of lists one list.
    fn sum(&mut self, at: Place, items: &[Expression]) -> Read<Thing> {
        let mut sum: Option<Thing> = None;
        for item in items {
            let more = self.value(item)?;
            self.spend(at, more.weight())?;
            let wrong = || {
                let what = "expected strings only, whole numbers only, or lists only, with + between them: write the result";
                RubyError::new(item.at, what)
            };
            sum = Some(match (sum, more.thing) {
                (None, first @ (Thing::Text(_) | Thing::List(_))) => first,
                (None, Thing::Number(first)) if first.parse::<i64>().is_ok() => {
                    Thing::Number(first)
                }
                (Some(Thing::Text(text)), Thing::Text(more)) => Thing::Text(text + &more),
                (Some(Thing::List(mut items)), Thing::List(more)) => {
                    items.extend(more);
                    Thing::List(items)
                }
                (Some(Thing::Number(sum)), Thing::Number(more)) => {
                    let [sum, more] = [sum, more].map(|number| number.parse::<i64>().ok());
                    let sum = sum.zip(more).and_then(|(sum, more)| sum.checked_add(more));
                    Thing::Number(sum.ok_or_else(wrong)?.to_string())
                }
                _ => return Err(wrong()),
            });
        }
        Ok(sum.unwrap_or(Thing::Nil))
    }

    fn product(&mut self, at: Place, items: &[Expression]) -> Read<Thing> {
        let mut product = 1_i64;
        for item in items {
            let more = self.value(item)?.as_whole();
            let more = more.and_then(|more| product.checked_mul(more));
            product = more.ok_or_else(|| {
                RubyError::new(
                    at,
                    "expected whole numbers around *, and a product of 64 bits: write the result",
                )
            })?;
        }
        Ok(Thing::Number(product.to_string()))
    }
}

/// Bytes that an expression itself makes one copy of.
fn written(value: &Value) -> usize {
    match value {
        Value::Number(text) | Value::Text(text) | Value::Symbol(text) | Value::Name(text) => {
            text.len()
        }
        _ => 0,
    }
}
