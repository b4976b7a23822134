//! `choria-external protocols`.

use std::process::ExitCode;

use anyhow::{Context as _, bail};
use choria_external_protocol::{MessageKind, registry};
use serde_json::{Value, json};

use crate::args::Protocols;
use crate::output::print;

/// Lists what is registered, or prints one schema.
pub(crate) fn protocols(args: &Protocols) -> anyhow::Result<ExitCode> {
    let registry = registry()?;
    if let Some(wanted) = &args.protocol {
        let kinds: Vec<&MessageKind> = registry
            .iter()
            .flat_map(|function| [function.request(), function.reply()])
            .collect();
        let Some(kind) = kinds.iter().find(|kind| kind.protocol() == wanted) else {
            let known: Vec<&str> = kinds.iter().map(|kind| kind.protocol()).collect();
            bail!(
                "no such protocol: {wanted}; expected one of {}",
                known.join(", ")
            );
        };
        print(&format!("{}\n", kind.schema().trim_end()))?;
        return Ok(ExitCode::SUCCESS);
    }
    if args.json {
        let all: Vec<Value> = registry
            .iter()
            .map(|function| {
                Ok(json!({
                    "name": function.name(),
                    "about": function.about(),
                    "request": message(function.request())?,
                    "reply": message(function.reply())?,
                }))
            })
            .collect::<anyhow::Result<_>>()?;
        print(&format!("{:#}\n", Value::Array(all)))?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut text = String::new();
    for function in registry.iter() {
        text += &format!("{}: {}\n", function.name(), function.about());
        text += &summary("request", function.request())?;
        text += &summary("reply", function.reply())?;
        text += "\n";
    }
    text += "choria-external protocols PROTOCOL prints a whole schema, --json all of them.\n";
    print(&text)?;
    Ok(ExitCode::SUCCESS)
}

/// A message in three lines: its name, what its schema says of it, its keys.
fn summary(role: &str, kind: &MessageKind) -> anyhow::Result<String> {
    let schema = schema(kind)?;
    let about = schema["description"].as_str().unwrap_or_default();
    let required = schema["required"].as_array().map_or(&[][..], Vec::as_slice);
    let properties = schema["properties"].as_object();
    let keys: Vec<String> = properties
        .into_iter()
        .flat_map(|properties| properties.keys())
        .map(|key| {
            let optional = !required.iter().any(|required| required == key);
            format!("{key}{}", if optional { "?" } else { "" })
        })
        .collect();
    Ok(format!(
        "  {role:7}  {}\n           {about}\n           keys: {}\n",
        kind.protocol(),
        keys.join(", ")
    ))
}

fn message(kind: &MessageKind) -> anyhow::Result<Value> {
    Ok(json!({"protocol": kind.protocol(), "schema": schema(kind)?}))
}

fn schema(kind: &MessageKind) -> anyhow::Result<Value> {
    serde_json::from_str(kind.schema())
        .with_context(|| format!("the schema of {}", kind.protocol()))
}
