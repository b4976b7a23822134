//! `choria-external ddl validate`.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{anyhow, bail};
use choria_external_ddl::{Action, Ddl, Input, NotJson, NotJsonKind, Refusal, Type};
use choria_external_protocol::{StatusCode, read_json};
use serde_json::{Value, json};

use super::exit;
use super::source::{Reader, not_json};
use crate::args::Validate;
use crate::output::{complain, print};
use crate::show::printable;

/// Judges a request as the server does.
pub(super) fn validate(args: &Validate) -> anyhow::Result<ExitCode> {
    let mut reader = Reader::new(args.from.form);
    let source = reader.source(&args.file)?;
    let ddl = source.ddl()?;
    if let Some(reason) = ddl.refused_by_server() {
        complain(
            "warning",
            &format!(
                "{}: servers do not run it as an external agent: {reason}",
                source.name
            ),
        );
    }
    let action = action(&source.name, &ddl, &args.action)?;
    let who = format!("{}#{}", ddl.metadata.name, action.name);
    let data = match &args.data {
        Some(data) => given(&mut reader, action, data)?,
        None => match typed(action, &args.inputs)? {
            Ok(data) => data,
            Err(reason) => {
                return verdict(&who, false, &format!("not sent by choria req: {reason}"));
            }
        },
    };
    match action.check_request(&data) {
        Ok(warnings) => {
            for warning in warnings {
                complain(
                    "warning",
                    &format!("the server only warns about the request: {warning}"),
                );
            }
            verdict(&who, true, &format!("valid: {data}"))
        }
        Err(reason) => {
            let code = StatusCode::ABORTED;
            let label = code.label().unwrap_or("failed");
            verdict(
                &who,
                false,
                &format!("{label}, code {code}: Validation failed: {reason}"),
            )
        }
    }
}

fn verdict(who: &str, well: bool, text: &str) -> anyhow::Result<ExitCode> {
    print(&format!("{}\n", printable(&format!("{who}: {text}"))))?;
    Ok(exit(well))
}

fn action<'a>(file: &str, ddl: &'a Ddl, name: &str) -> anyhow::Result<&'a Action> {
    ddl.action(name).ok_or_else(|| {
        let names: Vec<&str> = ddl.actions.iter().map(|action| &*action.name).collect();
        match &*names {
            [] => anyhow!("{file} has no action {name}: it has no actions"),
            _ => anyhow!("{file} has no action {name}; expected {}", names.join(", ")),
        }
    })
}

/// The data as it is given.
fn given(reader: &mut Reader, action: &Action, data: &str) -> anyhow::Result<Value> {
    let (from, bytes) = match (data, data.strip_prefix('@')) {
        ("-", _) => ("stdin", reader.bytes(Path::new("-"))?),
        (_, Some(path)) => (path, reader.bytes(Path::new(path))?),
        (text, None) => ("--data", text.as_bytes().to_vec()),
    };
    read_json(&bytes).map_err(|error| {
        let text = String::from_utf8_lossy(&bytes);
        match NotJson::of(&text) {
            Some(wrong) => {
                let error = not_json(from, &wrong);
                if !matches!(wrong.kind, NotJsonKind::Empty | NotJsonKind::Syntax) {
                    return error;
                }
                let wanted = example(action);
                anyhow!("{error}; {} wants an object such as {wanted}", action.name)
            }
            None => anyhow!("{from}: {error}: save it as UTF-8"),
        }
    })
}

/// What a request's inputs can look like.
fn example(action: &Action) -> Value {
    let needed = action.inputs.iter().filter(|input| !input.optional);
    let one = |input: &Input| {
        let value = match &input.kind {
            Type::Integer | Type::Float | Type::Number => json!(1),
            Type::Boolean => json!(true),
            Type::List => json!(input.list.first()),
            Type::Hash => json!({}),
            Type::Array => json!([]),
            Type::String | Type::Other(_) => json!("text"),
        };
        (input.name.to_string(), value)
    };
    Value::Object(needed.map(one).collect())
}

/// The data that choria req would make of the arguments, or why it would not.
fn typed(action: &Action, inputs: &[(String, String)]) -> anyhow::Result<Result<Value, Refusal>> {
    let mut arguments = BTreeMap::new();
    for (name, text) in inputs {
        // Choria reads names in lower case.
        let name = name.to_lowercase();
        if arguments.insert(name.clone(), text.clone()).is_some() {
            bail!("input '{name}' is given twice");
        }
    }
    Ok(action.inputs_from_text(&arguments).map(Value::Object))
}
