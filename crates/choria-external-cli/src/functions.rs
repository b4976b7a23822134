//! Programs of other function types than an agent's, for all commands: which types a
//! program serves, it says itself, or a file says it.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use choria_external_host::{Function, FunctionProgram, Program, Supervisor};
use choria_external_protocol::read_json;
use serde_json::Value;

use crate::call_data;

/// Returns the function types of a program, the main one first; `None` if it is an
/// agent, or does not say what it is. `file` has them if it is given.
pub(crate) fn served_by(
    program: &Program,
    file: Option<&Path>,
    supervisor: &Supervisor,
) -> anyhow::Result<Option<Vec<Function>>> {
    if let Some(file) = file {
        let from = file.display().to_string();
        let text = fs::read(file)
            .with_context(|| format!("could not read the function types from {from}"))?;
        return Ok(Some(Function::read(&text, &from)?));
    }
    if program.ddl.is_some() {
        return Ok(None);
    }
    let functions = Function::served_by(&program.path, supervisor)?;
    Ok((!functions.is_empty()).then_some(functions))
}

/// Returns the program that was found as one of a function type, with the settings,
/// facts and supervisor of the program. `limit` is given by a user.
pub(crate) fn program_of(
    found: &Program,
    function: Function,
    limit: Option<Duration>,
) -> anyhow::Result<FunctionProgram> {
    let mut program = FunctionProgram::new(&found.path, function)?;
    program.supervisor = found.supervisor.clone();
    program.settings = Some(found.config_file());
    program.facts = found.facts.clone();
    if let Some(limit) = limit {
        program.limit = limit;
    }
    Ok(program)
}

/// Returns the request that `--request` gives, and its function type: the one that the
/// request names, else the main one.
pub(crate) fn request(given: &str, functions: Vec<Function>) -> anyhow::Result<(Function, Value)> {
    if given == "sample" {
        let main = main(functions)?;
        let sample = main.sample()?;
        return Ok((main, sample));
    }
    let request = read_json(&call_data::bytes(given, "request")?)
        .map_err(|error| anyhow!("the request is {error}"))?;
    let function = of_request(&request, functions)?;
    Ok((function, request))
}

/// Returns the function type of a request: the one that it names, else the main one.
pub(crate) fn of_request(request: &Value, functions: Vec<Function>) -> anyhow::Result<Function> {
    named(functions, request["protocol"].as_str())
}

/// Returns the names of function types, for a sentence.
pub(crate) fn names(functions: &[Function]) -> String {
    let names: Vec<&str> = functions.iter().map(Function::name).collect();
    names.join(", ")
}

/// Returns the first function type.
pub(crate) fn main(functions: Vec<Function>) -> anyhow::Result<Function> {
    let main = functions.into_iter().next();
    main.context("the program serves no function type")
}

/// Returns the function type of a request with this name; the main one if it has none.
pub(crate) fn named(functions: Vec<Function>, protocol: Option<&str>) -> anyhow::Result<Function> {
    let Some(protocol) = protocol else {
        return main(functions);
    };
    if let [only] = &*functions
        && !only.carrier().is_named
    {
        return main(functions);
    }
    let known: Vec<String> = functions.iter().map(|one| one.protocol().into()).collect();
    let mut functions = functions.into_iter();
    functions
        .find(|function| function.protocol() == protocol)
        .with_context(|| {
            format!(
                "the program serves no request {protocol:?}; expected {}",
                known.join(" or ")
            )
        })
}
