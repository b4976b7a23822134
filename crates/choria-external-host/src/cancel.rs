//! Ending a call early, from another thread.

use std::io::{self, Read as _};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use shared_child::SharedChild;

use crate::error::HostError;
use crate::orphans::Child;

/// Ends calls early: for a harness that is told to stop, by a signal or a
/// button.
///
/// Clones are one and the same; [`Program::cancel`](crate::Program::cancel) is
/// the one of a program.
///
/// ```
/// use choria_external_host::{Call, Cancel, HostError, Program};
/// use serde_json::json;
///
/// let mut program = Program::new("/opt/agents/parrot", "parrot")?;
/// let cancel: Cancel = program.cancel.clone();
/// cancel.cancel();
/// # program.path = std::env::current_exe().unwrap_or_default();
/// let outcome = program.call(&Call::new("echo", &json!({})));
/// assert!(matches!(outcome, Err(HostError::Cancelled)));
/// # Ok::<(), HostError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    cancelled: bool,
    children: Vec<Weak<SharedChild>>,
}

impl Cancel {
    /// Kills what runs and starts nothing any more: calls under way, and all
    /// that come, end with [`HostError::Cancelled`](crate::HostError::Cancelled)
    /// once their files are removed.
    pub fn cancel(&self) {
        let mut state = self.state();
        state.cancelled = true;
        for child in state.children.drain(..).filter_map(|child| child.upgrade()) {
            // Fails where it has ended, and then nothing is left to do.
            let _ = child.kill();
        }
    }

    /// Whether [`Cancel::cancel`] was called.
    pub fn is_cancelled(&self) -> bool {
        self.state().cancelled
    }

    /// Starts a process that cancelling kills.
    pub(crate) fn spawn(&self, command: &mut Command) -> io::Result<Child> {
        // Under the lock: cancelling comes before the start, or finds the child.
        let mut state = self.state();
        if state.cancelled {
            return Err(io::Error::other("cancelled"));
        }
        let child = Child::spawn(command)?;
        state.children.retain(|child| child.strong_count() > 0);
        state.children.push(Arc::downgrade(child.shared()));
        Ok(child)
    }

    /// What a command of cargo or rustc prints; `None` where it fails, having said
    /// why.
    pub(crate) fn output(&self, command: &mut Command) -> Result<Option<Vec<u8>>, HostError> {
        let failed = |error| HostError::system("run cargo or rustc", error);
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let child = self.spawn(command);
        if self.is_cancelled() {
            return Err(HostError::Cancelled);
        }
        let child = child.map_err(failed)?;
        let mut printed = Vec::new();
        if let Some(mut stdout) = child.take_stdout() {
            stdout.read_to_end(&mut printed).map_err(failed)?;
        }
        let status = child.wait().map_err(failed)?;
        if self.is_cancelled() {
            return Err(HostError::Cancelled);
        }
        Ok(status.success().then_some(printed))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
