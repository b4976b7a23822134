//! An agent that says as much as it is asked to, in its reply and in the log, for
//! tests in a real network.

use std::process::ExitCode;

use choria_external::{Actions, Agent, Call, Failure, Input, Metadata, Output, metadata};
use serde_json::Value;

#[derive(Default)]
struct Talker;

/// Says something
#[derive(Input)]
struct Much {
    /// Lines in the log
    #[input(default = 0)]
    lines: u32,
    /// Bytes of the reply
    #[input(default = 0)]
    bytes: u32,
}

#[derive(Output)]
struct Said {
    /// What was asked for
    text: String,
}

#[derive(Output)]
struct Known {
    /// A fact
    role: String,
    /// A setting
    setting: String,
    /// Who asks
    caller: String,
}

impl Agent for Talker {
    const META: Metadata = metadata!(name = "talker", timeout = 60);

    fn actions(actions: &mut Actions<Self>) {
        actions.add("say", Self::say);
        actions.add("know", Self::know);
    }
}

impl Talker {
    fn say(&self, _call: &Call, input: Much) -> Result<Said, Failure> {
        for number in 0..input.lines {
            tracing::info!("line {number} of the talker {}", "x".repeat(80));
        }
        let text = "x".repeat(input.bytes as usize);
        Ok(Said { text })
    }

    fn know(&self, call: &Call, (): ()) -> anyhow::Result<Known> {
        let fact = call.facts().value("node.role").and_then(Value::as_str);
        Ok(Known {
            role: fact.unwrap_or("none").into(),
            setting: call.config().get("setting").unwrap_or("none").into(),
            caller: call.caller().into(),
        })
    }
}

fn main() -> ExitCode {
    choria_external::dispatch::<Talker>()
}
