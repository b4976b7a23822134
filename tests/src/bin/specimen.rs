//! An agent for tests: one action for each thing that a handler can use.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::{Instant, UNIX_EPOCH};

use choria_external::{
    Actions, Agent, Call, Context, Failure, Input, List, Metadata, Output, Value, json, metadata,
};

#[derive(Default)]
struct Specimen;

/// Looks a fact up
#[derive(Input)]
struct Fact {
    /// Path of the fact
    #[input(maxlength = 100)]
    path: String,
}

/// Looks a setting up
#[derive(Input)]
struct Setting {
    /// Its key
    #[input(maxlength = 100)]
    key: String,
}

#[derive(Output)]
struct Found {
    /// What was found
    value: Option<Value>,
}

#[derive(List)]
enum Size {
    Small,
    VeryLarge,
}

/// Takes one input of each type
#[derive(Input)]
struct Types {
    /// A text, checked by a regular expression
    #[input(maxlength = 10, validation = "^[a-z]+$")]
    text: Option<String>,
    /// A small whole number
    whole: Option<u8>,
    /// A number
    float: Option<f64>,
    /// A truth
    truth: Option<bool>,
    /// One of a list
    size: Option<Size>,
    /// Whole numbers
    numbers: Option<Vec<i64>>,
    /// Names and whole numbers
    named: Option<BTreeMap<String, i64>>,
    /// An address
    #[input(maxlength = 40, validation = ipaddress)]
    address: Option<String>,
}

#[derive(Output)]
struct Typed {
    /// All of them, in Rust's notation
    text: String,
    /// The list's choice, as it came
    size: Option<Size>,
}

/// Gives a number that JSON may not hold
#[derive(Input)]
struct Divide {
    /// Divisor of 1
    by: f64,
}

#[derive(Output)]
struct Quotient {
    /// The quotient
    quotient: f64,
}

/// Repeats a text of any size
#[derive(Input)]
struct Repeat {
    /// The text
    #[input(maxlength = 1_000_000_000)]
    text: String,
}

#[derive(Output)]
struct Repeated {
    /// The text
    text: String,
}

#[derive(Output)]
struct Seen {
    /// All that the call says
    call: Value,
}

impl Agent for Specimen {
    const META: Metadata = metadata!(name = "specimen", timeout = 5);

    fn actions(actions: &mut Actions<Self>) {
        actions.add("fact", Self::fact);
        actions.add("setting", Self::setting);
        actions.add("types", Self::types);
        actions.add("divide", Self::divide);
        actions.add("repeat", Self::repeat);
        actions
            .add("call", Self::see)
            .about("Gives back all that the call says");
        actions.add("log", Self::log).about("Logs at every level");
        actions.add("print", Self::print).about("Prints to stdout");
        actions.add("span", Self::span).about("Logs within a span");
        actions
            .add("code", Self::code)
            .about("Fails with a code of its own");
    }

    fn activate(&self, context: &Context) -> Result<bool, Failure> {
        assert!(
            context.config().get("panic").is_none(),
            "no activation today"
        );
        let wanted: Option<String> = context.config().get("only_on").map(Into::into);
        let family: Option<String> = context.facts().find("os.family")?;
        Ok(wanted.is_none() || wanted == family)
    }
}

impl Specimen {
    fn fact(&self, call: &Call, input: Fact) -> Result<Found, Failure> {
        let value = call.facts().find(&input.path)?;
        Ok(Found { value })
    }

    fn setting(&self, call: &Call, input: Setting) -> Result<Found, Failure> {
        let value = call.config().get(&input.key).map(Into::into);
        Ok(Found { value })
    }

    fn types(&self, _call: &Call, input: Types) -> Result<Typed, Failure> {
        let text = format!(
            "{:?} {:?} {:?} {:?} {:?} {:?} {:?}",
            input.text,
            input.whole,
            input.float,
            input.truth,
            input.numbers,
            input.named,
            input.address
        );
        Ok(Typed {
            text,
            size: input.size,
        })
    }

    fn divide(&self, _call: &Call, input: Divide) -> Result<Quotient, Failure> {
        Ok(Quotient {
            quotient: 1.0 / input.by,
        })
    }

    fn repeat(&self, _call: &Call, input: Repeat) -> Result<Repeated, Failure> {
        Ok(Repeated { text: input.text })
    }

    fn see(&self, call: &Call, (): ()) -> anyhow::Result<Seen> {
        let left = call.deadline().duration_since(Instant::now());
        let call = json!({
            "agent": call.agent(),
            "action": call.action(),
            "request_id": call.request_id(),
            "sender": call.sender(),
            "caller": call.caller(),
            "collective": call.collective(),
            "ttl": call.ttl().as_secs(),
            "time": call.time().duration_since(UNIX_EPOCH)?.as_secs(),
            "seconds_left": left.as_secs(),
        });
        Ok(Seen { call })
    }

    fn log(&self, _call: &Call, (): ()) -> Result<(), Failure> {
        tracing::trace!("a trace");
        tracing::debug!("a detail");
        tracing::info!(count = 2, "an information");
        tracing::warn!("a warning");
        tracing::error!("an error");
        Ok(())
    }

    fn print(&self, _call: &Call, (): ()) -> Result<(), Failure> {
        println!("printed");
        Ok(())
    }

    fn span(&self, _call: &Call, (): ()) -> Result<(), Failure> {
        let _entered = tracing::info_span!("outer", depth = 1).entered();
        let current = tracing::Span::current();
        let name = current.metadata().map_or("none", |span| span.name());
        tracing::info!("inside, current {name}");
        Ok(())
    }

    fn code(&self, _call: &Call, (): ()) -> Result<(), Failure> {
        Err(Failure::with_code(77, "for the caller").log("for the log"))
    }
}

fn main() -> ExitCode {
    choria_external::dispatch::<Specimen>()
}
