//! What Choria's optimizer makes of an expression, as far as it shows: what is
//! dropped here cannot fail when it runs, and what is put together fails as a
//! whole.

use super::Mistake;
use super::arithmetic;
use super::functions::Walk;
use super::program::{Op, Step, regex};
use super::tree::{Binary, Logic};
use super::types::{ANY_LIST, Type};
use super::value::{Of, Value};

pub(super) fn not(at: usize, step: Step) -> Step {
    match step.as_bool() {
        Some(value) => Step::constant(at, Type::Bool, Value::Bool(!value)),
        None => Step::new(at, Type::Bool, Op::Not(step.into())),
    }
}

pub(super) fn negate(at: usize, step: Step) -> Step {
    let ty = step.ty;
    match step.op {
        Op::Constant(Value::Int(number)) => {
            Step::constant(at, ty, Value::Int(number.wrapping_neg()))
        }
        Op::Constant(Value::Float(number)) => Step::constant(at, ty, Value::Float(-number)),
        _ => Step::new(at, ty, Op::Negate(step.into())),
    }
}

/// A list of constants is a constant.
pub(super) fn list(at: usize, steps: Vec<Step>) -> Step {
    let constants: Option<Vec<_>> = steps
        .iter()
        .map(|step| match &step.op {
            Op::Constant(
                value @ (Value::Int(_) | Value::Float(_) | Value::Text(_) | Value::Bool(_)),
            ) => Some(value.clone()),
            _ => None,
        })
        .collect();
    match constants.map(|constants| Value::list(Of::Any, constants)) {
        Some(Ok(list)) if !steps.is_empty() => Step::constant(at, ANY_LIST, list),
        _ => Step::new(at, ANY_LIST, Op::List(steps)),
    }
}

/// One more operand of `and` or `or`.
pub(super) fn logic(at: usize, logic: Logic, left: Step, right: Step) -> Result<Step, Mistake> {
    // true says nothing in `and`, false nothing in `or`; the other decides.
    let neutral = logic == Logic::And;
    match (left.as_bool(), right.as_bool()) {
        (Some(value), _) if value == neutral => Ok(retyped(right)),
        (_, Some(value)) if value == neutral => Ok(retyped(left)),
        (Some(_), _) | (_, Some(_)) => Ok(Step::constant(at, Type::Bool, Value::Bool(!neutral))),
        _ => joined(at, logic, left, right),
    }
}

fn retyped(mut step: Step) -> Step {
    step.ty = Type::Bool;
    step
}

/// `any(x, a) || any(x, b)` is run as `any(x, a || b)`, and so are the others
/// of its kind: where `b` fails for an element, the whole does, even if `a`
/// holds for a later one.
fn joined(at: usize, logic: Logic, left: Step, right: Step) -> Result<Step, Mistake> {
    let step = |op| Ok(Step::new(at, Type::Bool, op));
    let inner = match (left_walk(&left), left_walk(&right), logic) {
        (Some(Walk::All), Some(Walk::All), Logic::And) => Some(Logic::And),
        (Some(Walk::Any), Some(Walk::Any), Logic::Or)
        | (Some(Walk::None), Some(Walk::None), Logic::And) => Some(Logic::Or),
        _ => None,
    };
    match (inner, left, right) {
        (
            Some(inner),
            Step {
                op:
                    Op::Walk {
                        walk,
                        list,
                        closure: Some(first),
                        ..
                    },
                ..
            },
            Step {
                op:
                    Op::Walk {
                        list: other,
                        closure: Some(second),
                        ..
                    },
                ..
            },
        ) if same(&list, &other)? => {
            let closure = joined(at, inner, *first, *second)?;
            step(Op::Walk {
                walk,
                list,
                closure: Some(closure.into()),
                extra: None,
            })
        }
        (
            _,
            Step {
                op: Op::Logic(before, mut steps),
                ..
            },
            right,
        ) if before == logic => {
            steps.push(right);
            step(Op::Logic(logic, steps))
        }
        (_, left, right) => step(Op::Logic(logic, vec![left, right])),
    }
}

fn left_walk(step: &Step) -> Option<Walk> {
    match step.op {
        Op::Walk { walk, .. } => Some(walk),
        _ => None,
    }
}

/// Whether two parts are written alike. Choria compares a text of them, in which
/// `and` is not `&&`, names stand for variables and some parentheses are lost:
/// where that could differ from what is compared here, the expression is
/// refused.
fn same(left: &Step, right: &Step) -> Result<bool, Mistake> {
    let texts = [left, right].map(|step| format!("{step:?}"));
    let words = |text: &str| {
        let mut words: Vec<String> = text
            .split(|char: char| !char.is_alphanumeric())
            .map(str::to_owned)
            .collect();
        words.sort_unstable();
        words
    };
    let alike = texts[0] == texts[1];
    let doubtful = ["Logic(", "Not(", "Power", "Let {"];
    let doubt = texts
        .iter()
        .any(|text| doubtful.iter().any(|op| text.contains(op)));
    let lets = texts.iter().all(|text| text.contains("Let {"));
    // The same words in another order may come from lost parentheses.
    let similar = !alike && words(&texts[0]) == words(&texts[1]);
    if similar || (alike && doubt) || lets {
        return Err(Mistake::new(
            right.at.0,
            "this list is looked at twice: write one any(..), all(..) or none(..) with both conditions",
        ));
    }
    Ok(alike)
}

