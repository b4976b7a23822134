//! Checks calls: Choria's own functions, and those of the language.

use super::Mistake;
use super::check::{Checked, Checker, Checks, Closure};
use super::functions::{self, Function, Parameter, Signature, Walk};
use super::program::{Op, Step};
use super::simplify;
use super::tree::{Kind, Node};
use super::types::{ANY_LIST, TEXTS, Type};
use super::version::Constraint;

impl Checker {
    pub(super) fn call(&mut self, at: usize, callee: &Node, arguments: &[Node]) -> Checks {
        let name = match &callee.kind {
            Kind::Name(name) if !self.is_variable(name) => Some(name),
            Kind::Member { node, property, .. } => match (&node.kind, &property.kind) {
                (Kind::Name(env), Kind::Text(name)) if env == "$env" => Some(name),
                _ => None,
            },
            _ => None,
        };
        let (ty, op) = match name.map(String::as_str) {
            Some("with") => {
                let [query] = self.arguments(at, "with", arguments, [Type::Text])?;
                let op = match query.as_text() {
                    Some(query) => Op::WithConstant(self.with.question(query)),
                    None => Op::With(query.into()),
                };
                (Type::Bool, op)
            }
            Some("fact") => {
                let [path] = self.arguments(at, "fact", arguments, [Type::Text])?;
                (Type::Any, Op::Fact(path.into()))
            }
            Some("include") => {
                let [list, element] =
                    self.arguments(at, "include", arguments, [ANY_LIST, Type::Any])?;
                (Type::Bool, Op::Include(list.into(), element.into()))
            }
            Some("semver") => {
                let [version, constraint] =
                    self.arguments(at, "semver", arguments, [Type::Text, Type::Text])?;
                let op = match constraint.as_text() {
                    Some(text) => Op::SemverConstant(version.into(), Constraint::new(text)),
                    None => Op::Semver(version.into(), constraint.into()),
                };
                (Type::Bool, op)
            }
            _ => return self.unknown_call(at, callee, arguments),
        };
        Ok(Step::new(at, ty, op).into())
    }

    fn arguments<const N: usize>(
        &mut self,
        at: usize,
        name: &str,
        nodes: &[Node],
        wanted: [Type; N],
    ) -> Result<[Step; N], Mistake> {
        let steps = self.steps(nodes)?;
        let count = steps.len();
        let Ok(steps) = <[Step; N]>::try_from(steps) else {
            return Err(Mistake::new(
                at,
                format!("{name}() takes {N} arguments, got {count}"),
            ));
        };
        for (step, wanted) in steps.iter().zip(wanted) {
            if !matches!(step.ty, Type::Nil | Type::Any) && !step.ty.assignable_to(wanted) {
                let advice = match step.ty {
                    Type::List(_) => "; for classes and agents write \"x\" in classes",
                    _ => "",
                };
                return Err(Mistake::new(
                    step.at.0,
                    format!("{name}() takes {wanted} here, not {}{advice}", step.ty),
                ));
            }
        }
        Ok(steps)
    }

    /// A call of what Choria does not have is no mistake until it runs. Choria
    /// does not even look at its arguments.
    fn unknown_call(&mut self, at: usize, callee: &Node, arguments: &[Node]) -> Checks {
        self.steps(arguments)?;
        let name = match &callee.kind {
            Kind::Name(name) if self.is_variable(name) => name,
            Kind::Name(name) => {
                return Ok(Step::new(at, Type::Any, Op::Unknown(name.clone())).into());
            }
            Kind::Member { property, .. } => match &property.kind {
                Kind::Text(name) => name,
                _ => "this",
            },
            _ => "this",
        };
        match self.step(callee)?.ty {
            Type::Any => Ok(Step::new(at, Type::Any, Op::Unknown(name.into())).into()),
            ty => Err(Mistake::new(
                at,
                format!("{name} is {ty}, which cannot be called"),
            )),
        }
    }

    pub(super) fn builtin(&mut self, at: usize, name: &str, arguments: &[Node]) -> Checks {
        if let Some(reason) = functions::left_out(name) {
            return Err(Mistake::new(at, reason));
        }
        if let Some(walk) = functions::walk(name) {
            return self.walk(at, name, walk, arguments);
        }
        if let [argument] = arguments
            && matches!(&argument.kind, Kind::Name(facts) if facts == "facts")
        {
            match name {
                "len" => return Ok(Step::new(at, Type::Int, Op::FactsLength).into()),
                "type" => return Ok(Step::new(at, Type::Text, Op::FactsType).into()),
                _ => {}
            }
        }
        let Some((function, signature)) = functions::function(name) else {
            return Err(Mistake::new(at, format!("there is no function {name}()")));
        };
        let steps = self.steps(arguments)?;
        let types: Vec<Type> = steps.iter().map(|step| step.ty).collect();
        let ty = match signature {
            Signature::Overloads(overloads, ty) => {
                let fits = |wanted: &&[Parameter]| {
                    wanted.len() == types.len()
                        && wanted
                            .iter()
                            .zip(&types)
                            .all(|(wanted, ty)| takes(*wanted, *ty))
                };
                overloads.iter().any(fits).then_some(ty)
            }
            Signature::Special => special(function, &types),
        };
        let Some(ty) = ty else {
            let types: Vec<String> = types.iter().map(ToString::to_string).collect();
            let got = if types.is_empty() {
                "nothing".into()
            } else {
                types.join(" and ")
            };
            return Err(Mistake::new(at, format!("{name}() does not take {got}")));
        };
        match (function, steps.as_slice()) {
            (Function::Last, [filter]) if simplify::is_filter(filter) => {
                Err(simplify::last_of_filter(at))
            }
            // Only the number of elements is wanted: what is made of them is not looked at.
            (Function::Len, [filter]) if simplify::is_filter(filter) => {
                let Some(Step {
                    op: Op::Walk { list, closure, .. },
                    ..
                }) = steps.into_iter().next()
                else {
                    return Err(Mistake::new(at, "len() takes one list"));
                };
                let op = Op::Walk {
                    walk: Walk::Count,
                    list,
                    closure,
                    extra: None,
                };
                Ok(Step::new(at, ty, op).into())
            }
            _ => Ok(Step::new(at, ty, Op::Function(function, steps)).into()),
        }
    }

