//! The values of expressions, as nodes.

use std::collections::HashMap;

use super::expression::{Expression, Value};
use super::run::Run;
use super::{RubyError, text};
use crate::json::{Json, Member, Node, Place};

/// Bytes of the texts that a program makes: those that double end here.
const MOST_BYTES: usize = 32 << 20;

/// What variables there are, and how much was made of them.
#[derive(Default)]
pub(super) struct Values {
    variables: Vec<Variable>,
    bytes: usize,
}

struct Variable {
    name: String,
    value: Node,
    /// In the nodes, symbols are texts; to `==` they are not.
    is_symbol: bool,
}

/// A hash of Ruby: a key that comes again keeps its place and gets another
/// value.
#[derive(Default)]
pub(super) struct Hash(pub(super) Vec<Member>, HashMap<String, usize>);

impl Hash {
    pub(super) fn set(&mut self, member: Member) {
        match self.1.get(&member.key) {
            Some(at) => self.0[*at].value = member.value,
            None => {
                self.1.insert(member.key.clone(), self.0.len());
                self.0.push(member);
            }
        }
    }

    pub(super) fn node(self, at: Place) -> Node {
        let json = Json::Object(self.0);
        Node { at, json }
    }
}

impl Values {
    pub(super) fn bind(&mut self, name: &str, value: &Expression) -> Run<()> {
        let (name, is_symbol) = (name.to_owned(), self.is_symbol(value));
        let value = self.value(value)?;
        self.variables.push(Variable {
            name,
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
    pub(super) fn members(&mut self, pairs: &[(Expression, Expression)]) -> Run<Vec<Member>> {
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

    pub(super) fn text(&mut self, expression: &Expression) -> Run<Node> {
        let node = self.value(expression)?;
        match node.json {
            Json::Text(_) => Ok(node),
            _ => Err(RubyError::new(expression.at, "wanted a symbol or text")),
        }
    }

    pub(super) fn value(&mut self, expression: &Expression) -> Run<Node> {
        let at = expression.at;
        let json = match &expression.value {
            Value::Nil => Json::Null,
            Value::Bool(truth) => Json::Bool(*truth),
            Value::Number(number) => Json::Number(number.clone()),
            Value::Text(text) | Value::Symbol(text) => Json::Text(text.clone()),
            Value::Joined(parts) => {
                let mut whole = String::new();
                for part in parts {
                    whole += &shown(&self.value(part)?)?;
                }
                Json::Text(whole)
            }
            Value::List(items) => {
                let items: Run<_> = items.iter().map(|item| self.value(item)).collect();
                Json::List(items?)
            }
            Value::Hash(pairs) => Json::Object(self.members(pairs)?),
            Value::Variable(name) => match self.variable(name) {
                Some(variable) => variable.value.json.clone(),
                None => {
                    let what = format!(
                        "`{name}` is not understood here: wanted a value, or a name that `each do |..|` gives"
                    );
                    return Err(RubyError::new(at, what));
                }
            },
            Value::Product(left, right) => {
                let product = whole(&self.value(left)?)
                    .zip(whole(&self.value(right)?))
                    .and_then(|(left, right)| left.checked_mul(right));
                match product {
                    Some(product) => Json::Number(product.to_string()),
                    None => {
                        return Err(RubyError::new(
                            at,
                            "wanted two whole numbers, and a product of 64 bits",
                        ));
                    }
                }
            }
            Value::Method {
                of,
                name,
                arguments,
            } => {
                let of = shown(&self.value(of)?)?;
                Json::Text(method(at, &of, name, arguments)?)
            }
            Value::Regex(_) => {
                return Err(RubyError::new(
                    at,
                    "a regular expression is a text in a DDL: write it in quotes",
                ));
            }
            Value::Call { function, .. } => {
                let what = format!("{function}(..) is not understood here: wanted a value");
                return Err(RubyError::new(at, what));
            }
        };
        if let Json::Text(text) = &json {
            self.bytes += text.len();
        }
        if self.bytes > MOST_BYTES {
            return Err(RubyError::new(
                at,
                "the texts of this file are more than 32 MiB together",
            ));
        }
        Ok(Node { at, json })
    }

    fn variable(&self, name: &str) -> Option<&Variable> {
        self.variables
            .iter()
            .rev()
            .find(|variable| variable.name == name)
    }
}

fn whole(node: &Node) -> Option<i64> {
    match &node.json {
        Json::Number(number) => number.parse().ok(),
        _ => None,
    }
}

/// What `to_s` makes of a value.
fn shown(node: &Node) -> Run<String> {
    match &node.json {
        Json::Null => Ok(String::new()),
        Json::Text(text) => Ok(text.clone()),
        Json::Bool(truth) => Ok(truth.to_string()),
        Json::Number(number) if whole(node).is_some() => Ok(number.clone()),
        _ => Err(RubyError::new(node.at, "wanted a text or a whole number")),
    }
}

fn method(at: Place, of: &str, name: &str, arguments: &[Expression]) -> Run<String> {
    match (name, arguments) {
        ("to_s" | "to_sym", []) => Ok(of.to_owned()),
        ("upcase", []) => Ok(of.to_uppercase()),
        ("downcase", []) => Ok(of.to_lowercase()),
        ("capitalize", []) => {
            let mut chars = of.chars();
            let first = chars.next().map(|first| first.to_uppercase().to_string());
            Ok(first.unwrap_or_default() + &chars.as_str().to_lowercase())
        }
        (
            "sub",
            [
                Expression {
                    value: Value::Regex(pattern),
                    ..
                },
                Expression {
                    value: Value::Text(by),
                    ..
                },
            ],
        ) => text::sub(of, pattern, by).ok_or_else(|| RubyError::new(at, text::WANTED_PATTERN)),
        _ => {
            let what = format!(
                ".{name} is not understood here: wanted capitalize, upcase, downcase, to_s, to_sym, or sub(/text/, 'text')"
            );
            Err(RubyError::new(at, what))
        }
    }
}
