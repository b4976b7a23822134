//! What fails on each node, whatever the node is: better said once, before any
//! node is asked.

use super::program::{Op, Step};

/// Where a program surely fails, and why. It looks only at what surely runs:
/// of `a or b` at `a`.
pub(super) fn failure(step: &Step) -> Option<(usize, String)> {
    let here = |reason: String| Some((step.at.0, reason));
    match &step.op {
        Op::Unknown(name) => here(no_function(name)),
        Op::WithConstant(question) => question.mistake().and_then(|mistake| here(mistake.into())),
        Op::SemverConstant(_, None) => here("the constraint is none of versions".into()),
        Op::Not(inner)
        | Op::Negate(inner)
        | Op::InTexts(inner, _)
        | Op::InInts(inner, _)
        | Op::Between(inner, ..)
        | Op::Matches(inner, _)
        | Op::Chain(inner)
        | Op::With(inner)
        | Op::Fact(inner)
        | Op::SemverConstant(inner, Some(_)) => failure(inner),
        Op::Member { node, .. } | Op::Slice { node, .. } => failure(node),
        Op::Binary(_, left, right)
        | Op::EqualInts(left, right)
        | Op::EqualTexts(left, right)
        | Op::Include(left, right)
        | Op::Semver(left, right) => failure(left).or_else(|| failure(right)),
        Op::Let { value, body, .. } => failure(value).or_else(|| failure(body)),
        Op::Conditional(parts) => failure(&parts[0]),
        Op::Logic(_, steps) => failure(steps.first()?),
        Op::List(steps) | Op::Function(_, steps) => steps.iter().find_map(failure),
        Op::Map(pairs) => pairs
            .iter()
            .find_map(|(key, value)| failure(key).or_else(|| failure(value))),
        Op::Walk { list, .. } => failure(list),
        _ => None,
    }
}

/// Why a function that nobody knows fails.
pub(super) fn no_function(name: &str) -> String {
    format!("there is no function {name}(): discovery sources have no data of servers")
}
