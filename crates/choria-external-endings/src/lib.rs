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
//! The handlers call `write`, `_exit`, `pause`, `getpid`, `pthread_self`, `signal`
//! and `raise`, all of which handlers may call, and otherwise touch atomics alone.
//! A child that was forked has them too, until it starts another program; there
//! they do what would be done without them.
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
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicUsize, Ordering};
use std::thread::JoinHandle;

use libc::c_int;

/// A way to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// `exit` was called, by whatever code, with whatever exit code.
    Exit,
    /// TERM or INT came: someone wants the program to end. What was under way
    /// goes on.
    Asked(&'static str),
    /// What was under way cannot go on: ABRT, SEGV, BUS, ILL or FPE.
    Crash(&'static str),
}

impl Ending {
    /// The ending that a byte in the pipe stands for.
    pub fn from_byte(byte: u8) -> Self {
        match c_int::from(byte) {
            libc::SIGTERM => Self::Asked("SIGTERM"),
            libc::SIGINT => Self::Asked("SIGINT"),
            libc::SIGABRT => Self::Crash("SIGABRT"),
            libc::SIGSEGV => Self::Crash("SIGSEGV"),
            libc::SIGBUS => Self::Crash("SIGBUS"),
            libc::SIGILL => Self::Crash("SIGILL"),
            libc::SIGFPE => Self::Crash("SIGFPE"),
            _ => Self::Exit,
        }
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

const ASKING: [c_int; 2] = [libc::SIGTERM, libc::SIGINT];
/// Memory that runs out is an ABRT in Rust, a stack that overflows a SEGV or BUS.
const CRASHES: [c_int; 5] = [
    libc::SIGABRT,
    libc::SIGSEGV,
    libc::SIGBUS,
    libc::SIGILL,
    libc::SIGFPE,
];

/// The end of the pipe that handlers write into; -1 where nobody watches.
static PIPE: AtomicI32 = AtomicI32::new(-1);
/// The exit code that is right once the work is done; -1 until then.
static DONE: AtomicI32 = AtomicI32::new(-1);
/// The process that is watched, not one that it forks.
static PROCESS: AtomicI32 = AtomicI32::new(-1);
/// The thread that watches: its own crash is told to nobody.
static WATCHER: AtomicUsize = AtomicUsize::new(0);
/// Whether a crash has been told.
static CRASHED: AtomicBool = AtomicBool::new(false);
/// How often someone wanted the program to end.
static ASKED: AtomicUsize = AtomicUsize::new(0);

/// Tells each ending of this process from now on, by a byte in the pipe
/// ([`Ending::from_byte`]), which the watcher reads. Only the first call has an
/// effect. A child that this process forks tells nothing: it ends as it would
/// without this.
///
/// A thread that crashes, or calls `exit`, waits in its handler until the
/// process has ended, so the watcher has to end it ([`end`]). TERM and INT stay
/// ignored where they are, as under `nohup`; the second of them ends the process
/// at once.
pub fn watch<T>(pipe: OwnedFd, watcher: &JoinHandle<T>) {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        PROCESS.store(this_process(), Ordering::SeqCst);
        WATCHER.store(number(watcher.as_pthread_t()), Ordering::SeqCst);
        // Never closed: a handler can come at any time.
        PIPE.store(pipe.into_raw_fd(), Ordering::SeqCst);
        for signal in ASKING {
            handle(signal, asked);
        }
        for signal in CRASHES {
            handle(signal, crashed);
        }
        // SAFETY: a function without arguments and result that lives as long as
        // the program, as `atexit` wants it.
        unsafe {
            libc::atexit(exits);
        }
    });
}

/// Says that the work is done: whatever ends the process from now on, a crash
/// too, its exit code is this one. `exit` runs to its end.
pub fn done(code: u8) {
    DONE.store(c_int::from(code), Ordering::SeqCst);
}

/// Ends the process at once: no destructor runs, nothing waits for a lock.
pub fn end(code: u8) -> ! {
    // SAFETY: `_exit` has no precondition.
    unsafe { libc::_exit(c_int::from(code)) }
}

fn handle(signal: c_int, handler: extern "C" fn(c_int)) {
    // SAFETY: a `sigaction` of zeros is a valid value of that plain C struct;
    // both are there while they are used; and the handler calls nothing that a
    // handler of signals must not call.
    unsafe {
        let mut earlier: libc::sigaction = std::mem::zeroed();
        libc::sigaction(signal, ptr::null(), &raw mut earlier);
        if earlier.sa_sigaction == libc::SIG_IGN && ASKING.contains(&signal) {
            return;
        }
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = handler as *const () as usize;
        // Threads of Rust have a stack of their own for handlers, since their
        // other one may be full.
        action.sa_flags = libc::SA_ONSTACK | libc::SA_RESTART;
        libc::sigemptyset(&raw mut action.sa_mask);
        libc::sigaction(signal, &raw const action, ptr::null_mut());
    }
}

extern "C" fn asked(signal: c_int) {
    if is_forked() {
        return end_by(signal);
    }
    end_if_done();
    // Who asks again does not want to wait.
    if ASKED.fetch_add(1, Ordering::SeqCst) > 0 {
        end(128 + byte(signal));
    }
    tell(signal);
}

/// In place of what the standard library does at SEGV and BUS: it would hold a
/// lock that each new thread needs, the watcher too.
extern "C" fn crashed(signal: c_int) {
    if is_forked() {
        return end_by(signal);
    }
    end_if_done();
    let first = !CRASHED.swap(true, Ordering::SeqCst);
    if WATCHER.load(Ordering::SeqCst) == this_thread() {
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

extern "C" fn exits() {
    if is_forked()
        || DONE.load(Ordering::SeqCst) >= 0
        || WATCHER.load(Ordering::SeqCst) == this_thread()
    {
        return;
    }
    tell(0);
    wait_for_the_end()
}

fn end_if_done() {
    if let Ok(code) = u8::try_from(DONE.load(Ordering::SeqCst)) {
        end(code);
    }
}

/// Writes the byte, and leaves `errno` as it was.
fn tell(signal: c_int) {
    let byte = byte(signal);
    // SAFETY: `errno` is a variable of this thread; the byte is there while it
    // is written. Both may be done in a handler.
    unsafe {
        let error = *errno();
        libc::write(PIPE.load(Ordering::SeqCst), (&raw const byte).cast(), 1);
        *errno() = error;
    }
}

/// Signals are small numbers.
fn byte(signal: c_int) -> u8 {
    u8::try_from(signal).unwrap_or(0)
}

/// Whether this is a child: the pipe is that of its parent, who goes on.
fn is_forked() -> bool {
    PROCESS.load(Ordering::SeqCst) != this_process()
}

fn this_process() -> c_int {
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

fn wait_for_the_end() -> ! {
    loop {
        // SAFETY: `pause` has no precondition, and may be called in a handler.
        unsafe {
            libc::pause();
        }
    }
}

fn this_thread() -> usize {
    // SAFETY: `pthread_self` has no precondition.
    number(unsafe { libc::pthread_self() })
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "a number or a pointer, as wide as a pointer; it only tells threads apart"
)]
fn number(thread: libc::pthread_t) -> usize {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_says_what_ends_the_process() {
        assert_eq!(Ending::from_byte(0), Ending::Exit);
        for signal in ASKING {
            assert!(matches!(
                Ending::from_byte(signal.try_into().unwrap()),
                Ending::Asked(_)
            ));
        }
        for signal in CRASHES {
            assert!(matches!(
                Ending::from_byte(signal.try_into().unwrap()),
                Ending::Crash(_)
            ));
        }
        assert_eq!(Ending::from_byte(15).to_string(), "SIGTERM");
        assert_eq!(Ending::from_byte(6), Ending::Crash("SIGABRT"));
        assert_eq!(Ending::from_byte(0).to_string(), "exit");
    }

    /// Says to a test that it is the program that it has started, and what to do.
    const STARTED: &str = "CHORIA_TEST_ENDINGS";

    /// Starts a test as a program of its own, which is to do this; its exit code.
    fn start(test: &str, what: &str) -> Option<i32> {
        let done = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", &format!("tests::{test}")])
            .env(STARTED, what)
            .output()
            .unwrap();
        // Seen where the test fails.
        eprintln!("{what}: {}", String::from_utf8_lossy(&done.stderr));
        done.status.code()
    }

    fn started() -> Option<String> {
        std::env::var(STARTED).ok()
    }

    /// Has this program watched: a thread does this with each byte. It may have been
    /// started by who ignores the signals that ask.
    fn watched(mut with: impl FnMut(u8) + Send + 'static) {
        use std::io::Read as _;

        let (mut endings, pipe) = std::io::pipe().unwrap();
        let watcher = std::thread::spawn(move || {
            let mut byte = [0];
            while endings.read_exact(&mut byte).is_ok() {
                with(byte[0]);
            }
        });
        for signal in ASKING {
            // SAFETY: the number is that of a signal; nothing handles it yet.
            unsafe { libc::signal(signal, libc::SIG_DFL) };
        }
        watch(pipe.into(), &watcher);
    }

    fn raise(signal: c_int) {
        // SAFETY: the number is that of a signal.
        unsafe { libc::raise(signal) };
    }

    #[test]
    fn each_ending_is_told_to_the_watcher() {
        if let Some(byte) = started() {
            watched(|byte| end(100 + byte));
            match byte.parse().unwrap() {
                // SAFETY: no other thread exits.
                0 => unsafe { libc::exit(3) },
                signal => raise(signal),
            }
            wait_for_the_end()
        }
        let test = "each_ending_is_told_to_the_watcher";
        for byte in ASKING.into_iter().chain(CRASHES).chain([0]) {
            let code = start(test, &byte.to_string());
            assert_eq!(code, Some(100 + byte), "{byte}");
        }
    }

    #[test]
    fn nobody_has_to_wait_for_the_watcher() {
        if let Some(what) = started() {
            let crashes = what == "the watcher crashes";
            watched(move |_| {
                if crashes {
                    raise(libc::SIGABRT);
                }
            });
            match what.as_str() {
                "asked twice" => {
                    raise(libc::SIGTERM);
                    raise(libc::SIGTERM);
                }
                "done" => {
                    done(7);
                    raise(libc::SIGABRT);
                }
                // From outside, as it were; then by its own fault.
                _ => raise(libc::SIGTERM),
            }
            wait_for_the_end()
        }
        let test = "nobody_has_to_wait_for_the_watcher";
        for (what, code) in [
            ("asked twice", 128 + libc::SIGTERM),
            ("done", 7),
            ("the watcher crashes", 128 + libc::SIGABRT),
        ] {
            assert_eq!(start(test, what), Some(code), "{what}");
        }
    }

    #[test]
    fn a_child_ends_by_itself_and_its_parent_goes_on() {
        if started().is_some() {
            watched(|byte| end(100 + byte));
            let exits = ended(|| {
                // SAFETY: there is one thread in a child.
                unsafe { libc::exit(3) }
            });
            assert!(libc::WIFEXITED(exits) && libc::WEXITSTATUS(exits) == 3);
            for signal in [libc::SIGTERM, libc::SIGABRT] {
                let status = ended(|| raise(signal));
                assert!(libc::WIFSIGNALED(status) && libc::WTERMSIG(status) == signal);
            }
            done(7);
            end(7)
        }
        let test = "a_child_ends_by_itself_and_its_parent_goes_on";
        assert_eq!(start(test, "forks"), Some(7));
    }

    /// How a child ends that does this.
    fn ended(child: impl FnOnce()) -> c_int {
        // SAFETY: the child calls only what it may after a fork with threads: it
        // ends, by a signal, by `exit` whose one handler is ours, or here.
        let process = unsafe { libc::fork() };
        if process == 0 {
            // One that waits for ever does not keep the test.
            // SAFETY: `alarm` has no precondition.
            unsafe { libc::alarm(60) };
            child();
            end(99);
        }
        let mut status = 0;
        // SAFETY: the status is there while it is written.
        let waited = unsafe { libc::waitpid(process, &raw mut status, 0) };
        assert_eq!(waited, process);
        status
    }
}
