//! What a service answers.

use choria_external_protocol::{Failure, read_json};
use serde_json::Value;

/// The answer to a request: the reply as it goes out, and what else there is to
/// know about the call.
///
/// The default is a call that went well and has no reply.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The reply message, a failed one included. `None` if no reply can be made:
    /// then the caller gets nothing, and [`failure`](Self::failure) says why.
    pub reply: Option<Vec<u8>>,
    /// Why the request failed, with the text for the caller and the text for the
    /// log. `None` if it did not fail.
    pub failure: Option<Failure>,
    /// What the log should say besides, one sentence each.
    pub warnings: Vec<String>,
    /// The exit code of a program that gives this answer.
    pub exit: u8,
}

impl Answer {
    /// The answer to a request that went well.
    pub fn replied(reply: impl Into<Vec<u8>>) -> Self {
        Self {
            reply: Some(reply.into()),
            ..Self::default()
        }
    }

    /// The answer to a request that failed, and to which no reply can be made;
    /// the exit code is 1.
    pub fn without_reply(failure: Failure) -> Self {
        Self {
            failure: Some(failure),
            exit: 1,
            ..Self::default()
        }
    }

    /// The reply as JSON. `None` if there is no reply, or if it is not JSON.
    pub fn json(&self) -> Option<Value> {
        read_json(self.reply.as_deref()?).ok()
    }

    /// Adds the failure that the reply stands for.
    #[must_use]
    pub fn with_failure(mut self, failure: Failure) -> Self {
        self.failure = Some(failure);
        self
    }

    /// Adds warnings.
    #[must_use]
    pub fn with_warnings(mut self, warnings: impl IntoIterator<Item = String>) -> Self {
        self.warnings.extend(warnings);
        self
    }
}
