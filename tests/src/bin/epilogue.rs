//! An agent whose log comes to an end in every way there is, once the reply is written.

use std::hint::black_box;
use std::process::{ExitCode, abort, exit};
use std::sync::OnceLock;
use std::thread;

use choria_external::{Actions, Agent, Call, Failure, Input, Metadata, metadata};
use signal_hook::consts::{SIGHUP, SIGTERM};
use signal_hook::low_level::raise;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Subscriber};

#[derive(Default)]
struct Epilogue;

/// Gives the log something to say
#[derive(Input)]
struct How {
    /// How the log ends
    #[input(maxlength = 100)]
    way: String,
    /// Whether the handler answers
    answers: bool,
}

static WAY: OnceLock<String> = OnceLock::new();

impl Agent for Epilogue {
    const META: Metadata = metadata!(name = "epilogue", timeout = 2);

    fn actions(actions: &mut Actions<Self>) {
        actions.add("go", Self::go);
    }
}

impl Epilogue {
    fn go(&self, _: &Call, input: How) -> Result<(), Failure> {
        let _ = WAY.set(input.way);
        if input.answers {
            return Err(Failure::aborted("this is the reply"));
        }
        let _ = raise(SIGTERM);
        never()
    }
}

fn never() -> ! {
    loop {
        thread::park();
    }
}

#[expect(unconditional_recursion, reason = "this is what it is for")]
fn overflow(depth: u64) -> u64 {
    let room = black_box([depth; 100]);
    room[0] + overflow(depth + 1) + black_box(room)[99]
}

/// The log of this program.
struct Log;

impl Subscriber for Log {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        *metadata.level() == Level::ERROR
    }

    fn event(&self, _: &Event<'_>) {
        let Some(way) = WAY.get() else {
            return;
        };
        match &**way {
            "abort" => abort(),
            "exit" => exit(3),
            "exit in a thread" => {
                thread::spawn(|| exit(3));
                never();
            }
            "hang" => never(),
            "memory" => drop(black_box(vec![1_u8; 1 << 40])),
            // Its own line would be the next event.
            "panic" => std::panic::resume_unwind(Box::new("in the log")),
            "stack" => drop(black_box(overflow(0))),
            "signals" => {
                for signal in [SIGTERM, SIGHUP, SIGTERM] {
                    let _ = raise(signal);
                }
            }
            way => panic!("there is no way {way:?}"),
        }
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

fn main() -> ExitCode {
    tracing::subscriber::set_global_default(Log).expect("there is no other log");
    choria_external::dispatch::<Epilogue>()
}
