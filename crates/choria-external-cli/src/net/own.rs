//! What a network has left on disk is believed only if nobody else can have
//! written it: the folder and its files belong to this user, and no other user
//! can write to them.
//!
//! The default folder is below one that all users share, where anybody can make
//! a folder of that name first. What is in it names a program to run and
//! processes to end.

use std::fs::{self, File, Metadata};
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use anyhow::{anyhow, bail};
use rustix::fs::{Mode, OFlags, open, openat};
use rustix::io::Errno;

/// More than any file has that is read here.
const MOST: u64 = 4 << 20;
/// Write permission for the group and for all others.
const OTHERS_WRITE: u32 = 0o022;
const ALL_WRITE: u32 = 0o002;
const GROUP_WRITE: u32 = 0o020;
const STICKY: u32 = 0o1000;

/// A folder that only this user can write to, held open: its files are opened in
/// it, whatever lies at its path by then.
pub(super) struct OwnFolder {
    path: PathBuf,
    folder: File,
}

impl OwnFolder {
    /// Opens a folder, which must not be a symbolic link. Returns `None` if
    /// nothing is there.
    ///
    /// # Errors
    ///
    /// Returns an error if it is not a folder, belongs to another user, can be
    /// written by others, or could be replaced by others.
    pub(super) fn open(path: &Path) -> anyhow::Result<Option<Self>> {
        check_above(path)?;
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let folder = match open(path, flags, Mode::empty()) {
            Ok(folder) => File::from(folder),
            Err(Errno::NOENT) => return Ok(None),
            Err(error) => return Err(not_a_folder(path, error)),
        };
        let about = folder.metadata().map_err(|error| unusable(path, &error))?;
        match distrust(&about) {
            None => Ok(Some(Self {
                path: path.into(),
                folder,
            })),
            Some(Distrust::Owner(user)) => bail!(
                "{} belongs to another user (uid {user}), who could change what is in it: give a folder of your own \
                 with --dir",
                path.display()
            ),
            Some(Distrust::Mode(mode)) => bail!(
                "{} can be written by other users (mode {mode:04o}), who could change what is in it: run chmod go-w on \
                 it, or give another folder with --dir",
                path.display()
            ),
        }
    }

    /// Opens a file in it for reading. Returns `None` if there is none.
    ///
    /// # Errors
    ///
    /// Returns an error if it is not a regular file, or if another user can have
    /// written it.
    pub(super) fn file(&self, name: &str) -> anyhow::Result<Option<File>> {
        self.opened(name, OFlags::RDONLY)
    }

    /// Opens a file in it for writing, and makes it for this user alone if there is
    /// none; returns it, and whether it was made. Returns `None` if the folder itself
    /// has been removed, or the file just now.
    pub(super) fn make_file(&self, name: &str) -> anyhow::Result<Option<(File, bool)>> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        let mode = Mode::RUSR | Mode::WUSR;
        if let Ok(file) = openat(&self.folder, name, flags, mode) {
            return Ok(Some((file.into(), true)));
        }
        let there = self.opened(name, OFlags::WRONLY)?;
        Ok(there.map(|file| (file, false)))
    }

    /// Reads a file in it. Returns `None` if there is none.
    pub(super) fn read(&self, name: &str) -> anyhow::Result<Option<Vec<u8>>> {
        let Some(file) = self.file(name)? else {
            return Ok(None);
        };
        let mut bytes = Vec::new();
        file.take(MOST)
            .read_to_end(&mut bytes)
            .map_err(|error| anyhow!("could not read {}: {error}", self.path(name).display()))?;
        Ok(Some(bytes))
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    fn opened(&self, name: &str, flags: OFlags) -> anyhow::Result<Option<File>> {
        // A FIFO would be waited for otherwise.
        let flags = flags | OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = match openat(&self.folder, name, flags, Mode::empty()) {
            Ok(file) => File::from(file),
            Err(Errno::NOENT) => return Ok(None),
            // A link, a folder; a FIFO that nobody reads, or a socket.
            Err(Errno::LOOP | Errno::ISDIR | Errno::NXIO) => {
                return Err(self.foreign(name, "is not a regular file"));
            }
            Err(error) => bail!(
                "could not open {}: {}; give another folder with --dir",
                self.path(name).display(),
                io::Error::from(error)
            ),
        };
        let about = file
            .metadata()
            .map_err(|error| unusable(&self.path, &error))?;
        if !about.is_file() {
            return Err(self.foreign(name, "is not a regular file"));
        }
        match distrust(&about) {
            None => Ok(Some(file)),
            Some(Distrust::Owner(user)) => {
                let what = format!("belongs to another user (uid {user})");
                Err(self.foreign(name, &what))
            }
            Some(Distrust::Mode(mode)) => {
                let what = format!("can be written by other users (mode {mode:04o})");
                Err(self.foreign(name, &what))
            }
        }
    }

    /// A file that `net up` has not made.
    fn foreign(&self, name: &str, what: &str) -> anyhow::Error {
        anyhow!(
            "{} {what}, so it was not written by net up: remove the folder {}, or give another one with --dir",
            self.path(name).display(),
            self.path.display()
        )
    }
}

