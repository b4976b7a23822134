//! Statements to the nodes that the JSON form has, too.

use super::RubyError;
use super::expression::{Expression, Value};
use super::parse::{Condition, Statement, What};
use super::value::{Hash, Values};
use crate::json::{Json, Member, Node, Place};

/// What a statement weighs beside its values: an action without any is a few
/// nodes.
const STATEMENT: usize = 10;

pub(super) type Run<T> = Result<T, RubyError>;

/// Runs a program that was written in so many bytes.
pub(super) fn run(program: &[Statement], written: usize) -> Run<Node> {
    let mut runner = Runner {
        values: Values::of(written),
        metadata: None,
        requires: Vec::new(),
        usage: None,
        actions: Vec::new(),
    };
    runner.run(program, Scope::Top, &mut Action::default())?;
    let Some(metadata) = runner.metadata else {
        let at = program
            .first()
            .map_or(Place { line: 1, column: 1 }, |first| first.at);
        return Err(RubyError::new(
            at,
            "there is no `metadata`, with which every DDL starts",
        ));
    };
    let actions = Node::new(Json::List(runner.actions));
    let mut members = vec![
        Member::new("metadata", metadata),
        Member::new("actions", actions),
    ];
    if !runner.requires.is_empty() {
        let requires = Node::new(Json::Object(runner.requires));
        members.push(Member::new("requires", requires));
    }
    members.extend(runner.usage.map(|usage| Member::new("usage", usage)));
    Ok(Node::new(Json::Object(members)))
}

struct Runner {
    values: Values,
    metadata: Option<Node>,
    requires: Vec<Member>,
    usage: Option<Node>,
    actions: Vec<Node>,
}

