//! Statements to the nodes that the JSON form has, too.

use std::collections::HashMap;

use super::made::{Action, Hash, member};
use super::tree::{Condition, Expression, Statement, Value, What};
use super::value::Values;
use super::{Again, Read, RubyError};
use crate::json::{self, Json, Member, Node, Place};
use crate::keys;

/// What a statement weighs beside its values: an action without any is a few
/// nodes.
const STATEMENT: usize = 10;

/// Runs a program that was written in so many bytes, and tells what it gives
/// again.
pub(super) fn run(program: &[Statement], written: usize, again: Again<'_>) -> Read<Node> {
    let start = Place { line: 1, column: 1 };
    let mut runner = Runner {
        values: Values::of(written),
        top: Hash::default(),
        requires: Hash::default(),
        actions: Vec::new(),
        by_name: HashMap::new(),
        again,
    };
    runner.run(program, Scope::Top, &mut Action::default())?;
    let mut members = runner.top.members;
    if !members.iter().any(|member| member.key == "metadata") {
        let at = program.first().map_or(start, |first| first.at);
        let what = "there is no `metadata`, with which every DDL starts: write metadata :name => \"..\", ..";
        return Err(RubyError::new(at, what));
    }
    let at = runner.actions.first().map_or(start, |first| first.at);
    let actions = runner.actions.into_iter().map(Action::node).collect();
    members.push(member("actions", at, Json::List(actions)));
    let mut requires = runner.requires.members;
    members.retain_mut(|member| {
        let is_one = member.key == "requires";
        let is_empty = requires.is_empty();
        if is_one {
            member.value.json = Json::Object(std::mem::take(&mut requires));
        }
        !is_one || !is_empty
    });
    Ok(Node {
        at: start,
        json: Json::Object(members),
    })
}

struct Runner<'a> {
    values: Values,
    /// Metadata and usage, and where the requirements are.
    top: Hash,
    requires: Hash,
    actions: Vec<Action>,
    by_name: HashMap<String, usize>,
    again: Again<'a>,
}

/// Where a statement stands, which decides what words there are.
#[derive(Clone, Copy)]
enum Scope {
    Top,
    Action,
    Summarize,
}

impl Scope {
    const fn words(self) -> &'static str {
        match self {
            Self::Top => "metadata, requires, usage, action, `[..].each do |x|` or if",
            Self::Action => "display, input, output, summarize, `[..].each do |x|` or if",
            Self::Summarize => "aggregate, `[..].each do |x|` or if",
        }
    }
}

