//! What functions do with lists and maps.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::Stop;
use super::arithmetic;
use super::budget::Budget;
use super::value::{Key, Keys, List, Of, Run, Value};

fn list<'v, 'a>(value: &'v Value<'a>) -> Result<&'v List<'a>, Stop> {
    match value {
        Value::List(list) => Ok(list),
        other => Err(Stop::failed(format!(
            "expected a list, got {}",
            other.type_name()
        ))),
    }
}

/// `base[from:to]`; ends beyond the list are those of the list.
pub(super) fn slice<'a>(
    budget: &mut Budget,
    base: &Value<'a>,
    from: &Value<'a>,
    to: Option<&Value<'a>>,
) -> Run<'a> {
    let len = match base {
        Value::List(list) if list.of() != Of::Pair => list.len(),
        Value::Text(text) => text.len(),
        other => return Err(Stop::failed(format!("{} has no slices", other.type_name()))),
    };
    let end = |value: i64| {
        let distance = usize::try_from(value.unsigned_abs()).unwrap_or(usize::MAX);
        if value < 0 {
            len.saturating_sub(distance)
        } else {
            distance.min(len)
        }
    };
    let from = end(arithmetic::int(from)?);
    let to = match to {
        Some(to) => end(arithmetic::int(to)?),
        None => len,
    };
    let from = from.min(to);
    budget.work(to - from)?;
    match base {
        Value::Text(text) => {
            let part = text.get(from..to);
            part.map(Value::text)
                .ok_or_else(|| Stop::unsure("this cuts a character in two"))
        }
        _ => {
            let list = list(base)?;
            Value::list(list.of(), (from..to).map(|at| list.at(at)).collect())
        }
    }
}

pub(super) fn is_descending(order: &str) -> Result<bool, Stop> {
    match order {
        "asc" => Ok(false),
        "desc" => Ok(true),
        _ => Err(Stop::failed("the order is asc or desc")),
    }
}

/// Sorts by a key, those that are alike as they came. Choria keeps them so in
/// short lists only.
fn sort<'a>(
    items: &mut [Value<'a>],
    key: impl Fn(&Value<'a>) -> Value<'a>,
    descending: bool,
) -> Result<bool, Stop> {
    let mut failure = None;
    let mut tie = false;
    items.sort_by(|left, right| {
        let (left, right) = if descending {
            (key(right), key(left))
        } else {
            (key(left), key(right))
        };
        let order = match left.order(&right) {
            Ok(Some(order)) => order,
            Ok(None) => {
                failure = Some(Stop::unsure("NaN is sorted"));
                Ordering::Equal
            }
            Err(stop) => {
                failure = Some(stop);
                Ordering::Equal
            }
        };
        tie |= order == Ordering::Equal;
        order
    });
    failure.map_or(Ok(tie), Err)
}

pub(super) fn sorted<'a>(
    budget: &mut Budget,
    value: &Value<'a>,
    order: Option<&Value<'a>>,
) -> Run<'a> {
    let list = match value {
        Value::List(list) if matches!(list.of(), Of::Any | Of::Texts | Of::Ints) => list,
        // Go gives a list there that is none.
        _ => return Err(Stop::unsure("sort() wants a list")),
    };
    let descending = match order {
        None => false,
        Some(Value::Text(order)) => is_descending(order)?,
        Some(_) => return Err(Stop::failed("the order is asc or desc")),
    };
    let mut items: Vec<_> = list.iter().collect();
    budget.grow(items.len())?;
    budget.work(items.len() * 16)?;
    let tie = sort(&mut items, Value::clone, descending)?;
    let has = |test: fn(&Value<'_>) -> bool| items.iter().any(test);
    if tie
        && has(|item| matches!(item, Value::Int(_)))
        && has(|item| matches!(item, Value::Float(_)))
    {
        return Err(Stop::unsure("ints and floats that are alike are sorted"));
    }
    Value::list(Of::Any, items)
}

