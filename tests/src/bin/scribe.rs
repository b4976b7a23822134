//! An agent with a subscriber of its own: the server's log is one layer of it, and a
//! file of JSON lines, whose path is in `SCRIBE_FILE`, another.

use std::fs::File;
use std::process::ExitCode;

use choria_external::{Actions, Agent, Call, Failure, LogLayer, Metadata, dispatch, metadata};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

#[derive(Default)]
struct Scribe;

impl Agent for Scribe {
    const META: Metadata = metadata!(
        name = "scribe",
        description = "Writes its log twice",
        author = "a",
        url = "u"
    );

    fn actions(actions: &mut Actions<Self>) {
        actions
            .add("write", |_: &Self, _: &Call, (): ()| {
                let span = tracing::info_span!("work", step = 1, late = tracing::field::Empty);
                span.record("late", "two\nlines");
                let _in_it = span.enter();
                tracing::debug!("details");
                tracing::info!(count = 3, "as it is");
                tracing::error!("wrong\nWARN forged");
                Ok::<_, Failure>(())
            })
            .about("Logs");
        actions
            .add("flood", |_: &Self, _: &Call, (): ()| {
                for number in 0..100 {
                    tracing::info!("line {number} {}", "x".repeat(100));
                }
                tracing::info!("{}", "y".repeat(100_000));
                Ok::<_, Failure>(())
            })
            .about("Logs much");
        actions
            .add("fail", |_: &Self, _: &Call, (): ()| {
                Err::<(), _>(Failure::aborted("no ink").log("the pot is empty"))
            })
            .about("Fails");
    }
}

fn main() -> ExitCode {
    let subscriber = tracing_subscriber::registry().with(LogLayer::new());
    let file = std::env::var_os("SCRIBE_FILE").and_then(|path| File::create(path).ok());
    match file {
        Some(file) => subscriber
            .with(tracing_subscriber::fmt::layer().json().with_writer(file))
            .init(),
        None => subscriber.init(),
    }
    dispatch::<Scribe>()
}
