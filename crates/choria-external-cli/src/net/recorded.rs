//! Processes as `net.json` names them, so that another command finds them again.
//!
//! A number alone is not enough: once its process has ended, the system gives it
//! to another one.

use std::io;
use std::num::NonZeroU32;

use anyhow::Context as _;
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use serde::{Deserialize, Serialize};

/// A process: its number, and when it started.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub(super) struct Recorded {
    pid: NonZeroU32,
    /// As the system tells it, down to 10 ms on Linux.
    started: String,
}

impl Recorded {
    /// A process that runs, or has not been waited for yet.
    pub(super) fn of(pid: u32) -> anyhow::Result<Self> {
        let started = started(pid);
        let started = started.with_context(|| format!("could not look at the process {pid}"))?;
        let pid = NonZeroU32::new(pid).context("there is no process 0")?;
        Ok(Self { pid, started })
    }

    pub(super) fn pid(&self) -> NonZeroU32 {
        self.pid
    }

    /// Whether it is still there, and not another one with its number.
    pub(super) fn is_there(&self) -> bool {
        self.found().is_some()
    }

    /// Sends it a signal, if it is still there.
    pub(super) fn signal(&self, signal: Signal) {
        if let Some(pid) = self.found() {
            // Fails if it has ended since.
            let _ = kill_process(pid, signal);
        }
    }

    /// Kills the process group that it leads, if it is still there.
    pub(super) fn kill_group(&self) {
        if let Some(pid) = self.found() {
            // Fails if all of it has ended since.
            let _ = kill_process_group(pid, Signal::KILL);
        }
    }

    fn found(&self) -> Option<Pid> {
        let same = started(self.pid.get()).is_ok_and(|started| started == self.started);
        // Only a number above 0 stands for one process.
        let pid = i32::try_from(self.pid.get()).ok().filter(|pid| *pid > 0);
        pid.filter(|_| same).and_then(Pid::from_raw)
    }
}

/// When a process started: which start of the system, and the clock ticks since.
#[cfg(target_os = "linux")]
fn started(pid: u32) -> io::Result<String> {
    let stat = std::fs::read(format!("/proc/{pid}/stat"))?;
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id")?;
    let ticks = ticks(&stat).ok_or(io::ErrorKind::InvalidData)?;
    Ok(format!("{}/{ticks}", boot.trim()))
}

/// The 22nd field of `/proc/PID/stat`. The second is the program's name in
/// parentheses, which can have spaces and parentheses in it.
#[cfg(target_os = "linux")]
fn ticks(stat: &[u8]) -> Option<u64> {
    let after = stat.iter().rposition(|byte| *byte == b')')? + 1;
    let fields = std::str::from_utf8(&stat[after..]).ok()?;
    fields.split_whitespace().nth(19)?.parse().ok()
}

/// When a process started.
#[cfg(not(target_os = "linux"))]
fn started(pid: u32) -> io::Result<String> {
    let mut ps = std::process::Command::new("ps");
    ps.args(["-o", "lstart=", "-p", &pid.to_string()]);
    let output = ps.env("LC_ALL", "C").env("TZ", "UTC").output()?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if text.is_empty() {
        return Err(io::ErrorKind::NotFound.into());
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn a_process_is_known_by_its_start() {
        let own = Recorded::of(std::process::id()).unwrap();
        assert!(own.is_there());
        let other = Recorded {
            started: "then".into(),
            ..own
        };
        assert!(!other.is_there());
    }

    #[test]
    fn one_that_has_ended_is_not_there() {
        let mut child = Command::new("true").spawn().unwrap();
        let recorded = Recorded::of(child.id()).unwrap();
        child.wait().unwrap();
        assert!(!recorded.is_there());
    }

    #[test]
    fn only_numbers_above_0_are_read() {
        for pid in ["0", "-1", "4294967296", "1.5", "\"1\""] {
            let text = format!(r#"{{"pid": {pid}, "started": "then"}}"#);
            assert!(serde_json::from_str::<Recorded>(&text).is_err(), "{text}");
        }
        // More than any system has.
        let text = r#"{"pid": 4294967295, "started": "then"}"#;
        let most: Recorded = serde_json::from_str(text).unwrap();
        assert!(!most.is_there());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_name_with_parentheses_and_other_bytes_is_passed_over() {
        let fields = "S 1 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 98765 1 2";
        for name in ["sh", "a) S 1 (b", "x) ", ""] {
            let stat = format!("12 ({name}) {fields}");
            assert_eq!(ticks(stat.as_bytes()), Some(98765), "{stat}");
        }
        assert_eq!(
            ticks(&[b"12 (\xff\xfe) ", fields.as_bytes()].concat()),
            Some(98765)
        );
        assert_eq!(ticks(b"12 (sh) S 1"), None);
        assert_eq!(ticks(b""), None);
    }
}
