//! The `choria-external` command, as a library: [`main`] is all of it.
//!
//! It is thin: it reads the command line, asks `choria-external-host`, and
//! shows the answer. No rule of Choria is written here.

mod args;
mod protocols;
mod run;
mod show;

use std::process::ExitCode;

use clap::Parser as _;

use crate::args::{Args, Command};

/// Exit code of a wrong command line, and of trouble in the harness itself.
const TROUBLE: u8 = 2;

/// Runs the command with the arguments of this process.
pub fn main() -> ExitCode {
    let done = match Args::parse().command {
        Command::Run(args) => run::run(&args),
        Command::Protocols(args) => protocols::protocols(&args),
    };
    done.unwrap_or_else(|error| {
        eprintln!("error: {}", show::printable(&format!("{error:#}")));
        ExitCode::from(TROUBLE)
    })
}
