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
            bail!("no such protocol: {wanted}; there are {}", known.join(", "));
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
    let blocks: Vec<String> = registry
        .iter()
        .map(|function| {
            format!(
                "{}: {}\n  request  {}\n  reply    {}\n",
                function.name(),
                function.about(),
                function.request().protocol(),
                function.reply().protocol()
            )
        })
        .collect();
    print(&blocks.join("\n"))?;
    Ok(ExitCode::SUCCESS)
}

fn message(kind: &MessageKind) -> anyhow::Result<Value> {
    let protocol = kind.protocol();
    let schema: Value =
        serde_json::from_str(kind.schema()).with_context(|| format!("the schema of {protocol}"))?;
    Ok(json!({"protocol": protocol, "schema": schema}))
}
