//! What the parts of a process share.

use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{env, fs, thread};

/// What the parts of a process share, as the system (Linux) reports it.
#[derive(Debug, PartialEq, Eq)]
pub struct Shared {
    threads: usize,
    descriptors: Vec<String>,
    children: Vec<u32>,
    /// Signals that are handled, and that are ignored.
    signals: Vec<String>,
    is_subscribed: bool,
    /// Counted only when printed: they are many.
    variables: Variables,
    folder: PathBuf,
}

#[derive(PartialEq, Eq)]
struct Variables(Vec<(std::ffi::OsString, std::ffi::OsString)>);

impl std::fmt::Debug for Variables {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} variables", self.0.len())
    }
}

impl Shared {
    /// The state of this process now.
    ///
    /// # Panics
    /// If the system does not report it.
    #[expect(clippy::unwrap_used, reason = "for tests")]
    pub fn now() -> Self {
        let status = fs::read_to_string("/proc/self/status").unwrap();
        let signals = ["SigCgt", "SigIgn"].into_iter();
        let mut descriptors: Vec<String> = files("/proc/self/fd")
            .into_iter()
            .filter_map(|file| fs::read_link(file).ok())
            .map(|target| target.display().to_string())
            // The one by which they are read.
            .filter(|target| !target.ends_with("/fd"))
            .collect();
        descriptors.sort();
        Self {
            threads: files("/proc/self/task").len(),
            descriptors,
            children: children(),
            signals: signals
                .filter_map(|name| status.lines().find(|line| line.starts_with(name)))
                .map(str::to_owned)
                .collect(),
            is_subscribed: tracing::dispatcher::has_been_set(),
            variables: Variables(env::vars_os().collect()),
            folder: env::current_dir().unwrap(),
        }
    }
}

/// Does a work with each number below `count`, in several threads, and asserts that the
/// process shares the same before and after. `check` looks at it before the first work.
///
/// # Panics
/// If something differs, or a work panics.
#[expect(clippy::unwrap_used, reason = "for tests")]
pub fn assert_unchanged(
    threads: usize,
    count: usize,
    check: impl FnOnce(),
    work: impl Fn(usize) + Sync,
) {
    let next = AtomicUsize::new(0);
    // All threads exist at both snapshots.
    let turn = Barrier::new(threads + 1);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                turn.wait();
                turn.wait();
                // A failure here must not keep the others waiting.
                let worked = panic::catch_unwind(AssertUnwindSafe(|| {
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        if number >= count {
                            break;
                        }
                        work(number);
                    }
                }));
                turn.wait();
                turn.wait();
                worked.unwrap();
            });
        }
        turn.wait();
        let before = Shared::now();
        check();
        turn.wait();
        turn.wait();
        let after = Shared::now();
        turn.wait();
        assert_eq!(after, before);
    });
}

/// The children of this process, including those that have ended and have not been
/// waited for.
pub fn children() -> Vec<u32> {
    let lists = files("/proc/self/task")
        .into_iter()
        .filter_map(|thread| fs::read_to_string(thread.join("children")).ok());
    let mut children: Vec<u32> = lists
        .flat_map(|list| {
            let numbers = list.split_ascii_whitespace();
            numbers
                .filter_map(|number| number.parse().ok())
                .collect::<Vec<u32>>()
        })
        .collect();
    children.sort_unstable();
    children
}

fn files(folder: impl AsRef<Path>) -> Vec<PathBuf> {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    files.map(|file| file.path()).collect()
}
