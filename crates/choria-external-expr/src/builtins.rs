//! Runs the functions of the language that take no closure.

use choria_external_go::number;

use super::Stop;
use super::arithmetic;
use super::budget::Budget;
use super::functions::Function;
use super::lists::{self, Entries};
use super::members::{fetch, length, size};
use super::text;
use super::value::{List, Run, Value};

pub(super) fn call<'a>(
    budget: &mut Budget,
    function: Function,
    arguments: &[Value<'a>],
) -> Run<'a> {
    match arguments {
        [value] => one(budget, function, value, arguments),
        [left, right] => two(budget, function, left, right, arguments),
        _ => many(budget, function, arguments),
    }
}

fn one<'a>(
    budget: &mut Budget,
    function: Function,
    value: &Value<'a>,
    all: &[Value<'a>],
) -> Run<'a> {
    use Function as F;
    budget.work(size(value))?;
    match function {
        F::Len => match value {
            Value::Text(text) => length(text.len()),
            Value::List(list) => length(list.len()),
            Value::Map(map) => length(map.entries.len()),
            other => Err(Stop::failed(format!(
                "len() does not take {}",
                other.type_name()
            ))),
        },
        F::Type => Ok(Value::text(value.type_name())),
        F::Abs => match value {
            Value::Int(number) => Ok(Value::Int(number.wrapping_abs())),
            // Unlike Go's own Abs this keeps -0.
            Value::Float(number) if *number < 0.0 => Ok(Value::Float(-number)),
            other => arithmetic::float(other).map(Value::Float),
        },
        F::Ceil => Ok(Value::Float(arithmetic::float(value)?.ceil())),
        F::Floor => Ok(Value::Float(arithmetic::float(value)?.floor())),
        F::Round => Ok(Value::Float(arithmetic::float(value)?.round())),
        F::Int => match value {
            Value::Text(text) => number::parse_int(text)
                .map(Value::Int)
                .ok_or_else(|| Stop::failed(format!("{} is no int", text::shorten(text)))),
            other => arithmetic::int(other).map(Value::Int),
        },
        F::Float => match value {
            Value::Text(text) => number::parse_float(text)
                .map(Value::Float)
                .ok_or_else(|| Stop::failed(format!("{} is no float", text::shorten(text)))),
            other => arithmetic::float(other).map(Value::Float),
        },
        F::String => {
            let mut made = String::new();
            text::written(budget, value, &mut made)?;
            Ok(Value::text(made))
        }
        F::Trim => Ok(Value::text(text::text(value)?.trim())),
        F::TrimPrefix => trimmed(value, " ", true),
        F::TrimSuffix => trimmed(value, " ", false),
        F::Upper => text::cased(value, true),
        F::Lower => text::cased(value, false),
        F::Join => text::join(budget, value, None),
        F::ToJson => {
            let mut made = String::new();
            text::json(budget, value, 0, &mut made)?;
            Ok(Value::text(made))
        }
        F::FromJson => {
            let text = text::text(value)?;
            budget.work(text.len())?;
            let json = serde_json::from_str(text)
                .map_err(|error| Stop::failed(format!("no JSON: {error}")))?;
            Value::from_json(json)
        }
        F::ToBase64 => Ok(Value::text(text::to_base64(text::text(value)?))),
        F::FromBase64 => {
            let text = text::text(value)?;
            budget.work(64 * text.len())?;
            text::from_base64(text).map(Value::text)
        }
        F::First => nil_if_failed(fetch(value, &Value::Int(0))),
        F::Last => nil_if_failed(fetch(value, &Value::Int(-1))),
        F::Keys => lists::entries(budget, value, Entries::Keys),
        F::Values => lists::entries(budget, value, Entries::Values),
        F::ToPairs => lists::entries(budget, value, Entries::Pairs),
        F::FromPairs => lists::from_pairs(budget, value),
        F::Reverse => lists::reverse(budget, value),
        F::Sort => lists::sorted(budget, value, None),
        F::BitNot => Ok(Value::Int(!bits(value)?)),
        _ => many(budget, function, all),
    }
}

