//! `choria-external run`.

use std::fs;
use std::process::ExitCode;

use anyhow::Context as _;
use choria_external_host::{Call, Cancel, Facts, Outcome, Program};

use crate::args::Run;
use crate::output::{complain, print};
use crate::signals::Signals;
use crate::{report, show};

/// Calls the action and shows what came of it.
pub(crate) fn run(args: &Run) -> anyhow::Result<ExitCode> {
    let cancel = Cancel::default();
    let signals = Signals::watch(&cancel).context("could not watch for signals")?;
    let mut warnings = Vec::new();
    let called = call(args, &cancel, &mut warnings);
    if let Some(code) = signals.exit_code() {
        return Ok(ExitCode::from(code));
    }
    let (program, outcome) = match called {
        Ok(called) => called,
        Err(error) => {
            if args.json {
                print(&report::failed(&warnings, &format!("{error:#}")))?;
            }
            return Err(error);
        }
    };
    if args.json {
        print(&report::called(&warnings, &outcome))?;
    } else {
        for warning in &outcome.warnings {
            complain("warning", warning);
        }
        print(&show::text(&program, &args.action, &outcome))?;
    }
    let well = outcome.reply.is_some_and(|reply| reply.statuscode.is_ok());
    Ok(if well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Warnings of before the call are shown before it, which can take long; with
/// `--json` they are kept.
fn call(
    args: &Run,
    cancel: &Cancel,
    warnings: &mut Vec<String>,
) -> anyhow::Result<(Program, Outcome)> {
    let mut program = Program::find_or_cancel(&args.agent, args.ddl.as_deref(), cancel)?;
    *warnings = program.warnings();
    if !args.json {
        for warning in &*warnings {
            complain("warning", warning);
        }
    }
    if let Some(config) = &args.config {
        let config = config
            .canonicalize()
            .with_context(|| format!("could not read the configuration {}", config.display()))?;
        program.config = Some(config);
    }
    if let Some(path) = &args.facts {
        let bytes = fs::read(path)
            .with_context(|| format!("could not read the facts {}", path.display()))?;
        program.facts = Facts::from_json(bytes).with_context(|| path.display().to_string())?;
    }
    if let Some(limit) = args.timeout {
        program.limit = limit;
    }
    let inputs = program.inputs_from_text(&args.action, &args.inputs)?;
    let outcome = program.call(&Call::new(&*args.action, &inputs))?;
    Ok((program, outcome))
}
