//! The ways in which a program can end before its work is done: a signal, a
//! crash, `exit` in the middle of something. Each is told, as one byte in a
//! pipe, to a thread that watches; what is to be done is done there, in
//! ordinary code.
//!
//! This is the one crate with unsafe code: handlers of signals and of `exit`
//! cannot be had without. All that a handler does is to write that byte, and
//! then to wait for the end of the process where the code that was under way
//! cannot go on.
//!
//! The handlers call `fstat`, `write`, `_exit`, `pause`, `getpid`, `pthread_self`, `signal`,
//! `raise` and `clock_gettime`, all of which handlers may call, and otherwise use
//! atomics only. A forked child has the same handlers until it starts another program;
//! they do there what would happen without them.
//!
//! ```no_run
//! # #[cfg(unix)]
//! # fn example() -> std::io::Result<()> {
//! use choria_external_endings::{Ending, end, watch};
//! use std::io::Read as _;
//!
//! let (mut endings, pipe) = std::io::pipe()?;
//! let watcher = std::thread::spawn(move || {
//!     let mut byte = [0];
//!     if endings.read_exact(&mut byte).is_ok() {
//!         println!("{}", Ending::from_byte(byte[0]));
//!     }
//!     end(1)
//! });
//! watch(pipe.into(), &watcher);
//! // .. the work ..
//! # Ok(())
//! # }
//! ```
#![cfg(unix)]

use std::fmt;
use std::os::fd::{IntoRawFd as _, OwnedFd};
use std::os::unix::thread::JoinHandleExt as _;
use std::ptr;
use std::sync::Once;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::Duration;

use libc::c_int;

use action::{Action, System};
use handlers::{DONE, INODE, LEFT, PIPE, PROCESS, WATCHER};

mod action;
mod handlers;
mod signals;

/// A way to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// `exit` was called, by whatever code, with whatever exit code.
    Exit,
    /// A signal came that ends a program, such as TERM, HUP or USR1. What was under way
    /// goes on.
    Asked(&'static str),
    /// A signal came after which the code that was under way cannot go on: ABRT, SEGV,
    /// BUS, ILL, FPE, TRAP or SYS.
    Crash(&'static str),
}

impl Ending {
    /// The ending that a byte in the pipe stands for.
    pub fn from_byte(byte: u8) -> Self {
        signals::ending(c_int::from(byte)).unwrap_or(Self::Exit)
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exit => f.write_str("exit"),
            Self::Asked(signal) | Self::Crash(signal) => f.write_str(signal),
        }
    }
}

/// Tells each ending of this process from now on, by a byte in the pipe
/// ([`Ending::from_byte`]), which the watcher reads. Only the first call has an
/// effect. A child that this process forks tells nothing: it ends as it would
/// without this.
///
/// A thread that crashes, or calls `exit`, waits in its handler until the
/// process has ended, so the watcher has to end it ([`end`]).
///
/// A signal that is ignored, as HUP is under `nohup`, or for which the program has a
/// handler of its own, stays so; crashes are always told. Of the signals after which
/// the code goes on, only the first is told. HUP, INT, QUIT or TERM that comes more
/// than a second after it ends the process at once.
pub fn watch<T>(pipe: OwnedFd, watcher: &JoinHandle<T>) {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        PROCESS.store(handlers::this_process(), Ordering::SeqCst);
        WATCHER.store(handlers::number(watcher.as_pthread_t()), Ordering::SeqCst);
        // Never closed: a handler can come at any time.
        let pipe = pipe.into_raw_fd();
        INODE.store(handlers::inode(pipe).unwrap_or(0), Ordering::SeqCst);
        PIPE.store(pipe, Ordering::SeqCst);
        handle_all::<System>();
        // SAFETY: a function without arguments and result that lives as long as
        // the program, as `atexit` wants it.
        unsafe {
            libc::atexit(handlers::exits);
        }
    });
}

/// Says that the work is done: whatever ends the process from now on, its exit code is
/// this one. Endings are still told, so that the watcher can finish what follows the
/// work, such as a log; a crash of the watcher itself ends the process at once.
pub fn done(code: u8) {
    DONE.store(c_int::from(code), Ordering::SeqCst);
}

/// Says that nothing is left to be watched: a call of `exit` from now on ends the program
/// with its own exit code, and is not told.
pub fn leave() {
    LEFT.store(true, Ordering::SeqCst);
}

/// A byte in the pipe that is no ending: see [`wake`].
pub const WAKE: u8 = u8::MAX;

/// Writes [`WAKE`] into the pipe, so that the watcher wakes and looks at what it waits
/// for. Does nothing if nothing is watched.
pub fn wake() {
    handlers::write(WAKE);
}

/// Ends the process at once: no destructor runs, nothing waits for a lock.
pub fn end(code: u8) -> ! {
    // SAFETY: `_exit` has no precondition.
    unsafe { libc::_exit(c_int::from(code)) }
}

/// Ends the process with the exit code that [`done`] was given, else 1.
pub fn end_as_done() -> ! {
    end(handlers::done_code().unwrap_or(1))
}

/// Ends the process as [`end_as_done`] does, but only if it still runs when this time is
/// over: even if the calling thread, which should be the watcher, is blocked by then.
///
/// The program's own handler of ALRM and its timer (`ITIMER_REAL`) are replaced.
pub fn end_after(time: Duration) {
    libc::sigaction::of(handlers::late).set(libc::SIGALRM, &mut Action::place());
    // SAFETY: the sets and the timer are plain C structs, of which zeros are valid
    // values, and are there while they are used.
    unsafe {
        let mut alarm: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut alarm);
        libc::sigaddset(&raw mut alarm, libc::SIGALRM);
        // If all other threads block it, this one is interrupted.
        libc::pthread_sigmask(libc::SIG_UNBLOCK, &raw const alarm, ptr::null_mut());
        let mut timer: libc::itimerval = std::mem::zeroed();
        timer.it_value.tv_sec = time.as_secs().try_into().unwrap_or(libc::time_t::MAX);
        // Zero would stop the timer.
        let micros = time.subsec_micros().max(1);
        #[allow(
            clippy::unnecessary_fallible_conversions,
            reason = "some systems have fewer bits for it"
        )]
        {
            timer.it_value.tv_usec = micros.try_into().unwrap_or(1);
        }
        libc::setitimer(libc::ITIMER_REAL, &raw const timer, ptr::null_mut());
    }
}

/// Handles all signals that would end this process.
fn handle_all<A: Action>() {
    let action = A::of(handlers::signalled);
    let mut earlier = A::place();
    let mut ask = |signal| {
        action.set(signal, &mut earlier);
        if !earlier.is_default() {
            earlier.set(signal, &mut A::place());
        }
    };
    for (signal, _) in signals::ASKING {
        ask(*signal);
    }
    for signal in signals::realtime() {
        ask(signal);
    }
    for (signal, _) in signals::CRASHES {
        action.set(*signal, &mut earlier);
    }
}

#[cfg(test)]
mod tests;
