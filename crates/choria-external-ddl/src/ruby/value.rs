//! The values of expressions, as nodes.

use super::tree::{Expression, Value};
use super::{Read, RubyError, text};
use crate::json::{Json, Member, Node, Place};

/// What loops and variables may make, as weight: loops within loops and values
/// that double end here.
const MOST_REPEATED: usize = 500_000;

/// What each byte of a program may weigh beside that, more than it does where
/// nothing is repeated: a file may be as large as it likes.
const OF_A_BYTE: usize = 3;

/// Lists and hashes within each other in a variable. Each loop could wrap the
/// variable of the one around it, until the stack is full; within this a DDL can
/// also be written as JSON and read again.
const DEEPEST_VARIABLE: usize = 32;

/// What variables there are, and how much may still be made.
pub(super) struct Values {
    variables: Vec<Variable>,
    /// One for each node, and one for each byte of its text.
    left: usize,
}

struct Variable {
    name: String,
    value: Node,
    weight: usize,
    /// In the nodes, symbols are texts; to `==` they are not.
    is_symbol: bool,
}

impl Values {
    /// For a program of so many bytes.
    pub(super) fn of(written: usize) -> Self {
        Self {
            variables: Vec::new(),
            left: MOST_REPEATED.saturating_add(written.saturating_mul(OF_A_BYTE)),
        }
    }

