//! Functions that look at each element of a list.

use std::collections::BTreeMap;

use super::Stop;
use super::arithmetic;
use super::functions::Walk;
use super::lists;
use super::members::length;
use super::program::Step;
use super::run::Runner;
use super::scope::{Scope, Source};
use super::tree::Binary;
use super::value::{Keys, Of, Run, Text, Value};

impl<'a> Runner<'a> {
    pub(super) fn scope(&self) -> Result<&Scope<'a>, Stop> {
        self.scopes
            .last()
            .ok_or_else(|| Stop::failed("there is no element"))
    }

    pub(super) fn element(&self) -> Run<'a> {
        let scope = self.scope()?;
        match &scope.list {
            Source::List(list) if scope.index < list.len() => Ok(list.at(scope.index)),
            _ => Err(Stop::unsure("there is no such element")),
        }
    }

    pub(super) fn walk(
        &mut self,
        walk: Walk,
        list: &'a Step,
        closure: Option<&'a Step>,
        extra: Option<&'a Step>,
    ) -> Run<'a> {
        let list = match self.run(list)? {
            Value::List(list) => Source::List(list),
            Value::Map(map) => Source::Other(map.entries.len()),
            Value::Text(text) => Source::Other(text.len()),
            other => {
                return Err(Stop::failed(format!(
                    "expected a list, got {}",
                    other.type_name()
                )));
            }
        };
        let len = list.len();
        self.scopes.push(Scope {
            list,
            index: 0,
            accumulator: Value::Nil,
        });
        let result = self.walk_through(walk, len, closure, extra);
        self.scopes.pop();
        result
    }

    fn set(&mut self, index: usize) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.index = index;
        }
    }

    fn holds(&mut self, closure: Option<&'a Step>) -> Result<bool, Stop> {
        match closure {
            Some(closure) => self.bool(closure),
            None => match self.element()? {
                Value::Bool(value) => Ok(value),
                other => Err(Stop::failed(format!(
                    "expected true or false, got {}",
                    other.type_name()
                ))),
            },
        }
    }

    fn closure(&mut self, closure: Option<&'a Step>) -> Run<'a> {
        match closure {
            Some(closure) => self.run(closure),
            None => self.element(),
        }
    }

    fn walk_through(
        &mut self,
        walk: Walk,
        len: usize,
        closure: Option<&'a Step>,
        extra: Option<&'a Step>,
    ) -> Run<'a> {
        let mut made = Vec::new();
        let mut groups = BTreeMap::<_, Vec<_>>::new();
        let mut count = 0_usize;
        let mut sum = Value::Int(0);
        let mut start = 0;
        let mut order = Text::Borrowed("asc");
        match (walk, extra) {
            (Walk::Reduce, None) => {
                sum = self.element()?;
                start = 1;
            }
            (Walk::Reduce, Some(extra)) => sum = self.run(extra)?,
            (Walk::SortBy, Some(extra)) => order = self.text(extra)?,
            _ => {}
        }
        let descending = lists::is_descending(&order)?;
        for index in start..len {
            self.set(index);
            match walk {
                Walk::All => {
                    if !self.holds(closure)? {
                        return Ok(Value::Bool(false));
                    }
                }
                Walk::Any => {
                    if self.holds(closure)? {
                        return Ok(Value::Bool(true));
                    }
                }
                Walk::None => {
                    if self.holds(closure)? {
                        return Ok(Value::Bool(false));
                    }
                }
                Walk::One | Walk::Count => count += usize::from(self.holds(closure)?),
                Walk::Filter => {
                    if self.holds(closure)? {
                        made.push(self.closure(extra)?);
                    }
                }
                Walk::Find => {
                    if self.holds(closure)? {
                        return self.closure(extra);
                    }
                }
                Walk::FindIndex => {
                    if self.holds(closure)? {
                        return length(index);
                    }
                }
                Walk::Map => made.push(self.closure(closure)?),
                Walk::Sum => {
                    let value = self.closure(closure)?;
                    sum = arithmetic::calculate(Binary::Add, &value, &sum)?;
                }
                Walk::Reduce => {
                    if let Some(scope) = self.scopes.last_mut() {
                        scope.accumulator = sum;
                    }
                    sum = self.closure(closure)?;
                }
                Walk::GroupBy => {
                    let key = self.closure(closure)?.key()?;
                    groups.entry(key).or_default().push(self.element()?);
                }
                Walk::SortBy => {
                    let value = self.closure(closure)?;
                    made.push(Value::list(Of::Pair, vec![value, self.element()?])?);
                }
            }
        }
        match walk {
            Walk::All | Walk::None => Ok(Value::Bool(true)),
            Walk::Any => Ok(Value::Bool(false)),
            Walk::One => Ok(Value::Bool(count == 1)),
            Walk::Count => length(count),
            Walk::Find | Walk::FindIndex => Ok(Value::Nil),
            Walk::Sum | Walk::Reduce => Ok(sum),
            Walk::Filter | Walk::Map => {
                self.budget.grow(made.len())?;
                Value::list(Of::Any, made)
            }
            Walk::SortBy => {
                self.budget.grow(made.len())?;
                lists::sorted_pairs(made, descending)
            }
            Walk::GroupBy => {
                let groups = groups
                    .into_iter()
                    .map(|(key, items)| Ok((key, Value::list(Of::Any, items)?)));
                Value::map(Keys::Groups, groups.collect::<Result<_, Stop>>()?)
            }
        }
    }
}
