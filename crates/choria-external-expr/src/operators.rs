//! Runs the operators that look at both sides.

use std::cmp::Ordering;

use choria_external_go::Regex;

use super::Stop;
use super::arithmetic;
use super::members::{find, size};
use super::program::Step;
use super::run::Runner;
use super::tree::Binary;
use super::value::{Of, Run, Value};

impl<'a> Runner<'a> {
    pub(super) fn binary(&mut self, binary: Binary, left: &'a Step, right: &'a Step) -> Run<'a> {
        let left = self.run(left)?;
        if binary == Binary::Coalesce {
            return if left.is_nil() {
                self.run(right)
            } else {
                Ok(left)
            };
        }
        let right = self.run(right)?;
        let ordered = |test: fn(Ordering) -> bool| -> Run<'a> {
            Ok(Value::Bool(left.order(&right)?.is_some_and(test)))
        };
        match binary {
            Binary::Equal => {
                self.budget.work(size(&left))?;
                left.equals(&right).map(Value::Bool)
            }
            Binary::Less => ordered(Ordering::is_lt),
            Binary::More => ordered(Ordering::is_gt),
            Binary::LessOrEqual => ordered(Ordering::is_le),
            Binary::MoreOrEqual => ordered(Ordering::is_ge),
            Binary::In => self.is_in(&left, &right).map(Value::Bool),
            Binary::Matches | Binary::Contains | Binary::StartsWith | Binary::EndsWith => {
                self.text_test(binary, &left, &right).map(Value::Bool)
            }
            Binary::Range => {
                let (from, to) = (arithmetic::int(&left)?, arithmetic::int(&right)?);
                let count = to.wrapping_sub(from).wrapping_add(1).max(0);
                let count = usize::try_from(count).unwrap_or(usize::MAX);
                self.budget.grow(count)?;
                self.budget.work(count)?;
                let ints = (from..to)
                    .take(count - usize::from(count > 0))
                    .map(Value::Int);
                let last = (count > 0).then_some(Value::Int(to));
                Value::list(Of::Ints, ints.chain(last).collect())
            }
            _ => {
                self.budget.work(size(&left) + size(&right))?;
                arithmetic::calculate(binary, &left, &right)
            }
        }
    }

    fn text_test(
        &mut self,
        binary: Binary,
        left: &Value<'a>,
        right: &Value<'a>,
    ) -> Result<bool, Stop> {
        let (left, right) = match (left, right) {
            (Value::Nil, _) | (_, Value::Nil) => return Ok(false),
            (Value::Text(left), Value::Text(right)) => (left, right),
            _ => {
                return Err(Stop::failed(format!(
                    "{} wants two strings, got {} and {}",
                    binary.sign(),
                    left.type_name(),
                    right.type_name()
                )));
            }
        };
        self.budget.work(left.len() + right.len())?;
        Ok(match binary {
            Binary::Contains => left.contains(&**right),
            Binary::StartsWith => left.starts_with(&**right),
            Binary::EndsWith => left.ends_with(&**right),
            _ => {
                self.budget.work(10_000)?;
                let regex = Regex::new(right).map_err(|error| Stop::failed(error.to_string()))?;
                regex.is_match(left)
            }
        })
    }

    fn is_in(&mut self, needle: &Value<'a>, place: &Value<'a>) -> Result<bool, Stop> {
        match place {
            Value::Nil => Ok(false),
            Value::List(list) => {
                for item in list.iter() {
                    self.budget.work(1 + size(&item))?;
                    if item.equals(needle)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Value::Map(map) => Ok(find(map, needle)?.is_some()),
            other => Err(Stop::failed(format!("nothing is in {}", other.type_name()))),
        }
    }
}
