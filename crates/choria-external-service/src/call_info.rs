//! Who asks, and until when.

use std::time::{Duration, Instant, SystemTime};

use choria_external_protocol::Failure;

use crate::CancelToken;

/// What the one who asks says about a call: who calls, until when the answer is
/// of use, and how the call can be cancelled.
///
/// A server fills in who calls from what it has verified itself, such as a key
/// or a certificate, and never from the body of a request.
///
/// ```
/// use choria_external_service::CallInfo;
/// use std::time::Duration;
///
/// let mut call = CallInfo::new("f8a2", "choria=alice.mcollective");
/// call.sender = "gateway1.example.net".into();
/// let call = call.with_limit(Duration::from_secs(5));
/// assert!(call.remaining().unwrap() <= Duration::from_secs(5));
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CallInfo {
    /// Identifies the call, in Choria's network by 32 hexadecimal digits.
    pub id: String,
    /// Who calls, such as `choria=alice.mcollective`.
    pub caller: String,
    /// The identity of the machine that the call came from.
    pub sender: String,
    /// The sub-collective of the call.
    pub collective: String,
    /// When the call was made, by the sender's clock.
    pub time: SystemTime,
    /// How long after [`time`](Self::time) the call is valid, in whole seconds.
    pub ttl: Duration,
    /// When the answer becomes useless. `None` leaves the limit to the service:
    /// the timeout in its metadata, or the one its function type has.
    pub deadline: Option<Instant>,
    /// Cancels the call.
    pub cancel: CancelToken,
    /// Words in addition to the request, such as those that a Choria client has
    /// in its settings after the name of a discovery source's program.
    pub arguments: Vec<String>,
}

impl CallInfo {
    /// A call made now on this machine (`localhost`), in the sub-collective
    /// `mcollective`, valid for 60 seconds and without a deadline.
    pub fn new(id: impl Into<String>, caller: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            caller: caller.into(),
            sender: "localhost".into(),
            collective: "mcollective".into(),
            time: SystemTime::now(),
            ttl: Duration::from_mins(1),
            deadline: None,
            cancel: CancelToken::default(),
            arguments: Vec::new(),
        }
    }

    /// A call for tests, as if a caller on this machine had made it.
    pub fn local() -> Self {
        Self::new("00000000000000000000000000000000", "choria=local")
    }

    /// Sets the deadline to this long from now.
    #[must_use]
    pub fn with_limit(mut self, limit: Duration) -> Self {
        // A limit beyond what the clock can tell is none.
        self.deadline = Instant::now().checked_add(limit);
        self
    }

    /// How long until the deadline: zero once it has passed, `None` if there is
    /// no deadline.
    pub fn remaining(&self) -> Option<Duration> {
        let deadline = self.deadline?;
        Some(deadline.saturating_duration_since(Instant::now()))
    }

    /// Why the call should not begin at all: it has been cancelled, or its
    /// deadline has passed while it waited. `None` if it can begin.
    ///
    /// A [`Service`](crate::Service) asks this first, so that calls that have
    /// waited too long in a queue cost nothing more.
    pub fn refusal(&self) -> Option<Failure> {
        if self.cancel.is_cancelled() {
            return Some(Failure::aborted("the call was cancelled before it began"));
        }
        let is_late = self.remaining().is_some_and(|left| left.is_zero());
        is_late.then(|| Failure::aborted("the deadline had passed before the call began"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(call: &CallInfo) -> Option<String> {
        call.refusal().map(|failure| failure.message().to_owned())
    }

    #[test]
    fn a_cancelled_call_and_a_late_one_do_not_begin() {
        let call = CallInfo::new("", "");
        assert_eq!(refusal(&call), None);
        assert_eq!(
            refusal(&call.clone().with_limit(Duration::ZERO)).unwrap(),
            "the deadline had passed before the call began"
        );
        call.cancel.cancel();
        assert_eq!(
            refusal(&call).unwrap(),
            "the call was cancelled before it began"
        );
    }

    #[test]
    fn a_limit_that_no_clock_can_tell_is_no_deadline() {
        let call = CallInfo::new("", "").with_limit(Duration::MAX);
        assert_eq!(call.remaining(), None);
        let call = call.with_limit(Duration::from_hours(1));
        assert!(call.remaining().unwrap() > Duration::from_mins(59));
    }
}
