//! Agents.

use std::sync::OnceLock;
use std::time::Duration;

use choria_external_protocol::{FunctionType as _, Rpc, RpcReply};
use serde_json::{Map, Value};

use super::actions::Actions;
use super::call::Call;
use super::context::Context;
use super::failures::{caught, unsent};
use crate::{Failure, Metadata};

/// A Choria agent: actions that callers anywhere in the network run on this
/// node.
///
/// ```
/// use choria_external::{Actions, Agent, Call, Failure, Input, Metadata, Output, json, metadata};
///
/// #[derive(Default)]
/// struct Parrot;
///
/// /// Repeats what it hears
/// #[derive(Input)]
/// struct Echo {
///     /// Message to repeat
///     #[input(maxlength = 120)]
///     message: String,
/// }
///
/// #[derive(Output)]
/// struct Echoed {
///     /// The message, repeated
///     message: String,
/// }
///
/// impl Agent for Parrot {
///     const META: Metadata = metadata!(
///         name = "parrot", description = "A talking bird", author = "R.I.P.", url = "https://choria.io"
///     );
///
///     fn actions(actions: &mut Actions<Self>) {
///         actions.add("echo", Self::echo);
///     }
/// }
///
/// impl Parrot {
///     fn echo(&self, _call: &Call, input: Echo) -> Result<Echoed, Failure> {
///         Ok(Echoed { message: input.message })
///     }
/// }
///
/// assert_eq!(Parrot.call("echo", json!({"message": "hi"})).data["message"], "hi");
/// assert_eq!(Parrot.call("echo", json!({})).statusmsg, "input 'message' is required");
/// ```
///
/// `fn main() -> ExitCode { choria_external::dispatch::<Parrot>() }` makes it a program,
/// with a value made by its [`Default`]. A process that answers many requests, such as a
/// server, has one value for all of them: what the value holds, such as a pool of
/// connections, lives as long.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an agent",
    note = "implement `choria_external::Agent` for it"
)]
pub trait Agent: Send + Sync + Sized + 'static {
    /// Name, version and the rest, by [`metadata!`](crate::metadata).
    const META: Metadata;

    /// Adds the actions.
    fn actions(actions: &mut Actions<Self>);

    /// Returns whether the agent wants to be active on this node. The server asks once,
    /// when it starts. By default the answer is yes.
    ///
    /// The settings are there, but Choria passes no facts. The answer has to come within 2
    /// seconds, during which every other external agent of the server waits; an error
    /// counts as no.
    ///
    /// # Errors
    /// Returns why there is no answer; the reason goes to the log.
    fn activate(&self, context: &Context) -> Result<bool, Failure> {
        let _ = context;
        Ok(true)
    }

    /// Runs an action in this process, for tests: no files, no environment.
    ///
    /// Returns the reply that this program would write, also after a failure or a panic.
    /// (A server fills in the defaults of missing outputs.)
    fn call(&self, action: &str, data: Value) -> RpcReply {
        let context = Context::new(limit::<Self>());
        self.call_as(Call::local(context, &*Self::META.name, action), data)
    }

    /// Runs an action in this process, as the [`Call`] says.
    fn call_as(&self, call: Call, data: Value) -> RpcReply {
        let data = match data {
            Value::Object(data) => Ok(data),
            Value::Null => Ok(Map::new()),
            _ => Err(Failure::invalid_data("the data is not a JSON object")),
        };
        let reply: RpcReply = data
            .and_then(|data| run(self, &OnceLock::new(), &call, data))
            .into();
        // One that cannot be sent is not what the program would write.
        match Rpc::write_reply(&reply) {
            Ok(_) => reply,
            Err(error) => Rpc::failed(&unsent(error)),
        }
    }
}

fn limit<A: Agent>() -> Duration {
    Duration::from_secs(A::META.timeout.unsigned_abs())
}

/// Runs an action; a panic becomes a failure. Neither tells a secret. The list of
/// actions is made if it is not there yet, which is the author's code, too.
pub(crate) fn run<A: Agent>(
    agent: &A,
    actions: &OnceLock<Actions<A>>,
    call: &Call,
    data: Map<String, Value>,
) -> Result<Map<String, Value>, Failure> {
    let secrets = &call.context().running().secrets;
    caught(
        || format!("action '{}'", call.action()),
        || {
            let actions = actions.get_or_init(|| Actions::of(A::actions));
            actions.run(agent, call, data, secrets)
        },
    )
    .map_err(|failure| secrets.hide(failure))
}
