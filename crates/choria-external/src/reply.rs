//! The one reply of a program.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::os;

/// The one reply of a program, whoever writes it: the handler, or who watches
/// over it. The first one does, and nobody else.
pub(crate) struct Reply {
    place: Place,
    state: Mutex<State>,
    changed: Condvar,
}

/// Where a reply goes.
pub(crate) enum Place {
    /// A file that the server made, empty, and reads again by its path.
    File(PathBuf),
    /// What was stdout when the program started.
    Stdout(File),
}

#[derive(Clone)]
enum State {
    None,
    UnderWay,
    /// Why it could not be written, where it could not.
    Written(Result<(), String>),
}

impl Reply {
    pub(crate) fn to(place: Place) -> Self {
        Self {
            place,
            state: Mutex::new(State::None),
            changed: Condvar::new(),
        }
    }

    /// Whether a server reads the reply, and the log.
    pub(crate) fn is_for_server(&self) -> bool {
        matches!(self.place, Place::File(_))
    }

    /// Writes the reply, unless someone else has written one, or is about to:
    /// then nothing happens, and that is `None`.
    pub(crate) fn send(&self, reply: &Result<Vec<u8>, String>) -> Option<Result<(), String>> {
        {
            let mut state = self.state();
            if !matches!(*state, State::None) {
                return None;
            }
            *state = State::UnderWay;
        }
        let written = match reply {
            Ok(reply) => self.place.write(reply),
            Err(reason) => Err(format!("no reply can be sent: {reason}")),
        };
        // Before anybody sees it: from now on nothing may cost the reply.
        os::done(exit_code(&written));
        *self.state() = State::Written(written.clone());
        self.changed.notify_all();
        Some(written)
    }

