//! Checks what stands on the two sides of an operator.

use std::collections::BTreeSet;

use super::Mistake;
use super::check::{Checked, Checker, Checks};
use super::program::{Op, Step, regex};
use super::simplify;
use super::tree::{Binary, Kind, Node};
use super::types::{INTS, Type, combined, either};

impl Checker {
    pub(super) fn binary(
        &mut self,
        at: usize,
        binary: Binary,
        left_node: &Node,
        right_node: &Node,
    ) -> Checks {
        let left = self.step(left_node)?;
        let Checked {
            step: right,
            elements,
        } = self.check(right_node)?;
        if binary == Binary::In {
            is_in(&left, &right, elements)?;
            return Ok(in_step(at, left, right, right_node).into());
        }
        let (l, r) = (left.ty, right.ty);
        let Some(ty) = result(binary, l, r) else {
            return Err(Mistake::new(
                at,
                format!(
                    "{} cannot stand between {l} and {r}{}",
                    binary.sign(),
                    advice(binary, l, r)
                ),
            ));
        };
        if binary == Binary::Matches
            && let Kind::Text(pattern) = &right_node.kind
        {
            regex(right_node.at, pattern)?;
        }
        simplify::binary(at, ty, binary, left, right).map(Into::into)
    }
}

/// The type of `left BINARY right`; `None` where the checker refuses it.
fn result(binary: Binary, l: Type, r: Type) -> Option<Type> {
    let text = |ty| ty == Type::Text;
    let int = |ty| ty == Type::Int;
    let numbers = l.is_number() && r.is_number();
    let one_number = either(l, r, Type::is_number);
    let ty = match binary {
        Binary::Equal | Binary::NotEqual if l.comparable(r) => Type::Bool,
        Binary::Less | Binary::More | Binary::LessOrEqual | Binary::MoreOrEqual
            if numbers || (text(l) && text(r)) || either(l, r, |ty| ty.is_number() || text(ty)) =>
        {
            Type::Bool
        }
        Binary::Subtract | Binary::Multiply | Binary::Add if numbers => combined(l, r),
        Binary::Subtract | Binary::Multiply if one_number => Type::Any,
        Binary::Add if text(l) && text(r) => Type::Text,
        Binary::Add if either(l, r, |ty| ty.is_number() || text(ty)) => Type::Any,
        Binary::Divide | Binary::Power if numbers || one_number => Type::Float,
        Binary::Modulo if int(l) && int(r) => Type::Int,
        Binary::Modulo if either(l, r, int) => Type::Any,
        Binary::Matches | Binary::Contains | Binary::StartsWith | Binary::EndsWith
            if (text(l) && text(r)) || either(l, r, text) =>
        {
            Type::Bool
        }
        Binary::Range if (int(l) && int(r)) || either(l, r, int) => INTS,
        Binary::Coalesce => match (l, r) {
            (Type::Nil, ty) | (ty, Type::Nil) => ty,
            (l, r) if r.assignable_to(l) => l,
            _ => Type::Any,
        },
        _ => return None,
    };
    Some(ty)
}

fn advice(binary: Binary, l: Type, r: Type) -> &'static str {
    let compares = matches!(
        binary,
        Binary::Less
            | Binary::More
            | Binary::LessOrEqual
            | Binary::MoreOrEqual
            | Binary::Equal
            | Binary::NotEqual
    );
    match (l, r) {
        (Type::Bool, _) | (_, Type::Bool) if compares => {
            "; not binds stronger than a comparison: write not (..)"
        }
        (Type::Text, other) | (other, Type::Text) if other.is_number() => {
            "; make one of them the other's type with int(..) or string(..)"
        }
        _ => "",
    }
}

/// Whether the checker takes `left in right`.
fn is_in(left: &Step, right: &Step, elements: Option<Type>) -> Result<(), Mistake> {
    let (l, r) = (left.ty, right.ty);
    let fits = match r {
        Type::Map => matches!(l, Type::Nil | Type::Any | Type::Text),
        Type::AnyMap | Type::Groups | Type::Any => true,
        Type::List(_) => {
            l.comparable(r.element()) && elements.is_none_or(|elements| l.comparable(elements))
        }
        Type::Text => l == Type::Any,
        _ => false,
    };
    if fits {
        return Ok(());
    }
    let reason = match r {
        Type::Text => "in looks into lists and maps; for strings there is contains".into(),
        Type::List(_) | Type::Map => {
            format!("{l} cannot be in this: what is there is of another type")
        }
        _ => format!("in looks into lists and maps, this is {r}"),
    };
    Err(Mistake::new(right.at.0, reason))
}

/// Lists of texts, and of ints where the left side is one, are sets in Choria,
/// which fail for a value of another type.
fn in_step(at: usize, left: Step, right: Step, right_node: &Node) -> Step {
    let Kind::List(nodes) = &right_node.kind else {
        return simplify::in_range(at, left, right);
    };
    let ints = nodes.iter().map(|node| match node.kind {
        Kind::Int(number) => Some(number),
        _ => None,
    });
    let texts = nodes.iter().map(|node| match &node.kind {
        Kind::Text(text) => Some(text.clone()),
        _ => None,
    });
    let op = if nodes.is_empty() {
        Op::Binary(Binary::In, left.into(), right.into())
    } else if left.ty == Type::Int
        && let Some(ints) = ints.collect::<Option<BTreeSet<_>>>()
    {
        Op::InInts(left.into(), ints.into_iter().collect())
    } else if let Some(texts) = texts.collect::<Option<BTreeSet<_>>>() {
        Op::InTexts(left.into(), texts.into_iter().collect())
    } else {
        Op::Binary(Binary::In, left.into(), right.into())
    };
    Step::new(at, Type::Bool, op)
}