    /// Takes the weight of what is about to be made. Whatever a program can make
    /// is weighed before, or else a small file could fill the memory.
    pub(super) fn spend(&mut self, at: Place, weight: usize) -> Read<()> {
        match self.left.checked_sub(weight) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err(RubyError::new(
                at,
                "this file makes far more than is written in it: loops within loops, or values that double?",
            )),
        }
    }

    pub(super) fn bind(&mut self, name: &str, value: &Expression) -> Read<()> {
        self.spend(value.at, 1 + name.len())?;
        let (name, is_symbol) = (name.to_owned(), self.is_symbol(value));
        let value = self.value(value)?;
        if depth(&value.json) > DEEPEST_VARIABLE {
            let what = format!(
                "more than {DEEPEST_VARIABLE} lists and hashes within each other in `{name}`"
            );
            return Err(RubyError::new(value.at, what));
        }
        self.variables.push(Variable {
            name,
            weight: weight(&value.json),
            value,
            is_symbol,
        });
        Ok(())
    }

    pub(super) fn is_symbol(&self, expression: &Expression) -> bool {
        match &expression.value {
            Value::Symbol(_) => true,
            Value::Variable(name) => self
                .variable(name)
                .is_some_and(|variable| variable.is_symbol),
            Value::Method { of, name, .. } => match name.as_str() {
                "to_sym" => true,
                "to_s" => false,
                _ => self.is_symbol(of),
            },
            _ => false,
        }
    }

    pub(super) fn unbind(&mut self) {
        self.variables.pop();
    }

    /// The pairs as members. Of a key that comes twice the last counts, as
    /// anywhere in JSON.
    pub(super) fn members(&mut self, pairs: &[(Expression, Expression)]) -> Read<Vec<Member>> {
        let mut members = Vec::new();
        for (key, value) in pairs {
            let at = key.at;
            let Json::Text(key) = self.value(key)?.json else {
                let what = "wanted a symbol or text as key of a hash";
                return Err(RubyError::new(at, what));
            };
            let value = self.value(value)?;
            members.push(Member { at, key, value });
        }
        Ok(members)
    }

    pub(super) fn text(&mut self, expression: &Expression) -> Read<Node> {
        let node = self.value(expression)?;
        match node.json {
            Json::Text(_) => Ok(node),
            _ => Err(RubyError::new(expression.at, "wanted a symbol or text")),
        }
    }

    pub(super) fn value(&mut self, expression: &Expression) -> Read<Node> {
        let at = expression.at;
        self.spend(at, 1 + written(&expression.value))?;
        let json = match &expression.value {
            Value::Nil => Json::Null,
            Value::Bool(truth) => Json::Bool(*truth),
            Value::Number(number) => Json::Number(number.clone()),
            Value::Text(text) | Value::Symbol(text) => Json::Text(text.clone()),
            Value::Joined(parts) => {
                let mut whole = String::new();
                for part in parts {
                    let part = shown(&self.value(part)?)?;
                    self.spend(at, part.len())?;
                    whole += &part;
                }
                Json::Text(whole)
            }
            Value::List(items) => {
                let items: Read<_> = items.iter().map(|item| self.value(item)).collect();
                Json::List(items?)
            }
            Value::Hash(pairs) => Json::Object(self.members(pairs)?),
            Value::Variable(name) => {
                let Some(weight) = self.variable(name).map(|variable| variable.weight) else {
                    let what = format!(
                        "`{name}` is not understood here: wanted a value, or a name that `each do |..|` gives"
                    );
                    return Err(RubyError::new(at, what));
                };
                self.spend(at, weight)?;
                self.variable(name)
                    .map_or(Json::Null, |variable| variable.value.json.clone())
            }
            Value::Sum(items) => self.sum(at, items)?,
            Value::Product(items) => self.product(at, items)?,
            Value::Method {
                of,
                name,
                arguments,
            } => self.method(at, of, name, arguments)?,
            Value::Regex(regex) => return Err(RubyError::new(at, text::not_a_pattern(regex))),
            Value::Call { function, .. } => {
                let what = format!(
                    "{function}(..) is not understood here: a .ddl can call nothing, write the value itself"
                );
                return Err(RubyError::new(at, what));
            }
        };
        Ok(Node { at, json })
    }

    /// Of texts one text, of whole numbers their sum.
    fn sum(&mut self, at: Place, items: &[Expression]) -> Read<Json> {
        let wanted = |at| {
            let what =
                "wanted texts only, or whole numbers only, with + between them: write the result";
            RubyError::new(at, what)
        };
        let mut text: Option<String> = None;
        let mut number: Option<i64> = None;
        for item in items {
            let is_symbol = self.is_symbol(item);
            match self.value(item)?.json {
                Json::Text(more) if number.is_none() && !is_symbol => {
                    self.spend(at, more.len())?;
                    text.get_or_insert_default().push_str(&more);
                }
                Json::Number(more) if text.is_none() => {
                    let more: Option<i64> = more.parse().ok();
                    let sum = more.and_then(|more| number.unwrap_or(0).checked_add(more));
                    number = Some(sum.ok_or_else(|| wanted(item.at))?);
                }
                _ => return Err(wanted(item.at)),
            }
        }
        Ok(match (text, number) {
            (Some(text), _) => Json::Text(text),
            (None, number) => Json::Number(number.unwrap_or(0).to_string()),
        })
    }

    fn product(&mut self, at: Place, items: &[Expression]) -> Read<Json> {
        let mut product = 1_i64;
        for item in items {
            let more = whole(&self.value(item)?).and_then(|more| product.checked_mul(more));
            product = more.ok_or_else(|| {
                RubyError::new(
                    at,
                    "wanted whole numbers around *, and a product of 64 bits: write the result",
                )
            })?;
        }
        Ok(Json::Number(product.to_string()))
    }

    fn method(
        &mut self,
        at: Place,
        of: &Expression,
        name: &str,
        arguments: &[Expression],
    ) -> Read<Json> {
        let is_symbol = self.is_symbol(of);
        let value = self.value(of)?;
        let made = match (name, arguments) {
            ("freeze", []) => return Ok(value.json),
            ("to_s", []) => shown(&value)?,
            _ => match (value.as_text(), is_symbol) {
                (Some(text), false) => text_method(at, text, name, arguments)?,
                (Some(word), true) => symbol_method(at, word, name, arguments)?,
                (None, _) => return Err(unknown_method(at, name, "to_s and freeze")),
            },
        };
        self.spend(at, made.len())?;
        Ok(Json::Text(made))
    }

    fn variable(&self, name: &str) -> Option<&Variable> {
        self.variables
            .iter()
            .rev()
            .find(|variable| variable.name == name)
    }
}

