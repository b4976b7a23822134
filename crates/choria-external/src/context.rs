//! What a program knows before it has read the request.

use std::env;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::files::absolute;
use crate::watch::Running;
use crate::{Config, ConfigError, Facts};

/// How long before Choria would end the program its reply is written for it,
/// where the settings say nothing else. With 50 programs at a time, both cores
/// busy and 15 to 20 more programs waiting for them, of 1,000 programs the slowest
/// had its reply 240 ms after the deadline, and had ended, its log read, after
/// 410 ms; with 300 ms some came too late. `benches/soak` measures that.
pub(crate) const MARGIN: Duration = Duration::from_millis(500);

/// Longer than anything runs, and a clock can still tell when it is over.
const LONGEST: Duration = Duration::from_hours(10 * 365 * 24);

/// The node and the limits a program runs under: its settings, the facts, and
/// the time it has.
#[derive(Debug)]
pub struct Context {
    config: Config,
    facts: Facts,
    started: Instant,
    limit: Duration,
    margin: Duration,
    running: Arc<Running>,
}

impl Context {
    /// For tests: no settings, no facts, and `limit` from now on, all of it for
    /// the answer.
    pub fn new(limit: Duration) -> Self {
        Self {
            config: Config::default(),
            facts: Facts::default(),
            started: Instant::now(),
            limit,
            margin: Duration::ZERO,
            running: Arc::default(),
        }
    }

    /// What the environment that Choria made says.
    pub(crate) fn from_environment(
        started: Instant,
        limit: Duration,
        running: Arc<Running>,
    ) -> Result<Self, ConfigError> {
        let path = |name| {
            env::var_os(name)
                .map(PathBuf::from)
                .filter(|path| !path.as_os_str().is_empty())
        };
        let config = match path("CHORIA_EXTERNAL_CONFIG") {
            Some(path) => Config::find(&path)?,
            None => Config::default(),
        };
        Ok(Self {
            // What is no number is told where the log begins.
            margin: margin(&config).unwrap_or(MARGIN),
            config,
            facts: path("CHORIA_EXTERNAL_FACTS")
                .map(absolute)
                .map_or_else(Facts::default, Facts::from_file),
            started,
            limit,
            running,
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

    /// By when there must be an answer: a little before Choria ends this
    /// program, which would cost the caller the reply. Then a reply is written in
    /// place of the answer, and the program ends: code 5 for an action, the
    /// function type's own failed reply else.
    ///
    /// The setting `deadline_margin` says how many milliseconds that is; 500,
    /// unless it does, and a quarter of the whole time at the most.
    pub fn deadline(&self) -> Instant {
        deadline(self.started, self.limit, self.margin)
    }

    /// How long there is until the [`deadline`](Self::deadline).
    pub fn remaining(&self) -> Duration {
        self.deadline().saturating_duration_since(Instant::now())
    }

    /// Whether an answer has become useless, or nearly so: the
    /// [`deadline`](Self::deadline) is over, or the program was asked to end by a
    /// signal, such as TERM, INT or HUP. A handler that checks this has 50 ms from
    /// then on to answer after all, such as how far it came.
    pub fn cancelled(&self) -> bool {
        self.running.is_cancelled() || self.remaining().is_zero()
    }

    /// What is known of it while it runs.
    pub(crate) fn running(&self) -> &Arc<Running> {
        &self.running
    }

    /// How long Choria lets the program run.
    pub(crate) fn limit(&self) -> Duration {
        self.limit
    }
}

/// When the answer must be there, a margin before the end of the time.
pub(crate) fn deadline(started: Instant, limit: Duration, margin: Duration) -> Instant {
    let limit = limit.min(LONGEST);
    started + limit.saturating_sub(margin.min(limit / 4))
}

/// The margin that the settings ask for; as an error the text that is none.
pub(crate) fn margin(config: &Config) -> Result<Duration, &str> {
    let Some(text) = config.get("deadline_margin") else {
        return Ok(MARGIN);
    };
    text.parse().map(Duration::from_millis).map_err(|_| text)
}