impl Runner<'_> {
    /// Runs statements; `action` is the one that they belong to.
    fn run(&mut self, statements: &[Statement], scope: Scope, action: &mut Action) -> Read<()> {
        for statement in statements {
            let at = statement.at;
            self.values.spend(at, STATEMENT)?;
            match &statement.what {
                What::Call {
                    word,
                    arguments,
                    block,
                } => {
                    let call = Call {
                        at,
                        word,
                        arguments,
                        block: block.as_deref(),
                    };
                    self.call(&call, scope, action)?;
                }
                What::Each {
                    list,
                    variable,
                    body,
                } => {
                    for item in items(list)? {
                        self.values.bind(variable, item)?;
                        self.run(body, scope, action)?;
                        self.values.unbind();
                    }
                }
                What::If {
                    condition,
                    then,
                    otherwise,
                } => {
                    let branch = if self.holds(condition)? {
                        then
                    } else {
                        otherwise
                    };
                    self.run(branch, scope, action)?;
                }
            }
        }
        Ok(())
    }

    fn holds(&mut self, condition: &Condition) -> Read<bool> {
        let Condition { left, equal, right } = condition;
        let same = self.values.text(left)? == self.values.text(right)?
            && self.values.is_symbol(left) == self.values.is_symbol(right);
        Ok(same == *equal)
    }

    fn call(&mut self, call: &Call<'_>, scope: Scope, action: &mut Action) -> Read<()> {
        match (scope, call.word, call.block) {
            (Scope::Top, "metadata", None) => {
                let about = self.properties(call, 0, keys::METADATA)?;
                let before = self
                    .top
                    .set(member("metadata", call.at, Json::Object(about)));
                self.note(call.at, "$.metadata".into(), "metadata is", before);
            }
            (Scope::Top, "requires", None) => {
                let requires = self.properties(call, 0, &[])?;
                self.top
                    .set(member("requires", call.at, Json::Object(Vec::new())));
                for member in requires {
                    let (at, path) = (member.at, json::at_key("$.requires", &member.key));
                    let before = self.requires.set(member);
                    self.note(at, path, "this requirement is", before);
                }
            }
            (Scope::Top, "usage", None) => {
                let usage = self.only(call)?;
                let before = self.top.set(member("usage", call.at, usage.json));
                self.note(call.at, "$.usage".into(), "usage is", before);
            }
            (Scope::Top, "action", Some(block)) => self.action(call, block)?,
            (Scope::Action, "display", None) => {
                let display = self.only(call)?;
                let before = action.display.set(member("display", call.at, display.json));
                let path = json::at_key(&action.path, "display");
                self.note(call.at, path, "display is", before);
            }
            (Scope::Action, "input", None) => {
                let entry = self.entry(call, keys::INPUT)?;
                self.set(&mut action.inputs, entry, &action.path, "input");
            }
            (Scope::Action, "output", None) => {
                let entry = self.entry(call, keys::OUTPUT)?;
                self.set(&mut action.outputs, entry, &action.path, "output");
            }
            (Scope::Action, "summarize", Some(block)) => {
                self.run(block, Scope::Summarize, action)?;
            }
            (Scope::Summarize, "aggregate", None) => {
                let aggregate = self.aggregate(call)?;
                action.aggregates.push(aggregate);
            }
            (scope, word, block) => {
                let block = match (word, block) {
                    ("action" | "summarize", None) => " without a block",
                    (_, Some(_)) => " with a block",
                    (_, None) => "",
                };
                return Err(call.wrong(&format!(
                    "`{word}`{block} is not understood here: wanted {}",
                    scope.words()
                )));
            }
        }
        Ok(())
    }

    /// Sets an input or output.
    fn set(&mut self, hash: &mut Hash, entry: Member, action: &str, kind: &str) {
        let (at, what) = (entry.at, format!("{kind} {} is", entry.key));
        let path = json::at_key(&json::at_key(action, kind), &entry.key);
        let before = hash.set(entry);
        self.note(at, path, &what, before);
    }

    /// Keeps in mind that something was there before.
    fn note(&mut self, at: Place, path: String, what: &str, before: Option<Place>) {
        if let Some(before) = before {
            let what = format!("{what} there again, as in line {}", before.line);
            (self.again)(at, path, what);
        }
    }

    /// As in clients, what comes later under the name of an action that is there
    /// is added to it.
    fn action(&mut self, call: &Call<'_>, block: &[Statement]) -> Read<()> {
        let name = self.name(call)?.as_text().unwrap_or_default().to_owned();
        let properties = self.properties(call, 1, keys::ACTION)?;
        for property in &properties {
            // In JSON they would be what the block gives.
            if property.key != "description" && keys::ACTION.contains(&&*property.key) {
                let what = format!(
                    "an action cannot have :{}: wanted :description",
                    property.key
                );
                return Err(RubyError::new(property.at, what));
            }
        }
        let index = match self.by_name.get(&name) {
            Some(index) => {
                let index = *index;
                let path = self.actions[index].path.clone();
                let before = Some(self.actions[index].at);
                self.note(call.at, path, &format!("action {name} is"), before);
                index
            }
            None => {
                let index = self.actions.len();
                self.by_name.insert(name.clone(), index);
                let path = json::at_index("$.actions", index);
                self.actions
                    .push(Action::new(call.at, path, name, properties));
                index
            }
        };
        let mut action = std::mem::take(&mut self.actions[index]);
        self.run(block, Scope::Action, &mut action)?;
        self.actions[index] = action;
        Ok(())
    }

    /// `:name, :key => value, ..`
    fn entry(&mut self, call: &Call<'_>, known: &[&str]) -> Read<Member> {
        let name = self.name(call)?;
        let key = name.as_text().unwrap_or_default();
        let value = Json::Object(self.properties(call, 1, known)?);
        Ok(member(key, call.at, value))
    }

    /// `summary(:output, options ..)`, perhaps with a format behind it, which
    /// clients put beside the arguments and never look at.
    fn aggregate(&mut self, call: &Call<'_>) -> Read<Node> {
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
                    "wanted a function and an output after aggregate, such as summary(:status)",
                ));
            }
        };
        self.values.spend(call.at, function.len())?;
        let arguments: Read<Vec<_>> = arguments
            .iter()
            .map(|argument| self.values.value(argument))
            .collect();
        let mut arguments = arguments?;
        let mut function = Json::Text(function.clone());
        // How a function is written that clients do not bring along.
        if matches!(&function, Json::Text(name) if name == "method_missing")
            && arguments
                .first()
                .is_some_and(|name| name.as_text().is_some())
        {
            function = arguments.remove(0).json;
        }
        let mut members = vec![
            member("function", call.at, function),
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
            let what = "wanted :format => \"..\" only behind the function; where it is to count, it belongs \
                        into its parentheses, such as summary(:status, :format => \"..\")";
            RubyError::new(format.at, what)
        };
        let Value::Hash(pairs) = &format.value else {
            return Err(wrong());
        };
        let mut members = self.values.members(pairs)?;
        match (members.pop(), members.len()) {
            (Some(member), 0) if member.key == "format" => {
                Ok(Some(member).filter(|member| !member.value.is_null()))
            }
            _ => Err(wrong()),
        }
    }

    /// The first argument, a name.
    fn name(&mut self, call: &Call<'_>) -> Read<Node> {
        match call.arguments.first() {
            Some(name) => self.values.text(name),
            None => Err(call.wrong(&format!("wanted a name after {}", call.word))),
        }
    }

    /// The only argument.
    fn only(&mut self, call: &Call<'_>) -> Read<Node> {
        match call.arguments {
            [value] => self.values.text(value),
            _ => Err(call.wrong(&format!("wanted one word or text after {}", call.word))),
        }
    }

    /// The hash that ends the arguments, behind others. To Ruby a key in capitals
    /// is another one, to Choria's JSON it is the same.
    fn properties(&mut self, call: &Call<'_>, behind: usize, known: &[&str]) -> Read<Vec<Member>> {
        let wrong = || call.wrong(&format!("wanted :key => value, .. after {}", call.word));
        let properties = match call.arguments.get(behind..) {
            Some([]) if behind > 0 => return Ok(Vec::new()),
            Some([properties]) => properties,
            _ => return Err(wrong()),
        };
        let Value::Hash(pairs) = &properties.value else {
            return Err(wrong());
        };
        let members = self.values.members(pairs)?;
        for member in &members {
            let key = known
                .iter()
                .find(|key| key.eq_ignore_ascii_case(&member.key));
            if let Some(key) = key.filter(|key| **key != member.key) {
                let what = format!("`:{}` is not :{key} to Ruby: write :{key}", member.key);
                return Err(RubyError::new(member.at, what));
            }
        }
        Ok(members)
    }
}

/// What a list before `.each` holds.
fn items(list: &Expression) -> Read<&[Expression]> {
    match &list.value {
        Value::List(items) => Ok(items),
        Value::Method {
            of,
            name,
            arguments,
        } if name == "freeze" && arguments.is_empty() => items(of),
        _ => Err(RubyError::new(
            list.at,
            "wanted a list before .each, such as [\"a\", \"b\"]",
        )),
    }
}

/// One call of a word of the DDL.
struct Call<'a> {
    at: Place,
    word: &'a str,
    arguments: &'a [Expression],
    block: Option<&'a [Statement]>,
}

impl Call<'_> {
    fn wrong(&self, what: &str) -> RubyError {
        RubyError::new(self.at, what)
    }
}
