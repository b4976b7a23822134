//! What differs between operating systems.

use std::fs::File;
use std::io;

/// Keeps stdout for the reply: what else is printed goes to stderr from now on,
/// so that a stray `println!` of a handler does not get into the reply.
#[cfg(unix)]
pub(crate) fn reserve_stdout() -> io::Result<File> {
    use std::os::fd::AsFd as _;

    let kept = io::stdout().as_fd().try_clone_to_owned()?;
    rustix::stdio::dup2_stdout(io::stderr())?;
    Ok(kept.into())
}

/// Keeps stdout for the reply. Here a stray `println!` of a handler still goes
/// there as well.
#[cfg(windows)]
pub(crate) fn reserve_stdout() -> io::Result<File> {
    use std::os::windows::io::AsHandle as _;

    Ok(io::stdout().as_handle().try_clone_to_owned()?.into())
}
