//! The file of a reply, as Unix knows it.
//!
//! Whatever the action changes in this process, its user, folder, root, umask,
//! limits or descriptors, the reply must get into the file. So the file and its
//! folder are opened before the action begins. Two ways lead into the file:
//!
//! 1. A new file in the same folder, which then takes the place of the reply in
//!    one step: a reader sees no reply or all of it. This needs the right to write
//!    in the folder, and a free descriptor.
//! 2. The file that was opened at the start is written. This always works, but a
//!    program that is killed within the one write may leave a part of the reply.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Seek as _, Write as _};
use std::os::fd::{AsFd as _, BorrowedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rustix::fs::{AtFlags, CWD, FlockOperation, Mode, OFlags};
use rustix::io::Errno;
use rustix::process::{Resource, Rlimit};

use crate::author::files::absolute;
use crate::process::held::{Held, is_regular};

/// A reply is the server's and the program's, nobody else's.
const MODE: Mode = Mode::RUSR.union(Mode::WUSR);

/// Where the reply goes.
pub(crate) struct ReplyFile {
    /// Absolute, so that it names the same file in any working folder.
    path: PathBuf,
    /// The path of the new file that takes its place.
    beside: OsString,
    /// Where the name begins in both.
    name_at: usize,
    opened: Mutex<Opened>,
}

/// What was opened at the start.
struct Opened {
    /// `None` if the folder cannot be opened, or the path does not end in a name.
    folder: Option<Held>,
    /// `None` if the file cannot be opened: the reply may still be written beside
    /// it.
    file: Option<Held>,
    /// The file that took its place, kept for its lock.
    new: Option<File>,
}

impl ReplyFile {
    /// Opens the file and its folder, and locks the file until this process has
    /// ended.
    ///
    /// # Errors
    /// Returns a message for people if another process answers the same request.
    pub(crate) fn open(path: PathBuf) -> Result<Self, String> {
        let path = absolute(path);
        // An error that lasts shows again when the reply is written.
        let file = open(CWD, path.as_os_str().as_bytes()).ok();
        if file.as_ref().is_some_and(is_answered) {
            return Err(format!(
                "the reply file {} is locked: another process is answering this request; a program that an action \
                 starts must not get the variable CHORIA_EXTERNAL_PROTOCOL",
                path.display()
            ));
        }
        let bytes = path.as_os_str().as_bytes();
        let slash = bytes.iter().rposition(|byte| *byte == b'/');
        let (folder, name) = bytes.split_at(slash.map_or(0, |at| at + 1));
        let folder = match name {
            b"" | b"." | b".." => None,
            _ => open_folder(folder).ok(),
        };
        let name_at = bytes.len() - name.len();
        let mut beside = path.clone().into_os_string();
        beside.push(".new");
        Ok(Self {
            path,
            beside,
            name_at,
            opened: Mutex::new(Opened {
                folder,
                file,
                new: None,
            }),
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes the reply whole, or nothing of it. `step` is called before each
    /// system call that can fail; tests end the program there.
    pub(crate) fn write(&self, reply: &[u8], step: &mut dyn FnMut(&str)) -> io::Result<()> {
        let room = make_room(reply.len() as u64);
        step("look");
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        let Opened { folder, file, new } = &mut *opened;
        let at = self.names(folder.as_ref().and_then(Held::get));
        let found = rustix::fs::statat(at.folder, at.reply, AtFlags::SYMLINK_NOFOLLOW);
        // Nothing takes the place of a device or a link.
        let is_file = found.as_ref().map_or(true, is_regular);
        if is_file
            && room.is_ok()
            && let Ok(file) = replace(&at, reply, step)
        {
            *new = Some(file);
            return Ok(());
        }
        write_in_place(&at, file.as_ref(), room, reply, step)
    }

    /// Closes what is not needed any more once the reply is written, so that a process
    /// whose descriptors are used up can open something else.
    pub(crate) fn release(&self) {
        if let Ok(mut opened) = self.opened.try_lock() {
            opened.folder = None;
            if opened.new.is_some() {
                opened.file = None;
            }
        }
    }

    fn names<'a>(&'a self, folder: Option<&'a File>) -> Names<'a> {
        let (folder, from) = match folder {
            Some(folder) => (folder.as_fd(), self.name_at),
            None => (CWD, 0),
        };
        Names {
            folder,
            reply: &self.path.as_os_str().as_bytes()[from..],
            beside: &self.beside.as_bytes()[from..],
        }
    }
}

/// Writes a new file beside the reply file, and puts it in its place.
fn replace(at: &Names<'_>, reply: &[u8], step: &mut dyn FnMut(&str)) -> io::Result<File> {
    step("make");
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
    let mut file = File::from(rustix::fs::openat(at.folder, at.beside, flags, MODE)?);
    // Whatever the umask of the action is.
    let _ = rustix::fs::fchmod(&file, MODE);
    let _ = lock(&file);
    step("write");
    let replaced = file.write_all(reply).and_then(|()| {
        step("rename");
        rustix::fs::renameat(at.folder, at.beside, at.folder, at.reply)?;
        step("renamed");
        Ok(())
    });
    if replaced.is_err() {
        step("remove");
        let _ = rustix::fs::unlinkat(at.folder, at.beside, AtFlags::empty());
    }
    replaced.map(|()| file)
}

/// Writes the file that was opened at the start, or the one that has its name now.
fn write_in_place(
    at: &Names<'_>,
    opened: Option<&Held>,
    room: io::Result<()>,
    reply: &[u8],
    step: &mut dyn FnMut(&str),
) -> io::Result<()> {
    let now = rustix::fs::statat(at.folder, at.reply, AtFlags::empty());
    let opened = opened.filter(|opened| match &now {
        Ok(now) => opened.is(now),
        // Perhaps this process may no longer look into the folder.
        Err(_) => opened.has_a_name(),
    });
    if let Some(opened) = opened
        && let Some(file) = opened.get()
    {
        return fill(file, opened.is_regular(), room, reply, step);
    }
    step("open");
    let opened = open(at.folder, at.reply)?;
    match opened.get() {
        Some(file) => fill(file, opened.is_regular(), room, reply, step),
        None => Err(Errno::BADF.into()),
    }
}

/// How the file is reached now.
struct Names<'a> {
    folder: BorrowedFd<'a>,
    reply: &'a [u8],
    beside: &'a [u8],
}

/// Opens a file for writing, and makes it if it does not exist. Does not wait for
/// the reader of a FIFO: without one, that is an error.
fn open(folder: BorrowedFd<'_>, name: &[u8]) -> io::Result<Held> {
    let flags = OFlags::WRONLY | OFlags::CLOEXEC | OFlags::NOCTTY | OFlags::NONBLOCK;
    // In a shared folder not even root may open the file of another user with
    // CREATE (`fs.protected_regular`).
    let file = match rustix::fs::openat(folder, name, flags, MODE) {
        Err(Errno::NOENT) => rustix::fs::openat(folder, name, flags | OFlags::CREATE, MODE)?,
        opened => opened?,
    };
    let file = Held::new(file.into())?;
    // Writing may wait.
    if !file.is_regular()
        && let Some(file) = file.get()
    {
        let flags = rustix::fs::fcntl_getfl(file)?;
        rustix::fs::fcntl_setfl(file, flags - OFlags::NONBLOCK)?;
    }
    Ok(file)
}

fn open_folder(path: &[u8]) -> io::Result<Held> {
    // Linux opens also what this process may search, but not read.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let access = OFlags::PATH;
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let access = OFlags::RDONLY;
    let flags = access | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let folder = rustix::fs::openat(CWD, path, flags, Mode::empty())?;
    Held::new(folder.into())
}

/// Locks a reply file, unless it is locked.
fn lock(file: &File) -> rustix::io::Result<()> {
    rustix::fs::flock(file, FlockOperation::NonBlockingLockExclusive)
}

/// Whether another process holds the lock; else this one does, if the file system
/// has locks.
fn is_answered(file: &Held) -> bool {
    file.is_regular()
        && file
            .get()
            .is_some_and(|file| lock(file) == Err(Errno::WOULDBLOCK))
}

/// Writes a reply into an open file. If that fails half way the file is emptied:
/// every reader refuses an empty one, half a reply perhaps not.
fn fill(
    mut file: &File,
    is_regular: bool,
    room: io::Result<()>,
    reply: &[u8],
    step: &mut dyn FnMut(&str),
) -> io::Result<()> {
    if is_regular {
        step("empty");
        file.set_len(0)?;
        file.rewind()?;
        room?;
    }
    step("write in place");
    file.write_all(reply).inspect_err(|_| {
        // The first error is the one to report.
        let _ = file.set_len(0);
    })?;
    step("written");
    Ok(())
}

/// Lifts the limit of a file's size that the action may have set, if the reply is
/// longer: such a write would end the program by SIGXFSZ.
fn make_room(length: u64) -> io::Result<()> {
    let limit = rustix::process::getrlimit(Resource::Fsize);
    let is_enough = |most: Option<u64>| most.is_none_or(|most| length <= most);
    if is_enough(limit.current) {
        return Ok(());
    }
    let lift = |most| {
        let lifted = Rlimit {
            current: most,
            maximum: most,
        };
        is_enough(most) && rustix::process::setrlimit(Resource::Fsize, lifted).is_ok()
    };
    // Only root may lift the upper one.
    if lift(limit.maximum) || lift(None) {
        return Ok(());
    }
    Err(io::Error::other(format!(
        "the reply has {length} bytes, and the action has limited files to {} bytes (RLIMIT_FSIZE)",
        limit.maximum.unwrap_or_default()
    )))
}

#[cfg(test)]
mod tests;