/// Bytes that an expression itself makes one copy of.
fn written(value: &Value) -> usize {
    match value {
        Value::Number(text) | Value::Text(text) | Value::Symbol(text) | Value::Variable(text) => {
            text.len()
        }
        _ => 0,
    }
}

/// What a copy of a value costs.
fn weight(json: &Json) -> usize {
    1 + match json {
        Json::Null | Json::Bool(_) => 0,
        Json::Number(text) | Json::Text(text) => text.len(),
        Json::List(items) => items.iter().map(|item| weight(&item.json)).sum(),
        Json::Object(members) => members
            .iter()
            .map(|member| member.key.len() + weight(&member.value.json))
            .sum(),
    }
}

/// Lists and hashes within each other.
fn depth(json: &Json) -> usize {
    match json {
        Json::List(items) => {
            1 + items
                .iter()
                .map(|item| depth(&item.json))
                .max()
                .unwrap_or(0)
        }
        Json::Object(members) => {
            let values = members.iter().map(|member| depth(&member.value.json));
            1 + values.max().unwrap_or(0)
        }
        _ => 0,
    }
}

fn whole(node: &Node) -> Option<i64> {
    match &node.json {
        Json::Number(number) => number.parse().ok(),
        _ => None,
    }
}

/// What `to_s` makes of a value.
fn shown(node: &Node) -> Read<String> {
    match &node.json {
        Json::Null => Ok(String::new()),
        Json::Text(text) => Ok(text.clone()),
        Json::Bool(truth) => Ok(truth.to_string()),
        Json::Number(number) if whole(node).is_some() => Ok(number.clone()),
        _ => Err(RubyError::new(node.at, "wanted a text or a whole number")),
    }
}

/// What symbols and texts have.
fn symbol_method(at: Place, of: &str, name: &str, arguments: &[Expression]) -> Read<String> {
    match (name, arguments) {
        ("to_sym", []) => Ok(of.to_owned()),
        ("upcase", []) => Ok(of.to_uppercase()),
        ("downcase", []) => Ok(of.to_lowercase()),
        ("capitalize", []) => {
            let mut chars = of.chars();
            let first = chars.next().map(|first| first.to_uppercase().to_string());
            Ok(first.unwrap_or_default() + &chars.as_str().to_lowercase())
        }
        _ => Err(unknown_method(
            at,
            name,
            "capitalize, upcase, downcase, to_s, to_sym and freeze",
        )),
    }
}

/// What texts have beside that.
fn text_method(at: Place, of: &str, name: &str, arguments: &[Expression]) -> Read<String> {
    let values: Vec<_> = arguments.iter().map(|argument| &argument.value).collect();
    match (name, &values[..]) {
        ("to_sym" | "upcase" | "downcase" | "capitalize", _) => {
            symbol_method(at, of, name, arguments)
        }
        ("strip", []) => Ok(text::strip(of).to_owned()),
        ("chomp", []) => Ok(text::chomp(of).to_owned()),
        ("sub", [Value::Regex(regex), Value::Text(by)]) => {
            text::sub(of, regex, by).ok_or_else(|| RubyError::new(at, text::WANTED_PATTERN))
        }
        _ => Err(unknown_method(
            at,
            name,
            "capitalize, upcase, downcase, strip, chomp, to_s, to_sym, freeze, and sub(/text/, 'text')",
        )),
    }
}

fn unknown_method(at: Place, name: &str, known: &str) -> RubyError {
    let what =
        format!(".{name} is not understood here: there are {known}: write the result itself");
    RubyError::new(at, what)
}
