//! Work for `benches/huge`: an agent for requests of any size, and, as
//! `huge alone FILE` and `huge echo FILE`, what `serde_json` alone does with such
//! a file: reads it into a value, and writes that again.

use std::error::Error;
use std::fs;
use std::hint::black_box;
use std::process::ExitCode;

use choria_external::{Actions, Agent, Call, Failure, Input, Metadata, Output, Value, metadata};
use serde_json::Map;

#[derive(Default)]
struct Huge;

/// Takes inputs of any size
#[derive(Input)]
struct Inputs {
    /// A text
    #[input(maxlength = 1_000_000_000)]
    text: Option<String>,
    /// Values, each typed
    values: Option<Vec<Value>>,
    /// Values as they come
    hash: Option<Map<String, Value>>,
}

#[derive(Output)]
struct Taken {
    /// How much it was
    length: usize,
}

#[derive(Output)]
struct Echoed {
    /// The text
    text: Option<String>,
    /// The values
    values: Option<Vec<Value>>,
    /// The hash
    hash: Option<Map<String, Value>>,
}

impl Agent for Huge {
    const META: Metadata = metadata!(
        name = "huge",
        description = "d",
        author = "a",
        url = "https://choria.io",
        timeout = 600
    );

    fn actions(actions: &mut Actions<Self>) {
        actions.add("take", Self::take);
        actions.add("echo", Self::echo);
    }
}

impl Huge {
    fn take(&self, _call: &Call, input: Inputs) -> Result<Taken, Failure> {
        let text = input.text.map_or(0, |text| text.len());
        let values = input.values.map_or(0, |values| values.len());
        Ok(Taken {
            length: text + values + input.hash.map_or(0, |hash| hash.len()),
        })
    }

    fn echo(&self, _call: &Call, input: Inputs) -> Result<Echoed, Failure> {
        Ok(Echoed {
            text: input.text,
            values: input.values,
            hash: input.hash,
        })
    }
}

fn alone(file: &str, write: bool) -> Result<(), Box<dyn Error>> {
    let bytes = fs::read(file)?;
    let value: Value = serde_json::from_slice(&bytes)?;
    drop(bytes);
    if write {
        black_box(serde_json::to_vec(&value)?);
    }
    black_box(value);
    Ok(())
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    let done = match &arguments[..] {
        [_, word, file] if word == "alone" => alone(file, false),
        [_, word, file] if word == "echo" => alone(file, true),
        _ => return choria_external::dispatch::<Huge>(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("huge: {error}");
            ExitCode::FAILURE
        }
    }
}
