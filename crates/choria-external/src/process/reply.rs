//! The one reply of a program.

use std::io::Write as _;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::held::Held;
use super::os;

#[cfg(unix)]
mod file;
#[cfg(not(unix))]
#[path = "reply/plain.rs"]
mod file;

pub(crate) use file::ReplyFile;

/// The one reply of a program, which the handler or the thread that watches over
/// it writes: the first of them, and nobody else.
pub(crate) struct Reply {
    place: Place,
    /// The process that may write it: not a copy that the action makes by `fork`.
    process: u32,
    state: Mutex<State>,
    changed: Condvar,
}

/// Where a reply goes.
pub(crate) enum Place {
    /// A file that the server made, empty, and reads again by its path.
    File(ReplyFile),
    /// What was stdout when the program started.
    Stdout(Held),
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
            process: std::process::id(),
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
            _ if std::process::id() != self.process => {
                Err("only the process that was started can send a reply, not its fork".into())
            }
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

    /// Frees what only the writing of a reply needs.
    pub(crate) fn release(&self) {
        if let Place::File(file) = &self.place {
            file.release();
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
            Self::File(file) => file.write(reply, &mut |_| ()).map_err(|error| {
                format!(
                    "could not write the reply file {}: {error}",
                    file.path().display()
                )
            }),
            Self::Stdout(file) => {
                let mut file = file
                    .get()
                    .ok_or("the action has closed the descriptor of the reply")?;
                file.write_all(&[reply, b"\n"].concat())
                    .and_then(|()| file.flush())
                    .map_err(|error| format!("could not write to stdout: {error}"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::path::Path;

    fn file(path: &Path) -> Place {
        Place::File(ReplyFile::open(path.to_owned()).unwrap())
    }

    #[test]
    fn the_first_reply_is_the_only_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("reply");
        fs::write(&path, "").unwrap();
        let reply = Reply::to(file(&path));
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
            let reply = Reply::to(file(&path));
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

    #[test]
    fn a_fork_sends_no_reply() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("reply");
        let reply = Reply {
            process: 1,
            ..Reply::to(file(&path))
        };
        let sent = reply.send(&Ok(b"of a fork".to_vec())).unwrap();
        assert_eq!(
            sent.unwrap_err(),
            "only the process that was started can send a reply, not its fork"
        );
        assert_eq!(fs::read(&path).unwrap(), b"");
    }
}
