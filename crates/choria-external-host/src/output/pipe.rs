//! The reading end of a pipe that is read until the program has ended, whoever
//! else holds the pipe.

use std::io::{self, PipeReader};
use std::time::Duration;

#[cfg(unix)]
pub(super) use unix::Pipe;

#[cfg(not(unix))]
pub(super) use elsewhere::Pipe;

#[cfg(unix)]
mod unix {
    use std::io::Read as _;

    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::io::{Errno, ioctl_fionbio};

    use super::{Duration, PipeReader, io};

    /// A pipe, and what tells of the end of the program that writes into it.
    pub(in super::super) struct Pipe {
        pipe: PipeReader,
        /// Its writer is closed when the program has ended.
        ended: PipeReader,
    }

    impl Pipe {
        /// From now on this end of the pipe does not block; the program's end is
        /// left as it is.
        pub(in super::super) fn new(pipe: PipeReader, ended: PipeReader) -> io::Result<Self> {
            ioctl_fionbio(&pipe, true)?;
            Ok(Self { pipe, ended })
        }

        /// Waits until there is something to read, or the program has ended, and says
        /// whether it has.
        pub(in super::super) fn wait(&mut self) -> bool {
            let mut ends = [self.to_read(), self.to_end()];
            wait_for(&mut ends, None);
            !ends[1].revents().is_empty()
        }

        /// Waits until the program has ended, for `patience` at the most, and says
        /// whether it has.
        pub(in super::super) fn wait_for_end(&self, patience: Option<Duration>) -> bool {
            wait_for(&mut [self.to_end()], patience)
        }

        /// Reads what is there: `None` where nothing is, none of it where no more can
        /// come.
        pub(in super::super) fn read(&mut self, room: &mut [u8]) -> Option<usize> {
            loop {
                match self.pipe.read(room) {
                    Ok(length) => return Some(length),
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => return None,
                    Err(_) => return Some(0),
                }
            }
        }

        fn to_read(&self) -> PollFd<'_> {
            PollFd::new(&self.pipe, PollFlags::IN)
        }

        fn to_end(&self) -> PollFd<'_> {
            PollFd::new(&self.ended, PollFlags::IN)
        }
    }

    /// Waits for one of these, and says whether it came.
    fn wait_for(ends: &mut [PollFd<'_>], patience: Option<Duration>) -> bool {
        // A time that is too long for the system is one without end.
        let patience = patience.and_then(|patience| Timespec::try_from(patience).ok());
        loop {
            match poll(ends, patience.as_ref()) {
                Ok(ready) => return ready > 0,
                Err(Errno::INTR) => {}
                // The system has no memory for it: looked at again at once.
                Err(_) => std::thread::yield_now(),
            }
        }
    }
}

/// Windows has no such waiting: a thread reads, and is left behind where somebody
/// else holds the pipe open.
#[cfg(not(unix))]
mod elsewhere {
    use std::io::Read as _;
    use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
    use std::thread;

    use super::{Duration, PipeReader, io};

    /// How long what was printed may take to be read once the program has ended.
    const PATIENCE: Duration = Duration::from_millis(100);

    pub(in super::super) struct Pipe {
        pieces: Receiver<Vec<u8>>,
        /// Read, and not given away yet.
        rest: Vec<u8>,
        closed: bool,
        ended: Receiver<()>,
    }

    impl Pipe {
        pub(in super::super) fn new(
            mut pipe: PipeReader,
            mut until: PipeReader,
        ) -> io::Result<Self> {
            let (sender, pieces) = channel();
            thread::Builder::new().spawn(move || {
                let mut room = vec![0; super::super::LINE_LIMIT];
                while let Ok(length @ 1..) = pipe.read(&mut room)
                    && sender.send(room[..length].to_vec()).is_ok()
                {}
            })?;
            let (running, ended) = channel();
            thread::Builder::new().spawn(move || {
                let _ = until.read(&mut [0]);
                drop(running);
            })?;
            Ok(Self {
                pieces,
                rest: Vec::new(),
                closed: false,
                ended,
            })
        }

        pub(in super::super) fn wait(&mut self) -> bool {
            loop {
                let ended = self.wait_for_end(Some(Duration::ZERO));
                if !self.rest.is_empty() || self.closed {
                    return ended;
                }
                match self.pieces.recv_timeout(PATIENCE) {
                    Ok(piece) => self.rest = piece,
                    Err(RecvTimeoutError::Timeout) if ended => return true,
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => self.closed = true,
                }
            }
        }

        pub(in super::super) fn wait_for_end(&self, patience: Option<Duration>) -> bool {
            // Nothing is ever sent: its sender is dropped.
            match patience {
                Some(patience) => {
                    self.ended.recv_timeout(patience) == Err(RecvTimeoutError::Disconnected)
                }
                None => self.ended.recv().is_err(),
            }
        }

        pub(in super::super) fn read(&mut self, room: &mut [u8]) -> Option<usize> {
            if self.rest.is_empty() && !self.closed {
                return None;
            }
            let length = self.rest.len().min(room.len());
            room[..length].copy_from_slice(&self.rest[..length]);
            self.rest.drain(..length);
            Some(length)
        }
    }
}
