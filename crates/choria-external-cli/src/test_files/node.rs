//! The node on which a case runs.

use std::path::Path;

use choria_external_host::{Facts, Harness, HostError, Program, Supervisor};

use crate::args::Profile;
use crate::built::find;

use super::file::{Case, Config, FactsForm, NodeSetup, TestFile};

/// Finds the agent of a file, and builds it where that is to be done.
pub(super) fn program(
    file: &TestFile,
    agent: Option<&Path>,
    profile: Profile,
    supervisor: &Supervisor,
) -> anyhow::Result<Program> {
    let document = &file.document;
    let Some(path) = agent.or(file.agent.as_deref()) else {
        let what = "has no agent: give its path, or --agent";
        anyhow::bail!(document.about("", what));
    };
    let found = find(path, file.ddl.as_deref(), profile, supervisor);
    found.map_err(|error| {
        let of_ddl = matches!(
            error,
            HostError::Ddl { .. }
                | HostError::File {
                    what: "read the DDL",
                    ..
                }
        );
        let what = format!("cannot be tested: {error}");
        anyhow::anyhow!(match agent {
            _ if of_ddl && file.ddl.is_some() => document.about("/ddl", &what),
            Some(_) => format!("--agent {what}"),
            None => document.about("/agent", &what),
        })
    })
}

/// The agent with all that the case gives it.
pub(super) fn harness(program: &Program, case: &Case) -> anyhow::Result<Harness> {
    let NodeSetup {
        config,
        facts,
        caller,
        timeout,
    } = &case.node;
    let mut program = program.clone();
    if let Some(limit) = timeout {
        program.limit = *limit;
    }
    if let Some(FactsForm::File(path)) = facts {
        program.facts = Facts::from_files(path)?;
    }
    if let Some(Config::File(path)) = config {
        program.config = Some(path.clone());
    }
    let mut harness = Harness::of(program)?;
    if let Some(FactsForm::Object(facts)) = facts {
        harness = harness.facts(&facts.clone().into())?;
    }
    if let Some(Config::Settings(settings)) = config {
        harness = harness.no_config();
        for (name, value) in settings {
            harness = harness.config(name, value)?;
        }
    }
    Ok(match caller {
        Some(caller) => harness.caller(caller),
        None => harness,
    })
}