/// Sorts pairs of a key and an element; gives the elements.
pub(super) fn sorted_pairs(mut pairs: Vec<Value<'_>>, descending: bool) -> Run<'_> {
    fn key<'a>(pair: &Value<'a>) -> Value<'a> {
        match pair {
            Value::List(pair) => pair.at(0),
            _ => Value::Nil,
        }
    }
    let tie = sort(&mut pairs, key, descending)?;
    if tie && pairs.len() > 12 {
        return Err(Stop::unsure("elements that are alike are sorted"));
    }
    let elements = pairs.iter().map(|pair| match pair {
        Value::List(pair) => pair.at(1),
        _ => Value::Nil,
    });
    Value::list(Of::Any, elements.collect())
}

pub(super) fn take<'a>(budget: &mut Budget, value: &Value<'a>, count: &Value<'a>) -> Run<'a> {
    let list = list(value)?;
    let Value::Int(count) = count else {
        return Err(Stop::failed("take() wants an int"));
    };
    let Ok(count) = usize::try_from(*count) else {
        return Err(Stop::failed("take() wants no negative number"));
    };
    if count > list.len() {
        return Ok(value.clone());
    }
    if list.of() == Of::Pair {
        return Err(Stop::failed("a pair has no slices"));
    }
    budget.work(count)?;
    Value::list(list.of(), (0..count).map(|at| list.at(at)).collect())
}

pub(super) fn reverse<'a>(budget: &mut Budget, value: &Value<'a>) -> Run<'a> {
    let list = list(value)?;
    budget.work(list.len())?;
    Value::list(Of::Any, list.iter().rev().collect())
}

pub(super) fn concat<'a>(budget: &mut Budget, values: &[Value<'a>]) -> Run<'a> {
    let mut items = Vec::new();
    for value in values {
        let list = list(value)?;
        budget.work(list.len())?;
        items.extend(list.iter());
    }
    budget.grow(items.len())?;
    if items.is_empty() {
        // Go gives a list there that is none.
        return Err(Stop::unsure("concat() of nothing"));
    }
    Value::list(Of::Any, items)
}

fn key_value<'a>(key: &Key) -> Value<'a> {
    match key {
        Key::Nil => Value::Nil,
        Key::Bool(value) => Value::Bool(*value),
        Key::Int(number) => Value::Int(*number),
        Key::Float(bits) => Value::Float(f64::from_bits(*bits)),
        Key::Text(text) => Value::text(text.clone()),
    }
}

/// What of a map's entries is wanted.
#[derive(Clone, Copy)]
pub(super) enum Entries {
    Keys,
    Values,
    Pairs,
}

/// Choria gives them in any order, here they are sorted by their keys.
pub(super) fn entries<'a>(budget: &mut Budget, value: &Value<'a>, wanted: Entries) -> Run<'a> {
    let Value::Map(map) = value else {
        return Err(Stop::failed(format!(
            "expected a map, got {}",
            value.type_name()
        )));
    };
    budget.work(map.entries.len())?;
    let items = map.entries.iter().map(|(key, value)| match wanted {
        Entries::Keys => Ok(key_value(key)),
        Entries::Values => Ok(value.clone()),
        Entries::Pairs => Value::list(Of::Pair, vec![key_value(key), value.clone()]),
    });
    let of = match wanted {
        Entries::Pairs => Of::Pairs,
        Entries::Keys | Entries::Values => Of::Any,
    };
    Value::list(of, items.collect::<Result<_, _>>()?)
}

pub(super) fn from_pairs<'a>(budget: &mut Budget, value: &Value<'a>) -> Run<'a> {
    let pairs = list(value)?;
    budget.work(pairs.len())?;
    let mut entries = BTreeMap::new();
    for pair in pairs.iter() {
        match &pair {
            Value::List(pair) if pair.len() == 2 => entries.insert(pair.at(0).key()?, pair.at(1)),
            _ => return Err(Stop::failed("fromPairs() wants pairs")),
        };
    }
    Value::map(Keys::Any, entries)
}
