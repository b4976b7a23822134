//! Owners of child processes, their temporary files and the processes that they leave
//! running.

// `files`: the temporary files of a start. `orphans`: finds and ends what a program
// leaves running. `watchdog`: a process that ends all of it if this process is killed.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fmt;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use choria_external_service::{CancelToken, OnCancel};
use shared_child::SharedChild;

use crate::error::HostError;
use crate::os;

mod files;
mod orphans;
mod watchdog;

pub(crate) use files::TempFile;
pub use orphans::LeftoverProcess;
pub(crate) use orphans::Trail;
pub use watchdog::watchdog;
use watchdog::{MOMENT, Slot, Watchdog};

/// The children of this process that some supervisor has started and not waited
/// for yet: whose child one is, the process has to know, not a supervisor.
static CHILDREN: Mutex<BTreeMap<u32, Kind>> = Mutex::new(BTreeMap::new());

/// What a child of this process is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Started,
    Watchdog,
}

/// How long killed processes may take to be gone: they can be within the kernel.
const PATIENCE: Duration = Duration::from_secs(2);

fn children() -> MutexGuard<'static, BTreeMap<u32, Kind>> {
    CHILDREN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Owns what is started through it: child processes, their temporary files, and
/// the processes that they leave running, which are ended (Linux).
///
/// Each [`Program`](crate::Program) and [`Source`](crate::Source) has one. Clones
/// share what they own. Two supervisors never end each other's processes nor
/// remove each other's files, and neither touches children that this process has
/// started in another way.
///
/// A process that a program leaves running is found by the environment that it
/// has inherited from the program, or because it prints into the program's own
/// standard output or error. The first is not so where the program's type has no
/// file that is named in its environment. A process for which neither holds lives
/// on, unless the supervisor is [that of the process](Self::of_process).
///
/// ```
/// use choria_external_host::{Call, HostError, Program, Supervisor};
/// use serde_json::json;
///
/// let supervisor = Supervisor::new();
/// let mut program = Program::new("/opt/agents/parrot", "parrot")?;
/// program.supervisor = supervisor.clone();
/// supervisor.cancel.cancel();
/// # program.path = std::env::current_exe().unwrap_or_default();
/// let outcome = program.call(&Call::new("echo", &json!({})));
/// assert!(matches!(outcome, Err(HostError::Cancelled)));
/// # Ok::<(), HostError>(())
/// ```
#[derive(Clone, Default)]
pub struct Supervisor {
    /// Cancelling it kills what runs: calls under way, and all that come, end with
    /// [`HostError::Cancelled`] once their files are removed. A clone can have
    /// another token, for a call that can be cancelled alone.
    pub cancel: CancelToken,
    owned: Arc<Owned>,
}

/// A process, and what cancelling does to it.
type Started = (Arc<SharedChild>, OnCancel);

/// What a supervisor owns.
#[derive(Default)]
struct Owned {
    of_process: bool,
    children: Mutex<BTreeMap<u32, Weak<SharedChild>>>,
    files: Mutex<BTreeSet<PathBuf>>,
    watchdog: Watchdog,
}

impl Supervisor {
    /// A supervisor that owns nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The supervisor of a whole process, for a command: from now on this process
    /// starts children by this supervisor and its clones alone.
    ///
    /// Orphans below this process become its children then (Linux), so that all of
    /// them are found, whatever environment and output they have, and those that
    /// have ended are waited for. If several programs run at a time, it is not
    /// known which of them left such a process; [`end_all`](Self::end_all) finds
    /// it at the end.
    pub fn of_process() -> Self {
        orphans::adopt();
        Self {
            owned: Arc::new(Owned {
                of_process: true,
                ..Owned::default()
            }),
            ..Self::default()
        }
    }

