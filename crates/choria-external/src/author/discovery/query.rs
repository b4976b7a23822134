//! One question of a client.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use choria_external_protocol::{DiscoveryRequest, Filter};

use super::Options;
use crate::author::context::Context;

/// What a client wants to know: which nodes of a collective match a filter.
#[derive(Debug)]
pub struct Query {
    context: Context,
    request: DiscoveryRequest,
}

impl Query {
    /// Makes the query of a request, in a context that has its limit.
    pub fn new(context: Context, request: DiscoveryRequest) -> Self {
        Self { context, request }
    }

    /// Makes a query for tests, as `choria` sends it by default: the collective
    /// `mcollective`, no filter, no options, 2 seconds from now on.
    pub fn local() -> Self {
        let timeout = Duration::from_secs(2);
        Self::new(
            Context::new(timeout),
            DiscoveryRequest {
                collective: "mcollective".into(),
                filter: Filter::default(),
                federations: None,
                options: BTreeMap::new(),
                timeout: timeout.as_secs_f64(),
            },
        )
    }

    /// Sets the filter.
    #[must_use]
    pub fn with_filter(mut self, filter: Filter) -> Self {
        self.request.filter = filter;
        self
    }

    /// Sets the sub-collective.
    #[must_use]
    pub fn with_collective(mut self, collective: impl Into<String>) -> Self {
        self.request.collective = collective.into();
        self
    }

    /// Sets the federations.
    #[must_use]
    pub fn with_federations(mut self, federations: &[&str]) -> Self {
        self.request.federations = Some(federations.iter().map(ToString::to_string).collect());
        self
    }

    /// Sets the options, in place of all others.
    #[must_use]
    pub fn with_options(mut self, options: &[(&str, &str)]) -> Self {
        let owned = |(name, text): &(&str, &str)| ((*name).to_owned(), (*text).to_owned());
        self.request.options = options.iter().map(owned).collect();
        self
    }

