//! A process that ends what a supervisor runs if the supervisor's own process is
//! killed.
//!
//! The system tells it of that: it reads a pipe whose other end nobody else has.
//! What there is to end is in a ledger, memory that both processes have, so that a
//! start costs no more than writing there: the other process sleeps until the end.
//! It is started only once something takes longer than a moment, since a command
//! that makes one short call would be done by then.

/// A place in the ledger, which is free again when this is dropped.
pub(crate) use system::Slot;
pub use system::watchdog;
pub(super) use system::{MOMENT, Watchdog};

#[cfg(target_os = "linux")]
mod system {
    use std::ffi::OsString;
    use std::fs::File;
    use std::io::{self, PipeReader, PipeWriter};
    use std::os::fd::AsFd as _;
    use std::os::unix::ffi::OsStringExt as _;
    use std::os::unix::fs::FileExt as _;
    use std::os::unix::process::CommandExt as _;
    use std::path::{Path, PathBuf};
    use std::process::{Command, Stdio};
    use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
    use std::time::{Duration, Instant};

    use rustix::fs::{MemfdFlags, memfd_create};
    use shared_child::SharedChild;

    use super::super::orphans::{self, Abandoned, Trail};
    use super::super::{Kind, children};
    use crate::os;

    /// Bytes of a place: as much as the system writes at once or not at all.
    const SLOT: usize = 4096;
    /// Bytes of it that can be used, behind their number.
    const MOST: usize = SLOT - 2;
    /// After how long the other process is started.
    pub(in super::super) const MOMENT: Duration = Duration::from_millis(50);
    /// How long the end of the other process may take.
    const PATIENCE: Duration = Duration::from_secs(1);

    /// The other process, and what it is told.
    #[derive(Default)]
    pub(in super::super) struct Watchdog {
        /// The program and its arguments; without one nobody watches.
        command: Option<(PathBuf, Vec<OsString>)>,
        watch: Mutex<Option<Watch>>,
    }

    struct Watch {
        since: Instant,
        ledger: Arc<Ledger>,
        process: Process,
        /// Closed when this process ends, however it does.
        _alive: PipeWriter,
    }

    enum Process {
        /// What it is to read.
        NotYet(PipeReader),
        Runs(SharedChild),
        /// It could not be started.
        Never,
    }

    impl Watchdog {
        pub(in super::super) fn new(program: PathBuf, arguments: Vec<OsString>) -> Self {
            Self {
                command: Some((program, arguments)),
                watch: Mutex::default(),
            }
        }

        /// A place for what is about to be started, with the files that are there
        /// for it. Where nobody can watch, the start goes on without.
        pub(in super::super) fn slot(&self, files: &[&Path], trail: &Trail) -> Slot {
            let Some(command) = &self.command else {
                return Slot(None);
            };
            let mut watch = self.watch();
            if watch.is_none() {
                *watch = Watch::new().ok();
            }
            let Some(watch) = &mut *watch else {
                return Slot(None);
            };
            if watch.since.elapsed() > MOMENT {
                watch.start(command);
            }
            let ledger = Arc::clone(&watch.ledger);
            let abandoned = Abandoned {
                pid: 0,
                ticks: 0,
                trail: trail.clone(),
                files: files.iter().map(|file| (*file).to_owned()).collect(),
            };
            let number = ledger.take();
            ledger.write(number, &abandoned.to_bytes());
            Slot(Some((ledger, number, abandoned)))
        }

        /// Starts the other process, if it does not run: what was started takes longer
        /// than a moment.
        pub(in super::super) fn start(&self) {
            if let (Some(command), Some(watch)) = (&self.command, &mut *self.watch()) {
                watch.start(command);
            }
        }

        /// Ends the other process: there is nothing to watch over any more.
        pub(in super::super) fn dismiss(&self) {
            if let Some(Watch {
                process: Process::Runs(process),
                ..
            }) = self.watch().take()
            {
                // It may not have come so far that it would see the other end closed.
                let _ = process.kill();
                let _ = process.wait_timeout(PATIENCE);
                children().remove(&process.id());
            }
        }

