//! Processes that a server keeps an eye on.

use choria_external::{Actions, Agent, Display, Input, Metadata, Output, Value, metadata};

use super::reached;

#[derive(Default)]
pub(super) struct Executor;

/// Sends a signal to a job
#[derive(Input)]
struct Signal {
    /// Which job
    #[input(maxlength = 20, validation = ".")]
    id: String,
    /// The number of the signal
    signal: i64,
}

#[derive(Output)]
struct Signalled {
    /// The process
    pid: i64,
    /// Whether it was there
    running: bool,
}

/// Finds jobs
#[derive(Input)]
struct Query {
    /// Of which action
    #[input(maxlength = 20, validation = "^[\\w]+$")]
    action: Option<String>,
    /// Of which agent
    #[input(maxlength = 20, validation = "^[\\w]+$")]
    agent: Option<String>,
    /// Started before this time
    before: Option<i64>,
    /// Of which caller
    #[input(maxlength = 50, validation = ".")]
    caller: Option<String>,
    /// Of which command
    #[input(maxlength = 256, validation = ".")]
    command: Option<String>,
    /// Whether they have ended
    completed: Option<bool>,
    /// On which node
    #[input(maxlength = 256, validation = ".")]
    identity: Option<String>,
    /// Of which request
    #[input(maxlength = 20, validation = ".")]
    requestid: Option<String>,
    /// Whether they run
    running: Option<bool>,
    /// Started after this time
    since: Option<i64>,
}

#[derive(Output)]
struct Jobs {
    /// Those that were found
    jobs: serde_json::Map<String, Value>,
}

/// Tells how a job is
#[derive(Input)]
struct Status {
    /// Which job
    #[input(maxlength = 20, validation = ".")]
    id: String,
}

#[derive(Output)]
struct Job {
    /// What runs
    command: String,
    /// With what
    args: String,
    /// Started by which action
    action: String,
    /// Started by which agent
    agent: String,
    /// Who wanted it
    caller: String,
    /// How it ended
    exit_code: i64,
    /// Why it ended
    exit_reason: String,
    /// The process
    pid: i64,
    /// In which request it was wanted
    requestid: String,
    /// Whether it runs
    running: bool,
    /// Whether it ever ran
    started: bool,
    /// Since when
    start_time: String,
    /// Until when
    terminate_time: String,
    /// How much it printed
    stdout_bytes: i64,
    /// How much it complained
    stderr_bytes: i64,
}

impl Agent for Executor {
    const META: Metadata = metadata!(name = "executor", version = "0.29.4", timeout = 20);

    fn actions(actions: &mut Actions<Self>) {
        actions
            .add("signal", reached::<_, Signal, Signalled>)
            .display(Display::Always);
        actions
            .add("list", reached::<_, Query, Jobs>)
            .display(Display::Always);
        actions
            .add("status", reached::<_, Status, Job>)
            .display(Display::Always);
    }
}
