//! What differs between operating systems.

use std::fs::File;
use std::io;
use std::time::Instant;

/// Keeps stdout for the reply: what else is printed goes to stderr from now on,
/// so that a stray `println!` of a handler does not get into the reply.
#[cfg(unix)]
pub(crate) fn reserve_stdout() -> io::Result<File> {
    use std::os::fd::AsFd as _;

    let kept = io::stdout().as_fd().try_clone_to_owned()?;
    rustix::stdio::dup2_stdout(io::stderr())?;
    Ok(kept.into())
}

/// Writes a line of at most 4,096 bytes to stderr if there is room for it until
/// `until`. Takes no lock, so that it can be called while another thread is
/// blocked in writing to stderr.
#[cfg(unix)]
pub(crate) fn write_to_stderr(line: &[u8], until: Instant) {
    use std::os::fd::AsFd as _;

    use rustix::event::{PollFd, PollFlags, poll};

    let stderr = io::stderr();
    // So much can be written in one go to a pipe that can be written at all.
    let room = &mut [PollFd::new(&stderr, PollFlags::OUT)];
    let left = until.saturating_duration_since(Instant::now());
    if poll(room, left.try_into().ok().as_ref()) == Ok(1) {
        let _ = rustix::io::write(stderr.as_fd(), line);
    }
}

/// Waits until the server has read what this program has printed, until `until`
/// at the most: it closes the pipes as soon as the program has ended, and what is
/// in them then is lost.
#[cfg(unix)]
pub(crate) fn wait_until_read(until: Instant) {
    use std::os::fd::{AsFd, BorrowedFd};
    use std::os::unix::fs::FileTypeExt as _;
    use std::thread;
    use std::time::Duration;

    /// The longest pause between two looks.
    const PAUSE: Duration = Duration::from_millis(2);

    fn is_unread(output: BorrowedFd<'_>) -> bool {
        // Of a terminal the number would be that of the keys pressed.
        let is_pipe = || {
            let file = File::from(output.try_clone_to_owned()?);
            Ok::<_, io::Error>(file.metadata()?.file_type().is_fifo())
        };
        rustix::io::ioctl_fionread(output).is_ok_and(|bytes| bytes > 0)
            && is_pipe().unwrap_or(false)
    }

    let unread = || is_unread(io::stdout().as_fd()) || is_unread(io::stderr().as_fd());
    // A reader that is awake needs some microseconds.
    let mut pause = Duration::from_micros(50);
    while unread() {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        thread::sleep(pause.min(left));
        pause = (pause * 2).min(PAUSE);
    }
}

/// Would wait until the server has read what this program has printed; there is
/// no way to see that here.
#[cfg(windows)]
pub(crate) fn wait_until_read(_until: Instant) {}

/// Writes a line to stderr.
#[cfg(windows)]
pub(crate) fn write_to_stderr(line: &[u8], _until: Instant) {
    use std::io::Write as _;

    let _ = io::stderr().write_all(line);
}

/// Keeps stdout for the reply. Here a stray `println!` of a handler still goes
/// there as well.
#[cfg(windows)]
pub(crate) fn reserve_stdout() -> io::Result<File> {
    use std::os::windows::io::AsHandle as _;

    Ok(io::stdout().as_handle().try_clone_to_owned()?.into())
}
