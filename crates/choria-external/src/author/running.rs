//! What is known of a request while it is answered.

use std::sync::OnceLock;

use super::secret::Secrets;

/// What is known of a request while it is answered.
#[derive(Debug, Default)]
pub(crate) struct Running {
    /// Set once an answer has become useless; the signal, if it was one.
    cancelled: OnceLock<Option<&'static str>>,
    action: OnceLock<String>,
    /// What no failure and no panic may show.
    pub(crate) secrets: Secrets,
}

impl Running {
    /// Says which action it is.
    pub(crate) fn runs(&self, action: &str) {
        let _ = self.action.set(action.to_owned());
    }

    /// The action, if it is known.
    pub(crate) fn action(&self) -> Option<&str> {
        self.action.get().map(String::as_str)
    }

    /// Says that an answer has become useless; with the signal that asked the program
    /// to end, if one did.
    pub(crate) fn cancel(&self, signal: Option<&'static str>) {
        let _ = self.cancelled.set(signal);
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancelled.get().is_some()
    }

    /// The signal that asked the program to end, if one did.
    pub(crate) fn asked_by(&self) -> Option<&'static str> {
        *self.cancelled.get()?
    }
}
