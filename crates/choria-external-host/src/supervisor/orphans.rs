//! What a program leaves running when it has ended.
//!
//! Under a server it lives on. Here it is ended, so that trying a program leaves
//! nothing behind.
//!
//! To which start a process belongs tells what it has inherited from the program:
//! a variable with the name of a file that only this start has, or the pipe into
//! which it prints. The program sees nothing of that; it is in no process group of
//! its own, as under a server.
//!
//! An orphan's parent is the nearest ancestor that has asked the system for
//! orphans, else process 1. A supervisor of the whole process asks for them, and
//! waits for those that have ended; others only look at the children of their own
//! process's ancestors, and whoever is the parent there waits.

#[cfg(target_os = "linux")]
pub(super) use linux::{
    Abandoned, adopt, below, end, end_abandoned, end_unknown, kill, reap, ticks,
};

#[cfg(not(target_os = "linux"))]
pub(super) use elsewhere::{adopt, below, end, end_unknown, kill, reap};

/// A process that a program left running.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct LeftoverProcess {
    /// Its number.
    pub pid: u32,
    /// Its command line, the words with spaces between them; at most 200
    /// characters.
    pub command: String,
}

/// By what the processes of a start are known.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trail {
    /// The number of the program, which has ended.
    pub(crate) pid: u32,
    /// Whether it ran so shortly that no system has given the number twice since.
    pub(crate) is_short: bool,
    /// `NAME=VALUE`, which no other start has in its environment.
    pub(crate) variable: Option<Vec<u8>>,
    /// What the pipes of its output are called in `/proc/PID/fd`.
    pub(crate) pipes: Vec<String>,
}

#[cfg(target_os = "linux")]
mod linux {
    use std::collections::{BTreeMap, BTreeSet};
    use std::fs;
    use std::io::{self, ErrorKind, Read as _};
    use std::path::PathBuf;
    use std::sync::{LazyLock, Once};
    use std::thread;
    use std::time::{Duration, Instant};

    use rustix::process::{
        Pid, Signal, WaitOptions, getpid, kill_process, set_child_subreaper, waitpid,
    };

    use rustix::param::clock_ticks_per_second;
    use rustix::time::{ClockId, clock_gettime};

    use super::super::{Kind, PATIENCE, children as known};
    use super::{LeftoverProcess, Trail};

    /// Milliseconds for which a process without an environment is looked at again.
    const BECOMING: usize = 50;
    /// The fields of what the system says of a process: its flags, its start.
    const FLAGS: usize = 6;
    const STARTED: usize = 19;
    /// The flag of a thread of the kernel, `PF_KTHREAD`.
    const OF_KERNEL: u64 = 0x0020_0000;
    /// Characters of a command line that are kept.
    const MOST_COMMAND: usize = 200;

    /// From now on orphans below this process become its children.
    pub(in super::super) fn adopt() {
        static ADOPTED: Once = Once::new();
        ADOPTED.call_once(|| {
            // Where the system does not know it, nothing is found later.
            let _ = set_child_subreaper(Some(getpid()));
        });
    }

    /// Ends what is left of a start.
    pub(in super::super) fn end(trail: &Trail, of_process: bool) -> Vec<LeftoverProcess> {
        if of_process {
            // With others under way, those without a mark can be theirs.
            let all = known().values().all(|kind| *kind == Kind::Watchdog);
            return end_those(&|| {
                let unknown = unknown().into_iter();
                unknown
                    .filter(|pid| all || trail.has(*pid) || is_over(*pid))
                    .collect()
            });
        }
        end_those(&|| {
            let last = if trail.is_short { last_pid() } else { None };
            let new = |pid: &u32| last.is_none_or(|last| is_between(trail.pid, last, *pid));
            let parents = parents_of_orphans().iter();
            let orphans = parents.flat_map(|parent| adopted(*parent));
            orphans
                .filter(|pid| new(pid) && !known().contains_key(pid) && trail.has(*pid))
                .collect()
        })
    }

    /// Ends every child of this process that no supervisor has started, with all
    /// below them.
    pub(in super::super) fn end_unknown() -> Vec<LeftoverProcess> {
        end_those(&unknown)
    }

    /// A start of a process that is gone.
    pub(in super::super) struct Abandoned {
        /// The number of the program; 0 where it was not started yet.
        pub(in super::super) pid: u32,
        /// When it had been started, see [`ticks`].
        pub(in super::super) ticks: u64,
        pub(in super::super) trail: Trail,
        pub(in super::super) files: Vec<PathBuf>,
    }

    impl Abandoned {
        /// Whether a process is the program itself: since then the number can have
        /// been given to another one.
        fn is_program(&self, pid: u32) -> bool {
            let started = || stat(pid, STARTED)?.parse::<u64>().ok();
            pid == self.pid && started().is_some_and(|started| started <= self.ticks)
        }
    }

