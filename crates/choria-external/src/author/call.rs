//! One call of an action.

use std::time::{Duration, Instant, SystemTime};

use choria_external_protocol::RpcRequest;

use super::config::Config;
use super::context::Context;
use super::facts::Facts;

/// One call of an action: who calls, from where, and the [`Context`] it runs
/// in.
#[derive(Debug)]
pub struct Call {
    context: Context,
    agent: String,
    action: String,
    request_id: String,
    sender: String,
    caller: String,
    collective: String,
    ttl: Duration,
    time: SystemTime,
}

impl Call {
    /// Splits a request into the call and its data.
    pub(crate) fn from_request<D>(context: Context, request: RpcRequest<D>) -> (Self, D) {
        context.running().runs(request.action.as_str());
        let seconds = |number: i64| Duration::from_secs(number.try_into().unwrap_or(0));
        let call = Self {
            context,
            agent: request.agent.to_string(),
            action: request.action.to_string(),
            request_id: request.requestid,
            sender: request.senderid,
            caller: request.callerid,
            collective: request.collective,
            ttl: seconds(request.ttl),
            time: SystemTime::UNIX_EPOCH
                .checked_add(seconds(request.msgtime))
                .unwrap_or(SystemTime::UNIX_EPOCH),
        };
        (call, request.data)
    }

    /// Makes a call for tests, as if a caller on this machine had made it just now.
    pub fn local(context: Context, agent: impl Into<String>, action: impl Into<String>) -> Self {
        Self {
            context,
            agent: agent.into(),
            action: action.into(),
            request_id: "00000000000000000000000000000000".into(),
            sender: "localhost".into(),
            caller: "choria=local".into(),
            collective: "mcollective".into(),
            ttl: Duration::from_mins(1),
            time: SystemTime::now(),
        }
    }

    /// Sets the caller.
    #[must_use]
    pub fn with_caller(mut self, caller: impl Into<String>) -> Self {
        self.caller = caller.into();
        self
    }

    /// Sets the id of the request.
    #[must_use]
    pub fn with_request_id(mut self, id: impl Into<String>) -> Self {
        self.request_id = id.into();
        self
    }

    /// Sets the sender.
    #[must_use]
    pub fn with_sender(mut self, sender: impl Into<String>) -> Self {
        self.sender = sender.into();
        self
    }

    /// Sets the sub-collective.
    #[must_use]
    pub fn with_collective(mut self, collective: impl Into<String>) -> Self {
        self.collective = collective.into();
        self
    }

    /// Sets the time at which the call was made.
    #[must_use]
    pub fn with_time(mut self, time: SystemTime) -> Self {
        self.time = time;
        self
    }

    /// The agent that is called.
    pub fn agent(&self) -> &str {
        &self.agent
    }

    /// The action that is called.
    pub fn action(&self) -> &str {
        &self.action
    }

    /// Identifies the request in the network; the same on every node.
    pub fn request_id(&self) -> &str {
        &self.request_id
    }

    /// Identity of the node that sent the request.
    pub fn sender(&self) -> &str {
        &self.sender
    }

    /// The caller, as verified by the server's security provider, such as
    /// `choria=rip.mcollective`.
    pub fn caller(&self) -> &str {
        &self.caller
    }

    /// The sub-collective the request was sent to.
    pub fn collective(&self) -> &str {
        &self.collective
    }

    /// How long after [`time`](Self::time) the request is valid.
    pub fn ttl(&self) -> Duration {
        self.ttl
    }

    /// When the request was made, by the sender's clock.
    pub fn time(&self) -> SystemTime {
        self.time
    }

    /// The node and the limits the call runs under.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// The settings of this agent on this node.
    pub fn config(&self) -> &Config {
        self.context.config()
    }

    /// The facts of this node.
    pub fn facts(&self) -> &Facts {
        self.context.facts()
    }

    /// The time by which there must be an answer, see [`Context::deadline`].
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
}
