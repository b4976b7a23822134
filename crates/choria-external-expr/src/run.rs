//! Runs a program on a node.

use std::collections::BTreeMap;

use super::Stop;
use super::arithmetic;
use super::budget::Budget;
use super::builtins;
use super::hopeless::no_function;
use super::lists;
use super::members::{fetch, length, size};
use super::program::{Op, Step};
use super::scope::Scope;
use super::text;
use super::tree::Logic;
use super::value::{Keys, List, Of, Run, Text, Value};
use super::version::{Constraint, Version};
use super::with::{Node, Undecided, With};

/// A program that runs.
pub(super) struct Runner<'a> {
    node: &'a Node<'a>,
    with: &'a dyn With,
    variables: Vec<Value<'a>>,
    pub(super) scopes: Vec<Scope<'a>>,
    pub(super) budget: Budget,
}

impl<'a> Runner<'a> {
    pub(super) fn new(node: &'a Node<'a>, variables: usize, with: &'a dyn With) -> Self {
        Self {
            node,
            with,
            variables: vec![Value::Nil; variables],
            scopes: Vec::new(),
            budget: Budget::default(),
        }
    }

    pub(super) fn run(&mut self, step: &'a Step) -> Run<'a> {
        self.step(step).map_err(|stop| stop.at(step.at.0))
    }

    pub(super) fn bool(&mut self, step: &'a Step) -> Result<bool, Stop> {
        match self.run(step)? {
            Value::Bool(value) => Ok(value),
            other => {
                let reason = format!("expected true or false, got {}", other.type_name());
                Err(Stop::failed(reason).at(step.at.0))
            }
        }
    }

    pub(super) fn text(&mut self, step: &'a Step) -> Result<Text<'a>, Stop> {
        match self.run(step)? {
            Value::Text(text) => Ok(text),
            other => {
                let reason = format!("expected a string, got {}", other.type_name());
                Err(Stop::failed(reason).at(step.at.0))
            }
        }
    }

    // One line for each kind of step reads best in one place.
    #[allow(clippy::too_many_lines)]
    fn step(&mut self, step: &'a Step) -> Run<'a> {
        self.budget.work(1)?;
        let bool = |value| Ok(Value::Bool(value));
        match &step.op {
            Op::Constant(value) => Ok(value.clone()),
            Op::Agents => Ok(Value::List(List::Names(self.node.agents))),
            Op::Classes => Ok(Value::List(List::Names(self.node.classes))),
            Op::FactsLength => length(self.node.facts.len()),
            Op::FactsType => Ok(Value::Text(Text::Borrowed("encoding/json.RawMessage"))),
            Op::Variable(slot) => Ok(self.variables[*slot].clone()),
            Op::Element => self.element(),
            Op::Index => length(self.scope()?.index),
            Op::Accumulator => Ok(self.scope()?.accumulator.clone()),
            Op::Not(inner) => bool(!self.bool(inner)?),
            Op::Negate(inner) => arithmetic::negate(&self.run(inner)?),
            Op::Logic(logic, steps) => self.logic(*logic, steps),
            Op::Binary(binary, left, right) => self.binary(*binary, left, right),
            Op::EqualInts(left, right) => match (self.run(left)?, self.run(right)?) {
                (Value::Int(left), Value::Int(right)) => bool(left == right),
                _ => Err(Stop::failed("expected two ints")),
            },
            Op::EqualTexts(left, right) => match (self.run(left)?, self.run(right)?) {
                (Value::Text(left), Value::Text(right)) => bool(*left == *right),
                _ => Err(Stop::failed("expected two strings")),
            },
            Op::InTexts(left, texts) => match self.run(left)? {
                // Go takes nil for the empty text.
                Value::Nil => bool(texts.iter().any(String::is_empty)),
                Value::Text(text) => {
                    bool(texts.binary_search_by(|this| (**this).cmp(&*text)).is_ok())
                }
                other => Err(Stop::failed(format!(
                    "{} is looked for among strings",
                    other.type_name()
                ))),
            },
            Op::InInts(left, ints) => match self.run(left)? {
                Value::Int(int) => bool(ints.binary_search(&int).is_ok()),
                // Go takes nil for 0.
                Value::Nil => bool(ints.binary_search(&0).is_ok()),
                other => Err(Stop::failed(format!(
                    "{} is looked for among ints",
                    other.type_name()
                ))),
            },
            Op::Between(left, from, to) => {
                let value = self.run(left)?;
                let least = value
                    .order(&Value::Int(*from))?
                    .is_some_and(std::cmp::Ordering::is_ge);
                bool(
                    least
                        && value
                            .order(&Value::Int(*to))?
                            .is_some_and(std::cmp::Ordering::is_le),
                )
            }
            Op::Matches(left, regex) => match self.run(left)? {
                Value::Nil => bool(false),
                Value::Text(text) => {
                    self.budget.work(text.len())?;
                    bool(regex.is_match(&text))
                }
                other => Err(Stop::failed(format!(
                    "matches wants a string, got {}",
                    other.type_name()
                ))),
            },
            // A member of nil with ?. ends the chain.
            Op::Chain(inner) => match self.run(inner) {
                Err(Stop::Nil) => Ok(Value::Nil),
                other => other,
            },
            Op::Member {
                node,
                property,
                optional,
            } => {
                let base = self.run(node)?;
                if *optional && base.is_nil() {
                    return Err(Stop::Nil);
                }
                let property = self.run(property)?;
                fetch(&base, &property)
            }
            Op::Slice { node, from, to } => {
                let base = self.run(node)?;
                let to = match to {
                    Some(to) => Some(self.run(to)?),
                    None => None,
                };
                let from = match from {
                    Some(from) => self.run(from)?,
                    None => Value::Int(0),
                };
                lists::slice(&mut self.budget, &base, &from, to.as_ref())
            }
            Op::Let { slot, value, body } => {
                self.variables[*slot] = self.run(value)?;
                self.run(body)
            }
            Op::Conditional(steps) => {
                let [condition, then, otherwise] = &**steps;
                let chosen = if self.bool(condition)? {
                    then
                } else {
                    otherwise
                };
                self.run(chosen)
            }
            Op::List(steps) => {
                let items = self.all(steps)?;
                self.budget.grow(items.len())?;
                Value::list(Of::Any, items)
            }
            Op::Map(pairs) => self.map(pairs),
            Op::Walk {
                walk,
                list,
                closure,
                extra,
            } => self.walk(*walk, list, closure.as_deref(), extra.as_deref()),
            Op::Function(function, arguments) => {
                let arguments = self.all(arguments)?;
                builtins::call(&mut self.budget, *function, &arguments)
            }
            Op::WithConstant(question) => bool(question.matches(self.node).map_err(undecided)?),
            Op::With(query) => {
                let query = self.text(query)?;
                self.budget.work(1000 + query.len())?;
                bool(
                    self.with
                        .question(&query)
                        .matches(self.node)
                        .map_err(undecided)?,
                )
            }
            Op::Fact(path) => {
                let path = self.text(path)?;
                self.budget.work(self.node.facts.len() / 64)?;
                choria_external_gjson::value(self.node.facts, &path)
                    .map_err(|error| Stop::unsure(error.to_string()))
                    .and_then(Value::from_json)
            }
            Op::Include(list, element) => self.include(list, element),
            Op::Semver(version, constraint) => {
                let (version, constraint) = (self.text(version)?, self.text(constraint)?);
                self.budget.work(constraint.len())?;
                semver(&version, Constraint::new(&constraint).as_ref())
            }
            Op::SemverConstant(version, constraint) => {
                let version = self.text(version)?;
                semver(&version, constraint.as_ref())
            }
            Op::Unknown(name) => Err(Stop::failed(no_function(name))),
        }
    }

    fn all(&mut self, steps: &'a [Step]) -> Result<Vec<Value<'a>>, Stop> {
        steps.iter().map(|step| self.run(step)).collect()
    }

    /// The last operand may be anything; what comes before it may not.
    fn logic(&mut self, logic: Logic, steps: &'a [Step]) -> Run<'a> {
        let decides = logic == Logic::Or;
        let Some((last, before)) = steps.split_last() else {
            return Err(Stop::failed("nothing to decide"));
        };
        for step in before {
            if self.bool(step)? == decides {
                return Ok(Value::Bool(decides));
            }
        }
        self.run(last)
    }

    fn map(&mut self, pairs: &'a [(Step, Step)]) -> Run<'a> {
        let mut entries = BTreeMap::new();
        for (key_step, value) in pairs {
            let key = Value::Text(self.text(key_step)?).key()?;
            let value = self.run(value)?;
            // Of two that are alike Choria keeps the first.
            entries.entry(key).or_insert(value);
        }
        self.budget.grow(pairs.len())?;
        Value::map(Keys::Texts, entries)
    }

    fn include(&mut self, list: &'a Step, element: &'a Step) -> Run<'a> {
        let (list, element) = (self.run(list)?, self.run(element)?);
        let Value::List(list) = list else {
            return Err(Stop::failed(format!(
                "include() wants a list, got {}",
                list.type_name()
            )));
        };
        if list.of() != Of::Any {
            return Err(Stop::failed(
                "include() wants a list of facts: write \"x\" in list",
            ));
        }
        // The numbers of facts are floats.
        let element = match element {
            Value::Int(_) => Value::Float(arithmetic::float(&element)?),
            other => other,
        };
        for item in list.iter() {
            self.budget.work(1 + size(&item))?;
            if item.is_same(&element)? {
                return Ok(Value::Bool(true));
            }
        }
        Ok(Value::Bool(false))
    }
}

fn semver<'a>(version: &str, constraint: Option<&Constraint>) -> Run<'a> {
    let constraint = constraint
        .ok_or_else(|| Stop::failed("semver() wants a constraint such as \">= 1.2, < 2\""))?;
    let version = Version::new(version)
        .ok_or_else(|| Stop::failed(format!("{} is no version", text::shorten(version))))?;
    Ok(Value::Bool(constraint.allows(&version)))
}

fn undecided(undecided: Undecided) -> Stop {
    Stop::unsure(undecided.to_string())
}
