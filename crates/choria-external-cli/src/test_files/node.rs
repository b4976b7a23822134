//! The node on which a case runs.

use std::path::Path;

use anyhow::{anyhow, bail};
use choria_external_host::outcome::PublishedReply;
use choria_external_host::{
    Facts, Function, FunctionProgram, Harness, HostError, Outcome, Program, Supervisor,
};
use choria_external_protocol::StatusCode;
use serde_json::Value;

use crate::args::Profile;
use crate::built::find;
use crate::functions::{self, names, program_of, served_by};
use crate::output::with_causes;

use super::file::{Asks, Case, Config, FactsForm, NodeSetup, TestFile};

/// The program that a file tests.
#[derive(Debug)]
pub(super) struct Subject {
    pub(super) program: Program,
    /// What it serves, if it is not an agent.
    functions: Option<Vec<Function>>,
}

impl Subject {
    /// Finds the program of a file, and builds it if it is a Cargo package.
    pub(super) fn find(
        file: &TestFile,
        agent: Option<&Path>,
        profile: Profile,
        supervisor: &Supervisor,
    ) -> anyhow::Result<Self> {
        let program = program(file, agent, profile, supervisor)?;
        let functions =
            served_by(&program, file.functions.as_deref(), supervisor).map_err(|error| {
                let key = file.functions.as_ref().map_or("/agent", |_| "/functions");
                anyhow!(
                    file.document
                        .about(key, &format!("cannot be used: {}", with_causes(&error)))
                )
            })?;
        Ok(Self { program, functions })
    }

    /// What a user is warned of before the program is started.
    pub(super) fn warnings(&self) -> Vec<String> {
        match self.functions {
            // They are about agents.
            Some(_) => Vec::new(),
            None => self.program.warnings(),
        }
    }

    /// The program with all that a case gives it, and what it is asked.
    pub(super) fn asked<'a>(&self, case: &'a Case) -> anyhow::Result<Asked<'a>> {
        let harness = harness(&self.program, case)?;
        match (&case.asks, &self.functions) {
            (Asks::Action(action, data), None) => Ok(Asked::Agent(harness, action, data)),
            (Asks::Action(..), Some(functions)) => {
                bail!(
                    "the program serves {}, which has no actions: give request",
                    names(functions)
                )
            }
            (Asks::Request(_), None) => bail!(
                "the program does not say that it serves another function type than an agent's: give action, or the \
                 file's functions"
            ),
            (Asks::Request(request), Some(functions)) => {
                let functions = functions.clone();
                let (function, request) = if request == "sample" {
                    let main = functions::main(functions)?;
                    let sample = main.sample()?;
                    (main, sample)
                } else {
                    (functions::of_request(request, functions)?, request.clone())
                };
                let program = program_of(harness.program(), function, case.node.timeout)?;
                Ok(Asked::Function {
                    program: Box::new(program),
                    request,
                    _settings: harness,
                })
            }
        }
    }
}

/// What a case calls. The folder with the settings goes with its harness.
pub(super) enum Asked<'a> {
    Agent(Harness, &'a str, &'a Value),
    Function {
        program: Box<FunctionProgram>,
        request: Value,
        _settings: Harness,
    },
}

impl Asked<'_> {
    /// Makes the call. A reply of another function type than an agent's becomes the
    /// data of one with status 0.
    pub(super) fn call(&self) -> anyhow::Result<Outcome> {
        Ok(match self {
            Self::Agent(harness, action, data) => harness.call(action, data)?,
            Self::Function {
                program, request, ..
            } => {
                let outcome = program.call(request)?;
                let reason = outcome.reply.as_ref().err().map(ToString::to_string);
                Outcome {
                    activated: true,
                    reply: outcome.reply.ok().map(|data| PublishedReply {
                        action: String::new(),
                        statuscode: StatusCode::OK,
                        statusmsg: "OK".into(),
                        data,
                    }),
                    reason,
                    log: outcome.log,
                    time: outcome.time,
                    trace: Some(outcome.trace),
                    ..Outcome::default()
                }
            }
        })
    }
}

/// Finds the program of a file, and builds it if it is a Cargo package.
fn program(
    file: &TestFile,
    agent: Option<&Path>,
    profile: Profile,
    supervisor: &Supervisor,
) -> anyhow::Result<Program> {
    let document = &file.document;
    let Some(path) = agent.or(file.agent.as_deref()) else {
        let what = "has no agent: give its path, or --agent";
        bail!(document.about("", what));
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
        anyhow!(match agent {
            _ if of_ddl && file.ddl.is_some() => document.about("/ddl", &what),
            Some(_) => format!("--agent {what}"),
            None => document.about("/agent", &what),
        })
    })
}

/// The agent with all that the case gives it.
fn harness(program: &Program, case: &Case) -> anyhow::Result<Harness> {
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
