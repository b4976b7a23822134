//! What stands behind the words of a DDL.

use super::super::made::member;
use super::super::object::{Object, Pair, Thing};
use super::super::tree::{Expression, Value};
use super::super::{Note, NoteKind, Read, RubyError};
use super::{Call, Runner};
use crate::json::{self, Json, Member, Node};

impl Runner<'_, '_> {
    /// `:name, :key => value, ..`
    pub(super) fn entry(&mut self, call: &Call<'_>, known: &[&str], path: &str) -> Read<Member> {
        let name = self.name(call)?;
        let key = name.as_word().unwrap_or_default();
        let path = json::at_key(path, key);
        let value = Json::Object(self.properties(call, 1, known, &path)?);
        Ok(member(key, call.at, value))
    }

    /// `summary(:output, options ..)`, perhaps with a format behind it, which
    /// clients put beside the arguments and never look at.
    pub(super) fn aggregate(&mut self, call: &Call<'_>) -> Read<Node> {
        let (function, arguments, format) = match call.arguments {
            [
                Expression {
                    value:
                        Value::Call {
                            function,
                            arguments,
                        },
                    ..
                },
            ] => (function, arguments, None),
            [
                Expression {
                    value:
                        Value::Call {
                            function,
                            arguments,
                        },
                    ..
                },
                format,
            ] => (function, arguments, Some(format)),
            _ => {
                return Err(call.wrong(
                    "expected a function and an output after aggregate, such as summary(:status)",
                ));
            }
        };
        self.values.spend(call.at, function.len())?;
        let arguments: Read<Vec<_>> = arguments
            .iter()
            .map(|argument| self.values.value(argument))
            .collect();
        let mut arguments = arguments?;
        let mut function = function.clone();
        // How a function is written that clients do not bring along.
        if function == "method_missing"
            && let Some(name) = arguments.first().and_then(Object::as_word)
        {
            name.clone_into(&mut function);
            arguments.remove(0);
        }
        let arguments = arguments.into_iter().map(Object::into_node).collect();
        let mut members = vec![
            member("function", call.at, Json::Text(function)),
            member("args", call.at, Json::List(arguments)),
        ];
        if let Some(format) = format {
            members.extend(self.format(format)?);
        }
        Ok(Node {
            at: call.at,
            json: Json::Object(members),
        })
    }

    /// `:format => ".."`; nil is as good as none.
    fn format(&mut self, format: &Expression) -> Read<Option<Member>> {
        let wrong = || {
            let what = "expected :format => \"..\" only behind the function; where it is to count, it belongs \
                        into its parentheses, such as summary(:status, :format => \"..\")";
            RubyError::new(format.at, what)
        };
        let Value::Hash(pairs) = &format.value else {
            return Err(wrong());
        };
        let mut pairs = self.values.pairs(pairs)?;
        match (pairs.pop(), pairs.len()) {
            (Some(pair), 0) if pair.key == "format" => {
                let member = pair.into_member();
                Ok(Some(member).filter(|member| !member.value.is_null()))
            }
            _ => Err(wrong()),
        }
    }

    /// The first argument, a name.
    pub(super) fn name(&mut self, call: &Call<'_>) -> Read<Object> {
        match call.arguments.first() {
            Some(name) => self.values.word(name),
            None => Err(call.wrong(&format!("expected a name after {}", call.word))),
        }
    }

    /// The only argument.
    pub(super) fn only(&mut self, call: &Call<'_>) -> Read<Object> {
        match call.arguments {
            [value] => self.values.word(value),
            _ => Err(call.wrong(&format!(
                "expected one symbol or string after {}",
                call.word
            ))),
        }
    }

    /// The hash that ends the arguments, behind others. To Ruby a key in capitals
    /// is another one, to Choria's JSON it is the same.
    pub(super) fn properties(
        &mut self,
        call: &Call<'_>,
        behind: usize,
        known: &[&str],
        path: &str,
    ) -> Read<Vec<Member>> {
        let wrong = || call.wrong(&format!("expected :key => value, .. after {}", call.word));
        let properties = match call.arguments.get(behind..) {
            Some([]) if behind > 0 => return Ok(Vec::new()),
            Some([properties]) => properties,
            _ => return Err(wrong()),
        };
        let Thing::Hash(mut pairs) = self.values.value(properties)?.thing else {
            return Err(wrong());
        };
        for pair in &mut pairs {
            let key = known.iter().find(|key| key.eq_ignore_ascii_case(&pair.key));
            if let Some(key) = key.filter(|key| **key != pair.key) {
                let what = format!("`:{}` is not :{key} to Ruby: write :{key}", pair.key);
                return Err(RubyError::new(pair.at, what));
            }
            if key.is_some_and(|key| matches!(*key, "optional" | "service")) {
                self.truth(pair, path);
            }
        }
        Ok(pairs.into_iter().map(Pair::into_member).collect())
    }

    /// Ruby takes any value for true or false, JSON only these two.
    fn truth(&mut self, pair: &mut Pair, path: &str) {
        let value = &mut pair.value;
        if let Thing::Bool(_) | Thing::Nil = value.thing {
            return;
        }
        (self.notes)(Note {
            at: pair.at,
            path: json::at_key(path, &pair.key),
            kind: NoteKind::NotBoolean,
            what: format!("{} became true, which it is to Ruby", value.shown()),
        });
        value.thing = Thing::Bool(true);
    }
}
