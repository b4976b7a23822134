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
    /// The exit code if there is no reply.
    unsent: u8,
    /// The process that may write it: not a copy that the action makes by `fork`.
    process: u32,
    state: Mutex<State>,
    changed: Condvar,
}

/// Where a reply goes.
pub(crate) enum Place {
    /// A file that the server made, empty, and reads again by its path.
    File(ReplyFile),
    /// What was stdout when the program started, for a person or a test: the reply and
    /// a line break.
    Stdout(Held),
    /// The same for a server: nothing but the reply.
    Output(Held),
}

#[derive(Clone)]
enum State {
    None,
    UnderWay,
    /// Or it could not be written. With the exit code that is right from then on.
    Written(u8),
}

impl Reply {
    pub(crate) fn to(place: Place, unsent: u8) -> Self {
        Self {
            place,
            unsent,
            process: std::process::id(),
            state: Mutex::new(State::None),
            changed: Condvar::new(),
        }
    }

    /// Whether a server reads the reply, and the log.
    pub(crate) fn is_for_server(&self) -> bool {
        !matches!(self.place, Place::Stdout(_))
    }

    /// Writes the reply, unless someone else has written one, or is about to:
    /// then nothing happens, and that is `None`. Returns the exit code, `exit` if the
    /// reply was written, and why it was not.
    pub(crate) fn send(
        &self,
        reply: &Result<Vec<u8>, String>,
        exit: u8,
    ) -> Option<(u8, Result<(), String>)> {
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
        let code = if written.is_ok() { exit } else { self.unsent };
        os::done(code);
        *self.state() = State::Written(code);
        self.changed.notify_all();
        Some((code, written))
    }

    /// Waits for a reply that someone else writes, for `patience` at the most; returns
    /// the exit code.
    pub(crate) fn wait(&self, patience: Duration) -> Option<u8> {
        let unwritten = |state: &mut State| !matches!(*state, State::Written(_));
        let waited = self
            .changed
            .wait_timeout_while(self.state(), patience, unwritten);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        match &*state {
            State::Written(code) => Some(*code),
            State::None | State::UnderWay => None,
        }
    }

    /// The exit code if there is no reply.
    pub(crate) fn unsent(&self) -> u8 {
        self.unsent
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

impl Place {
    fn write(&self, reply: &[u8]) -> Result<(), String> {
        match self {
            Self::File(file) => file.write(reply, &mut |_| ()).map_err(|error| {
                format!(
                    "could not write the reply file {}: {error}",
                    file.path().display()
                )
            }),
            Self::Stdout(file) => print(file, &[reply, b"\n"].concat()),
            Self::Output(file) => print(file, reply),
        }
    }
}

/// Writes all of a reply in one go.
fn print(file: &Held, reply: &[u8]) -> Result<(), String> {
    let mut file = file
        .get()
        .ok_or("the action has closed the descriptor of the reply")?;
    file.write_all(reply)
        .and_then(|()| file.flush())
        .map_err(|error| format!("could not write to stdout: {error}"))
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
        let reply = Reply::to(file(&path), 1);
        assert_eq!(reply.wait(Duration::ZERO), None);
        assert_eq!(reply.send(&Ok(b"first".to_vec()), 7), Some((7, Ok(()))));
        assert_eq!(reply.send(&Ok(b"second".to_vec()), 0), None);
        assert_eq!(reply.wait(Duration::ZERO), Some(7));
        assert_eq!(fs::read(&path).unwrap(), b"first");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn of_many_writers_one_writes_the_whole() {
        for _ in 0..200 {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("reply");
            let reply = Reply::to(file(&path), 1);
            let texts: Vec<Vec<u8>> = (b'a'..b'e').map(|letter| vec![letter; 100_000]).collect();
            let first = std::thread::scope(|scope| {
                let writers: Vec<_> = texts
                    .iter()
                    .map(|text| scope.spawn(|| reply.send(&Ok(text.clone()), 0).is_some()))
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
            ..Reply::to(file(&path), 1)
        };
        let (code, sent) = reply.send(&Ok(b"of a fork".to_vec()), 0).unwrap();
        assert_eq!(code, 1);
        assert_eq!(
            sent.unwrap_err(),
            "only the process that was started can send a reply, not its fork"
        );
        assert_eq!(fs::read(&path).unwrap(), b"");
    }
}
