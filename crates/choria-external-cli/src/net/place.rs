//! The one folder of a network: where it is, whose it is, what is in it.
//!
//! Whoever runs the network holds a lock on a file in it, so that a network
//! whose command was killed is told from one that runs.

use std::fs::{self, DirBuilder, File, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow, bail};
use choria_external_host::system::temp_folder;
use rustix::fs::{StatVfsMountFlags, statvfs};

use super::own::{OwnFolder, unusable};
use super::recorded::Recorded;
use super::state::State;
use crate::whole_file::{self, Access};

/// What a network writes, all of it.
const ENTRIES: [&str; 8] = [
    "etc",
    "facts.json",
    LOCK,
    "log",
    "net.json",
    "plugins",
    "tls",
    "tmp",
];

/// The folder of agents in it.
const LIBDIR: &str = "plugins";
/// The file that is locked as long as the network runs.
const LOCK: &str = "lock";
/// How often the lock is looked at: a wait for it has no limit.
const EACH: Duration = Duration::from_millis(10);

/// Where a network is, or could be.
#[derive(Clone, Debug)]
pub(super) struct Place {
    folder: PathBuf,
}

/// What is in a place.
pub(super) enum There {
    /// No network.
    Nothing,
    /// What is left of one whose command was killed.
    Left,
    /// A network; without a state it has only just begun to start.
    Runs(Option<State>),
}

impl Place {
    /// The folder that is given, else the one that each user has.
    pub(super) fn new(dir: Option<&Path>) -> anyhow::Result<Self> {
        let folder = dir.map_or_else(default_folder, Path::to_owned);
        let folder = std::path::absolute(&folder)
            .with_context(|| format!("could not find the place of {}", folder.display()))?;
        // A link with a slash behind it would be followed.
        let folder: PathBuf = folder.components().collect();
        // In the settings of Choria a path ends where these are.
        let text = folder.to_string_lossy();
        if text.contains([':', ',', '\n']) || text.trim() != text {
            bail!(
                "the network cannot be in {}: Choria's settings cannot hold a path with a colon, a comma, a line break or spaces around it; give another folder with --dir",
                folder.display()
            );
        }
        Ok(Self { folder })
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// A file or a folder in it.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The configuration of plain `choria`.
    pub(super) fn client_config(&self) -> PathBuf {
        self.path("etc/client.conf")
    }

    /// The folder that servers and clients look for agents in.
    pub(super) fn libdir(&self) -> PathBuf {
        self.path(LIBDIR)
    }

    /// The text of an installed DDL; `None` if there is none that can be believed.
    pub(super) fn ddl(&self, agent: &str) -> Option<Vec<u8>> {
        let folder = OwnFolder::open(&self.folder).ok()??;
        let file = format!("{LIBDIR}/mcollective/agent/{agent}.json");
        folder.read(&file).ok()?
    }

    /// What is there.
    ///
    /// # Errors
    ///
    /// Returns an error if another user can have put it there.
    pub(super) fn look(&self) -> anyhow::Result<There> {
        let Some(folder) = OwnFolder::open(&self.folder)? else {
            return Ok(There::Nothing);
        };
        let Some(lock) = folder.file(LOCK)? else {
            return Ok(There::Nothing);
        };
        if !self.is_held(&lock)? {
            return Ok(There::Left);
        }
        let state = State::read(&folder)?;
        let Some(ended) = state.as_ref().filter(|state| !state.process.is_there()) else {
            return Ok(There::Runs(state));
        };
        // With the process, its lock is gone.
        if !self.is_held(&lock)? {
            return Ok(There::Left);
        }
        bail!(
            "the network in {} is not run by process {}, which its net.json names: end the process that holds the file \
             {}, or give another folder with --dir",
            self.folder.display(),
            ended.process.pid(),
            self.path(LOCK).display()
        );
    }

    fn is_held(&self, lock: &File) -> anyhow::Result<bool> {
        match lock.try_lock_shared() {
            Ok(()) => {
                // Else it would be held by this process.
                lock.unlock().map_err(|error| self.unusable(&error))?;
                Ok(false)
            }
            Err(TryLockError::WouldBlock) => Ok(true),
            Err(TryLockError::Error(error)) => Err(self.unusable(&error)),
        }
    }

    /// Waits until nobody holds the network any more.
    pub(super) fn wait(&self) {
        if let Some(lock) = self.lock() {
            // An error is no lock either.
            let _ = lock.lock_shared();
        }
    }

    /// The same, but no longer than this; returns whether nobody holds it.
    pub(super) fn wait_for(&self, limit: Duration) -> bool {
        let end = Instant::now() + limit;
        while let Some(lock) = self.lock() {
            if !self.is_held(&lock).unwrap_or(false) {
                return true;
            }
            if Instant::now() >= end {
                return false;
            }
            thread::sleep(EACH);
        }
        true
    }

    fn lock(&self) -> Option<File> {
        OwnFolder::open(&self.folder).ok()??.file(LOCK).ok()?
    }

    /// Makes the folder this process's own, and empties it of a network whose
    /// command was killed. The error of a network that runs is `None`.
    pub(super) fn take(self) -> anyhow::Result<Option<Taken>> {
        loop {
            let mut builder = DirBuilder::new();
            match builder.mode(0o700).create(&self.folder) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                    return Err(self.unusable(&error));
                }
                _ => {}
            }
            // Another one can just have ended and removed the folder.
            let Some(folder) = OwnFolder::open(&self.folder)? else {
                continue;
            };
            let Some((lock, is_new)) = folder.make_file(LOCK)? else {
                continue;
            };
            match lock.try_lock() {
                Ok(()) => {}
                // It can also be a command that has a short look.
                Err(TryLockError::WouldBlock) => match self.look()? {
                    There::Runs(_) => return Ok(None),
                    There::Nothing | There::Left => continue,
                },
                Err(TryLockError::Error(error)) => return Err(self.unusable(&error)),
            }
            // So here: then this is the lock of a file that is gone.
            if !is_at(&lock, &self.path(LOCK)) {
                continue;
            }
            if let Err(error) = self.check_entries(&lock, is_new) {
                if is_new {
                    let _ = fs::remove_file(self.path(LOCK));
                }
                return Err(error);
            }
            // One that cannot be believed is only removed.
            if let Ok(Some(state)) = State::read(&folder) {
                state.processes.values().for_each(Recorded::kill_group);
            }
            let taken = Taken { place: self, lock };
            taken.empty()?;
            return Ok(Some(taken));
        }
    }

    /// Checks that what is in the folder is left of a network, since all of it is
    /// removed: a network makes its lock first, and writes nothing into it.
    fn check_entries(&self, lock: &File, is_new: bool) -> anyhow::Result<()> {
        let length = lock
            .metadata()
            .map_err(|error| self.unusable(&error))?
            .len();
        let own = if is_new { &[LOCK] } else { &ENTRIES[..] };
        let entries = fs::read_dir(&self.folder).map_err(|error| self.unusable(&error))?;
        for entry in entries {
            let name = entry.map_err(|error| self.unusable(&error))?.file_name();
            if !own.iter().any(|own| *own == name) || (length > 0 && name == LOCK) {
                bail!(
                    "{} is not empty, it has {}: give a new or an empty folder with --dir, it is removed at the end",
                    self.folder.display(),
                    name.display()
                );
            }
        }
        Ok(())
    }

    fn unusable(&self, error: &io::Error) -> anyhow::Error {
        unusable(&self.folder, error)
    }
}