    /// A supervisor that has a watchdog, a process that is started as soon as what
    /// this supervisor runs takes longer than 50 ms (Linux). If this process is killed, by SIGKILL even, the watchdog
    /// ends the programs that run, and what of theirs can be
    /// [found](Self), and removes the files of starts; without one, both stay.
    ///
    /// `program` with `arguments` is to call [`watchdog`] and nothing else: this
    /// program itself, `/proc/self/exe`, where its `main` knows the arguments. What
    /// this supervisor has started before is not watched over.
    #[must_use]
    pub fn with_watchdog(
        self,
        program: impl Into<PathBuf>,
        arguments: impl IntoIterator<Item = impl Into<OsString>>,
    ) -> Self {
        let arguments = arguments.into_iter().map(Into::into).collect();
        Self {
            cancel: self.cancel,
            owned: Arc::new(Owned {
                of_process: self.owned.of_process,
                watchdog: Watchdog::new(program.into(), arguments),
                ..Owned::default()
            }),
        }
    }

    /// The same supervisor with another token to cancel by.
    #[must_use]
    pub fn with_cancel(&self, cancel: CancelToken) -> Self {
        Self {
            cancel,
            owned: Arc::clone(&self.owned),
        }
    }

    /// Starts a process that this supervisor owns. Cancelling kills it.
    ///
    /// # Errors
    /// Returns the errors of [`Command::spawn`]; [`io::ErrorKind::Interrupted`] if
    /// [`cancel`](Self::cancel) is cancelled.
    pub fn spawn(&self, command: &mut Command) -> io::Result<Child> {
        let mut slot = self.slot(&[], &Trail::default());
        let started = self.start(&mut slot, command)?;
        self.owned.watchdog.start();
        Ok(self.child(started, Some(slot)))
    }

    /// A place in the ledger of the watchdog, for a start with these files.
    pub(crate) fn slot(&self, files: &[&Path], trail: &Trail) -> Slot {
        self.owned.watchdog.slot(files, trail)
    }

    /// [`spawn`](Self::spawn) with a place in the ledger that lives longer than the
    /// child.
    pub(crate) fn spawn_in(&self, slot: &mut Slot, command: &mut Command) -> io::Result<Child> {
        let started = self.start(slot, command)?;
        Ok(self.child(started, None))
    }

    fn start(&self, slot: &mut Slot, command: &mut Command) -> io::Result<Started> {
        if self.cancel.is_cancelled() {
            return Err(io::Error::new(io::ErrorKind::Interrupted, "cancelled"));
        }
        // Under the lock: nobody finds it before it is known.
        let mut all = children();
        let process = Arc::new(SharedChild::spawn(command)?);
        let pid = process.id();
        all.insert(pid, Kind::Started);
        self.owned.children().insert(pid, Arc::downgrade(&process));
        drop(all);
        slot.started(pid);
        let to_kill = Arc::downgrade(&process);
        let registered = self.cancel.on_cancel(move || kill(&to_kill));
        Ok((process, registered))
    }

    fn child(&self, (process, registered): Started, slot: Option<Slot>) -> Child {
        Child {
            process,
            owned: Arc::clone(&self.owned),
            _registered: registered,
            _slot: slot,
        }
    }

    /// Ends every process that this supervisor has started and that still runs,
    /// with all below them; that [of the process](Self::of_process) also ends all
    /// else that is left below this process, and says what that was (Linux).
    pub fn end_all(&self) -> Vec<LeftoverProcess> {
        let left = self.end_those();
        self.owned.watchdog.dismiss();
        left
    }

    fn end_those(&self) -> Vec<LeftoverProcess> {
        let running: Vec<_> = self.owned.children().clone().into_iter().collect();
        // Looked for first: without their parents they are not found.
        let below: Vec<u32> = running
            .iter()
            .flat_map(|(pid, _)| orphans::below(*pid))
            .collect();
        for (_, child) in &running {
            kill(child);
        }
        orphans::kill(&below);
        for child in running.iter().filter_map(|(_, child)| child.upgrade()) {
            // One that is within the kernel is not waited for without end.
            let _ = child.wait_timeout(PATIENCE);
        }
        if self.owned.of_process {
            orphans::end_unknown()
        } else {
            Vec::new()
        }
    }

