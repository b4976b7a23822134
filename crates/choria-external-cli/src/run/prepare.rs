//! The program and the request that a command line stands for.

use std::path::Path;

use anyhow::bail;
use choria_external_host::plugins::{LoadOutcome, plugins};
use choria_external_host::{Call, Program, Supervisor};
use serde_json::Value;

use super::actions;
use crate::args::Run;
use crate::built::find;
use crate::call_data;
use crate::node::surround;
use crate::output::complain;

/// How the DDL says that it does not have an input.
const UNDECLARED: &str = "has not been declared";

/// A program and the request it is to get.
pub(super) struct Prepared {
    pub(super) program: Program,
    pub(super) call: Call,
}

/// Finds the program that a command line names.
pub(super) fn program(args: &Run, supervisor: &Supervisor) -> anyhow::Result<Program> {
    Ok(match &args.libdir {
        Some(folder) => in_libdir(folder, &args.agent, supervisor)?,
        None => find(&args.agent, args.ddl.as_deref(), args.profile, supervisor)?,
    })
}

impl Prepared {
    /// The call of an agent.
    pub(super) fn new(
        args: &Run,
        mut program: Program,
        warnings: &mut Vec<String>,
    ) -> anyhow::Result<Self> {
        if args.request.is_some() {
            bail!(
                "--request is for programs that are not agents, and {} does not say that it serves another function type; give ACTION, or --functions FILE",
                program.name
            );
        }
        *warnings = program.warnings();
        if !args.json {
            for warning in &*warnings {
                complain("warning", warning);
            }
        }
        let (config, facts) = (args.config.as_deref(), args.facts.as_deref());
        surround(&mut program, config, facts, args.timeout)?;
        let Some(action) = &args.action else {
            return Err(actions::none_given(&program, args.json));
        };
        let mut call = match &args.data {
            Some(data) => call_data::call(action, data)?,
            None => {
                let names = args.inputs.iter().map(|(name, _)| name.to_lowercase());
                let names: Vec<String> = names.collect();
                let found = actions::misspelt(&program, action, &names);
                let inputs = program.inputs_from_text(action, &args.inputs);
                if let (Some(found), Err(error)) = (&found, &inputs)
                    && error.to_string().contains(UNDECLARED)
                {
                    // One error that has both: the warning would repeat it.
                    actions::advise(&program, action, None, args.json, warnings);
                    return Err(actions::not_called(found));
                }
                if found.is_some() || inputs.is_err() {
                    actions::advise(&program, action, found, args.json, warnings);
                }
                Call::new(&**action, &inputs?)
            }
        };
        if args.data.is_some()
            && let Value::Object(inputs) = call.checked_data()
        {
            let names: Vec<String> = inputs.into_iter().map(|(name, _)| name).collect();
            if let Some(found) = actions::misspelt(&program, action, &names) {
                actions::advise(&program, action, Some(found), args.json, warnings);
            }
        }
        call.callerid.clone_from(&args.caller);
        Ok(Self { program, call })
    }
}

/// The agent of this name in a server's plugin folder.
fn in_libdir(folder: &Path, name: &Path, supervisor: &Supervisor) -> anyhow::Result<Program> {
    let plugins = plugins(folder)?;
    let crash = plugins.iter().find_map(|plugin| match &plugin.outcome {
        LoadOutcome::Crashes(why) => Some((&plugin.file, why)),
        _ => None,
    });
    if let Some((file, why)) = crash {
        bail!(
            "{}: it crashes a server that looks into this folder, with all its agents: {why}",
            file.display()
        );
    }
    let mut names = Vec::new();
    for plugin in plugins {
        match plugin.outcome {
            LoadOutcome::Loads(mut program) if Path::new(program.name.as_str()) == name => {
                program.supervisor = supervisor.clone();
                return Ok(*program);
            }
            LoadOutcome::Loads(program) => names.push(program.name.to_string()),
            LoadOutcome::Ignored(why) | LoadOutcome::Refused(why)
                if Path::new(&plugin.name) == name =>
            {
                bail!(
                    "{}: a server does not load it: {why}",
                    plugin.file.display()
                );
            }
            // The others' troubles are not asked for.
            LoadOutcome::Ignored(_) | LoadOutcome::Refused(_) | LoadOutcome::Crashes(_) => {}
        }
    }
    let there = match &*names {
        [] => "a server finds no agent there".into(),
        _ => format!("a server finds {} there", names.join(", ")),
    };
    bail!(
        "there is no agent {} in {}: {there}; expected NAME.json or NAME/NAME.json in its folder mcollective/agent, \
         and the program NAME beside it",
        name.display(),
        folder.display()
    )
}
