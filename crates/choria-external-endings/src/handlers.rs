//! What runs in a handler of signals or of `exit`, and what it knows.

use std::sync::atomic::{AtomicBool, AtomicI32, AtomicUsize, Ordering};

use libc::c_int;

use crate::{end, signals};

/// The end of the pipe that handlers write into; -1 where nobody watches.
pub(crate) static PIPE: AtomicI32 = AtomicI32::new(-1);
/// Which pipe that is, its inode number: code of the program can close the descriptor,
/// and a file of its own can have the number then.
pub(crate) static INODE: AtomicUsize = AtomicUsize::new(0);
/// The exit code that is right once the work is done; -1 until then.
pub(crate) static DONE: AtomicI32 = AtomicI32::new(-1);
/// Whether a call of `exit` is left to the program.
pub(crate) static LEFT: AtomicBool = AtomicBool::new(false);
/// The process that is watched, not one that it forks.
pub(crate) static PROCESS: AtomicI32 = AtomicI32::new(-1);
/// The thread that watches: its own crash is told to nobody.
pub(crate) static WATCHER: AtomicUsize = AtomicUsize::new(0);
/// Whether a crash has been told.
static CRASHED: AtomicBool = AtomicBool::new(false);
/// The second in which the first signal came that asks for an end; 0 until then.
pub(crate) static ASKED: AtomicUsize = AtomicUsize::new(0);

pub(crate) extern "C" fn signalled(signal: c_int) {
    if is_forked() {
        end_by(signal);
    } else if signals::CRASHES.iter().any(|(crash, _)| *crash == signal) {
        crashed(signal);
    } else {
        asked(signal);
    }
}

fn asked(signal: c_int) {
    let now = now();
    match ASKED.compare_exchange(0, now, Ordering::SeqCst, Ordering::SeqCst) {
        Ok(_) => tell(signal),
        Err(first) if asks_again(signal, now.wrapping_sub(first)) => {
            end(done_code().unwrap_or(128 + byte(signal)))
        }
        Err(_) => {}
    }
}

/// Whether a signal that comes this many seconds after the first one ends the process at
/// once: somebody does not want to wait. Programs that end others often send two signals
/// in a row, and a timer repeats its own.
pub(crate) fn asks_again(signal: c_int, seconds: usize) -> bool {
    // The clock counts whole seconds: from 2 on, at least one has passed.
    matches!(
        signal,
        libc::SIGHUP | libc::SIGINT | libc::SIGQUIT | libc::SIGTERM
    ) && seconds >= 2
}

/// In place of what the standard library does at SEGV and BUS: it would hold a
/// lock that each new thread needs, the watcher too.
fn crashed(signal: c_int) {
    let first = !CRASHED.swap(true, Ordering::SeqCst);
    if is_watcher() {
        if let Some(code) = done_code() {
            end(code);
        }
        if first {
            // From outside, such as by `kill`: that can meet any thread. What
            // was its own fault happens again.
            return tell(signal);
        }
        end(128 + byte(signal));
    }
    tell(signal);
    wait_for_the_end()
}

pub(crate) extern "C" fn exits() {
    if is_forked() || LEFT.load(Ordering::SeqCst) {
        return;
    }
    if is_watcher() {
        if let Some(code) = done_code() {
            end(code);
        }
        return;
    }
    tell(0);
    wait_for_the_end()
}

/// The time that [`end_after`](crate::end_after) was given is over.
pub(crate) extern "C" fn late(signal: c_int) {
    if is_forked() {
        return end_by(signal);
    }
    end(done_code().unwrap_or(1))
}

/// The exit code, once the work is done.
pub(crate) fn done_code() -> Option<u8> {
    DONE.load(Ordering::SeqCst).try_into().ok()
}

fn tell(signal: c_int) {
    // The program has closed the pipe, so the watcher does not learn of this.
    if !write(byte(signal))
        && let Some(code) = done_code()
    {
        end(code);
    }
}

/// Writes the byte, and leaves `errno` as it was. Returns whether it is written: not into
/// any other file that has the descriptor by now.
pub(crate) fn write(byte: u8) -> bool {
    // SAFETY: `errno` is a variable of this thread; the byte is there while it
    // is written. Both may be done in a handler.
    unsafe {
        let error = *errno();
        let pipe = PIPE.load(Ordering::SeqCst);
        let is_same = inode(pipe) == Some(INODE.load(Ordering::SeqCst));
        let written = is_same && libc::write(pipe, (&raw const byte).cast(), 1) == 1;
        *errno() = error;
        written
    }
}

/// The inode number of a pipe; `None` for anything else.
#[allow(
    clippy::cast_possible_truncation,
    reason = "the number only tells pipes apart, and the lower bits do"
)]
pub(crate) fn inode(descriptor: c_int) -> Option<usize> {
    // SAFETY: this is a plain C struct, of which zeros are a valid value, and is there
    // while it is written. A handler may ask for it.
    unsafe {
        let mut about: libc::stat = std::mem::zeroed();
        let found = libc::fstat(descriptor, &raw mut about) == 0;
        let is_pipe = about.st_mode & libc::S_IFMT == libc::S_IFIFO;
        (found && is_pipe).then_some(about.st_ino as usize)
    }
}

/// Signals are small numbers.
fn byte(signal: c_int) -> u8 {
    u8::try_from(signal).unwrap_or(0)
}

/// Seconds of a clock that is never set, from 1 on.
fn now() -> usize {
    // SAFETY: the time is a plain C struct, of which zeros are a valid value, and is
    // there while it is written. A handler may ask for it.
    let now = unsafe {
        let error = *errno();
        let mut now: libc::timespec = std::mem::zeroed();
        libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut now);
        *errno() = error;
        now
    };
    usize::try_from(now.tv_sec).unwrap_or(0).saturating_add(1)
}

/// Whether this is a child: the pipe is that of its parent, who goes on.
fn is_forked() -> bool {
    PROCESS.load(Ordering::SeqCst) != this_process()
}

pub(crate) fn this_process() -> c_int {
    // SAFETY: `getpid` has no precondition, and may be called in a handler.
    unsafe { libc::getpid() }
}

/// Has a signal do what it does without a handler, once this one has returned.
fn end_by(signal: c_int) {
    // SAFETY: both may be called in a handler; the number is that of a signal.
    unsafe {
        libc::signal(signal, libc::SIG_DFL);
        libc::raise(signal);
    }
}

pub(crate) fn wait_for_the_end() -> ! {
    loop {
        // SAFETY: `pause` has no precondition, and may be called in a handler.
        unsafe {
            libc::pause();
        }
    }
}

fn is_watcher() -> bool {
    // SAFETY: `pthread_self` has no precondition.
    WATCHER.load(Ordering::SeqCst) == number(unsafe { libc::pthread_self() })
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "a number or a pointer, as wide as a pointer; it only tells threads apart"
)]
pub(crate) fn number(thread: libc::pthread_t) -> usize {
    thread as usize
}

unsafe fn errno() -> *mut c_int {
    // SAFETY: no precondition; where it is differs between systems.
    unsafe {
        #[cfg(any(target_os = "linux", target_os = "emscripten", target_os = "l4re"))]
        return libc::__errno_location();
        #[cfg(any(target_vendor = "apple", target_os = "freebsd"))]
        return libc::__error();
        #[cfg(any(target_os = "android", target_os = "netbsd", target_os = "openbsd"))]
        return libc::__errno();
        #[cfg(any(target_os = "solaris", target_os = "illumos"))]
        return libc::___errno();
    }
}
