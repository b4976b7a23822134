//! An agent that starts a long chain of processes, each a child of the one before, for
//! tests.

use std::process::{Command, ExitCode};

use choria_external::{Actions, Agent, Call, Failure, Input, Metadata, metadata};

#[derive(Default)]
struct Ancestor;

/// Starts a chain, whose last process asks this program to end
#[derive(Input)]
struct Chain {
    /// How many processes
    #[input(default = 500)]
    length: i64,
    /// A file that they hold open
    #[input(maxlength = 4096)]
    hold: String,
}

impl Agent for Ancestor {
    const META: Metadata = metadata!(name = "ancestor", timeout = 60);

    fn actions(actions: &mut Actions<Self>) {
        actions.add("go", Self::go);
    }
}

impl Ancestor {
    fn go(&self, _: &Call, input: Chain) -> Result<(), Failure> {
        // Its script and the number of those that follow are its arguments.
        let link = format!(
            "if [ $1 -gt 1 ]; then sh -c \"$0\" \"$0\" $(($1 - 1)); :; \
             else kill -TERM {}; exec sleep 600; fi",
            std::process::id()
        );
        let first = format!("exec 3> {}; {link}", input.hold);
        let mut shell = Command::new("sh");
        shell.args(["-c", &first, &link, &input.length.to_string()]);
        let status = shell.status().map_err(Failure::aborted)?;
        Err(Failure::aborted(format_args!("the chain ended: {status}")))
    }
}

fn main() -> ExitCode {
    choria_external::dispatch::<Ancestor>()
}
