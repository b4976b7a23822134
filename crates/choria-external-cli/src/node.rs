//! What a command line says of the node that a program runs on.

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use choria_external_host::{Facts, Program};

/// Gives the program its configuration, its facts and its time limit, where they
/// are given.
pub(crate) fn surround(
    program: &mut Program,
    config: Option<&Path>,
    facts: Option<&Path>,
    limit: Option<Duration>,
) -> anyhow::Result<()> {
    if let Some(config) = config {
        let config = config
            .canonicalize()
            .with_context(|| format!("could not read the configuration {}", config.display()))?;
        program.config = Some(config);
    }
    if let Some(path) = facts {
        program.facts = Facts::from_files(path)?;
    }
    if let Some(limit) = limit {
        program.limit = limit;
    }
    Ok(())
}
