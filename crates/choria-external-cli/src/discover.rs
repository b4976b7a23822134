//! `choria-external discover`.

use std::process::ExitCode;

use anyhow::Context as _;
use choria_external_host::{Cancel, Discovered, Source};

use crate::args::Discover;
use crate::output::{complain, print, tell};
use crate::show;
use crate::signals::Signals;

/// Asks the source and shows what `choria discover` would. What that would not
/// show goes to standard error.
pub(crate) fn discover(args: &Discover) -> anyhow::Result<ExitCode> {
    let cancel = Cancel::default();
    let signals = Signals::watch(&cancel).context("could not watch for signals")?;
    let typed = args.filters.typed();
    for surprise in typed.surprises() {
        complain("note", &surprise);
    }
    let filter = match typed.filter(&args.agent) {
        Ok(filter) => filter,
        Err(error) => return Ok(could_not_run(&error.to_string())),
    };

    let counts = args.verbose && !args.json;
    if counts {
        print("Discovering nodes using the external method .... ")?;
    }
    let discovered = source(args, cancel).discover(&filter);
    if counts {
        let found = discovered.as_ref().ok();
        let nodes = found.and_then(|found| found.nodes.as_ref().ok());
        print(&format!("{}\n", nodes.map_or(0, Vec::len)))?;
    }
    if let Some(code) = signals.exit_code() {
        return Ok(ExitCode::from(code));
    }
    let discovered = discovered?;

    for warning in &discovered.warnings {
        complain("warning", warning);
    }
    let code = match &discovered.nodes {
        Ok(nodes) => {
            print(&found(args, &discovered, nodes))?;
            ExitCode::SUCCESS
        }
        Err(reason) => could_not_run(reason),
    };
    if args.verbose || discovered.nodes.is_err() {
        tell(&show::log(&discovered.log));
    }
    Ok(code)
}

fn source(args: &Discover, cancel: Cancel) -> Source {
    let mut source = Source::from_command(args.command.as_deref().unwrap_or_default());
    source.options = args.options();
    source.cancel = cancel;
    // An empty text is as good as none, as choria has it.
    if let Some(collective) = args.collective.as_ref().filter(|name| !name.is_empty()) {
        source.collective.clone_from(collective);
    }
    if let Some(names) = args.federations.as_ref().filter(|names| !names.is_empty()) {
        let names = names.split(',').map(|name| name.trim().into());
        source.federations = Some(names.collect());
    }
    let whole = args.discovery_timeout.filter(|limit| !limit.is_zero());
    if let Some(limit) = args.timeout.or(whole) {
        source.timeout = limit;
    }
    source
}

/// What goes to standard output. The names are data for other programs, and
/// stay as they are.
fn found(args: &Discover, discovered: &Discovered, nodes: &[String]) -> String {
    if args.json {
        return String::from_utf8_lossy(&discovered.to_json()).into_owned() + "\n";
    }
    let mut text = String::new();
    for node in nodes {
        text += node;
        text.push('\n');
    }
    if args.verbose {
        text += &format!(
            "\nDiscovered {} nodes using the external method in {:.2} seconds\n",
            nodes.len(),
            discovered.time.as_secs_f64()
        );
    }
    text
}

/// A reason can have several lines.
fn could_not_run(reason: &str) -> ExitCode {
    let lines: Vec<String> = reason.split('\n').map(show::printable).collect();
    tell(&format!("could not run: {}\n", lines.join("\n")));
    ExitCode::FAILURE
}
