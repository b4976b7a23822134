//! An agent that repeats what it hears, and two actions that go wrong on
//! purpose, to see what a caller gets then.

use std::process::ExitCode;

use anyhow::Context as _;
use choria_external::{
    Actions, Agent, Call, Context, Display, Failure, Input, Metadata, Output, metadata,
};

/// Repeats what it hears.
#[derive(Default)]
struct Parrot;

/// Repeats a message
#[derive(Input)]
struct Echo {
    /// Message to repeat
    // `shellsafe` is Choria's own rule, and no guard of a shell: `shell_word` is one.
    // Here no shell sees the message.
    #[input(prompt = "Message", maxlength = 120, validation = shellsafe)]
    message: String,
    /// How often to say it
    #[input(prompt = "Times", default = 1)]
    times: u8,
}

#[derive(Output)]
struct Echoed {
    /// The message, repeated
    #[output(display_as = "Message", aggregate = summary)]
    message: String,
}

impl Agent for Parrot {
    const META: Metadata = metadata!(timeout = 10);

    fn actions(actions: &mut Actions<Self>) {
        actions.add("echo", Self::echo).display(Display::Always);
        actions
            .add("fail", Self::fail)
            .about("Fails, with a chain of causes");
        actions
            .add("panic", Self::panic)
            .about("Panics, and the caller still gets a reply");
    }

    /// A node can keep its parrot quiet by `activate = false` in
    /// `plugin.d/parrot.cfg`.
    fn activate(&self, context: &Context) -> Result<bool, Failure> {
        Ok(context.config().flag("activate")?.unwrap_or(true))
    }
}

impl Parrot {
    fn echo(&self, call: &Call, input: Echo) -> Result<Echoed, Failure> {
        tracing::debug!(caller = call.caller(), "echo");
        let said = vec![input.message; input.times.into()].join(" ");
        let message = match call.config().get("prefix") {
            Some(prefix) => format!("{prefix} {said}"),
            None => said,
        };
        Ok(Echoed { message })
    }

    fn fail(&self, _call: &Call, (): ()) -> anyhow::Result<()> {
        let path = "/no/such/seed";
        std::fs::read(path)
            .with_context(|| format!("could not open {path}"))
            .context("the parrot is hungry")?;
        Ok(())
    }

    fn panic(&self, _call: &Call, (): ()) -> Result<(), Failure> {
        panic!("the parrot saw the cat")
    }
}

fn main() -> ExitCode {
    choria_external::dispatch::<Parrot>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use choria_external::{Config, json};
    use std::time::Duration;

    #[test]
    fn the_committed_ddl_is_that_of_the_code() {
        choria_external::assert_ddl::<Parrot>("parrot.json");
    }

    #[test]
    fn echoes() {
        let reply = Parrot.call("echo", json!({"message": "hi"}));
        assert_eq!(
            (reply.statuscode.as_u8(), reply.statusmsg.as_str()),
            (0, "OK")
        );
        assert_eq!(reply.data["message"], "hi");
    }

    #[test]
    fn echoes_with_a_prefix_as_often_as_asked() {
        let context =
            Context::new(Duration::from_secs(10)).with_config(Config::from_text("prefix=say:"));
        let call = Call::local(context, "parrot", "echo");
        let reply = Parrot.call_as(call, json!({"message": "hi", "times": 2}));
        assert_eq!(reply.data["message"], "say: hi hi");
    }

    #[test]
    fn refuses_what_is_not_safe_in_a_shell() {
        let reply = Parrot.call("echo", json!({"message": "a;b"}));
        assert_eq!(reply.statuscode, 4);
        assert_eq!(
            reply.statusmsg,
            "validation failed for input 'message': may not contain ';'"
        );
    }

    #[test]
    fn a_failure_tells_its_causes() {
        let reply = Parrot.call("fail", json!({}));
        assert_eq!(reply.statuscode, 1);
        assert_eq!(
            reply.statusmsg,
            "the parrot is hungry: could not open /no/such/seed: No such file or directory (os error 2)"
        );
    }

    #[test]
    fn a_panic_is_a_reply_too() {
        let reply = Parrot.call("panic", json!({}));
        assert_eq!(reply.statuscode, 5);
        assert_eq!(
            reply.statusmsg,
            "action 'panic' panicked: the parrot saw the cat"
        );
    }

    #[test]
    fn stays_inactive_where_the_settings_say_so() {
        let with = |text| Context::new(Duration::from_secs(2)).with_config(Config::from_text(text));
        assert_eq!(Parrot.activate(&with("")), Ok(true));
        assert_eq!(Parrot.activate(&with("activate = false")), Ok(false));
        assert!(Parrot.activate(&with("activate = perhaps")).is_err());
    }
}
