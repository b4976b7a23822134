//! What the environment that Choria makes for a program says.

use std::env;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use choria_external_protocol::{Carrier, Settings};

use crate::author::config::{Config, ConfigError};
use crate::author::context::Context;
use crate::author::facts::Facts;
use crate::author::files::absolute;
use crate::author::running::Running;

/// How long before Choria would end the program its reply is written for it,
/// where the settings say nothing else. With 50 programs at a time, both cores
/// busy and 15 to 20 more programs waiting for them, of 1,000 programs the slowest
/// had its reply 240 ms after the deadline, and had ended, its log read, after
/// 410 ms; with 300 ms some came too late. `benches/soak` measures that.
pub(crate) const MARGIN: Duration = Duration::from_millis(500);

/// The context of the program's one request: its settings, facts and time.
pub(crate) fn context(
    started: Instant,
    limit: Duration,
    running: Arc<Running>,
) -> Result<Context, ConfigError> {
    let config = match path("CHORIA_EXTERNAL_CONFIG") {
        Some(path) => Config::find(&path)?,
        None => Config::default(),
    };
    let facts = path("CHORIA_EXTERNAL_FACTS");
    Ok(with(config, facts, started, limit, running))
}

/// The same for a program whose function type has a carrier of its own. `name` is that
/// of the program.
pub(crate) fn carried_context(
    carrier: &Carrier,
    name: &str,
    started: Instant,
    limit: Duration,
    running: Arc<Running>,
) -> Result<Context, ConfigError> {
    let config = match &carrier.settings {
        Settings::PathIn(variable) => match path(variable) {
            Some(path) => Config::find(&path)?,
            None => Config::default(),
        },
        Settings::OwnFile => {
            let file = format!("{name}.cfg");
            let beside = env::current_exe().ok().map(|own| own.with_file_name(&file));
            Config::first_of([file.into()].into_iter().chain(beside))?
        }
        Settings::Nowhere => Config::default(),
    };
    let facts = carrier.facts.as_deref().and_then(path);
    Ok(with(config, facts, started, limit, running))
}

fn with(
    config: Config,
    facts: Option<PathBuf>,
    started: Instant,
    limit: Duration,
    running: Arc<Running>,
) -> Context {
    let facts = facts
        .map(absolute)
        .map_or_else(Facts::default, Facts::from_file);
    // What is no number is told where the log begins.
    let margin = margin(&config).unwrap_or(MARGIN);
    Context::of_program(started, limit, margin, running)
        .with_config(config)
        .with_facts(facts)
}

/// The path in a variable. One that is empty is not set.
pub(crate) fn path(variable: &str) -> Option<PathBuf> {
    let path = env::var_os(variable).map(PathBuf::from);
    path.filter(|path| !path.as_os_str().is_empty())
}

/// The margin that the settings ask for; as an error the text that is none.
pub(crate) fn margin(config: &Config) -> Result<Duration, &str> {
    let Some(text) = config.get("deadline_margin") else {
        return Ok(MARGIN);
    };
    text.parse().map(Duration::from_millis).map_err(|_| text)
}