/// An action while its block runs.
#[derive(Default)]
struct Action {
    display: Option<Node>,
    inputs: Hash,
    outputs: Hash,
    aggregates: Vec<Node>,
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

impl Runner {
    /// Runs statements; `action` is the one that they belong to.
    fn run(&mut self, statements: &[Statement], scope: Scope, action: &mut Action) -> Run<()> {
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
                    let Value::List(items) = &list.value else {
                        return Err(RubyError::new(at, "wanted a list before .each"));
                    };
                    for item in items {
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

    fn holds(&mut self, condition: &Condition) -> Run<bool> {
        let Condition { left, equal, right } = condition;
        let same = self.values.text(left)? == self.values.text(right)?
            && self.values.is_symbol(left) == self.values.is_symbol(right);
        Ok(same == *equal)
    }

    fn call(&mut self, call: &Call<'_>, scope: Scope, action: &mut Action) -> Run<()> {
        match (scope, call.word, call.block) {
            (Scope::Top, "metadata", None) => {
                self.metadata = Some(call.object(self.properties(call, 0)?));
            }
            (Scope::Top, "requires", None) => {
                let requires = self.properties(call, 0)?;
                self.requires.extend(requires);
            }
            (Scope::Top, "usage", None) => self.usage = Some(self.only(call)?),
            (Scope::Top, "action", Some(block)) => {
                let node = self.action(call, block)?;
                self.actions.push(node);
            }
            (Scope::Action, "display", None) => action.display = Some(self.only(call)?),
            (Scope::Action, "input", None) => {
                let entry = self.entry(call)?;
                action.inputs.set(entry);
            }
            (Scope::Action, "output", None) => {
                let entry = self.entry(call)?;
                action.outputs.set(entry);
            }
            (Scope::Action, "summarize", Some(block)) => {
                self.run(block, Scope::Summarize, action)?;
            }
            (Scope::Summarize, "aggregate", None) => {
                let aggregate = self.aggregate(call)?;
                action.aggregates.push(aggregate);
            }
            (scope, word, block) => {
                let block = if block.is_some() { " with a block" } else { "" };
                return Err(call.wrong(&format!(
                    "`{word}`{block} is not understood here: wanted {}",
                    scope.words()
                )));
            }
        }
        Ok(())
    }

    fn action(&mut self, call: &Call<'_>, block: &[Statement]) -> Run<Node> {
        let name = self.name(call)?;
        let properties = self.properties(call, 1)?;
        for property in &properties {
            // In JSON they would be what the block gives.
            if ["action", "input", "output", "display", "aggregate"]
                .iter()
                .any(|key| property.key.eq_ignore_ascii_case(key))
            {
                let what = format!(
                    "an action cannot have :{}: wanted :description",
                    property.key
                );
                return Err(RubyError::new(property.at, what));
            }
        }
        let mut action = Action::default();
        self.run(block, Scope::Action, &mut action)?;
        let mut members = vec![
            Member::new("action", name),
            Member::new("input", action.inputs.node(call.at)),
            Member::new("output", action.outputs.node(call.at)),
        ];
        if !action.aggregates.is_empty() {
            let aggregates = Node::new(Json::List(action.aggregates));
            members.push(Member::new("aggregate", aggregates));
        }
        members.extend(
            action
                .display
                .map(|display| Member::new("display", display)),
        );
        members.extend(properties);
        Ok(Node {
            at: call.at,
            json: Json::Object(members),
        })
    }

    /// `:name, :key => value, ..`
    fn entry(&mut self, call: &Call<'_>) -> Run<Member> {
        let name = self.name(call)?;
        let at = name.at;
        let key = name.as_text().unwrap_or_default().to_owned();
        let value = call.object(self.properties(call, 1)?);
        Ok(Member { at, key, value })
    }

    /// `summary(:output, options ..)`
    fn aggregate(&mut self, call: &Call<'_>) -> Run<Node> {
        let [
            Expression {
                value:
                    Value::Call {
                        function,
                        arguments,
                    },
                ..
            },
        ] = call.arguments
        else {
            return Err(call.wrong(
                "wanted a function and an output after aggregate, such as summary(:status)",
            ));
        };
        self.values.spend(call.at, function.len())?;
        let arguments: Run<Vec<_>> = arguments
            .iter()
            .map(|argument| self.values.value(argument))
            .collect();
        let mut arguments = arguments?;
        let mut function = Node::text(function);
        // How a function is written that clients do not bring along.
        if function.as_text() == Some("method_missing")
            && arguments
                .first()
                .is_some_and(|name| name.as_text().is_some())
        {
            function = arguments.remove(0);
        }
        let members = vec![
            Member::new("function", function),
            Member::new("args", Node::new(Json::List(arguments))),
        ];
        Ok(Node {
            at: call.at,
            json: Json::Object(members),
        })
    }

    /// The first argument, a name.
    fn name(&mut self, call: &Call<'_>) -> Run<Node> {
        match call.arguments.first() {
            Some(name) => self.values.text(name),
            None => Err(call.wrong(&format!("wanted a name after {}", call.word))),
        }
    }

    /// The only argument.
    fn only(&mut self, call: &Call<'_>) -> Run<Node> {
        match call.arguments {
            [value] => self.values.text(value),
            _ => Err(call.wrong(&format!("wanted one word or text after {}", call.word))),
        }
    }

    /// The hash that ends the arguments, behind others.
    fn properties(&mut self, call: &Call<'_>, behind: usize) -> Run<Vec<Member>> {
        let wrong = || call.wrong(&format!("wanted :key => value, .. after {}", call.word));
        let properties = match call.arguments.get(behind..) {
            Some([]) if behind > 0 => return Ok(Vec::new()),
            Some([properties]) => properties,
            _ => return Err(wrong()),
        };
        let Value::Hash(pairs) = &properties.value else {
            return Err(wrong());
        };
        self.values.members(pairs)
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
    /// An object that stands where the call does.
    fn object(&self, members: Vec<Member>) -> Node {
        let json = Json::Object(members);
        Node { at: self.at, json }
    }

    fn wrong(&self, what: &str) -> RubyError {
        RubyError::new(self.at, what)
    }
}
