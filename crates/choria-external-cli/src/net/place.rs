//! The one folder of a network: where it is, whose it is, what is in it.
//!
//! Whoever runs the network holds a lock on a file in it, so that a network
//! whose command was killed is told from one that runs.

use std::fs::{self, DirBuilder, File, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};

use super::process::end_recorded;
use super::state::{self, State};

/// What a network writes, all of it.
const ENTRIES: [&str; 8] = [
    "etc",
    "facts.json",
    "lock",
    "log",
    "net.json",
    "plugins",
    "tls",
    "tmp",
];

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
        let user = rustix::process::getuid().as_raw();
        let default = || std::env::temp_dir().join(format!("choria-external-net-{user}"));
        let folder = dir.map_or_else(default, Path::to_owned);
        let folder = std::path::absolute(&folder)
            .with_context(|| format!("could not find the place of {}", folder.display()))?;
        // In the settings of Choria a path ends where these are.
        let text = folder.to_string_lossy();
        if text.contains([':', ',', '\n']) || text.trim() != text {
            bail!(
                "the network cannot be in {}: Choria's settings hold no path with a colon, a comma or a line end in it, \
                 nor spaces round it; give another folder with --dir",
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
        self.path("plugins")
    }

    pub(super) fn ddl(&self, agent: &str) -> PathBuf {
        self.libdir()
            .join("mcollective/agent")
            .join(format!("{agent}.json"))
    }

    /// What is there.
    pub(super) fn look(&self) -> anyhow::Result<There> {
        let lock = match File::open(self.path("lock")) {
            Ok(lock) => lock,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(There::Nothing),
            Err(error) => return Err(self.unusable(&error)),
        };
        let state = State::read(&self.path(state::FILE));
        Ok(match lock.try_lock_shared() {
            Ok(()) => There::Left,
            Err(TryLockError::WouldBlock) => There::Runs(state),
            Err(TryLockError::Error(error)) => return Err(self.unusable(&error)),
        })
    }

    /// Waits until nobody holds the network any more.
    pub(super) fn wait(&self) {
        if let Ok(lock) = File::open(self.path("lock")) {
            // An error is no lock either.
            let _ = lock.lock_shared();
        }
    }

    /// Makes the folder this process's own, and empties it of a network whose
    /// command was killed. The error of a network that runs is `None`.
    pub(super) fn take(self) -> anyhow::Result<Option<Taken>> {
        loop {
            let mut builder = DirBuilder::new();
            let made = builder.mode(0o700).create(&self.folder);
            match made {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => self.check_owner()?,
                Err(error) => return Err(self.unusable(&error)),
            }
            let mut options = File::options();
            let lock = options.write(true).create(true).truncate(false).mode(0o600);
            let lock = match lock.open(self.path("lock")) {
                Ok(lock) => lock,
                // Another one has just ended and removed the folder.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(self.unusable(&error)),
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
            if !is_at(&lock, &self.path("lock")) {
                continue;
            }
            self.check_entries()?;
            if let Some(state) = State::read(&self.path(state::FILE)) {
                end_recorded(&self.path("etc"), &state);
            }
            let taken = Taken { place: self, lock };
            taken.empty()?;
            return Ok(Some(taken));
        }
    }

    /// In a folder that everybody can write to, another user can have made it.
    fn check_owner(&self) -> anyhow::Result<()> {
        let about = fs::symlink_metadata(&self.folder).map_err(|error| self.unusable(&error))?;
        if !about.is_dir() {
            bail!(
                "{} is no folder: give a new or an empty one with --dir",
                self.folder.display()
            );
        }
        if about.uid() != rustix::process::getuid().as_raw() {
            bail!(
                "{} belongs to another user, who could change what is in it: give a folder of your own with --dir",
                self.folder.display()
            );
        }
        Ok(())
    }

    /// All of it is removed in the end.
    fn check_entries(&self) -> anyhow::Result<()> {
        let entries = fs::read_dir(&self.folder).map_err(|error| self.unusable(&error))?;
        for entry in entries {
            let name = entry.map_err(|error| self.unusable(&error))?.file_name();
            if !ENTRIES.iter().any(|own| *own == name) {
                // Not this command's, and so is the folder.
                let _ = fs::remove_file(self.path("lock"));
                bail!(
                    "{} is not empty, it has {}: give a new or an empty folder with --dir, it is removed in the end",
                    self.folder.display(),
                    name.display()
                );
            }
        }
        Ok(())
    }

    fn unusable(&self, error: &io::Error) -> anyhow::Error {
        anyhow!(
            "could not use the folder {}: {error}; give another one with --dir, or set TMPDIR",
            self.folder.display()
        )
    }
}

fn is_at(file: &File, path: &Path) -> bool {
    let (Ok(file), Ok(path)) = (file.metadata(), fs::metadata(path)) else {
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
        let mut builder = DirBuilder::new();
        let made = builder.mode(0o700).recursive(true).create(&path);
        made.map_err(|error| no_room(&path, &error))
    }

    /// Writes a file in it, for its owner alone.
    pub(super) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> anyhow::Result<()> {
        use std::io::Write as _;
        let path = self.place.path(name);
        let mut options = File::options();
        let options = options.write(true).create(true).truncate(true).mode(0o600);
        let written = options
            .open(&path)
            .and_then(|mut file| file.write_all(bytes.as_ref()));
        written.map_err(|error| no_room(&path, &error))
    }

    /// Tells the commands of other terminals what runs.
    pub(super) fn record(&self, state: &State) -> anyhow::Result<()> {
        let file = self.place.path(state::FILE);
        state.write(&file).map_err(|error| no_room(&file, &error))
    }

    /// Removes all but the lock.
    fn empty(&self) -> anyhow::Result<()> {
        for name in ENTRIES {
            if name != "lock" {
                remove(&self.place.path(name)).map_err(|error| self.place.unusable(&error))?;
            }
        }
        Ok(())
    }

    /// Removes the folder, and lets it go.
    pub(super) fn remove(self) -> anyhow::Result<()> {
        self.empty()?;
        let removed = remove(&self.place.path("lock"));
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
        "could not write {}: {error}; if there is no room left, put the network on another disk with --dir or TMPDIR",
        path.display()
    )
}
