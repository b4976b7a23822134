//! The end of all processes below this one.

use std::time::Instant;

#[cfg(target_os = "linux")]
use crate::author::children::end_below;

/// Ends all processes below this one, so that none outlives an action that was
/// ended. Stops at `until`, and returns whether it came to an end before. A process
/// that has left its parents behind earlier is not found.
///
/// Linux only: other systems have no list of them to be read.
pub(crate) fn end(until: Instant) -> bool {
    #[cfg(target_os = "linux")]
    {
        // From now on a process whose parent ends becomes a child of this one, and
        // is found. Where the system refuses, the tree is ended as it is.
        let _ = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
        end_below(std::process::id(), Some(until))
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = until;
        true
    }
}