/// Why another user can have written something.
enum Distrust {
    /// It belongs to this user.
    Owner(u32),
    /// It has this mode.
    Mode(u32),
}

fn distrust(about: &Metadata) -> Option<Distrust> {
    if about.uid() != rustix::process::geteuid().as_raw() {
        return Some(Distrust::Owner(about.uid()));
    }
    let mode = about.mode() & 0o7777;
    (mode & OTHERS_WRITE != 0).then_some(Distrust::Mode(mode))
}

/// Checks that no other user can put another folder in the place of this one, at any
/// time: whoever owns a folder above it can, and whoever can write to one without a
/// sticky bit.
fn check_above(path: &Path) -> anyhow::Result<()> {
    let Some(Ok(above)) = path.parent().map(fs::canonicalize) else {
        // Then there is no such folder either.
        return Ok(());
    };
    let own = rustix::process::geteuid().as_raw();
    for above in above.ancestors() {
        let about = fs::metadata(above).map_err(|error| unusable(path, &error))?;
        let owner = about.uid();
        if owner != own && owner != 0 && !is_unmapped(owner) {
            bail!(
                "{} could be replaced by another user: {} belongs to uid {owner}; give another folder with --dir",
                path.display(),
                above.display()
            );
        }
        let who = if about.mode() & STICKY != 0 {
            None
        } else if about.mode() & ALL_WRITE != 0 {
            Some("everybody".to_owned())
        } else if about.mode() & GROUP_WRITE != 0 && has_others(about.gid(), owner) {
            Some(format!("the group {}", about.gid()))
        } else {
            None
        };
        if let Some(who) = who {
            bail!(
                "{} could be replaced by other users: {who} can write to {}, which has no sticky bit; run chmod +t on \
                 that, or give another folder with --dir",
                path.display(),
                above.display()
            );
        }
    }
    Ok(())
}

/// Whether a group can have other members than root and the owner of a folder. Many
/// systems give each user a group of the same number, with nobody else in it.
fn has_others(group: u32, owner: u32) -> bool {
    group != 0 && group != owner
}

/// Whether this is the number that stands for all users who have none here, such as
/// the real root in a container of an ordinary user.
fn is_unmapped(user: u32) -> bool {
    let read = |file: &str| fs::read_to_string(file).unwrap_or_default();
    let all_have_one = || {
        let map = read("/proc/self/uid_map");
        map.split_whitespace().eq(["0", "0", "4294967295"])
    };
    read("/proc/sys/kernel/overflowuid").trim() == user.to_string() && !all_have_one()
}

fn not_a_folder(path: &Path, error: Errno) -> anyhow::Error {
    match fs::symlink_metadata(path) {
        Ok(about) if about.is_symlink() => anyhow!(
            "{} is a symbolic link, which is not followed: give the folder itself with --dir",
            path.display()
        ),
        Ok(about) if !about.is_dir() => anyhow!(
            "{} is not a folder: give a new or an empty one with --dir",
            path.display()
        ),
        _ => unusable(path, &error.into()),
    }
}

/// A folder that the system refuses.
pub(super) fn unusable(path: &Path, error: &io::Error) -> anyhow::Error {
    anyhow!(
        "could not use the folder {}: {error}; give another one with --dir",
        path.display()
    )
}
