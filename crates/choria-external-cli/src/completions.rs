//! `choria-external completions`.

use std::process::ExitCode;

use clap::CommandFactory as _;

use crate::args::{Args, Completions};
use crate::output::print;

/// Prints the script.
pub(crate) fn completions(args: &Completions) -> anyhow::Result<ExitCode> {
    let mut script = Vec::new();
    clap_complete::generate(
        args.shell,
        &mut Args::command(),
        "choria-external",
        &mut script,
    );
    // For bash, clap_complete writes the name of a program with a hyphen in two
    // ways, so that nothing below the first word is ever offered.
    let script = String::from_utf8_lossy(&script)
        .replace("choria__subcmd__external__", "choria__external__");
    print(&script)?;
    Ok(ExitCode::SUCCESS)
}
