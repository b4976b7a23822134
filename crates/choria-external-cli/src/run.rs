//! `choria-external run`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use choria_external_host::{Call, Program};
use serde_json::{Map, Value};

use crate::args::Run;
use crate::show;

/// Calls the action and shows what came of it.
pub(crate) fn run(args: &Run) -> anyhow::Result<ExitCode> {
    let program = program(args)?;
    let inputs = inputs(&program, args)?;
    let outcome = program.call(&Call::new(&*args.action, &inputs))?;

    for warning in &outcome.warnings {
        warn(warning);
    }
    if args.json {
        if let Some(reason) = &outcome.reason {
            warn(reason);
        }
        println!("{}", show::json(&outcome));
    } else {
        print!("{}", show::text(&program, &args.action, &outcome));
    }
    let well = outcome.reply.is_some_and(|reply| reply.statuscode.is_ok());
    Ok(if well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn program(args: &Run) -> anyhow::Result<Program> {
    let mut program = Program::find(&args.agent, args.ddl.as_deref())?;
    if program.ddl.is_none() {
        warn(
            "there is no DDL for this agent, so a server would not load it. Here it runs without: \
             inputs are sent as text, nothing is checked, no default is filled in, and the limit is 10 s unless --timeout says otherwise",
        );
    }
    if !args.agent.join("Cargo.toml").is_file()
        && let Some(misplaced) = program.misplaced()
    {
        warn(&misplaced);
    }
    if let Some(config) = &args.config {
        program.config = config
            .canonicalize()
            .with_context(|| format!("could not read the configuration {}", config.display()))?;
    }
    if let Some(facts) = &args.facts {
        program.facts = read_facts(facts)?;
    }
    if let Some(limit) = args.timeout {
        program.limit = limit;
    }
    Ok(program)
}

fn read_facts(path: &Path) -> anyhow::Result<Map<String, Value>> {
    let text =
        fs::read(path).with_context(|| format!("could not read the facts {}", path.display()))?;
    match serde_json::from_slice(&text) {
        Ok(Value::Object(facts)) => Ok(facts),
        Ok(_) => bail!("the facts in {} are not a JSON object", path.display()),
        Err(error) => bail!("the facts in {} are not JSON: {error}", path.display()),
    }
}

/// The inputs as the client sends them. An action that the DDL does not have is
/// left to the server, which refuses it in its own words.
fn inputs(program: &Program, args: &Run) -> anyhow::Result<Value> {
    let texts: BTreeMap<String, String> = args.inputs.iter().cloned().collect();
    match program
        .ddl
        .as_ref()
        .and_then(|ddl| ddl.action(&args.action))
    {
        Some(action) => match action.inputs_from_text(&texts) {
            Ok(inputs) => Ok(Value::Object(inputs)),
            Err(reason) => bail!("invalid input: {reason}; the action was not called"),
        },
        None => Ok(texts.into_iter().collect()),
    }
}

fn warn(text: &str) {
    eprintln!("warning: {}", show::printable(text));
}