    /// Ends all that was started and removes the files of all starts: for a
    /// process that cannot wait for its calls to end.
    pub fn abandon(&self) {
        self.end_those();
        for file in self.owned.files().iter() {
            os::remove(file);
        }
        self.owned.watchdog.dismiss();
    }

    /// Waits for orphans that have ended, of the supervisor
    /// [of the process](Self::of_process): for a process that lives long, now and
    /// then.
    pub fn reap(&self) {
        if self.owned.of_process {
            orphans::reap();
        }
    }

    /// Ends what is left of a start.
    pub(crate) fn end_left(&self, trail: &Trail) -> Vec<LeftoverProcess> {
        orphans::end(trail, self.owned.of_process)
    }

    /// What a command of cargo or rustc prints; `None` where it fails, having said
    /// why.
    pub(crate) fn output(&self, command: &mut Command) -> Result<Option<Vec<u8>>, HostError> {
        let failed = |error| HostError::system("run cargo or rustc", error);
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let child = self.spawn(command);
        self.check()?;
        let child = child.map_err(failed)?;
        let mut printed = Vec::new();
        if let Some(mut stdout) = child.process.take_stdout() {
            stdout.read_to_end(&mut printed).map_err(failed)?;
        }
        let status = child.wait().map_err(failed)?;
        self.check()?;
        Ok(status.success().then_some(printed))
    }

    /// # Errors
    /// Returns [`HostError::Cancelled`] if it is.
    pub(crate) fn check(&self) -> Result<(), HostError> {
        if self.cancel.is_cancelled() {
            return Err(HostError::Cancelled);
        }
        Ok(())
    }
}

impl fmt::Debug for Supervisor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Supervisor")
            .field("cancel", &self.cancel)
            .field("of_process", &self.owned.of_process)
            .field("children", &self.owned.children().len())
            .finish_non_exhaustive()
    }
}

impl Owned {
    fn children(&self) -> MutexGuard<'_, BTreeMap<u32, Weak<SharedChild>>> {
        self.children.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn files(&self) -> MutexGuard<'_, BTreeSet<PathBuf>> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn kill(child: &Weak<SharedChild>) {
    if let Some(child) = child.upgrade() {
        // Fails where it has ended, and then nothing is left to do.
        let _ = child.kill();
    }
}

/// A process that a [`Supervisor`] has started.
///
/// Dropping it neither ends the process nor waits for it: the supervisor no longer
/// owns the process then.
pub struct Child {
    process: Arc<SharedChild>,
    owned: Arc<Owned>,
    _registered: OnCancel,
    _slot: Option<Slot>,
}

impl Child {
    /// The number of the process.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Kills the process, but nothing below it. Does nothing if it has ended.
    ///
    /// # Errors
    /// Returns the errors of [`std::process::Child::kill`].
    pub fn kill(&self) -> io::Result<()> {
        self.process.kill()
    }

    /// Waits until the process has ended.
    ///
    /// # Errors
    /// Returns the errors of [`std::process::Child::wait`].
    pub fn wait(&self) -> io::Result<ExitStatus> {
        self.process.wait()
    }

    /// Waits until the process has ended. If it still runs after `limit`, it is
    /// killed, as a server does: only the process itself. That is `None`.
    pub(crate) fn wait_or_kill(&self, limit: Duration) -> io::Result<Option<ExitStatus>> {
        /// The clock cannot add much more, and nobody waits for longer: ten years.
        const LONGEST: Duration = Duration::from_hours(24 * 3650);
        let moment = MOMENT.min(limit);
        let mut status = self.process.wait_timeout(moment)?;
        if status.is_none() && limit > moment {
            self.owned.watchdog.start();
            let rest = limit.saturating_sub(moment).min(LONGEST);
            status = self.process.wait_timeout(rest)?;
        }
        if status.is_none() {
            self.kill()?;
            self.wait()?;
        }
        Ok(status)
    }
}

impl fmt::Debug for Child {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Child({})", self.id())
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        let pid = self.id();
        self.owned.children().remove(&pid);
        children().remove(&pid);
    }
}
