//! What a program knows before it has read the request.

use std::env;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::{Config, ConfigError, Facts};

/// The node and the limits a program runs under: its settings, the facts, and
/// the time it has.
#[derive(Debug)]
pub struct Context {
    config: Config,
    facts: Facts,
    started: Instant,
    limit: Duration,
}

impl Context {
    /// For tests: no settings, no facts, and `limit` from now on.
    pub fn new(limit: Duration) -> Self {
        Self {
            config: Config::default(),
            facts: Facts::default(),
            started: Instant::now(),
            limit,
        }
    }

    /// What the environment that Choria made says.
    pub(crate) fn from_environment(started: Instant, limit: Duration) -> Result<Self, ConfigError> {
        let path = |name| {
            env::var_os(name)
                .map(PathBuf::from)
                .filter(|path| !path.as_os_str().is_empty())
        };
        Ok(Self {
            config: match path("CHORIA_EXTERNAL_CONFIG") {
                Some(path) => Config::find(&path)?,
                None => Config::default(),
            },
            facts: path("CHORIA_EXTERNAL_FACTS").map_or_else(Facts::default, Facts::from_file),
            started,
            limit,
        })
    }

    /// The same with other settings.
    #[must_use]
    pub fn with_config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }

    /// The same with other facts.
    #[must_use]
    pub fn with_facts(mut self, facts: Facts) -> Self {
        self.facts = facts;
        self
    }

    /// The same with another limit, counted from the same start.
    #[must_use]
    pub fn with_limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// The settings of this program on this node.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The facts of this node. Choria passes none at activation.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// When Choria ends this program: the caller of an action that has not
    /// answered by then gets no reply at all.
    pub fn deadline(&self) -> Instant {
        self.started + self.limit
    }

    /// How long there is until the [`deadline`](Self::deadline).
    pub fn remaining(&self) -> Duration {
        self.deadline().saturating_duration_since(Instant::now())
    }
}
