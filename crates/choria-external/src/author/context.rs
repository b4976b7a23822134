//! What a program knows before it has read the request.

use std::mem;
use std::sync::Arc;
use std::time::{Duration, Instant};

use choria_external_service::CallInfo;

use super::config::Config;
use super::facts::Facts;
use super::running::Running;
use super::shared::Shared;

/// Longer than anything runs, and a clock can still tell when it is over.
const LONGEST: Duration = Duration::from_hours(10 * 365 * 24);

/// The node and the limits a program runs under: its settings, the facts, and
/// the time it has.
#[derive(Debug)]
pub struct Context {
    config: Shared<Config>,
    facts: Shared<Facts>,
    started: Instant,
    limit: Duration,
    margin: Duration,
    arguments: Vec<String>,
    call: Option<Box<CallInfo>>,
    running: Arc<Running>,
}

impl Context {
    /// Makes a context for tests: no settings, no facts, and `limit` from now on, all of
    /// it for the answer.
    pub fn new(limit: Duration) -> Self {
        Self {
            config: Config::default().into(),
            facts: Facts::default().into(),
            started: Instant::now(),
            limit,
            margin: Duration::ZERO,
            arguments: Vec::new(),
            call: None,
            running: Arc::default(),
        }
    }

    /// For a call of a service, which has these settings and facts, and lets a call
    /// take `limit` if nobody says when its answer becomes useless.
    pub(crate) fn of_call(
        call: CallInfo,
        limit: Duration,
        config: &Arc<Config>,
        facts: &Arc<Facts>,
    ) -> Self {
        let context = Self {
            config: config.into(),
            facts: facts.into(),
            ..Self::new(limit)
        };
        context.with_call_info(call)
    }

    /// For the one request of a program that Choria has started: its answer has to be
    /// there a `margin` before the `limit` is over, counted from `started`.
    pub(crate) fn of_program(
        started: Instant,
        limit: Duration,
        margin: Duration,
        running: Arc<Running>,
    ) -> Self {
        Self {
            started,
            margin,
            running,
            ..Self::new(limit)
        }
    }

    /// Sets the settings.
    #[must_use]
    pub fn with_config(mut self, config: Config) -> Self {
        self.config = config.into();
        self
    }

    /// Sets the facts.
    #[must_use]
    pub fn with_facts(mut self, facts: Facts) -> Self {
        self.facts = facts.into();
        self
    }

    /// Sets the limit, counted from the same start.
    #[must_use]
    pub fn with_limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Makes it the context of a call in a server: with the deadline and the arguments of
    /// the call, and cancelled when the call is.
    ///
    /// ```
    /// use choria_external::{Context, service::CallInfo};
    /// use std::time::Duration;
    ///
    /// let call = CallInfo::new("f8a2", "choria=alice.mcollective");
    /// let cancel = call.cancel.clone();
    /// let context = Context::new(Duration::from_secs(10)).with_call_info(call);
    /// assert!(!context.cancelled());
    /// cancel.cancel();
    /// assert!(context.cancelled());
    /// ```
    #[must_use]
    pub fn with_call_info(mut self, mut call: CallInfo) -> Self {
        if let Some(deadline) = call.deadline {
            self.started = Instant::now();
            self.limit = deadline.saturating_duration_since(self.started);
        }
        self.arguments = mem::take(&mut call.arguments);
        self.call = Some(Box::new(call));
        self
    }

    /// Sets the [`arguments`](Self::arguments).
    #[must_use]
    pub fn with_arguments(mut self, arguments: Vec<String>) -> Self {
        self.arguments = arguments;
        self
    }

    /// The same with the limit of a function type. It makes the time that someone
    /// allows for a call shorter, not longer.
    pub(crate) fn limited(self, limit: Duration) -> Self {
        let is_allowed = self
            .call
            .as_ref()
            .is_some_and(|call| call.deadline.is_some());
        let limit = if is_allowed {
            limit.min(self.limit)
        } else {
            limit
        };
        self.with_limit(limit)
    }

    /// The settings of this program on this node.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The facts of this node. Choria passes none at activation.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// Words in addition to the request, such as those after the name of a discovery
    /// source's program in the client's settings.
    pub fn arguments(&self) -> &[String] {
        &self.arguments
    }

    /// The call in a server, with its caller; `None` in a program that Choria has started.
    /// Its arguments are [`arguments`](Self::arguments).
    pub fn call_info(&self) -> Option<&CallInfo> {
        self.call.as_deref()
    }

    /// The time by which there must be an answer: a little before Choria ends this
    /// program, which would cost the caller the reply. If there is no answer by then, a
    /// reply is written in its place and the program ends: code 5 for an action, else the
    /// failed reply of the function type.
    ///
    /// The setting `deadline_margin` is the difference in milliseconds, by default 500, and
    /// at most a quarter of the whole time.
    pub fn deadline(&self) -> Instant {
        deadline(self.started, self.limit, self.margin)
    }

    /// The time that is left until the [`deadline`](Self::deadline).
    pub fn remaining(&self) -> Duration {
        self.deadline().saturating_duration_since(Instant::now())
    }

    /// Returns whether an answer has become useless, or nearly so: the
    /// [`deadline`](Self::deadline) is over, or a signal such as TERM, INT or HUP has asked
    /// the program to end. From then on a handler has 50 ms to answer after all, such as
    /// with how far it came.
    ///
    /// In a server: the deadline of the call is over, or the call was cancelled.
    pub fn cancelled(&self) -> bool {
        self.running.is_cancelled() || self.is_call_cancelled() || self.remaining().is_zero()
    }

    /// Whether the one who asks has cancelled the call.
    pub(crate) fn is_call_cancelled(&self) -> bool {
        let call = self.call.as_ref();
        call.is_some_and(|call| call.cancel.is_cancelled())
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
