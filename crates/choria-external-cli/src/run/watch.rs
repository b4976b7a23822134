//! The same call again when a file changes.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::SystemTime;

use anyhow::bail;
use choria_external_host::Supervisor;

use super::once;
use crate::args::Run;
use crate::output::{complain, tell, with_causes};
use crate::show::printable;
use crate::signals::Signals;
use crate::sources::{Sources, Watched};

/// Makes the call, and makes it again with each change, until a signal ends it.
pub(super) fn watch(
    args: &Run,
    supervisor: &Supervisor,
    signals: &Signals,
) -> anyhow::Result<ExitCode> {
    for (given, option) in [(&args.data, "data"), (&args.request, "request")] {
        if given.as_deref() == Some("-") {
            bail!(
                "--watch: standard input can be read once only, give the {option} as --{option} @FILE"
            );
        }
    }
    let mut sources = None;
    loop {
        let since = SystemTime::now();
        let (found, done) = once(args, supervisor, signals);
        if let Some(code) = signals.exit_code() {
            return Ok(ExitCode::from(code));
        }
        sources = found.or(sources);
        if let Err(error) = done {
            // What is not there has nothing that could change.
            if sources.is_none() && !args.agent.exists() {
                return Err(error);
            }
            complain("error", &with_causes(&error));
        }
        let mut all = sources.clone().unwrap_or_else(|| Sources::at(&args.agent));
        all.add(named(args));
        let watched = Watched::new(all, since);
        tell("watching for changes, Ctrl-C ends it\n");
        let Some(file) = watched.wait(supervisor) else {
            let code = signals
                .exit_code()
                .map_or(ExitCode::SUCCESS, ExitCode::from);
            return Ok(code);
        };
        tell(&format!(
            "\n{} changed\n",
            printable(&file.display().to_string())
        ));
    }
}

/// The files that the command line names beside the agent.
fn named(args: &Run) -> Vec<PathBuf> {
    let files = [&args.ddl, &args.functions, &args.config, &args.facts];
    let files = files.into_iter().flatten().cloned();
    let given = [&args.data, &args.request].into_iter().flatten();
    let given = given.filter_map(|given| given.strip_prefix('@'));
    files.chain(given.map(PathBuf::from)).collect()
}
