//! `choria-external run`.
//!
//! | module | what it holds |
//! |---|---|
//! | `actions` | the agent's actions and inputs, for who misses or misspells one |
//! | `function` | programs of other function types than an agent's |
//! | `prepare` | the program and the request that a command line stands for |
//! | `repeat` | many calls, and what came of them in numbers |
//! | `watch` | the same call again when a file changes |

mod actions;
mod function;
mod prepare;
mod repeat;
mod watch;

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use choria_external_host::function::FunctionOutcome;
use choria_external_host::trace::Trace;
use choria_external_host::{Outcome, Program, Supervisor};

use crate::args::Run;
use crate::functions::served_by;
use crate::output::{complain, print, tell, with_causes};
use crate::paint::Paint;
use crate::run::prepare::Prepared;
use crate::signals::Signals;
use crate::sources::Sources;
use crate::{report, show, supervise};

/// Calls the action and shows what came of it.
pub(crate) fn run(args: &Run) -> anyhow::Result<ExitCode> {
    let supervisor = supervise::supervisor();
    let signals = Signals::watch(&supervisor).context("could not watch for signals")?;
    if args.watch {
        return watch::watch(args, &supervisor, &signals);
    }
    let (_, done) = once(args, &supervisor, &signals);
    done
}

/// Makes the call and shows it. Of an agent that was found it gives what it is made
/// of, too.
fn once(
    args: &Run,
    supervisor: &Supervisor,
    signals: &Signals,
) -> (Option<Sources>, anyhow::Result<ExitCode>) {
    let mut warnings = Vec::new();
    let called = call(args, supervisor, &mut warnings);
    let sources = called
        .as_ref()
        .ok()
        .map(|called| Sources::of(called.program()));
    (sources, finish(args, supervisor, signals, called, warnings))
}

/// Ends what the agent left running, and shows what came of the call.
fn finish(
    args: &Run,
    supervisor: &Supervisor,
    signals: &Signals,
    called: anyhow::Result<Called>,
    mut warnings: Vec<String>,
) -> anyhow::Result<ExitCode> {
    // What was left behind with another environment than it was started with.
    let left = supervisor.end_all();
    if let Some(code) = signals.exit_code() {
        return Ok(ExitCode::from(code));
    }
    for text in show::left_behind(&left) {
        if !args.json {
            complain("warning", &text);
        }
        warnings.push(text);
    }
    let called = called.and_then(|called| {
        called.show(args, &warnings)?;
        Ok(called.is_well())
    });
    match called {
        Ok(true) => Ok(ExitCode::SUCCESS),
        Ok(false) => Ok(ExitCode::FAILURE),
        Err(error) => {
            if args.json {
                print(&report::failed(&warnings, &with_causes(&error)))?;
            }
            Err(error)
        }
    }
}

/// What came of it.
enum Called {
    Once(Box<Prepared>, Box<Outcome>),
    Often(Box<Prepared>, repeat::Tally),
    /// Of another function type than an agent's.
    Function(Box<Program>, Box<function::Prepared>, Box<FunctionOutcome>),
}

/// Warnings of before the call are shown before it, which can take long; with
/// `--json` they are kept.
fn call(args: &Run, supervisor: &Supervisor, warnings: &mut Vec<String>) -> anyhow::Result<Called> {
    let mut program = prepare::program(args, supervisor)?;
    if let Some(functions) = served_by(&program, args.functions.as_deref(), supervisor)? {
        let prepared = function::Prepared::new(args, &mut program, functions)?;
        let outcome = Box::new(prepared.call()?);
        seen(args, prepared.name(), &outcome.trace)?;
        return Ok(Called::Function(
            Box::new(program),
            Box::new(prepared),
            outcome,
        ));
    }
    let prepared = Box::new(Prepared::new(args, program, warnings)?);
    if let Some(count) = args.repeat {
        let active = prepared.program.activate()?;
        if active.active {
            let tally = repeat::repeat(&prepared, count, args.parallel, args.keep.as_deref())?;
            return Ok(Called::Often(prepared, tally));
        }
        let outcome = Outcome {
            reason: active.reason,
            activation_lines: active.log.len(),
            log: active.log,
            intended: active.intended,
            activation: active.trace,
            ..Outcome::default()
        };
        return Ok(Called::Once(prepared, Box::new(outcome)));
    }
    let outcome = Box::new(prepared.program.call(&prepared.call)?);
    let starts = [
        ("activation", &outcome.activation),
        ("action", &outcome.trace),
    ];
    for (name, trace) in starts {
        if let Some(trace) = trace {
            seen(args, name, trace)?;
        }
    }
    Ok(Called::Once(prepared, outcome))
}

/// Shows a start, and keeps its files, as the command line says.
fn seen(args: &Run, name: &str, trace: &Trace) -> anyhow::Result<()> {
    if args.verbose {
        tell(&started(name, trace));
    }
    match &args.keep {
        Some(folder) => keep(trace, &folder.join(name)),
        None => Ok(()),
    }
}

impl Called {
    fn program(&self) -> &Program {
        match self {
            Self::Once(prepared, _) | Self::Often(prepared, _) => &prepared.program,
            Self::Function(program, ..) => program,
        }
    }

    fn is_well(&self) -> bool {
        match self {
            Self::Once(_, outcome) => outcome
                .reply
                .as_ref()
                .is_some_and(|reply| reply.statuscode.is_ok()),
            Self::Often(_, tally) => tally.is_well(),
            Self::Function(_, _, outcome) => outcome.reply.is_ok(),
        }
    }

    fn show(&self, args: &Run, warnings: &[String]) -> anyhow::Result<()> {
        match self {
            Self::Once(_, outcome) if args.json => print(&report::called(warnings, outcome)),
            Self::Once(prepared, outcome) => {
                for warning in &outcome.warnings {
                    complain("warning", warning);
                }
                print(&show::text(
                    Paint::of_stdout(),
                    &prepared.program,
                    &prepared.call.action,
                    outcome,
                ))
            }
            Self::Function(_, prepared, outcome) if args.json => {
                print(&prepared.json(outcome, warnings))
            }
            Self::Function(_, prepared, outcome) => {
                print(&prepared.text(Paint::of_stdout(), outcome))
            }
            Self::Often(_, tally) if args.json => print(&tally.json(warnings)),
            Self::Often(prepared, tally) => {
                print(&tally.text(prepared.program.name.as_str(), &prepared.call.action))
            }
        }
    }
}

/// A start as lines that can be pasted, and how it ended. A shell that does not
/// take comments at its prompt only complains of them: there is no quote in one.
fn started(name: &str, trace: &Trace) -> String {
    let exit = match trace.exit {
        Some(code) => format!("exit code {code}"),
        None => "no exit code: it was not started, killed, or ended by a signal".into(),
    };
    let lines = show::printable_lines(&trace.shell_lines());
    format!("# {name}\n{lines}# {exit}\n")
}

/// Keeps the files of a start.
fn keep(trace: &Trace, folder: &Path) -> anyhow::Result<()> {
    trace.save(folder)?;
    tell(&format!(
        "kept in {}\n",
        show::printable(&folder.display().to_string())
    ));
    Ok(())
}
