//! What a program leaves running when it has ended.
//!
//! Under a server it lives on. Here it is ended, so that trying an agent leaves
//! nothing behind.
//!
//! On Linux this process makes itself the one that orphans below it go to, and
//! so finds them among its children. To which start one belongs tells its
//! environment, which it has from the program: each start has a reply file of
//! its own. Nothing of that is seen by the program, which is in no process group
//! of its own, as under a server.

use std::collections::BTreeSet;
use std::io;
use std::ops::Deref;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use shared_child::SharedChild;

/// The children that this crate has started and waits for itself.
static OWN: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());

/// Whether this process has no other children but those.
static ALONE: AtomicBool = AtomicBool::new(false);

/// Says that this process starts no other process but by this crate, from now
/// on: for a command, not for tests.
///
/// Then also those can be found that a program left running without the
/// environment it gave them, and those that have ended since: without this
/// they could be children of the rest of the process, and are left alone.
/// Several calls at a time cannot tell whose they are; then [`end_children`]
/// finds them at the end.
pub fn starts_nothing_else() {
    ALONE.store(true, Ordering::SeqCst);
}

fn own() -> MutexGuard<'static, BTreeSet<u32>> {
    OWN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A process that this crate has started.
pub(crate) struct Child(Arc<SharedChild>);

impl Child {
    pub(crate) fn spawn(command: &mut Command) -> io::Result<Self> {
        // Under the lock: nobody finds it before it is known.
        let mut own = own();
        let child = SharedChild::spawn(command)?;
        own.insert(child.id());
        Ok(Self(Arc::new(child)))
    }

    pub(crate) fn shared(&self) -> &Arc<SharedChild> {
        &self.0
    }
}

impl Deref for Child {
    type Target = SharedChild;

    fn deref(&self) -> &SharedChild {
        &self.0
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        own().remove(&self.0.id());
    }
}

/// A process that a program left running.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct LeftBehind {
    /// Its number.
    pub pid: u32,
    /// Its command line, the words with spaces between them; at most 200
    /// characters.
    pub command: String,
}

#[cfg(target_os = "linux")]
pub(crate) use linux::end;
#[cfg(target_os = "linux")]
pub use linux::{adopt, end_children};

#[cfg(not(target_os = "linux"))]
pub(crate) use elsewhere::end;
#[cfg(not(target_os = "linux"))]
pub use elsewhere::{adopt, end_children};

#[cfg(target_os = "linux")]
mod linux {
    use std::collections::{BTreeMap, BTreeSet};
    use std::ffi::OsStr;
    use std::fs;
    use std::os::unix::ffi::OsStrExt as _;
    use std::sync::Once;
    use std::sync::atomic::Ordering;
    use std::thread;
    use std::time::{Duration, Instant};

    use rustix::process::{
        Pid, Signal, WaitOptions, getpid, kill_process, set_child_subreaper, waitpid,
    };

    use super::{ALONE, LeftBehind, own};

    /// How long killed processes may take to be gone: they can be within the
    /// kernel.
    const PATIENCE: Duration = Duration::from_secs(2);
    /// Milliseconds for which a process without an environment is looked at again.
    const BECOMING: usize = 20;
    /// Characters of a command line that are kept.
    const MOST_COMMAND: usize = 200;

    /// From now on orphans below this process become its children, where
    /// [`end_children`] finds them. Each call of a program does so; Linux only.
    pub fn adopt() {
        static ADOPTED: Once = Once::new();
        ADOPTED.call_once(|| {
            // Where the system does not know it, nothing is found later.
            let _ = set_child_subreaper(Some(getpid()));
        });
    }

    /// Ends what is left of the start that had this variable.
    pub(crate) fn end(variable: &str, value: &OsStr) -> Vec<LeftBehind> {
        let mark = [variable.as_bytes(), b"=", value.as_bytes()].concat();
        let alone = ALONE.load(Ordering::SeqCst);
        // With others under way, those without a mark can be theirs.
        let all = alone && own().is_empty();
        end_those(|pid| {
            let others = own().contains(&pid);
            !others && (all || has(pid, &mark) || (alone && is_over(pid)))
        })
    }

    /// Ends every process below this one, and says which there were: for a
    /// program that starts none but by this crate, at its end.
    ///
    /// It finds also those that a call cannot tell from processes of its caller:
    /// see [`starts_nothing_else`](super::starts_nothing_else). Linux only: elsewhere, nothing is found.
    pub fn end_children() -> Vec<LeftBehind> {
        end_those(|_| true)
    }

