//! Why a program gave no reply.

use std::fmt;

/// Why a program gave no reply.
///
/// ```
/// use choria_external_host::function::{NoReplyError, NoReplyKind};
///
/// let error = NoReplyError::new("a second line");
/// assert_eq!((error.kind(), error.to_string().as_str()), (NoReplyKind::Invalid, "a second line"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoReplyError {
    kind: NoReplyKind,
    reason: String,
}

/// The kinds of [`NoReplyError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NoReplyKind {
    /// The program could not be started, ended with an exit code that is not a part
    /// of the reply, was ended by a signal, or left no file of its reply.
    Failed,
    /// The program took longer than its limit and was killed.
    TimedOut,
    /// The reply cannot be read: it is too large, or its file is not a regular one.
    Unreadable,
    /// The reply cannot be decoded, or breaks the schema of its type.
    Invalid,
}

impl NoReplyError {
    /// A reply that cannot be decoded. `reason` is a sentence without a full stop.
    pub fn new(reason: impl Into<String>) -> Self {
        Self::of(NoReplyKind::Invalid, reason)
    }

    pub(crate) fn of(kind: NoReplyKind, reason: impl Into<String>) -> Self {
        Self {
            kind,
            reason: reason.into(),
        }
    }

    /// The kind of the error.
    pub fn kind(&self) -> NoReplyKind {
        self.kind
    }
}

impl fmt::Display for NoReplyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for NoReplyError {}
