use std::cell::Cell;
use std::process::ExitCode;

use choria_external::{Actions, Agent, Metadata, metadata};

struct Counter {
    calls: Cell<u32>,
}

impl Agent for Counter {
    const META: Metadata = metadata!(name = "counter");

    fn actions(_actions: &mut Actions<Self>) {}
}

struct Parrot;

impl Agent for Parrot {
    const META: Metadata = metadata!(name = "parrot");

    fn actions(_actions: &mut Actions<Self>) {}
}

fn main() -> ExitCode {
    let _ = Counter { calls: Cell::new(0) }.calls;
    choria_external::dispatch::<Parrot>()
}