/// The folder of each user's own network.
fn default_folder() -> PathBuf {
    let user = rustix::process::geteuid().as_raw();
    let above = session_folder().unwrap_or_else(temp_folder);
    above.join(format!("choria-external-net-{user}"))
}

/// The folder of this user's session, to which nobody else can write, if programs
/// can be started from it.
fn session_folder() -> Option<PathBuf> {
    let folder = PathBuf::from(std::env::var_os("XDG_RUNTIME_DIR")?);
    // Of another user it is set after `su`.
    let own = folder.is_absolute() && matches!(OwnFolder::open(&folder), Ok(Some(_)));
    let flags = statvfs(&folder).ok()?.f_flag;
    (own && !flags.contains(StatVfsMountFlags::NOEXEC)).then_some(folder)
}

fn is_at(file: &File, path: &Path) -> bool {
    let (Ok(file), Ok(path)) = (file.metadata(), fs::symlink_metadata(path)) else {
        return false;
    };
    (file.dev(), file.ino()) == (path.dev(), path.ino())
}

/// A folder that is this process's own.
pub(super) struct Taken {
    place: Place,
    lock: File,
}

impl Taken {
    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    /// Makes a folder in it, for its owner alone.
    pub(super) fn folder(&self, name: &str) -> anyhow::Result<()> {
        let path = self.place.path(name);
        whole_file::make_folder(&path, Access::Private).map_err(|error| no_room(&path, &error))
    }

    /// Writes a file in it, for its owner alone, in one step: servers and agents
    /// read some of them while they are replaced.
    pub(super) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> anyhow::Result<()> {
        let path = self.place.path(name);
        whole_file::replace(&path, bytes.as_ref(), Access::Private)
            .map_err(|error| no_room(&path, &error))
    }

    /// Tells the commands of other terminals what runs.
    pub(super) fn record(&self, state: &State) -> anyhow::Result<()> {
        self.write(State::FILE, state.to_json())
    }

    /// Removes all but the lock.
    fn empty(&self) -> anyhow::Result<()> {
        for name in ENTRIES {
            if name != LOCK {
                remove(&self.place.path(name)).map_err(|error| self.place.unusable(&error))?;
            }
        }
        Ok(())
    }

    /// Removes the folder, and lets it go.
    pub(super) fn remove(self) -> anyhow::Result<()> {
        self.empty()?;
        let removed = remove(&self.place.path(LOCK));
        let removed = removed.and_then(|()| fs::remove_dir(&self.place.folder));
        drop(self.lock);
        removed.map_err(|error| {
            anyhow!(
                "could not remove the folder {}: {error}; remove it yourself",
                self.place.folder.display()
            )
        })
    }
}

fn remove(path: &Path) -> io::Result<()> {
    let folder = fs::symlink_metadata(path).is_ok_and(|about| about.is_dir());
    let removed = if folder {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// A file of the network that could not be written: mostly the disk is full.
pub(super) fn no_room(path: &Path, error: &io::Error) -> anyhow::Error {
    anyhow!(
        "could not write {}: {error}; if there is no room left, put the network on another disk with --dir",
        path.display()
    )
}