    /// Sets the timeout, which starts now.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.request.timeout = timeout.as_secs_f64();
        let arguments = self.context.arguments().to_vec();
        self.context = Context::new(timeout).with_arguments(arguments);
        self
    }

    /// Sets the [`arguments`](Self::arguments).
    #[must_use]
    pub fn with_arguments(mut self, arguments: Vec<String>) -> Self {
        self.context = self.context.with_arguments(arguments);
        self
    }

    /// The node and the limits the query runs under.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// What a node must be, have or match. `choria discover` adds the agent
    /// `rpcutil` to it, `choria req AGENT` that agent.
    pub fn filter(&self) -> &Filter {
        &self.request.filter
    }

    /// The filter, prepared to be matched against many nodes.
    ///
    /// # Errors
    /// Returns a [`Failure`](crate::Failure) if a regular expression or a compound
    /// expression in the filter is invalid, so that Choria would find no node, and for any
    /// compound filter if the feature `compound` is off.
    #[cfg(feature = "matching")]
    pub fn matcher(&self) -> Result<crate::filter::Matcher, crate::Failure> {
        let matcher = crate::filter::Matcher::new(self.filter());
        match matcher.mistakes() {
            [] => Ok(matcher),
            mistakes => {
                let mistakes: Vec<_> = mistakes.iter().map(ToString::to_string).collect();
                Err(crate::Failure::invalid_data(format_args!(
                    "no node can match the filter: {}",
                    mistakes.join("; ")
                )))
            }
        }
    }

    /// The sub-collective to find nodes in.
    pub fn collective(&self) -> &str {
        &self.request.collective
    }

    /// The federations to look in; empty if there are none.
    pub fn federations(&self) -> &[String] {
        self.request.federations.as_deref().unwrap_or_default()
    }

    /// The options that the user gave as `--do name=value`.
    pub fn options(&self) -> Options<'_> {
        Options(&self.request.options)
    }

    /// The words that the client's settings have after the program
    /// (`plugin.choria.discovery.external.command = PROGRAM WORD WORD`).
    pub fn arguments(&self) -> &[String] {
        self.context.arguments()
    }

    /// How long the client waits in all: at least 1 second, by default 2.
    pub fn timeout(&self) -> Duration {
        // The schema has kept what is no duration away.
        Duration::try_from_secs_f64(self.request.timeout).unwrap_or(Duration::MAX)
    }

    /// The time by which there must be an answer: a little before the client kills this
    /// program, see [`Context::deadline`]. If there is no answer by then, the user reads
    /// that the source took too long.
    pub fn deadline(&self) -> Instant {
        self.context.deadline()
    }

    /// The time that is left until the [`deadline`](Self::deadline).
    pub fn remaining(&self) -> Duration {
        self.context.remaining()
    }

    /// Returns whether an answer has become useless, see [`Context::cancelled`].
    pub fn cancelled(&self) -> bool {
        self.context.cancelled()
    }

    /// Yields the items of `nodes` until less than `reserve` is left before the
    /// [`deadline`](Self::deadline), for sources that prefer some nodes to none. If the
    /// time was up, [`InTime::is_cut`] is true and the log has a warning.
    ///
    /// `reserve` is for what one step of `nodes` takes, such as fetching a page,
    /// and for writing the reply: a step that is under way is not interrupted.
    ///
    /// ```
    /// use choria_external::{Failure, Query};
    /// use std::time::Duration;
    ///
    /// fn all(query: &Query, nodes: impl Iterator<Item = String>) -> Result<Vec<String>, Failure> {
    ///     let mut nodes = query.in_time(Duration::from_millis(990), nodes);
    ///     let found = nodes.by_ref().collect();
    ///     // A partial answer looks like a whole one: give it to those who ask for it.
    ///     if nodes.is_cut() && query.options().flag("partial")? != Some(true) {
    ///         return Err(Failure::aborted("there are more nodes than the time is enough for"));
    ///     }
    ///     Ok(found)
    /// }
    ///
    /// let query = Query::local().with_timeout(Duration::from_secs(1));
    /// let endless = (1..).map(|number| format!("node{number}"));
    /// assert!(all(&query, endless).is_err());
    /// ```
    pub fn in_time<I: IntoIterator>(&self, reserve: Duration, nodes: I) -> InTime<'_, I::IntoIter> {
        InTime {
            query: self,
            reserve,
            nodes: nodes.into_iter(),
            is_cut: false,
        }
    }
}

/// An iterator that ends in time, see [`Query::in_time`].
#[derive(Debug)]
pub struct InTime<'q, I> {
    query: &'q Query,
    reserve: Duration,
    nodes: I,
    is_cut: bool,
}

impl<I> InTime<'_, I> {
    /// Returns whether the time was up before the end, so that the answer is partial.
    pub fn is_cut(&self) -> bool {
        self.is_cut
    }
}

impl<I: Iterator> Iterator for InTime<'_, I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        let query = self.query;
        if self.is_cut {
            return None;
        }
        if query.remaining() >= self.reserve {
            return self.nodes.next();
        }
        self.is_cut = true;
        tracing::warn!(
            target: "choria_external",
            "only {:?} are left of {:?}: the answer is partial",
            query.remaining(),
            query.timeout(),
        );
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_cut_when_the_reserve_begins() {
        let nodes = ["a", "b"];
        let query = Query::local().with_timeout(Duration::from_hours(1));
        let mut all = query.in_time(Duration::from_mins(1), nodes);
        assert!(all.by_ref().eq(nodes) && !all.is_cut());
        let mut none = query.in_time(Duration::from_hours(1), nodes);
        assert!(none.by_ref().next().is_none() && none.is_cut());
        // The end of what has no end.
        let query = Query::local().with_timeout(Duration::from_secs(1));
        let mut some = query.in_time(Duration::from_millis(995), 1..);
        assert!(some.by_ref().last().is_none_or(|last| last > 0) && some.is_cut());
    }

    #[test]
    fn missing_federations_are_none() {
        assert!(Query::local().federations().is_empty());
        assert_eq!(
            Query::local().with_federations(&["eu", "us"]).federations(),
            ["eu", "us"]
        );
    }
}
