//! Finds out what the types of an expression are and refuses what Choria's
//! checker refuses. That decides verdicts: in `with("apache") or include()`
//! the right side never runs, and still Choria takes the whole for broken.

use std::sync::Arc;

use super::Mistake;
use super::functions;
use super::program::{Op, Step};
use super::simplify;
use super::tree::{Kind, Logic, Node};
use super::types::{ANY_LIST, TEXTS, Type};
use super::value::Value;
use super::with::With;

/// The names that Choria sets.
const ENVIRONMENT: &[&str] = &[
    "agents", "classes", "facts", "with", "fact", "include", "semver",
];

/// What a part was found to be.
pub(super) struct Checked {
    pub(super) step: Step,
    /// What the elements of a list are, if all are alike.
    pub(super) elements: Option<Type>,
}

pub(super) type Checks = Result<Checked, Mistake>;

/// Where the parts stand: what is known there.
pub(super) struct Checker {
    variables: Vec<Variable>,
    slots: usize,
    pub(super) with: Arc<dyn With>,
    /// Names that Choria does not have, each once.
    unknown: Vec<String>,
    /// What `#` is, the innermost last.
    pub(super) closures: Vec<Closure>,
}

struct Variable {
    name: String,
    ty: Type,
    elements: Option<Type>,
    slot: usize,
}

/// What a closure looks at.
pub(super) struct Closure {
    pub(super) element: Type,
    pub(super) has_index: bool,
    pub(super) has_accumulator: bool,
    /// Where `#` would stand for something else when it runs.
    pub(super) forbidden: bool,
}

/// An expression that was checked.
pub(super) struct Compiled {
    pub(super) program: Step,
    /// How many variables it has.
    pub(super) variables: usize,
    /// The names in it that Choria does not have, each once, in their order.
    pub(super) unknown: Vec<String>,
}

/// Checks an expression, with what `with(..)` means in it.
pub(super) fn check(node: &Node, with: &Arc<dyn With>) -> Result<Compiled, Mistake> {
    let mut checker = Checker {
        variables: Vec::new(),
        slots: 0,
        with: Arc::clone(with),
        unknown: Vec::new(),
        closures: Vec::new(),
    };
    let step = checker.check(node)?.step;
    match step.ty {
        Type::Bool | Type::Any => Ok(Compiled {
            program: step,
            variables: checker.slots,
            unknown: checker.unknown,
        }),
        ty => Err(Mistake::new(
            node.at,
            format!("a filter must be true or false, this is {ty}: compare it with something"),
        )),
    }
}

impl From<Step> for Checked {
    fn from(step: Step) -> Self {
        Self {
            step,
            elements: None,
        }
    }
}

impl Checker {
    /// Checks a part of which only the step is wanted.
    pub(super) fn step(&mut self, node: &Node) -> Result<Step, Mistake> {
        Ok(self.check(node)?.step)
    }

    pub(super) fn steps(&mut self, nodes: &[Node]) -> Result<Vec<Step>, Mistake> {
        nodes.iter().map(|node| self.step(node)).collect()
    }

    pub(super) fn check(&mut self, node: &Node) -> Checks {
        let at = node.at;
        let constant = |ty, value| Ok(Step::constant(at, ty, value).into());
        match &node.kind {
            Kind::Nil => constant(Type::Nil, Value::Nil),
            Kind::Bool(value) => constant(Type::Bool, Value::Bool(*value)),
            Kind::Int(number) => constant(Type::Int, Value::Int(*number)),
            Kind::Float(number) => constant(Type::Float, Value::Float(*number)),
            Kind::Text(text) => constant(Type::Text, Value::text(text.as_str())),
            Kind::Name(name) => self.name(at, name),
            Kind::Not(node) => {
                let step = self.step(node)?;
                if step.ty.may_be(|ty| ty == Type::Bool) {
                    return Ok(simplify::not(at, step).into());
                }
                Err(Mistake::new(
                    at,
                    format!(
                        "not wants true or false, this is {}; it binds stronger than a comparison: write not (..)",
                        step.ty
                    ),
                ))
            }
            Kind::Sign { negated, node } => {
                let step = self.step(node)?;
                match step.ty {
                    // A + is dropped, whatever stands behind it.
                    Type::Int | Type::Float | Type::Any if !negated => Ok(step.into()),
                    Type::Int | Type::Float | Type::Any => Ok(simplify::negate(at, step).into()),
                    ty => Err(Mistake::new(
                        at,
                        format!("a sign stands before a number, this is {ty}"),
                    )),
                }
            }
            Kind::Logic(logic, nodes) => self.logic(at, *logic, nodes),
            Kind::Binary(binary, left, right) => self.binary(at, *binary, left, right),
            Kind::Chain(inner) => {
                if inner.has_call() {
                    return Err(Mistake::new(
                        at,
                        "a call behind ?. is not taken: nothing in facts can be called",
                    ));
                }
                let Checked { step, elements } = self.check(inner)?;
                let step = Step::new(at, step.ty, Op::Chain(step.into()));
                Ok(Checked { step, elements })
            }
            Kind::Member {
                node,
                property,
                optional,
            } => self.member(at, node, property, *optional),
            Kind::Slice { node, from, to } => self.slice(at, node, from.as_deref(), to.as_deref()),
            Kind::Call { callee, arguments } => self.call(at, callee, arguments),
            Kind::Builtin { name, arguments } => self.builtin(at, name, arguments),
            Kind::Pointer(name) => self.pointer(at, name),
            Kind::Let { name, value, body } => self.declaration(at, name, value, body),
            Kind::Conditional(nodes) => self.conditional(at, nodes),
            Kind::List(nodes) => self.list(at, nodes),
            Kind::Map(pairs) => {
                let pairs = pairs
                    .iter()
                    .map(|(key, value)| Ok((self.step(key)?, self.step(value)?)));
                let pairs = pairs.collect::<Result<_, Mistake>>()?;
                Ok(Step::new(at, Type::Map, Op::Map(pairs)).into())
            }
        }
    }