pub(super) fn binary(
    at: usize,
    ty: Type,
    binary: Binary,
    left: Step,
    right: Step,
) -> Result<Step, Mistake> {
    let constant = |value| Ok(Step::constant(at, ty, value));
    let new = |op| Ok(Step::new(at, ty, op));
    match binary {
        Binary::Equal | Binary::NotEqual => {
            let equal = match (left.ty, right.ty) {
                (Type::Int, Type::Int) => Op::EqualInts(left.into(), right.into()),
                (Type::Text, Type::Text) => Op::EqualTexts(left.into(), right.into()),
                _ => Op::Binary(Binary::Equal, left.into(), right.into()),
            };
            let equal = folded_equal(Step::new(at, Type::Bool, equal), binary == Binary::Equal);
            Ok(if binary == Binary::Equal {
                equal
            } else {
                Step::new(at, Type::Bool, Op::Not(equal.into()))
            })
        }
        Binary::Modulo if left.as_int().is_some() && right.as_int() == Some(0) => {
            Err(Mistake::new(at, "this divides by zero"))
        }
        Binary::Add if left.as_text().is_some() && right.as_text().is_some() => {
            let text = format!(
                "{}{}",
                left.as_text().unwrap_or_default(),
                right.as_text().unwrap_or_default()
            );
            constant(Value::text(text))
        }
        Binary::Add
        | Binary::Subtract
        | Binary::Multiply
        | Binary::Divide
        | Binary::Modulo
        | Binary::Power => {
            if let (Op::Constant(l), Op::Constant(r)) = (&left.op, &right.op)
                && let Ok(value) = arithmetic::calculate(binary, l, r)
            {
                return constant(value);
            }
            new(Op::Binary(binary, left.into(), right.into()))
        }
        Binary::Matches => match right.as_text() {
            Some(pattern) => {
                let regex = regex(right.at.0, pattern)?;
                new(Op::Matches(left.into(), regex))
            }
            None => new(Op::Binary(binary, left.into(), right.into())),
        },
        _ => new(Op::Binary(binary, left.into(), right.into())),
    }
}

/// `1 == 1` is known; Choria leaves floats to the run.
fn folded_equal(step: Step, fold: bool) -> Step {
    let known = match &step.op {
        Op::EqualInts(left, right) => left.as_int().zip(right.as_int()).map(|(l, r)| l == r),
        Op::EqualTexts(left, right) => left.as_text().zip(right.as_text()).map(|(l, r)| l == r),
        Op::Binary(_, left, right) => left.as_bool().zip(right.as_bool()).map(|(l, r)| l == r),
        _ => None,
    };
    match known.filter(|_| fold) {
        Some(value) => Step::constant(step.at.0, Type::Bool, Value::Bool(value)),
        None => step,
    }
}

/// `x in 1..5` makes no list where `x` is an int.
pub(super) fn in_range(at: usize, left: Step, right: Step) -> Step {
    if left.ty == Type::Int
        && let Op::Binary(Binary::Range, from, to) = &right.op
        && let (Some(from), Some(to)) = (from.as_int(), to.as_int())
    {
        return Step::new(at, Type::Bool, Op::Between(left.into(), from, to));
    }
    Step::new(
        at,
        Type::Bool,
        Op::Binary(Binary::In, left.into(), right.into()),
    )
}

/// A function that looks at each element, where it is written around another.
pub(super) fn walk(
    at: usize,
    ty: Type,
    walk: Walk,
    list: Step,
    closure: Option<Step>,
    extra: Option<Step>,
) -> Result<Step, Mistake> {
    let step = |walk, list: Box<Step>, closure: Option<Box<Step>>, extra| {
        let op = Op::Walk {
            walk,
            list,
            closure,
            extra,
        };
        Ok(Step::new(at, ty, op))
    };
    let list_at = list.at.0;
    match (walk, list.op, closure) {
        // Both conditions are asked for each element.
        (
            Walk::Filter,
            Op::Walk {
                walk: Walk::Filter,
                list,
                closure: Some(first),
                extra: None,
            },
            Some(second),
        ) => {
            let both = Op::Logic(Logic::And, vec![*first, second]);
            step(
                Walk::Filter,
                list,
                Some(Step::new(at, Type::Bool, both).into()),
                None,
            )
        }
        // Here `#index` counts those that are left out, too.
        (
            Walk::Map,
            Op::Walk {
                walk: Walk::Filter,
                list,
                closure: Some(filter),
                extra: None,
            },
            Some(closure),
        ) => step(Walk::Filter, list, Some(filter), Some(closure.into())),
        (Walk::Sum, Op::List(items), None) if items.len() >= 2 => Ok(sum(at, ty, items)),
        (walk, list, closure) => {
            let list_type = if matches!(list, Op::Agents | Op::Classes) {
                super::types::TEXTS
            } else {
                ANY_LIST
            };
            let list = Step::new(list_at, list_type, list);
            step(
                walk,
                list.into(),
                closure.map(Into::into),
                extra.map(Into::into),
            )
        }
    }
}

/// `sum([a, b, c])` is `a + (b + c)`.
fn sum(at: usize, ty: Type, items: Vec<Step>) -> Step {
    let mut items = items.into_iter().rev();
    let last = items
        .next()
        .unwrap_or_else(|| Step::constant(at, ty, Value::Int(0)));
    items.fold(last, |sum, item| {
        Step::new(at, ty, Op::Binary(Binary::Add, item.into(), sum.into()))
    })
}

pub(super) fn is_filter(step: &Step) -> bool {
    left_walk(step) == Some(Walk::Filter)
}

/// `filter(..)[-1]`, which Choria runs as `findLast`.
pub(super) fn is_last_of_filter(base: &Step, property: &Step) -> bool {
    is_filter(base) && property.as_int() == Some(-1)
}

pub(super) fn last_of_filter(at: usize) -> Mistake {
    Mistake::new(
        at,
        "Choria mixes up the last element of a filter(..): take find(reverse(..), ..)",
    )
}
