//! The processes below a command that an author runs.

use std::io;
use std::process::Child;

#[cfg(target_os = "linux")]
mod tree;

/// Ends the process group that a child of this process leads (Unix), and all
/// below the child (Linux).
pub(crate) fn end_group(child: u32) {
    #[cfg(target_os = "linux")]
    end_below(child, None);
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
pub(crate) use linux::end_below;

#[cfg(target_os = "linux")]
mod linux {
    use std::collections::BTreeSet;
    use std::fs;
    use std::time::Instant;

    use rustix::io::Errno;
    use rustix::process::{Signal, kill_process};

    use super::{number, tree};

    /// How often processes that were started meanwhile are looked for. What starts
    /// them faster than they can be ended is left.
    const ROUNDS: usize = 20;

    /// Ends all processes below this one, until `until` at the latest. Returns whether
    /// all of them are ended by then: not if the action has changed the root folder,
    /// where no list of processes is, or the user, and may not end them any more.
    pub(crate) fn end_below(process: u32, until: Option<Instant>) -> bool {
        let is_late = || until.is_some_and(|until| Instant::now() >= until);
        if fs::metadata("/proc/self/stat").is_err() {
            return false;
        }
        let mut ended = BTreeSet::new();
        let mut is_allowed = true;
        for _ in 0..ROUNDS {
            let mut below = tree::below(process, |parent| {
                // The walk is the slow part: what it has found by then is ended.
                if is_late() {
                    Vec::new()
                } else {
                    children(parent)
                }
            });
            below.retain(|process| ended.insert(*process));
            if below.is_empty() {
                return is_allowed && !is_late();
            }
            // All are known before the first is ended: its children would be
            // those of another process then.
            for process in below.into_iter().filter_map(number) {
                // It may be gone already.
                is_allowed &= kill_process(process, Signal::KILL) != Err(Errno::PERM);
            }
        }
        false
    }

    /// The children of all threads of a process.
    pub(super) fn children(process: u32) -> Vec<u32> {
        let mut children = Vec::new();
        let threads = fs::read_dir(format!("/proc/{process}/task"));
        let threads = threads.into_iter().flatten().flatten();
        // All of them before the first is read: there may be one free descriptor only.
        let threads: Vec<_> = threads.map(|thread| thread.path()).collect();
        for thread in threads {
            let list = fs::read_to_string(thread.join("children")).unwrap_or_default();
            let list = list.split_ascii_whitespace();
            children.extend(list.filter_map(|child| child.parse::<u32>().ok()));
        }
        children
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::process::{Command, Stdio};
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn processes_are_ended_until_the_time_is_up() {
        let started = || {
            let mut shell = Command::new("sh");
            shell.args(["-c", "read line; exit 7"]);
            shell.stdin(Stdio::piped()).spawn().unwrap()
        };
        let mut child = started();
        let now = Instant::now();
        assert!(!linux::end_below(std::process::id(), Some(now)));
        drop(child.stdin.take());
        assert_eq!(child.wait().unwrap().code(), Some(7));

        // Not this process: other tests have children, too.
        let mut parent = Command::new("sh")
            .args(["-c", "sleep 600; exit 8"])
            .spawn()
            .unwrap();
        let later = now + Duration::from_mins(5);
        // Once the shell has started it.
        while linux::children(parent.id()).is_empty() {
            std::thread::yield_now();
        }
        assert!(linux::end_below(parent.id(), Some(later)));
        assert_eq!(parent.wait().unwrap().code(), Some(8));
    }
}
