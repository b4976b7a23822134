//! The actions of an agent.

use std::borrow::Cow;
use std::fmt;

use choria_external_ddl as ddl;
use ddl::Display;
use serde_json::{Map, Value};

use super::call::Call;
use super::input::{Input, Inputs, secret};
use super::output::{Output, Outputs};
use super::secret::Secrets;
use crate::{Failure, Name};

type Untyped<A> =
    dyn Fn(&A, &Call, Map<String, Value>) -> Result<Map<String, Value>, Failure> + Send + Sync;

/// A function that an agent `A` runs for an action: it takes the agent, the
/// [`Call`] and the inputs `I`, and returns the outputs `O` or an error.
///
/// Every function and closure of that shape is one; see [`Actions::add`]. An
/// `async fn` is not.
#[diagnostic::on_unimplemented(
    message = "this cannot be an action of `{A}`",
    label = "expected `fn(&{A}, &Call, inputs) -> Result<outputs, error>`",
    note = "an `async fn` cannot be an action: write a plain one that blocks on the future, in a current-thread runtime \
            and for `call.remaining()` at most, as docs/async.md shows"
)]
pub trait Handler<A, I, O, E>: Fn(&A, &Call, I) -> Result<O, E> {}

// Without this the compiler reports the bounds below, which say nothing of the shape.
#[diagnostic::do_not_recommend]
impl<A, I, O, E, F: Fn(&A, &Call, I) -> Result<O, E>> Handler<A, I, O, E> for F {}

/// The actions of an agent `A`, in the order in which they were added.
pub struct Actions<A> {
    actions: Vec<Action<A>>,
}

/// One action of an agent `A`.
pub struct Action<A> {
    name: &'static str,
    about: Cow<'static, str>,
    display: Display,
    inputs: &'static [ddl::Input],
    /// Which of them are secret.
    secrets: &'static [bool],
    outputs: &'static [ddl::Output],
    aggregates: &'static [ddl::Aggregate],
    handler: Box<Untyped<A>>,
}

impl<A> Actions<A> {
    /// Adds an action: a function that takes the agent, the [`Call`] and the typed
    /// inputs, and returns the typed outputs.
    ///
    /// Its description in the DDL is the doc comment of the inputs' type, or what
    /// [`Action::about`] sets.
    ///
    /// # Panics
    /// Panics if the name is not one or more of a-z, 0-9 and _, or is used already: a
    /// server crashes at two actions with one name.
    #[track_caller]
    pub fn add<I, O, E>(
        &mut self,
        name: &'static str,
        handler: impl Handler<A, I, O, E> + Send + Sync + 'static,
    ) -> &mut Action<A>
    where
        I: Input,
        O: Output,
        E: Into<Failure>,
    {
        assert!(
            Name::is_valid(name),
            "{name:?} is not a valid action name: expected a-z, 0-9 and _"
        );
        assert!(
            self.find(name).is_none(),
            "there are two actions called {name:?}"
        );
        self.actions.push(Action {
            name,
            about: Cow::Borrowed(I::ABOUT),
            display: Display::default(),
            inputs: I::INPUTS,
            secrets: I::SECRETS,
            outputs: O::OUTPUTS,
            aggregates: O::AGGREGATES,
            handler: Box::new(move |agent, call, data| {
                let input = Inputs::read(data)?;
                Outputs::of(handler(agent, call, input).map_err(Into::into)?)
            }),
        });
        let last = self.actions.len() - 1;
        &mut self.actions[last]
    }

    pub(crate) fn of(add: impl FnOnce(&mut Self)) -> Self {
        let mut actions = Self {
            actions: Vec::new(),
        };
        add(&mut actions);
        actions
    }

    fn find(&self, name: &str) -> Option<&Action<A>> {
        self.actions.iter().find(|action| action.name == name)
    }

    /// Runs the action that is called, and keeps its secrets.
    pub(crate) fn run(
        &self,
        agent: &A,
        call: &Call,
        data: Map<String, Value>,
        secrets: &Secrets,
    ) -> Result<Map<String, Value>, Failure> {
        let Some(action) = self.find(call.action()) else {
            // The server's words, and what would help.
            return Err(Failure::unknown_action(format_args!(
                "unknown action {}#{}; the agent has {self}",
                call.agent(),
                call.action(),
            )));
        };
        let mut secret = secret(action.inputs, action.secrets).peekable();
        if secret.peek().is_some() {
            secrets.keep(secret.map(|input| &*input.name), &data);
        }
        (action.handler)(agent, call, data)
    }

    /// The actions as the DDL has them.
    pub(crate) fn ddl(&self) -> Vec<ddl::Action> {
        let action = |action: &Action<A>| ddl::Action {
            name: Cow::Borrowed(action.name),
            description: match &action.about {
                // Choria's schema refuses an empty one.
                about if about.is_empty() => Cow::Borrowed(action.name),
                about => about.clone(),
            },
            display: action.display.clone(),
            inputs: Cow::Borrowed(action.inputs),
            outputs: Cow::Borrowed(action.outputs),
            aggregates: Cow::Borrowed(action.aggregates),
            extra: ddl::Extra::NONE,
        };
        self.actions.iter().map(action).collect()
    }
}

/// The names, for people.
impl<A> fmt::Display for Actions<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.actions.iter().map(|action| action.name).collect();
        match names[..] {
            [] => f.write_str("none"),
            _ => f.write_str(&names.join(", ")),
        }
    }
}

impl<A> fmt::Debug for Actions<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Actions({self})")
    }
}

impl<A> Action<A> {
    /// Sets the description of the action in the DDL, a sentence.
    pub fn about(&mut self, about: &'static str) -> &mut Self {
        self.about = Cow::Borrowed(about);
        self
    }

    /// Sets which replies a client shows. By default clients show those that failed.
    pub fn display(&mut self, display: Display) -> &mut Self {
        self.display = display;
        self
    }
}

impl<A> fmt::Debug for Action<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Action({})", self.name)
    }
}
