//! `choria-external discover`.

use std::io::{self, IsTerminal as _};
use std::process::ExitCode;

use anyhow::Context as _;
use choria_external_host::discovery::DiscoveryOutcome;
use choria_external_host::log::LogLine;
use choria_external_host::{Source, Supervisor};

use crate::args::Discover;
use crate::built;
use crate::output::{complain, print, tell};
use crate::show::printable_json;
use crate::signals::Signals;
use crate::{show, supervise};

/// Asks the source and shows what `choria discover` would. What that would not
/// show goes to standard error.
pub(crate) fn discover(args: &Discover) -> anyhow::Result<ExitCode> {
    let supervisor = supervise::supervisor();
    let signals = Signals::watch(&supervisor).context("could not watch for signals")?;
    let typed = args.filters.typed();
    for surprise in typed.surprises() {
        complain("note", &surprise);
    }
    for warning in typed.warnings() {
        tell(&format!("warning: {}\n", show::printable_lines(&warning)));
    }
    let filter = match typed.filter(&args.agent) {
        Ok(filter) => filter,
        Err(error) => return Ok(could_not_run(&error.to_string())),
    };

    let source = source(args, supervisor.clone());
    built::source(&source);
    let counts = args.verbose && !args.json;
    if counts {
        print("Discovering nodes using the external method .... ")?;
    }
    let discovered = source.discover(&filter);
    let left = supervisor.end_all();
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
    supervise::warn_of(&left);
    let code = match &discovered.nodes {
        Ok(nodes) => {
            print(&found(args, &discovered, nodes))?;
            ExitCode::SUCCESS
        }
        Err(error) => could_not_run(&error.to_string()),
    };
    let log: Vec<LogLine> = match &discovered.nodes {
        Err(error) => {
            let reason = error.to_string();
            let mut log = discovered.log;
            log.retain(|line| !repeats(&line.line, &reason));
            log
        }
        Ok(_) if args.verbose => discovered.log,
        Ok(_) => Vec::new(),
    };
    tell(&show::log(&log));
    Ok(code)
}

fn source(args: &Discover, supervisor: Supervisor) -> Source {
    let mut source = Source::from_command(args.command.as_deref().unwrap_or_default());
    source.options = args.options();
    source.build = built::build(args.profile);
    source.supervisor = supervisor;
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

/// Whether a line of the log says no more than the reason does: programs write
/// there why they fail, too.
fn repeats(line: &str, reason: &str) -> bool {
    let mut parts = reason
        .lines()
        .map(str::trim)
        .filter(|part| !part.is_empty());
    let first = parts.next().unwrap_or_default();
    let line = line.trim();
    (!first.is_empty() && line.ends_with(first)) || parts.any(|part| part == line)
}

/// What goes to standard output. For other programs the names are data and stay
/// as they are; at a terminal none of them moves the cursor.
fn found(args: &Discover, discovered: &DiscoveryOutcome, nodes: &[String]) -> String {
    if args.json {
        return printable_json(&String::from_utf8_lossy(&discovered.to_json())) + "\n";
    }
    let at_terminal = io::stdout().is_terminal();
    let mut text = String::new();
    for node in nodes {
        if at_terminal {
            text += &show::printable(node);
        } else {
            text += node;
        }
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
    tell(&format!(
        "could not run: {}\n",
        show::printable_lines(reason)
    ));
    ExitCode::FAILURE
}

#[cfg(test)]
mod tests {
    use super::repeats;

    #[test]
    fn the_log_does_not_say_the_reason_again() {
        let reason = "no node can match: line 1\n  with(\n      ^";
        for line in [
            "ERROR choria_external: code 4: no node can match: line 1",
            "  with(",
            "      ^",
            "no node can match: line 1",
        ] {
            assert!(repeats(line, reason), "{line}");
        }
        assert!(!repeats("", reason) && !repeats("could not read the file", reason));
        assert!(!repeats("anything", ""));
    }
}
