//! Statements to the nodes that the JSON form has, too.

mod arguments;

use std::collections::HashMap;

use super::made::{Action, Hash, member};
use super::object::{Object, Thing};
use super::tree::{Expression, Statement, What};
use super::value::Values;
use super::{Note, NoteKind, Notes, Read, RubyError};
use crate::json::{self, Json, Member, Node, Place};
use crate::keys;

/// What a statement weighs beside its values: an action without any is a few
/// nodes.
const STATEMENT: usize = 10;

/// Runs a program that was written in so many bytes, and reports what is odd.
pub(super) fn run(program: &[Statement], written: usize, notes: Notes<'_>) -> Read<Node> {
    let start = Place { line: 1, column: 1 };
    let mut runner = Runner {
        values: Values::of(written),
        top: Hash::default(),
        requires: Hash::default(),
        actions: Vec::new(),
        by_name: HashMap::new(),
        notes,
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

struct Runner<'p, 'n> {
    values: Values<'p>,
    /// Metadata and usage, and where the requirements are.
    top: Hash,
    requires: Hash,
    actions: Vec<Action>,
    by_name: HashMap<String, usize>,
    notes: Notes<'n>,
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

    /// Whether Ruby's clients find a function here that stands without `aggregate`:
    /// in `summarize` all, elsewhere those that they bring along.
    fn finds(self, function: &str) -> bool {
        let is_everywhere = matches!(function, "summary" | "average" | "sum");
        is_everywhere
            || matches!(self, Self::Summarize) && matches!(function, "boolean_summary" | "chart")
    }
}

impl<'p> Runner<'p, '_> {
    /// Runs statements; `action` is the one that they belong to.
    fn run(&mut self, statements: &'p [Statement], scope: Scope, action: &mut Action) -> Read<()> {
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
                    for item in self.items(list)? {
                        self.values.open_block();
                        self.values.bind(variable, item)?;
                        self.run(body, scope, action)?;
                        self.values.close_block();
                    }
                }
                What::If {
                    condition,
                    then,
                    otherwise,
                } => {
                    let branch = if self.values.value(condition)?.is_true() {
                        then
                    } else {
                        otherwise
                    };
                    self.run(branch, scope, action)?;
                }
                What::Assign { name, value } => {
                    self.values.assign(name, value)?;
                }
                What::Define { name, method } => self.values.define(name, method),
                // What a method gives is not asked for here.
                What::Value(value) => {
                    self.values.value(value)?;
                }
            }
        }
        Ok(())
    }

    /// Runs statements of a block, whose variables are its own.
    fn block(&mut self, block: &'p [Statement], scope: Scope, action: &mut Action) -> Read<()> {
        self.values.open_block();
        self.run(block, scope, action)?;
        self.values.close_block();
        Ok(())
    }

    /// What a list before `.each` holds.
    fn items(&mut self, list: &Expression) -> Read<Vec<Object>> {
        match self.values.value(list)?.thing {
            Thing::List(items) => Ok(items),
            _ => Err(RubyError::new(
                list.at,
                "expected a list before .each, such as [\"a\", \"b\"]",
            )),
        }
    }

    fn call(&mut self, call: &Call<'p>, scope: Scope, action: &mut Action) -> Read<()> {
        match (scope, call.word, call.block) {
            (Scope::Top, "metadata", None) => {
                let about = self.properties(call, 0, keys::METADATA, "$.metadata")?;
                let before = self
                    .top
                    .set(member("metadata", call.at, Json::Object(about)));
                self.note(call.at, "$.metadata".into(), "metadata is", before);
            }
            (Scope::Top, "requires", None) => {
                let requires = self.properties(call, 0, &[], "$.requires")?;
                self.top
                    .set(member("requires", call.at, Json::Object(Vec::new())));
                for member in requires {
                    let (at, path) = (member.at, json::at_key("$.requires", &member.key));
                    let before = self.requires.set(member);
                    self.note(at, path, "this requirement is", before);
                }
            }
            (Scope::Top, "usage", None) => {
                let usage = self.only(call)?.into_node();
                let before = self.top.set(member("usage", call.at, usage.json));
                self.note(call.at, "$.usage".into(), "usage is", before);
            }
            (Scope::Top, "action", block) => self.action(call, block.unwrap_or_default())?,
            (Scope::Action, "display", None) => {
                let display = self.only(call)?.into_node();
                let before = action.display.set(member("display", call.at, display.json));
                let path = json::at_key(&action.path, "display");
                self.note(call.at, path, "display is", before);
            }
            (Scope::Action, "input", None) => {
                let entry = self.entry(call, keys::INPUT, &json::at_key(&action.path, "input"))?;
                self.set(&mut action.inputs, entry, &action.path, "input");
            }
            (Scope::Action, "output", None) => {
                let entry =
                    self.entry(call, keys::OUTPUT, &json::at_key(&action.path, "output"))?;
                self.set(&mut action.outputs, entry, &action.path, "output");
            }
            (Scope::Action, "summarize", Some(block)) => {
                self.block(block, Scope::Summarize, action)?;
            }
            (Scope::Summarize, "aggregate", None) => {
                let aggregate = self.aggregate(call)?;
                action.aggregates.push(aggregate);
            }
            (scope, function, None) if scope.finds(function) => {
                for argument in call.arguments {
                    self.values.value(argument)?;
                }
                self.no_effect(call, action);
            }
            (scope, word, None) if let Some(method) = self.values.method_named(word) => {
                self.values.enter(call.at, word, method, call.arguments)?;
                self.run(&method.body, scope, action)?;
                self.values.leave();
            }
            (scope, word, block) => {
                let block = match (word, block) {
                    ("summarize", None) => " without a block",
                    (_, Some(_)) => " with a block",
                    (_, None) => "",
                };
                return Err(call.wrong(&format!(
                    "`{word}`{block} is not understood here: expected {}",
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
            let kind = NoteKind::GivenAgain;
            (self.notes)(Note {
                at,
                path,
                kind,
                what,
            });
        }
    }

    /// A function that stands alone.
    fn no_effect(&mut self, call: &Call<'_>, action: &Action) {
        let path = if action.path.is_empty() {
            "$".to_owned()
        } else {
            json::at_key(&action.path, "aggregate")
        };
        (self.notes)(Note {
            at: call.at,
            path,
            kind: NoteKind::NoAggregate,
            what: format!(
                "`{}` stands without `aggregate` and sums nothing up",
                call.word
            ),
        });
    }

    /// As in clients, what comes later under the name of an action that is there
    /// is added to it.
    fn action(&mut self, call: &Call<'_>, block: &'p [Statement]) -> Read<()> {
        let name = self.name(call)?.as_word().unwrap_or_default().to_owned();
        let properties = self.properties(call, 1, keys::ACTION, "$.actions")?;
        for property in &properties {
            // In JSON they would be what the block gives.
            if property.key != "description" && keys::ACTION.contains(&&*property.key) {
                let what = format!(
                    "an action cannot have :{}: expected :description",
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
        self.block(block, Scope::Action, &mut action)?;
        self.actions[index] = action;
        Ok(())
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