    fn walk(&mut self, at: usize, name: &str, walk: Walk, arguments: &[Node]) -> Checks {
        let [list, rest @ ..] = arguments else {
            return Err(Mistake::new(at, format!("{name}() wants a list")));
        };
        let list = self.step(list)?;
        if !list.ty.may_be(Type::is_list) {
            return Err(Mistake::new(
                list.at.0,
                format!("{name}() takes a list, not {}", list.ty),
            ));
        }
        let list_type = list.ty;
        let mut closure = None;
        if let Some(node) = rest.first() {
            self.closures.push(Closure {
                element: list_type.element(),
                has_index: matches!(walk, Walk::Map | Walk::Reduce),
                has_accumulator: walk == Walk::Reduce,
                forbidden: false,
            });
            let step = self.step(node);
            self.closures.pop();
            let step = step?;
            let wants_bool = !matches!(
                walk,
                Walk::Map | Walk::Sum | Walk::GroupBy | Walk::SortBy | Walk::Reduce
            );
            if step.ty == Type::Nil || (wants_bool && !step.ty.may_be(|ty| ty == Type::Bool)) {
                let wanted = if wants_bool {
                    "true or false"
                } else {
                    "a value"
                };
                return Err(Mistake::new(
                    node.at,
                    format!(
                        "{name}() wants {wanted} of each element, this is {}",
                        step.ty
                    ),
                ));
            }
            closure = Some(step);
        }
        let extra = match rest.get(1) {
            None => None,
            Some(node) => {
                // Choria checks it outside of the closure and runs it inside.
                self.closures.push(Closure {
                    element: Type::Any,
                    has_index: false,
                    has_accumulator: false,
                    forbidden: true,
                });
                let step = self.step(node);
                self.closures.pop();
                Some(step?)
            }
        };
        let result = closure.as_ref().map_or(Type::Any, |closure| closure.ty);
        let ty = match walk {
            Walk::All | Walk::Any | Walk::None | Walk::One => Type::Bool,
            Walk::Filter | Walk::Map | Walk::SortBy => ANY_LIST,
            Walk::Count | Walk::FindIndex => Type::Int,
            Walk::Sum | Walk::Reduce if closure.is_some() => result,
            Walk::Sum | Walk::Reduce | Walk::Find => list_type.element(),
            Walk::GroupBy => Type::Groups,
        };
        let checked = simplify::walk(at, ty, walk, list, closure, extra)?;
        Ok(Checked {
            step: checked,
            elements: None,
        })
    }
}

fn takes(wanted: Parameter, ty: Type) -> bool {
    matches!(ty, Type::Any | Type::Nil)
        || match wanted {
            Parameter::Anything => true,
            Parameter::Text => ty == Type::Text,
            Parameter::Int => ty == Type::Int,
            Parameter::Texts => ty == ANY_LIST || ty == TEXTS,
            Parameter::List => ty.is_list(),
        }
}

/// The result of functions that look at the types of their arguments; `None`
/// where they do not take them.
fn special(function: Function, types: &[Type]) -> Option<Type> {
    use Function as F;
    match (function, types) {
        (F::Max | F::Min | F::Mean | F::Median, [first, ..]) => {
            for ty in types {
                match ty {
                    Type::Any | Type::List(_) => return Some(Type::Any),
                    Type::Int | Type::Float => {}
                    _ => return None,
                }
            }
            Some(*first)
        }
        (F::Concat, [_, ..]) => types
            .iter()
            .all(|ty| ty.may_be(Type::is_list))
            .then_some(ANY_LIST),
        (F::Get, [Type::Any, _] | [Type::Map, Type::Text | Type::Any]) => Some(Type::Any),
        (F::Get, [list @ Type::List(_), Type::Int | Type::Any]) => Some(list.element()),
        (F::Get, [Type::AnyMap, key]) if *key != Type::Nil => Some(Type::Any),
        (F::Get, [Type::Groups, key]) if *key != Type::Nil => Some(ANY_LIST),
        (F::Take, [list, Type::Int | Type::Any]) => list.may_be(Type::is_list).then_some(*list),
        (F::Len, [ty]) => ty
            .may_be(|ty| ty.is_list() || ty.is_map() || ty == Type::Text)
            .then_some(Type::Int),
        (F::Abs, [ty]) => ty.may_be(Type::is_number).then_some(*ty),
        (F::Ceil | F::Floor | F::Round, [ty]) => ty.may_be(Type::is_number).then_some(Type::Float),
        (F::Int, [ty]) => ty
            .may_be(|ty| ty.is_number() || ty == Type::Text)
            .then_some(Type::Int),
        (F::Float, [ty]) => ty
            .may_be(|ty| ty.is_number() || ty == Type::Text)
            .then_some(Type::Float),
        (F::First | F::Last, [ty]) => ty.may_be(Type::is_list).then(|| ty.element()),
        (F::Keys | F::Values | F::ToPairs, [ty]) => ty.may_be(Type::is_map).then_some(ANY_LIST),
        (F::FromPairs, [ty]) => ty.may_be(Type::is_list).then_some(Type::AnyMap),
        (F::Reverse, [ty]) => ty.may_be(Type::is_list).then_some(ANY_LIST),
        _ => None,
    }
}