    fn name(&mut self, at: usize, name: &str) -> Checks {
        if let Some(variable) = self
            .variables
            .iter()
            .rev()
            .find(|variable| variable.name == name)
        {
            return Ok(Checked {
                step: Step::new(at, variable.ty, Op::Variable(variable.slot)),
                elements: variable.elements,
            });
        }
        if functions::is_builtin(name) {
            return Err(Mistake::new(
                at,
                format!("{name} is a function: call it, {name}(..)"),
            ));
        }
        self.environment(at, name)
    }

    /// One of Choria's names. All others are nil.
    fn environment(&mut self, at: usize, name: &str) -> Checks {
        let step = match name {
            "agents" => Step::new(at, TEXTS, Op::Agents),
            "classes" => Step::new(at, TEXTS, Op::Classes),
            "facts" => {
                return Err(Mistake::new(
                    at,
                    "facts is the text of all facts, taken only in len(facts): ask for one, fact(\"os.family\")",
                ));
            }
            "$env" => return Err(Mistake::new(at, "$env is taken only as $env.name")),
            _ if ENVIRONMENT.contains(&name) => {
                return Err(Mistake::new(
                    at,
                    format!("{name} is a function: call it, {name}(\"..\")"),
                ));
            }
            _ => {
                if !self.unknown.iter().any(|known| known == name) {
                    self.unknown.push(name.into());
                }
                Step::constant(at, Type::Any, Value::Nil)
            }
        };
        Ok(step.into())
    }

    fn logic(&mut self, at: usize, logic: Logic, nodes: &[Node]) -> Checks {
        let mut all: Option<Step> = None;
        for node in nodes {
            let step = self.step(node)?;
            if !step.ty.may_be(|ty| ty == Type::Bool) {
                let word = if logic == Logic::And { "and" } else { "or" };
                return Err(Mistake::new(
                    node.at,
                    format!("{word} wants true or false, this is {}", step.ty),
                ));
            }
            all = Some(match all {
                None => step,
                Some(before) => simplify::logic(at, logic, before, step)?,
            });
        }
        all.map(Into::into)
            .ok_or_else(|| Mistake::new(at, "nothing here"))
    }

    fn member(&mut self, at: usize, node: &Node, property: &Node, optional: bool) -> Checks {
        if matches!(&node.kind, Kind::Name(name) if name == "$env") && !self.is_variable("$env") {
            return match &property.kind {
                Kind::Text(name) => self.environment(at, name),
                _ => Err(Mistake::new(at, "$env is taken only as $env.name")),
            };
        }
        let base = self.step(node)?;
        let property = self.step(property)?;
        let ty = match (base.ty, property.ty) {
            (Type::Any | Type::AnyMap, _) | (Type::Map, Type::Text | Type::Nil | Type::Any) => {
                Type::Any
            }
            (Type::Groups, _) => ANY_LIST,
            (list @ Type::List(_), Type::Int | Type::Any) => list.element(),
            (Type::List(_), ty) => {
                return Err(Mistake::new(
                    at,
                    format!("an element of a list has a whole number, not {ty}"),
                ));
            }
            (Type::Map, ty) => {
                return Err(Mistake::new(
                    at,
                    format!("the key of a map is a string, not {ty}"),
                ));
            }
            (ty, _) => return Err(Mistake::new(at, format!("{ty} has no members"))),
        };
        if !optional && simplify::is_last_of_filter(&base, &property) {
            return Err(simplify::last_of_filter(at));
        }
        let op = Op::Member {
            node: base.into(),
            property: property.into(),
            optional,
        };
        Ok(Step::new(at, ty, op).into())
    }

