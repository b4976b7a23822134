//! Signals that end the command: the agent must not outlive it, nor its files,
//! which hold the node's facts.

use choria_external_host::Supervisor;

#[cfg(unix)]
use crate::threads;

/// Watches for signals while the command runs.
pub(crate) struct Signals {
    #[cfg(unix)]
    seen: std::sync::Arc<std::sync::atomic::AtomicUsize>,
}

#[cfg(unix)]
impl Signals {
    /// From now on INT, TERM and HUP cancel instead of ending the process; one that
    /// is ignored stays so.
    pub(crate) fn watch(supervisor: &Supervisor) -> anyhow::Result<Self> {
        Self::watch_and(supervisor, || {}, || {})
    }

    /// The same for a command that has more to end: `told` is called when it is
    /// cancelled, and `last` where the process is ended at once, because it takes
    /// too long or a second signal comes.
    pub(crate) fn watch_and(
        supervisor: &Supervisor,
        told: impl Fn() + Send + 'static,
        last: impl Fn() + Send + Sync + 'static,
    ) -> anyhow::Result<Self> {
        use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
        let watched = [SIGINT, SIGTERM, SIGHUP]
            .into_iter()
            .filter(|signal| !is_ignored(*signal));
        let watched: Vec<i32> = watched.collect();
        let seen = std::sync::Arc::default();
        for signal in &watched {
            let signal = *signal;
            let number = signal.unsigned_abs() as usize;
            signal_hook::flag::register_usize(signal, std::sync::Arc::clone(&seen), number)?;
        }
        let mut signals = signal_hook::iterator::Signals::new(watched)?;
        let supervisor = supervisor.clone();
        let last = std::sync::Arc::new(last);
        let (of_second, of_last) = (std::sync::Arc::clone(&last), supervisor.clone());
        let (first, seen_first) = std::sync::mpsc::channel();
        // It may be stuck in something else, such as writing to a standard output
        // that nobody reads. This thread is started before there is a signal:
        // afterwards there may be none to be had.
        threads::start(move || {
            if let Ok(signal) = seen_first.recv() {
                std::thread::sleep(std::time::Duration::from_secs(2));
                end(signal, &*last, &of_last);
            }
        })?;
        threads::start(move || {
            for signal in signals.forever() {
                if supervisor.cancel.is_cancelled() {
                    end(signal, &*of_second, &supervisor);
                }
                // Fails once that thread ends the process.
                let _ = first.send(signal);
                supervisor.cancel.cancel();
                told();
            }
        })?;
        Ok(Self { seen })
    }

    /// The exit code after a signal, as shells have it.
    pub(crate) fn exit_code(&self) -> Option<u8> {
        let signal = self.seen.load(std::sync::atomic::Ordering::SeqCst);
        u8::try_from(signal)
            .ok()
            .filter(|signal| *signal != 0)
            .map(|signal| 128 + signal)
    }
}

/// Whether whoever started this process wants it to go on at a signal, as
/// `nohup` does.
#[cfg(unix)]
fn is_ignored(signal: i32) -> bool {
    let about = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = about.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    ignored.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}

#[cfg(unix)]
fn end(signal: i32, last: &dyn Fn(), supervisor: &Supervisor) {
    last();
    supervisor.abandon();
    std::process::exit(128 + signal);
}

/// Elsewhere the system ends the process, and the agent with it.
#[cfg(not(unix))]
impl Signals {
    pub(crate) fn watch(_: &Supervisor) -> anyhow::Result<Self> {
        Ok(Self {})
    }

    pub(crate) fn exit_code(&self) -> Option<u8> {
        None
    }
}