    /// Now, in the unit in which the system tells when a process was started.
    pub(in super::super) fn ticks() -> u64 {
        let now = clock_gettime(ClockId::Boottime);
        let (seconds, nanos) = (now.tv_sec.unsigned_abs(), now.tv_nsec.unsigned_abs());
        let per_second = clock_ticks_per_second();
        seconds * per_second + nanos * per_second / 1_000_000_000
    }

    /// Ends what is left of starts of a process that is gone.
    pub(in super::super) fn end_abandoned(starts: &[Abandoned]) {
        if starts.is_empty() {
            return;
        }
        end_those(&|| {
            let is_left = |pid: &u32| {
                if *pid == std::process::id() || is_over(*pid) {
                    return false;
                }
                let environment = environment(*pid);
                starts.iter().any(|Abandoned { trail, .. }| {
                    trail.is_in(&environment) || trail.has_pipe(*pid)
                }) || starts.iter().any(|start| start.is_program(*pid))
            };
            let processes = fs::read_dir("/proc").into_iter().flatten();
            let pids = processes.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
            pids.filter(is_left).collect()
        });
    }

    /// Waits for those that have ended.
    pub(in super::super) fn reap() {
        for pid in unknown().into_iter().filter(|pid| is_over(*pid)) {
            is_gone(pid);
        }
    }

    fn unknown() -> Vec<u32> {
        let mut children = children(std::process::id());
        let known = known();
        children.retain(|pid| !known.contains_key(pid));
        children
    }

    /// All below a process.
    pub(in super::super) fn below(pid: u32) -> Vec<u32> {
        let mut found = children(pid);
        let mut at = 0;
        while at < found.len() {
            let more = children(found[at]);
            found.extend(more);
            at += 1;
        }
        found
    }

    pub(in super::super) fn kill(pids: &[u32]) {
        for pid in pids {
            if let Some(pid) = process(*pid) {
                // Fails where it has ended just now.
                let _ = kill_process(pid, Signal::KILL);
            }
        }
    }

    /// Ends processes with all below them, until there are no more.
    fn end_those(find: &dyn Fn() -> Vec<u32>) -> Vec<LeftoverProcess> {
        let mut found = BTreeMap::new();
        let mut killed = BTreeSet::new();
        let start = Instant::now();
        // The system's list can miss one while another ends.
        let mut nothing = 0;
        while nothing < 2 && start.elapsed() < PATIENCE {
            let mut alive = find();
            alive.retain(|pid| !killed.contains(pid));
            let below: Vec<u32> = alive.iter().flat_map(|pid| below(*pid)).collect();
            alive.extend(below.into_iter().filter(|pid| !killed.contains(pid)));
            nothing = if alive.is_empty() && killed.is_empty() {
                nothing + 1
            } else {
                0
            };
            for pid in &alive {
                if let Some(command) = command(*pid) {
                    found.insert(*pid, command);
                }
            }
            kill(&alive);
            killed.extend(alive);
            killed.retain(|pid| !is_gone(*pid));
            if !killed.is_empty() {
                thread::sleep(Duration::from_millis(1));
            }
        }
        let left = found.into_iter();
        left.map(|(pid, command)| LeftoverProcess { pid, command })
            .collect()
    }

    /// The children of all threads of a process.
    fn children(pid: u32) -> Vec<u32> {
        let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else {
            return Vec::new();
        };
        let threads = threads.filter_map(|thread| thread.ok()?.file_name().into_string().ok());
        threads
            .filter_map(|thread| children_of_thread(pid, &thread).ok())
            .flatten()
            .collect()
    }

    fn children_of_thread(pid: u32, thread: &str) -> io::Result<Vec<u32>> {
        // Most have few, and this is done in each call: no look at its size.
        let mut list = Vec::with_capacity(4096);
        let path = format!("/proc/{pid}/task/{thread}/children");
        fs::File::open(path)?.read_to_end(&mut list)?;
        let list = String::from_utf8_lossy(&list);
        let pids = list.split_ascii_whitespace();
        Ok(pids.filter_map(|pid| pid.parse().ok()).collect())
    }

    /// The children of a process that can be orphans: they are given to its first
    /// thread, as long as that lives.
    fn adopted(pid: u32) -> Vec<u32> {
        match children_of_thread(pid, &pid.to_string()) {
            Ok(pids) if !pids.is_empty() => pids,
            Ok(_) if !is_over(pid) => Vec::new(),
            _ => children(pid),
        }
    }