    fn slice(&mut self, at: usize, node: &Node, from: Option<&Node>, to: Option<&Node>) -> Checks {
        let base = self.step(node)?;
        if !base.ty.may_be(|ty| ty == Type::Text || ty.is_list()) {
            return Err(Mistake::new(
                at,
                format!("only lists and strings have slices, this is {}", base.ty),
            ));
        }
        let mut bound = |node: Option<&Node>| -> Result<Option<Box<Step>>, Mistake> {
            let Some(node) = node else { return Ok(None) };
            let step = self.step(node)?;
            if step.ty.may_be(|ty| ty == Type::Int) {
                return Ok(Some(step.into()));
            }
            Err(Mistake::new(
                node.at,
                format!("a slice has whole numbers as its ends, not {}", step.ty),
            ))
        };
        let (from, to) = (bound(from)?, bound(to)?);
        let ty = base.ty;
        let op = Op::Slice {
            node: base.into(),
            from,
            to,
        };
        Ok(Step::new(at, ty, op).into())
    }

    fn pointer(&mut self, at: usize, name: &str) -> Checks {
        let Some(closure) = self.closures.last().filter(|closure| !closure.forbidden) else {
            return Err(Mistake::new(
                at,
                "# stands for an element, and here is none",
            ));
        };
        let (ty, op) = match name {
            "" => (closure.element, Op::Element),
            "index" if closure.has_index => (Type::Int, Op::Index),
            "acc" if closure.has_accumulator => (Type::Any, Op::Accumulator),
            _ => return Err(Mistake::new(at, format!("there is no #{name} here"))),
        };
        Ok(Step::new(at, ty, op).into())
    }

    pub(super) fn is_variable(&self, name: &str) -> bool {
        self.variables.iter().any(|variable| variable.name == name)
    }

    fn declaration(&mut self, at: usize, name: &str, value: &Node, body: &Node) -> Checks {
        if ENVIRONMENT.contains(&name)
            || name == "$env"
            || functions::is_builtin(name)
            || self.is_variable(name)
        {
            return Err(Mistake::new(
                at,
                format!("{name} is there already: choose another name"),
            ));
        }
        let value = self.check(value)?;
        let slot = self.slots;
        self.slots += 1;
        self.variables.push(Variable {
            name: name.into(),
            ty: value.step.ty,
            elements: value.elements,
            slot,
        });
        let Checked { step, elements } = self.check(body)?;
        self.variables.pop();
        let ty = step.ty;
        let op = Op::Let {
            slot,
            value: value.step.into(),
            body: step.into(),
        };
        Ok(Checked {
            step: Step::new(at, ty, op),
            elements,
        })
    }

    fn conditional(&mut self, at: usize, [condition, then, otherwise]: &[Node; 3]) -> Checks {
        let condition = self.step(condition)?;
        if !condition.ty.may_be(|ty| ty == Type::Bool) {
            return Err(Mistake::new(
                at,
                format!("before ? stands true or false, this is {}", condition.ty),
            ));
        }
        let (then, otherwise) = (self.step(then)?, self.step(otherwise)?);
        // Where one of the two is not known, the checker goes by the other.
        let ty = match (then.ty, otherwise.ty) {
            (Type::Nil, ty) | (ty, Type::Nil) => ty,
            (then, otherwise) if then.assignable_to(otherwise) => then,
            _ => Type::Any,
        };
        Ok(Step::new(
            at,
            ty,
            Op::Conditional(Box::new([condition, then, otherwise])),
        )
        .into())
    }

    fn list(&mut self, at: usize, nodes: &[Node]) -> Checks {
        let steps = self.steps(nodes)?;
        let alike = steps.windows(2).all(|two| {
            let [left, right] = [two[0].ty, two[1].ty];
            left != Type::Nil && right != Type::Nil && left.same_kind(right)
        });
        let last = steps
            .last()
            .map(|step| step.ty)
            .filter(|ty| alike && *ty != Type::Nil);
        Ok(Checked {
            step: simplify::list(at, steps),
            elements: last,
        })
    }
}
