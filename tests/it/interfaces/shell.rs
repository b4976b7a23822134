//! Commands of the shell.

use choria_external::{Actions, Agent, Display, Input, Metadata, Output, Value, metadata};

use super::reached;

#[derive(Default)]
pub(super) struct Shell;

/// Runs a command and waits for its end
#[derive(Input)]
struct Run {
    /// The whole command line
    #[input(maxlength = 10_240, validation = ".*")]
    command: String,
    /// As which user
    #[input(maxlength = 1024, validation = ".*")]
    user: Option<String>,
    /// Seconds until it is killed
    timeout: Option<f64>,
}

#[derive(Output)]
struct Ran {
    /// What it printed
    stdout: Value,
    /// What it complained of
    stderr: Value,
    /// Whether it ended well
    success: Value,
    /// How it ended
    exitcode: Value,
}

/// Starts a command and leaves it alone
#[derive(Input)]
struct Start {
    /// The whole command line
    #[input(maxlength = 10_240, validation = ".*")]
    command: String,
    /// As which user
    #[input(maxlength = 1024, validation = ".*")]
    user: Option<String>,
}

#[derive(Output)]
struct Started {
    /// What the command is known by
    handle: Value,
}

/// Tells how a command is
#[derive(Input)]
struct Status {
    /// Which one, as its start said
    #[input(maxlength = 36, validation = "^[0-9a-z\\-]*$")]
    handle: String,
    /// Bytes of the output to pass over
    stdout_offset: Option<i64>,
    /// Bytes of the complaints to pass over
    stderr_offset: Option<i64>,
}

#[derive(Output)]
struct Known {
    /// How it is
    status: Value,
    /// What it printed since
    stdout: Value,
    /// What it complained of since
    stderr: Value,
    /// How it ended
    exitcode: Value,
}

/// Ends a command
#[derive(Input)]
struct Kill {
    /// Which one, as its start said
    #[input(maxlength = 36, validation = "^[0-9a-z\\-]*$")]
    handle: String,
}

#[derive(Output)]
struct Jobs {
    /// All commands that were started
    jobs: Value,
}

impl Agent for Shell {
    const META: Metadata = metadata!(name = "shell", version = "1.1.0", timeout = 180);

    fn actions(actions: &mut Actions<Self>) {
        actions
            .add("kill", reached::<_, Kill, ()>)
            .display(Display::Always);
        actions
            .add("list", reached::<_, (), Jobs>)
            .display(Display::Always);
        actions
            .add("run", reached::<_, Run, Ran>)
            .display(Display::Always);
        actions
            .add("start", reached::<_, Start, Started>)
            .display(Display::Always);
        actions
            .add("status", reached::<_, Status, Known>)
            .display(Display::Always);
    }
}
