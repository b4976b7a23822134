//! Pipes that are read, and filled, until the program has ended, whoever else
//! holds them.

use std::io::{self, PipeReader, PipeWriter};
use std::time::Duration;

#[cfg(unix)]
pub(super) use unix::{Pipe, feed};

#[cfg(not(unix))]
pub(super) use elsewhere::{Pipe, feed};

/// What a pipe is called in `/proc/PID/fd`.
#[cfg(target_os = "linux")]
pub(super) fn name(pipe: &PipeReader) -> Option<String> {
    use std::os::fd::AsRawFd as _;
    let link = std::fs::read_link(format!("/proc/self/fd/{}", pipe.as_raw_fd()));
    link.ok()?.into_os_string().into_string().ok()
}

#[cfg(not(target_os = "linux"))]
pub(super) fn name(_: &PipeReader) -> Option<String> {
    None
}

#[cfg(unix)]
mod unix {
    use std::io::{Read as _, Write as _};

    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::io::{Errno, ioctl_fionbio};

    use super::{Duration, PipeReader, PipeWriter, io};

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

    /// Writes into a pipe, until all is written, nobody reads any more, or the
    /// program has ended.
    pub(in super::super) fn feed(mut pipe: PipeWriter, ended: &PipeReader, bytes: &[u8]) {
        let mut rest = bytes;
        if ioctl_fionbio(&pipe, true).is_err() {
            return;
        }
        while !rest.is_empty() {
            match pipe.write(rest) {
                Ok(length) => rest = &rest[length..],
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    let mut ends = [
                        PollFd::new(&pipe, PollFlags::OUT),
                        PollFd::new(ended, PollFlags::IN),
                    ];
                    wait_for(&mut ends, None);
                    if !ends[1].revents().is_empty() {
                        return;
                    }
                }
                Err(_) => return,
            }
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
    use std::io::{Read as _, Write as _};
    use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
    use std::thread;

    use super::{Duration, PipeReader, PipeWriter, io};

    /// How long what was printed may take to be read once the program has ended.
    const PATIENCE: Duration = Duration::from_millis(100);

    /// A program that was left behind and does not read keeps this waiting.
    pub(in super::super) fn feed(mut pipe: PipeWriter, _: &PipeReader, bytes: &[u8]) {
        let _ = pipe.write_all(bytes);
    }

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