        fn watch(&self) -> MutexGuard<'_, Option<Watch>> {
            self.watch.lock().unwrap_or_else(PoisonError::into_inner)
        }
    }

    impl Watch {
        fn new() -> io::Result<Self> {
            let file = File::from(memfd_create("choria-external-ledger", MemfdFlags::CLOEXEC)?);
            let (reader, alive) = io::pipe()?;
            Ok(Self {
                since: Instant::now(),
                ledger: Arc::new(Ledger {
                    file,
                    taken: Mutex::default(),
                }),
                process: Process::NotYet(reader),
                _alive: alive,
            })
        }

        fn start(&mut self, command: &(PathBuf, Vec<OsString>)) {
            if let Process::NotYet(_) = self.process
                && let Process::NotYet(reader) =
                    std::mem::replace(&mut self.process, Process::Never)
                && let Ok(process) = start(command, reader, &self.ledger.file)
            {
                self.process = Process::Runs(process);
            }
        }
    }

    fn start(
        (program, arguments): &(PathBuf, Vec<OsString>),
        reader: PipeReader,
        ledger: &File,
    ) -> io::Result<SharedChild> {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir("/")
            .stdin(reader)
            .stdout(ledger.try_clone()?)
            .stderr(Stdio::null())
            // What a terminal sends to the others must not end it.
            .process_group(0);
        let mut all = children();
        let process = SharedChild::spawn(&mut command)?;
        all.insert(process.id(), Kind::Watchdog);
        Ok(process)
    }

    struct Ledger {
        file: File,
        /// Which places are taken.
        taken: Mutex<Vec<bool>>,
    }

    impl Ledger {
        fn take(&self) -> usize {
            let mut taken = self.taken();
            let free = taken.iter().position(|taken| !taken);
            let number = free.unwrap_or(taken.len());
            if free.is_none() {
                taken.push(true);
            }
            taken[number] = true;
            number
        }

        /// Writes a place: how long it is, and the bytes, [`MOST`] of them.
        fn write(&self, number: usize, bytes: &[u8]) {
            let length = u16::try_from(bytes.len()).unwrap_or_default();
            let place = [&length.to_le_bytes(), bytes].concat();
            // If there is no memory for it, nobody watches over this start.
            let _ = self.file.write_all_at(&place, (number * SLOT) as u64);
        }

        fn taken(&self) -> MutexGuard<'_, Vec<bool>> {
            self.taken.lock().unwrap_or_else(PoisonError::into_inner)
        }
    }

    pub(crate) struct Slot(Option<(Arc<Ledger>, usize, Abandoned)>);

    impl Slot {
        /// What was to be started has been.
        pub(in super::super) fn started(&mut self, pid: u32) {
            if let Some((ledger, number, abandoned)) = &mut self.0 {
                abandoned.pid = pid;
                abandoned.ticks = orphans::ticks();
                ledger.write(*number, &abandoned.to_bytes());
            }
        }
    }

    impl Drop for Slot {
        fn drop(&mut self) {
            if let Some((ledger, number, _)) = &self.0 {
                ledger.write(*number, b"");
                ledger.taken()[*number] = false;
            }
        }
    }

    impl Abandoned {
        /// Its parts, which have no NUL, with a NUL between them: [`MOST`] bytes. What
        /// does not fit is left out, since a part of a path would name something else.
        fn to_bytes(&self) -> Vec<u8> {
            let (pid, ticks) = (self.pid.to_string(), self.ticks.to_string());
            let pipes = self.trail.pipes.join(" ");
            let fits = |bytes: usize, part: &[u8]| bytes + 1 + part.len() <= MOST;
            let others = pid.len() + 1 + ticks.len() + 1 + pipes.len();
            let variable = self.trail.variable.as_deref();
            let variable = variable.filter(|variable| fits(others, variable));
            let variable = variable.unwrap_or_default();
            let parts = [pid.as_bytes(), ticks.as_bytes(), variable, pipes.as_bytes()];
            let mut bytes = parts.join(&0);
            for file in &self.files {
                let file = file.as_os_str().as_encoded_bytes();
                if fits(bytes.len(), file) {
                    bytes.push(0);
                    bytes.extend(file);
                }
            }
            bytes
        }

        fn from_bytes(bytes: &[u8]) -> Option<Self> {
            let mut parts = bytes.split(|byte| *byte == 0);
            let mut next = || Some(parts.next()?.to_vec());
            let mut number = || String::from_utf8(next()?).ok()?.parse::<u64>().ok();
            let (pid, ticks) = (number()?, number()?);
            let variable = next()?;
            let pipes = String::from_utf8(next()?).ok()?;
            Some(Self {
                pid: pid.try_into().ok()?,
                ticks,
                trail: Trail {
                    variable: (!variable.is_empty()).then_some(variable),
                    pipes: pipes.split_ascii_whitespace().map(Into::into).collect(),
                    ..Trail::default()
                },
                files: parts
                    .map(|file| OsString::from_vec(file.to_vec()).into())
                    .collect(),
            })
        }
    }

    /// The main function of a watchdog, see
    /// [`Supervisor::with_watchdog`](crate::Supervisor::with_watchdog): waits until
    /// the process that has started it is gone, and ends what that has left.
    ///
    /// # Errors
    /// Returns [`io::Error`] if it was not started by a supervisor; always if the system
    /// is not Linux.
    pub fn watchdog() -> io::Result<()> {
        let ledger = File::from(io::stdout().as_fd().try_clone_to_owned()?);
        let size = ledger.metadata()?.len();
        if !ledger.metadata()?.file_type().is_file() {
            return Err(io::Error::other("this is started by a supervisor only"));
        }
        io::copy(&mut io::stdin().lock(), &mut io::sink())?;
        let mut abandoned = Vec::new();
        let size = size.max(ledger.metadata()?.len());
        let mut place = [0; SLOT];
        for at in (0..size).step_by(SLOT) {
            let length = ledger.read_at(&mut place, at)?;
            let Some((length, bytes)) = place[..length].split_first_chunk::<2>() else {
                continue;
            };
            let bytes = bytes.get(..u16::from_le_bytes(*length).into());
            abandoned.extend(bytes.and_then(Abandoned::from_bytes));
        }
        orphans::end_abandoned(&abandoned);
        for file in abandoned.iter().flat_map(|one| &one.files) {
            os::remove(file);
        }
        Ok(())
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn no_path_is_cut_off() {
            for length in [10, 1000, 1500, 2100, 4000, 5000] {
                let path = |name: &str| PathBuf::from(format!("/{}/{name}", "x".repeat(length)));
                let written = Abandoned {
                    pid: u32::MAX,
                    ticks: u64::MAX,
                    trail: Trail {
                        variable: Some(
                            [b"REPLY=", path("reply").as_os_str().as_encoded_bytes()].concat(),
                        ),
                        pipes: vec!["pipe:[1]".into(), "pipe:[2]".into()],
                        ..Trail::default()
                    },
                    files: ["request", "reply", "facts"].map(path).into(),
                };
                let bytes = written.to_bytes();
                assert!(bytes.len() <= MOST, "{length}");
                let read = Abandoned::from_bytes(&bytes).unwrap();
                assert_eq!((read.pid, read.ticks), (written.pid, written.ticks));
                assert_eq!(read.trail.pipes, written.trail.pipes);
                let is_whole =
                    |variable: &Vec<u8>| Some(variable) == written.trail.variable.as_ref();
                assert!(
                    read.trail.variable.as_ref().is_none_or(is_whole),
                    "{length}"
                );
                assert!(
                    read.files.iter().all(|file| written.files.contains(file)),
                    "{length}"
                );
                // All of it, as long as there is room.
                assert_eq!(read.files.len() == 3, length <= 1000, "{length}");
            }
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use std::ffi::OsString;
    use std::io;
    use std::path::{Path, PathBuf};
    use std::time::Duration;

    use super::super::orphans::Trail;

    pub(in super::super) const MOMENT: Duration = Duration::ZERO;

    #[derive(Default)]
    pub(in super::super) struct Watchdog;

    impl Watchdog {
        pub(in super::super) fn new(_: PathBuf, _: Vec<OsString>) -> Self {
            Self
        }

        pub(in super::super) fn slot(&self, _: &[&Path], _: &Trail) -> Slot {
            Slot
        }

        pub(in super::super) fn start(&self) {}

        pub(in super::super) fn dismiss(&self) {}
    }

    pub(crate) struct Slot;

    impl Slot {
        pub(in super::super) fn started(&mut self, _: u32) {}
    }

    /// The main function of a watchdog, which is on Linux only.
    ///
    /// # Errors
    /// Returns [`io::ErrorKind::Unsupported`].
    pub fn watchdog() -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}