fn two<'a>(
    budget: &mut Budget,
    function: Function,
    left: &Value<'a>,
    right: &Value<'a>,
    all: &[Value<'a>],
) -> Run<'a> {
    use Function as F;
    budget.work(size(left))?;
    let find =
        |find: fn(&str, &str) -> Option<usize>| match find(text::text(left)?, text::text(right)?) {
            Some(at) => length(at),
            None => Ok(Value::Int(-1)),
        };
    let bits =
        |calculate: fn(i64, i64) -> i64| Ok(Value::Int(calculate(bits(left)?, bits(right)?)));
    match function {
        F::Trim => {
            let set = text::text(right)?;
            budget.work(text::text(left)?.len() * set.len() / 16)?;
            Ok(Value::text(
                text::text(left)?.trim_matches(|char| set.contains(char)),
            ))
        }
        F::TrimPrefix => trimmed(left, text::text(right)?, true),
        F::TrimSuffix => trimmed(left, text::text(right)?, false),
        F::Split => text::split(budget, left, right, None, false),
        F::SplitAfter => text::split(budget, left, right, None, true),
        F::Repeat => text::repeat(budget, left, right),
        F::Join => text::join(budget, left, Some(right)),
        F::IndexOf => find(|text, part| text.find(part)),
        F::LastIndexOf => find(|text, part| text.rfind(part)),
        F::HasPrefix => Ok(Value::Bool(
            text::text(left)?.starts_with(text::text(right)?),
        )),
        F::HasSuffix => Ok(Value::Bool(text::text(left)?.ends_with(text::text(right)?))),
        F::Get => nil_if_failed(fetch(left, right)),
        F::Take => lists::take(budget, left, right),
        F::Sort => lists::sorted(budget, left, Some(right)),
        F::BitAnd => bits(|left, right| left & right),
        F::BitOr => bits(|left, right| left | right),
        F::BitXor => bits(|left, right| left ^ right),
        F::BitNand => bits(|left, right| left & !right),
        F::BitShl | F::BitShr | F::BitUshr => shifted(function, left, right),
        _ => many(budget, function, all),
    }
}

fn many<'a>(budget: &mut Budget, function: Function, all: &[Value<'a>]) -> Run<'a> {
    use Function as F;
    match (function, all) {
        (F::Split, [value, separator, limit]) => {
            text::split(budget, value, separator, Some(limit), false)
        }
        (F::SplitAfter, [value, separator, limit]) => {
            text::split(budget, value, separator, Some(limit), true)
        }
        (F::Replace, all) => text::replace(budget, all),
        (F::Concat, all) => lists::concat(budget, all),
        (F::Max, all) => extreme(budget, all, std::cmp::Ordering::Less),
        (F::Min, all) => extreme(budget, all, std::cmp::Ordering::Greater),
        (F::Mean, all) => {
            let (mut sum, mut count) = (0.0, 0.0);
            mean(budget, all, &mut sum, &mut count)?;
            Ok(Value::Float(if count == 0.0 { 0.0 } else { sum / count }))
        }
        (F::Median, all) => {
            let mut numbers = Vec::new();
            numbers_of(budget, all, &mut numbers)?;
            median(numbers)
        }
        _ => Err(Stop::failed(
            "a function got another number of arguments than it takes",
        )),
    }
}

/// Some functions of Go give nil where they fail.
fn nil_if_failed(made: Run<'_>) -> Run<'_> {
    match made {
        Err(Stop::Failed { .. }) => Ok(Value::Nil),
        made => made,
    }
}

fn trimmed<'a>(value: &Value<'_>, part: &str, prefix: bool) -> Run<'a> {
    let text = text::text(value)?;
    let rest = if prefix {
        text.strip_prefix(part)
    } else {
        text.strip_suffix(part)
    };
    Ok(Value::text(rest.unwrap_or(text)))
}