    /// This process, all above it, and the first of all. Who comes to be above it
    /// later was so before.
    fn parents_of_orphans() -> &'static BTreeSet<u32> {
        static PARENTS: LazyLock<BTreeSet<u32>> = LazyLock::new(|| {
            let mut parents = BTreeSet::from([1]);
            let mut pid = std::process::id();
            // A parent outside of the own namespace is 0.
            while pid != 0 && parents.insert(pid) {
                pid = stat(pid, 1).and_then(|text| text.parse().ok()).unwrap_or(0);
            }
            parents
        });
        &PARENTS
    }

    /// The number that was given last.
    fn last_pid() -> Option<u32> {
        let load = fs::read_to_string("/proc/loadavg").ok()?;
        load.split_ascii_whitespace().next_back()?.parse().ok()
    }

    /// Whether a number comes after one and not after another: they begin anew
    /// once the largest was given.
    fn is_between(after: u32, last: u32, pid: u32) -> bool {
        if after <= last {
            (after..=last).contains(&pid)
        } else {
            pid >= after || pid <= last
        }
    }

    impl Trail {
        /// Whether a process is one of the start.
        fn has(&self, pid: u32) -> bool {
            let of_start = self.variable.is_some() && self.is_in(&environment(pid));
            of_start || self.has_pipe(pid)
        }

        /// Whether its variable is in an environment.
        fn is_in(&self, environment: &[u8]) -> bool {
            let mut entries = environment.split(|byte| *byte == 0);
            let variable = self.variable.as_deref();
            variable.is_some_and(|variable| entries.any(|entry| entry == variable))
        }

        fn has_pipe(&self, pid: u32) -> bool {
            let prints_into = |stream: u32| {
                let link = fs::read_link(format!("/proc/{pid}/fd/{stream}"));
                link.is_ok_and(|link| self.pipes.iter().any(|pipe| *link == **pipe))
            };
            !self.pipes.is_empty() && (prints_into(1) || prints_into(2))
        }
    }

    /// The environment of a process; empty if it has none, or it cannot be read.
    fn environment(pid: u32) -> Vec<u8> {
        let mut has_words = false;
        for _ in 0..BECOMING {
            let environment = match fs::read(format!("/proc/{pid}/environ")) {
                Ok(environment) => environment,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                // Another user's, or it is gone.
                Err(_) => break,
            };
            // One that is just becoming another program has none for a moment, nor a
            // command line, and may have become it since: a process without an
            // environment had a command line before.
            if !environment.is_empty() || has_words {
                return environment;
            }
            if is_over(pid) || is_of_kernel(pid) {
                break;
            }
            has_words = !command_line(pid).is_empty();
            if !has_words {
                thread::sleep(Duration::from_millis(1));
            }
        }
        Vec::new()
    }

    /// Whether it is a thread of the kernel, which has no environment either.
    fn is_of_kernel(pid: u32) -> bool {
        let flags = stat(pid, FLAGS).and_then(|flags| flags.parse::<u64>().ok());
        flags.is_some_and(|flags| flags & OF_KERNEL != 0)
    }

    /// Whether a process has ended, and only its number is left.
    fn is_over(pid: u32) -> bool {
        stat(pid, 0).is_some_and(|state| state == "Z")
    }

    /// A field of what the system says of a process; the first one is its state.
    fn stat(pid: u32, field: usize) -> Option<String> {
        let about = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // Behind the name, which can hold anything.
        let (_, rest) = about.rsplit_once(") ")?;
        rest.split(' ').nth(field).map(Into::into)
    }

    fn command_line(pid: u32) -> Vec<u8> {
        fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default()
    }

    /// None for one that has ended.
    fn command(pid: u32) -> Option<String> {
        let words = command_line(pid);
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

    /// Whether a process that was killed is no more. One that is not this
    /// process's child yet may become it when its own parent has ended.
    fn is_gone(pid: u32) -> bool {
        let Some(child) = process(pid) else {
            return true;
        };
        match waitpid(Some(child), WaitOptions::NOHANG) {
            Ok(Some(_)) => true,
            Ok(None) => false,
            // Not a child: whoever is the parent waits for it.
            Err(_) => !fs::exists(format!("/proc/{pid}")).unwrap_or(false) || is_over(pid),
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod elsewhere {
    use super::{LeftoverProcess, Trail};

    pub(in super::super) fn adopt() {}

    pub(in super::super) fn end(_: &Trail, _: bool) -> Vec<LeftoverProcess> {
        Vec::new()
    }

    pub(in super::super) fn end_unknown() -> Vec<LeftoverProcess> {
        Vec::new()
    }

    pub(in super::super) fn reap() {}

    pub(in super::super) fn below(_: u32) -> Vec<u32> {
        Vec::new()
    }

    pub(in super::super) fn kill(_: &[u32]) {}
}
