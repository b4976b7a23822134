//! `choria-external check`.
//!
//! | module | what it holds |
//! |---|---|
//! | `lines` | a line for each case, in colours at a terminal |
//! | `data` | the cases as JSON and SARIF, the rules as text |

use std::process::ExitCode;

use anyhow::{Context as _, bail};
use choria_external_ddl::lint::Severity;
use choria_external_host::conformance::{Case, Conformance};
use choria_external_host::{Call, Function, HostError, Program, Supervisor};

use crate::args::{Check, CheckFormat};
use crate::built::find;
use crate::call_data;
use crate::functions::{self, served_by};
use crate::node::surround;
use crate::output::{complain, print};
use crate::paint::Paint;
use crate::show::printable_json;
use crate::signals::Signals;
use crate::supervise;

mod data;
mod lines;

use lines::line;

/// Checks an agent, or prints the rules.
pub(crate) fn check(args: &Check) -> anyhow::Result<ExitCode> {
    if args.rules {
        print(&data::rules())?;
        return Ok(ExitCode::SUCCESS);
    }
    let supervisor = supervise::supervisor();
    let signals = Signals::watch(&supervisor).context("could not watch for signals")?;
    let checked = cases(args, &supervisor);
    // Those that the program started with another environment; a start finds
    // the others itself.
    let left = supervisor.end_all();
    if let Some(code) = signals.exit_code() {
        return Ok(ExitCode::from(code));
    }
    let (agent, cases) = checked?;
    supervise::warn_of(&left);
    print(&match args.format {
        CheckFormat::Text => lines::summary(&agent.name, &cases),
        CheckFormat::Json => printable_json(&format!("{:#}\n", data::json(&agent, &cases))),
        CheckFormat::Sarif => printable_json(&format!("{:#}\n", data::sarif(&agent, &cases))),
    })?;
    let bad = if args.strict {
        Severity::Warning
    } else {
        Severity::Error
    };
    let worst = cases.iter().map(|case| case.verdict.severity()).max();
    Ok(if worst.flatten() < Some(bad) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// What is checked, as the results name it.
struct Agent {
    name: String,
    path: String,
}

/// Makes the cases. As text each is printed as soon as it is there.
fn cases(args: &Check, supervisor: &Supervisor) -> anyhow::Result<(Agent, Vec<Case>)> {
    let Some(path) = &args.agent else {
        bail!("no AGENT is given");
    };
    if !args.only.is_empty() && args.only.iter().all(|code| args.skip.contains(code)) {
        bail!("--skip takes away all that --only names: no case is left, leave one of them out");
    }
    let mut conformance = Conformance {
        call: None,
        config: args.config.is_some(),
        only: args.only.clone(),
        skip: args.skip.clone(),
    };
    let mut agent = Agent {
        name: path.file_name().unwrap_or_default().display().to_string(),
        path: path.display().to_string(),
    };
    let mut cases = Vec::new();
    let mut trouble = Ok(());
    let paint = (args.format == CheckFormat::Text).then(Paint::of_stdout);
    let told = |case: &Case| {
        if let (Some(paint), Ok(())) = (paint, &trouble) {
            trouble = print(&line(paint, case));
        }
        cases.push(case.clone());
    };
    match find(path, args.ddl.as_deref(), args.profile, supervisor) {
        Ok(mut program) => {
            agent.name = program.name.to_string();
            let (config, facts) = (args.config.as_deref(), args.facts.as_deref());
            surround(&mut program, config, facts, args.timeout)?;
            for warning in program.facts.warnings() {
                complain("warning", warning);
            }
            match served_by(&program, args.functions.as_deref(), supervisor)? {
                Some(functions) => of_function(args, &conformance, &program, functions, told)?,
                None => {
                    conformance.call = call(args, &program)?;
                    conformance.check(&program, told)?;
                }
            }
        }
        Err(HostError::Ddl { from, reason }) => {
            conformance.refused(&format!("{from}: {reason}"), told);
        }
        Err(error) => return Err(error.into()),
    }
    trouble?;
    if cases.is_empty() {
        bail!(
            "--only and --skip leave no rule that is about such a program; check --rules prints them"
        );
    }
    Ok((agent, cases))
}

/// Checks a program of another function type than an agent's.
fn of_function(
    args: &Check,
    conformance: &Conformance,
    found: &Program,
    functions: Vec<Function>,
    told: impl FnMut(&Case),
) -> anyhow::Result<()> {
    if args.action.is_some() {
        bail!(
            "--action is for agents, and this program serves {}; give --request",
            functions::names(&functions)
        );
    }
    let (function, request) = match args.request.as_deref() {
        Some(given) => {
            let (function, request) = functions::request(given, functions)?;
            (function, Some(request))
        }
        None => (functions::main(functions)?, None),
    };
    let program = functions::program_of(found, function, args.timeout)?;
    Ok(conformance.check_function(&program, request.as_ref(), told)?)
}

/// The call that is named.
fn call(args: &Check, program: &Program) -> anyhow::Result<Option<Call>> {
    if args.request.is_some() {
        bail!(
            "--request is for programs that are not agents, and {} does not say that it serves another function type; \
             give --action, or --functions FILE",
            program.name
        );
    }
    let Some(action) = args.action.as_deref() else {
        return Ok(None);
    };
    Ok(Some(match &args.data {
        Some(data) => call_data::call(action, data)?,
        None => Call::new(action, &program.inputs_from_text(action, &args.inputs)?),
    }))
}
