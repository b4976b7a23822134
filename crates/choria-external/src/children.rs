//! The processes that this one has started.

use std::io;
use std::process::Child;

/// Ends all processes below this one, so that none outlives an action that was
/// ended. A process that has left its parents behind is not found.
///
/// Linux only: elsewhere there is no list of them to be read.
pub(crate) fn end() {
    #[cfg(target_os = "linux")]
    linux::end_below(std::process::id());
}

/// Ends the process group that a child of this process leads (Unix), and all
/// below the child (Linux).
pub(crate) fn end_group(child: u32) {
    #[cfg(target_os = "linux")]
    linux::end_below(child);
    #[cfg(unix)]
    if let Some(group) = number(child) {
        // There may be nobody any more.
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    #[cfg(not(unix))]
    let _ = child;
}

/// Whether a child has ended. Its number stays its own until it is waited for, so
/// that nothing else is ended in its place.
pub(crate) fn has_ended(child: &mut Child) -> io::Result<bool> {
    #[cfg(unix)]
    if let Some(child) = number(child.id()) {
        use rustix::process::{WaitId, WaitIdOptions, waitid};
        let look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        return Ok(waitid(WaitId::Pid(child), look)?.is_some());
    }
    Ok(child.try_wait()?.is_some())
}

#[cfg(unix)]
fn number(process: u32) -> Option<rustix::process::Pid> {
    process
        .try_into()
        .ok()
        .and_then(rustix::process::Pid::from_raw)
}

#[cfg(target_os = "linux")]
mod linux {
    use std::collections::BTreeSet;
    use std::fs;

    use rustix::process::{Signal, kill_process};

    use super::number;

    /// How often what was started meanwhile is looked for: what starts processes
    /// faster than they can be ended is left.
    const ROUNDS: usize = 20;

    pub(super) fn end_below(process: u32) {
        let mut ended = BTreeSet::new();
        for _ in 0..ROUNDS {
            let mut below = Vec::new();
            collect(process, &mut below);
            below.retain(|process| !ended.contains(process));
            if below.is_empty() {
                return;
            }
            // All are known before the first is ended: its children would be
            // those of another process then.
            for process in below.iter().filter_map(|process| number(*process)) {
                // It may be gone already.
                let _ = kill_process(process, Signal::KILL);
            }
            ended.extend(below);
        }
    }

    fn collect(process: u32, below: &mut Vec<u32>) {
        let Ok(threads) = fs::read_dir(format!("/proc/{process}/task")) else {
            return;
        };
        for thread in threads.flatten() {
            let children = fs::read_to_string(thread.path().join("children")).unwrap_or_default();
            let children = children.split_ascii_whitespace();
            for child in children.filter_map(|child| child.parse().ok()) {
                if !below.contains(&child) {
                    below.push(child);
                    collect(child, below);
                }
            }
        }
    }
}
