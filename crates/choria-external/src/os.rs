//! What differs between operating systems.

use std::fs::File;
use std::io;
use std::time::Duration;

/// Keeps stdout for the reply: what else is printed goes to stderr from now on,
/// so that a stray `println!` of a handler does not get into the reply.
#[cfg(unix)]
pub(crate) fn reserve_stdout() -> io::Result<File> {
    use std::os::fd::AsFd as _;

    let kept = io::stdout().as_fd().try_clone_to_owned()?;
    rustix::stdio::dup2_stdout(io::stderr())?;
    Ok(kept.into())
}

/// Waits until the server has read what this program has printed, for `limit` at
/// the most: it closes the pipes as soon as the program has ended, and what is in
/// them then is lost.
#[cfg(unix)]
pub(crate) fn wait_until_read(limit: Duration) {
    use std::os::fd::{AsFd, BorrowedFd};
    use std::os::unix::fs::FileTypeExt as _;
    use std::thread;
    use std::time::Instant;

    fn is_unread(output: BorrowedFd<'_>) -> bool {
        // Of a terminal the number would be that of the keys pressed.
        let is_pipe = || {
            let file = File::from(output.try_clone_to_owned()?);
            Ok::<_, io::Error>(file.metadata()?.file_type().is_fifo())
        };
        rustix::io::ioctl_fionread(output).is_ok_and(|bytes| bytes > 0)
            && is_pipe().unwrap_or(false)
    }

    let start = Instant::now();
    let unread = || is_unread(io::stdout().as_fd()) || is_unread(io::stderr().as_fd());
    while unread() && start.elapsed() < limit {
        thread::sleep(Duration::from_micros(100));
    }
}

/// Would wait until the server has read what this program has printed; there is
/// no way to see that here.
#[cfg(windows)]
pub(crate) fn wait_until_read(_limit: Duration) {}

/// Keeps stdout for the reply. Here a stray `println!` of a handler still goes
/// there as well.
#[cfg(windows)]
pub(crate) fn reserve_stdout() -> io::Result<File> {
    use std::os::windows::io::AsHandle as _;

    Ok(io::stdout().as_handle().try_clone_to_owned()?.into())
}