    /// Waits for a reply that someone else writes, for `patience` at the most.
    pub(crate) fn wait(&self, patience: Duration) -> Option<Result<(), String>> {
        let unwritten = |state: &mut State| !matches!(*state, State::Written(_));
        let waited = self
            .changed
            .wait_timeout_while(self.state(), patience, unwritten);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        match &*state {
            State::Written(written) => Some(written.clone()),
            State::None | State::UnderWay => None,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The exit code of a program: 1 only if there is no reply, since a server does not read
/// the reply of a program that ends with another code than 0.
pub(crate) fn exit_code(written: &Result<(), String>) -> u8 {
    written.is_err().into()
}

impl Place {
    fn write(&self, reply: &[u8]) -> Result<(), String> {
        match self {
            Self::File(path) => write_file(path, reply, &mut |_| ()).map_err(|error| {
                format!("could not write the reply file {}: {error}", path.display())
            }),
            Self::Stdout(file) => {
                let mut file: &File = file;
                file.write_all(&[reply, b"\n"].concat())
                    .and_then(|()| file.flush())
                    .map_err(|error| format!("could not write to stdout: {error}"))
            }
        }
    }
}

/// Writes a file whole, whenever the program ends: beside it, and then in its
/// place in one step. `step` is called before each system call; tests end the
/// program there.
fn write_file(path: &Path, reply: &[u8], step: &mut dyn FnMut(&str)) -> io::Result<()> {
    step("look");
    // Nothing is put in the place of a device, or of a link.
    if fs::symlink_metadata(path).is_ok_and(|found| !found.is_file()) {
        return write_in_place(path, reply, step);
    }
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = PathBuf::from(beside);
    let written = write_beside(&beside, path, reply, step);
    match written {
        Ok(()) => Ok(()),
        Err(Beside::NotMade) => write_in_place(path, reply, step),
        Err(Beside::Made) => {
            step("remove");
            // What could not be written there perhaps can here; that error is
            // the one to tell.
            let _ = fs::remove_file(&beside);
            write_in_place(path, reply, step)
        }
    }
}

/// How far it came.
enum Beside {
    NotMade,
    Made,
}

fn write_beside(
    beside: &Path,
    path: &Path,
    reply: &[u8],
    step: &mut dyn FnMut(&str),
) -> Result<(), Beside> {
    step("make");
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(beside).map_err(|_| Beside::NotMade)?;
    step("write");
    file.write_all(reply).map_err(|_| Beside::Made)?;
    drop(file);
    step("rename");
    fs::rename(beside, path).map_err(|_| Beside::Made)?;
    step("renamed");
    Ok(())
}

/// Writes a reply where nothing can be put beside it. If that fails half way the
/// file is emptied: every reader refuses an empty one, half a reply perhaps not.
fn write_in_place(path: &Path, reply: &[u8], step: &mut dyn FnMut(&str)) -> io::Result<()> {
    step("open");
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .open(path)?;
    step("write in place");
    file.write_all(reply).inspect_err(|_| {
        // The first error is the one to tell.
        let _ = file.set_len(0);
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_reply_is_the_only_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("reply");
        fs::write(&path, "").unwrap();
        let reply = Reply::to(Place::File(path.clone()));
        assert_eq!(reply.wait(Duration::ZERO), None);
        assert_eq!(reply.send(&Ok(b"first".to_vec())), Some(Ok(())));
        assert_eq!(reply.send(&Ok(b"second".to_vec())), None);
        assert_eq!(reply.wait(Duration::ZERO), Some(Ok(())));
        assert_eq!(fs::read(&path).unwrap(), b"first");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn of_many_writers_one_writes_the_whole() {
        for _ in 0..200 {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("reply");
            let reply = Reply::to(Place::File(path.clone()));
            let texts: Vec<Vec<u8>> = (b'a'..b'e').map(|letter| vec![letter; 100_000]).collect();
            let first = std::thread::scope(|scope| {
                let writers: Vec<_> = texts
                    .iter()
                    .map(|text| scope.spawn(|| reply.send(&Ok(text.clone())).is_some()))
                    .collect();
                let results = writers.into_iter().map(|writer| writer.join().unwrap());
                results.collect::<Vec<bool>>()
            });
            assert_eq!(first.iter().filter(|first| **first).count(), 1);
            let winner = first.iter().position(|first| *first).unwrap();
            assert!(fs::read(&path).unwrap() == texts[winner]);
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_and_a_device_stay_what_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name| folder.path().join(name);
        fs::write(path("reply"), "an older, longer text").unwrap();
        std::os::unix::fs::symlink("reply", path("link")).unwrap();
        write_file(&path("link"), b"new", &mut |_| ()).unwrap();
        assert_eq!(fs::read(path("reply")).unwrap(), b"new");
        assert!(fs::symlink_metadata(path("link")).unwrap().is_symlink());
        let full = write_file(Path::new("/dev/null"), b"new", &mut |_| ());
        assert!(full.is_ok());
    }

    /// Where the program that the next test starts ends itself.
    #[cfg(target_os = "linux")]
    const STEP: &str = "CHORIA_TEST_REPLY_STEP";

    /// Runs this test again as a program that is killed at a step, in every
    /// step there is: the server reads nothing, or all of it.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_program_that_is_killed_leaves_no_half_a_reply() {
        use rustix::process::{Signal, getpid, kill_process};
        use std::os::unix::process::ExitStatusExt as _;

        const REPLY: &[u8] = &[b'x'; 1_000_000];
        if let Ok(plan) = std::env::var(STEP) {
            let (at, path) = plan.split_once(' ').unwrap();
            let (at, mut steps) = (at.parse::<usize>().unwrap(), 0);
            let written = write_file(Path::new(path), REPLY, &mut |_| {
                if steps == at {
                    kill_process(getpid(), Signal::KILL).unwrap();
                }
                steps += 1;
            });
            written.unwrap();
            return;
        }
        let this = "reply::tests::a_program_that_is_killed_leaves_no_half_a_reply";
        let mut seen = Vec::new();
        for step in 0.. {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("reply");
            fs::write(&path, "").unwrap();
            let status = std::process::Command::new(std::env::current_exe().unwrap())
                .args(["--exact", this])
                .env(STEP, format!("{step} {}", path.display()))
                .stdout(std::process::Stdio::null())
                .status()
                .unwrap();
            let reply = fs::read(&path).unwrap();
            assert!(
                reply.is_empty() || reply == REPLY,
                "step {step}: {}",
                reply.len()
            );
            seen.push(reply.len());
            if status.success() {
                break;
            }
            assert_eq!(status.signal(), Some(9), "step {step}");
        }
        // Before it looks, makes, writes, renames, has renamed; and at the end.
        assert_eq!(seen, [0, 0, 0, 0, 1_000_000, 1_000_000]);
    }
}
