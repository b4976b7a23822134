//! The variables of a program.

use std::collections::HashMap;

use super::object::Object;

/// Which variables there are, and which of them can be seen.
///
/// A block sees those around it, and what it makes itself ends with it; `if` is no
/// block. A method sees its parameters and constants only.
#[derive(Default)]
pub(super) struct Scopes {
    /// The values of each name, the innermost last.
    variables: HashMap<String, Vec<Variable>>,
    open: Vec<Open>,
    constants: HashMap<String, Value>,
}

#[derive(Default)]
struct Open {
    /// What was made in it.
    names: Vec<String>,
    /// The outermost that can be seen from it.
    first: usize,
}

struct Variable {
    scope: usize,
    value: Value,
}

/// A value, and what a copy of it costs.
pub(super) struct Value {
    pub(super) object: Object,
    pub(super) weight: usize,
}

impl Scopes {
    /// Starts a block.
    pub(super) fn open_block(&mut self) {
        let first = self.open.last().map_or(0, |open| open.first);
        let names = Vec::new();
        self.open.push(Open { names, first });
    }

    /// Starts a method.
    pub(super) fn open_method(&mut self) {
        let first = self.open.len();
        let names = Vec::new();
        self.open.push(Open { names, first });
    }

    /// Ends a block or method.
    pub(super) fn close(&mut self) {
        for name in self.open.pop().unwrap_or_default().names {
            if let Some(all) = self.variables.get_mut(&name) {
                all.pop();
            }
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        if is_constant(name) {
            return self.constants.get(name);
        }
        let first = self.open.last().map_or(0, |open| open.first);
        let variable = self.variables.get(name)?.last()?;
        (variable.scope >= first).then_some(&variable.value)
    }

    /// `name = value`: another value for what can be seen, or a new variable.
    pub(super) fn assign(&mut self, name: &str, value: Value) {
        if is_constant(name) {
            self.constants.insert(name.to_owned(), value);
            return;
        }
        let first = self.open.last().map_or(0, |open| open.first);
        let last = self.variables.get_mut(name).and_then(|all| all.last_mut());
        match last.filter(|variable| variable.scope >= first) {
            Some(variable) => variable.value = value,
            None => self.bind(name, value),
        }
    }

    /// A variable of the innermost block, whatever is around it.
    pub(super) fn bind(&mut self, name: &str, value: Value) {
        if self.open.is_empty() {
            self.open_block();
        }
        let scope = self.open.len() - 1;
        let variable = Variable { scope, value };
        self.variables
            .entry(name.to_owned())
            .or_default()
            .push(variable);
        if let Some(open) = self.open.last_mut() {
            open.names.push(name.to_owned());
        }
    }
}

/// Whether a name is that of a constant.
pub(super) fn is_constant(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase())
}