    /// Ends the children of this process that are meant, with all below them.
    fn end_those(meant: impl Fn(u32) -> bool) -> Vec<LeftBehind> {
        let own = std::process::id();
        let mut found = BTreeMap::new();
        let mut killed = BTreeSet::new();
        let start = Instant::now();
        // The system's list can miss one while another ends.
        let mut nothing = 0;
        while nothing < 2 && start.elapsed() < PATIENCE {
            let top = children(own).into_iter().filter(|pid| meant(*pid));
            let mut alive: Vec<u32> = top.filter(|pid| !killed.contains(pid)).collect();
            let mut at = 0;
            while at < alive.len() {
                let below = children(alive[at]);
                alive.extend(below.into_iter().filter(|pid| !killed.contains(pid)));
                at += 1;
            }
            nothing = if alive.is_empty() && killed.is_empty() {
                nothing + 1
            } else {
                0
            };
            for pid in alive {
                if let Some(command) = command(pid) {
                    found.insert(pid, command);
                }
                kill(pid);
                killed.insert(pid);
            }
            killed.retain(|pid| !is_gone(*pid));
            if !killed.is_empty() {
                thread::sleep(Duration::from_millis(1));
            }
        }
        let left = found.into_iter();
        left.map(|(pid, command)| LeftBehind { pid, command })
            .collect()
    }

    /// The children of all threads of a process.
    fn children(pid: u32) -> Vec<u32> {
        let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else {
            return Vec::new();
        };
        let lists = threads
            .filter_map(|thread| fs::read_to_string(thread.ok()?.path().join("children")).ok());
        lists
            .flat_map(|list| {
                let pids = list.split_ascii_whitespace();
                pids.filter_map(|pid| pid.parse().ok())
                    .collect::<Vec<u32>>()
            })
            .collect()
    }

    fn has(pid: u32, mark: &[u8]) -> bool {
        let read = || fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        let mut environment = read();
        // One that is just becoming another program has none for a moment.
        for _ in 0..BECOMING {
            if !environment.is_empty() || is_over(pid) {
                break;
            }
            thread::sleep(Duration::from_millis(1));
            environment = read();
        }
        environment
            .split(|byte| *byte == 0)
            .any(|entry| entry == mark)
    }

    /// Whether a process has ended, and only its number is left.
    fn is_over(pid: u32) -> bool {
        let about = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        // Behind the name, which can hold anything, there is the state.
        let rest = about.rsplit_once(") ").map(|(_, rest)| rest);
        rest.is_some_and(|rest| rest.starts_with('Z'))
    }

    /// None for one that has ended.
    fn command(pid: u32) -> Option<String> {
        let words = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
        let text = String::from_utf8_lossy(&words).replace('\0', " ");
        let text: String = text.trim_end().chars().take(MOST_COMMAND).collect();
        if !text.is_empty() {
            return Some(text);
        }
        if is_over(pid) {
            return None;
        }
        // It is about to become another program.
        let name = fs::read_to_string(format!("/proc/{pid}/comm")).ok()?;
        Some(format!("[{}]", name.trim_end()))
    }

    fn process(pid: u32) -> Option<Pid> {
        Pid::from_raw(pid.try_into().ok()?)
    }

    fn kill(pid: u32) {
        if let Some(pid) = process(pid) {
            // Fails where it has ended just now.
            let _ = kill_process(pid, Signal::KILL);
        }
    }

    /// Whether a process that was killed is no more. One that is not this
    /// process's child yet becomes it when its own parent has ended.
    fn is_gone(pid: u32) -> bool {
        let Some(child) = process(pid) else {
            return true;
        };
        match waitpid(Some(child), WaitOptions::NOHANG) {
            Ok(Some(_)) => true,
            Ok(None) => false,
            Err(_) => !fs::exists(format!("/proc/{pid}")).unwrap_or(false),
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod elsewhere {
    use std::ffi::OsStr;

    use super::LeftBehind;

    /// From now on orphans below this process become its children: Linux only.
    pub fn adopt() {}

    pub(crate) fn end(_: &str, _: &OsStr) -> Vec<LeftBehind> {
        Vec::new()
    }

    /// Ends every process below this one. Linux only: elsewhere, nothing is
    /// found, and what a program leaves behind lives on, as under a server.
    pub fn end_children() -> Vec<LeftBehind> {
        Vec::new()
    }
}