fn bits(value: &Value<'_>) -> Result<i64, Stop> {
    match value {
        Value::Int(number) => Ok(*number),
        other => Err(Stop::failed(format!(
            "expected an int, got {}",
            other.type_name()
        ))),
    }
}

fn shifted<'a>(function: Function, left: &Value<'_>, right: &Value<'_>) -> Run<'a> {
    let (left, right) = (bits(left)?, bits(right)?);
    let Ok(by) = u32::try_from(right.min(64)) else {
        return Err(Stop::failed("the number of bits is negative"));
    };
    Ok(Value::Int(match function {
        Function::BitShl => left.checked_shl(by).unwrap_or(0),
        Function::BitShr => left >> by.min(63),
        _ => left
            .cast_unsigned()
            .checked_shr(by)
            .unwrap_or(0)
            .cast_signed(),
    }))
}

/// The greatest, or the least, of numbers and of those in lists. One argument
/// that is neither is the result, whatever it is.
fn extreme<'a>(
    budget: &mut Budget,
    values: &[Value<'a>],
    replaced_if: std::cmp::Ordering,
) -> Run<'a> {
    let mut best = Value::Nil;
    let mut offer = |value: Value<'a>| -> Result<(), Stop> {
        if best.is_nil() || best.order(&value)? == Some(replaced_if) {
            best = value;
        }
        Ok(())
    };
    for value in values {
        budget.work(1)?;
        match value {
            Value::List(list) => {
                for item in list.iter() {
                    match extreme(budget, &[item], replaced_if)? {
                        number @ (Value::Int(_) | Value::Float(_)) => offer(number)?,
                        other => {
                            return Err(Stop::failed(format!(
                                "{} is no number",
                                other.type_name()
                            )));
                        }
                    }
                }
            }
            Value::Int(_) | Value::Float(_) => offer(value.clone())?,
            _ if values.len() == 1 => return Ok(value.clone()),
            other => return Err(Stop::failed(format!("{} is no number", other.type_name()))),
        }
    }
    Ok(best)
}

/// Sums list by list, so that the last bit is Choria's.
fn mean(
    budget: &mut Budget,
    values: &[Value<'_>],
    sum: &mut f64,
    count: &mut f64,
) -> Result<(), Stop> {
    for value in values {
        budget.work(1)?;
        match value {
            Value::List(list) => {
                let items: Vec<_> = list.iter().collect();
                for item in items {
                    let (mut inner, mut inner_count) = (0.0, 0.0);
                    mean(budget, &[item], &mut inner, &mut inner_count)?;
                    *sum += inner;
                    *count += inner_count;
                }
            }
            value => {
                *sum += arithmetic::float(value)?;
                *count += 1.0;
            }
        }
    }
    Ok(())
}

fn numbers_of(budget: &mut Budget, values: &[Value<'_>], to: &mut Vec<f64>) -> Result<(), Stop> {
    for value in values {
        budget.work(8)?;
        match value {
            Value::List(list) => {
                let items: Vec<_> = List::iter(list).collect();
                numbers_of(budget, &items, to)?;
            }
            value => to.push(arithmetic::float(value)?),
        }
    }
    Ok(())
}

#[allow(clippy::manual_midpoint)] // As Go does.
fn median<'a>(mut numbers: Vec<f64>) -> Run<'a> {
    if numbers.iter().any(|number| number.is_nan()) {
        return Err(Stop::unsure("median() of NaN"));
    }
    numbers.sort_by(f64::total_cmp);
    let half = numbers.len() / 2;
    Ok(Value::Float(match numbers.as_slice() {
        [] => 0.0,
        numbers if numbers.len() % 2 == 1 => numbers[half],
        numbers => (numbers[half - 1] + numbers[half]) / 2.0,
    }))
}
