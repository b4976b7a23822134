//! What the environment that Choria makes for a program says.

use std::env;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

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
    let path = |name| {
        env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| !path.as_os_str().is_empty())
    };
    let config = match path("CHORIA_EXTERNAL_CONFIG") {
        Some(path) => Config::find(&path)?,
        None => Config::default(),
    };
    let facts = path("CHORIA_EXTERNAL_FACTS")
        .map(absolute)
        .map_or_else(Facts::default, Facts::from_file);
    // What is no number is told where the log begins.
    let margin = margin(&config).unwrap_or(MARGIN);
    Ok(Context::of_program(started, limit, margin, running)
        .with_config(config)
        .with_facts(facts))
}

/// The margin that the settings ask for; as an error the text that is none.
pub(crate) fn margin(config: &Config) -> Result<Duration, &str> {
    let Some(text) = config.get("deadline_margin") else {
        return Ok(MARGIN);
    };
    text.parse().map(Duration::from_millis).map_err(|_| text)
}
