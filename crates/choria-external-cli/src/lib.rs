//! The `choria-external` command, as a library: [`main`] is all of it.
//!
//! It is thin: it reads the command line, asks `choria-external-host` or
//! `choria-external-ddl`, and shows the answer. The only rules of Choria that are
//! written here are those of its packages, in `package`, and of a throwaway
//! network, in `net`, a feature that is on by default.

#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

mod args;
mod built;
mod call_data;
mod check;
mod completions;
mod ddl;
mod discover;
mod doctor;
mod functions;
mod logging;
mod man;
mod nearest;
#[cfg(feature = "net")]
mod net;
mod new;
mod node;
mod on_path;
mod output;
mod package;
mod paint;
mod progress;
mod protocols;
mod report;
mod run;
mod show;
mod signals;
mod sources;
mod supervise;
mod test_files;
mod threads;

use std::process::ExitCode;

use choria_external_host::whole_file;
use clap::Parser as _;

use crate::args::{Args, Command};

/// Exit code of a wrong command line, and of trouble in the harness itself.
const TROUBLE: u8 = 2;

/// Runs the command with the arguments of this process.
pub fn main() -> ExitCode {
    let logs = logging::start();
    if let Some(code) = supervise::watched() {
        return code;
    }
    let done = logs.and_then(|()| match Args::try_parse() {
        Ok(args) => self::command(args.command),
        Err(error) => usage(&error),
    });
    done.unwrap_or_else(|error| {
        output::complain("error", &output::with_causes(&error));
        ExitCode::from(TROUBLE)
    })
}

fn command(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Run(args) => run::run(&args),
        Command::Test(args) => test_files::test(&args),
        Command::Check(args) => check::check(&args),
        Command::Discover(args) => discover::discover(&args),
        Command::Ddl(args) => ddl::ddl(&args.command),
        Command::New(args) => new::new(&args),
        Command::Doctor(args) => doctor::doctor(&args),
        #[cfg(feature = "net")]
        Command::Net(args) => net::net(&args.command),
        Command::Package(args) => package::package(&args),
        Command::Protocols(args) => protocols::protocols(&args),
        Command::Completions(args) => completions::completions(&args),
        Command::Man(args) => man::man(&args),
    }
}

/// Help, or what is wrong with the command line.
fn usage(error: &clap::Error) -> anyhow::Result<ExitCode> {
    if !error.use_stderr() {
        output::print(&error.render().to_string())?;
        return Ok(ExitCode::SUCCESS);
    }
    // Where that cannot be written, the exit code still tells.
    let _ = error.print();
    if args::wants_json(std::env::args_os()) {
        let text = error.render().to_string();
        let text = text.trim_start_matches("error: ").trim_end();
        output::print(&report::failed(&[], text))?;
    }
    Ok(ExitCode::from(TROUBLE))
}
