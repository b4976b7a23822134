//! An agent that, started as `keeper assert FILE`, compares its DDL with a file,
//! as a test of its author's does.

use std::process::ExitCode;

use choria_external::{Actions, Agent, Call, Failure, Input, Metadata, assert_ddl, metadata};

#[derive(Default)]
struct Keeper;

/// Keeps a thing
#[derive(Input)]
struct Keep {
    /// The thing
    #[input(maxlength = 20, validation = shellsafe)]
    thing: String,
    /// How long, in days
    #[input(default = 7)]
    days: u16,
}

impl Agent for Keeper {
    const META: Metadata = metadata!(name = "keeper", version = "1.0.0");

    fn actions(actions: &mut Actions<Self>) {
        actions.add("keep", Self::keep);
    }
}

impl Keeper {
    fn keep(&self, _call: &Call, input: Keep) -> Result<(), Failure> {
        tracing::info!("{} is kept for {} days", input.thing, input.days);
        Ok(())
    }
}

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    match &arguments[..] {
        [word, file] if word == "assert" => {
            assert_ddl::<Keeper>(file);
            ExitCode::SUCCESS
        }
        _ => choria_external::dispatch::<Keeper>(),
    }
}
