//! What differs between operating systems.

use std::io;
use std::thread;
use std::time::{Duration, Instant};

use super::held::Held;

#[cfg(unix)]
pub(crate) use choria_external_endings::{done, end, end_after, leave, wake};

/// Why what is under way comes to an end.
#[cfg_attr(windows, expect(dead_code, reason = "only the time is seen there"))]
pub(crate) enum Ending {
    /// There is no time left.
    TimeUp,
    /// Someone wants the program to end, by this signal.
    Asked(&'static str),
    /// The code crashed, with this signal.
    Crash(&'static str),
    /// The code called `exit`.
    Exit,
}

/// Waits in a thread until what is under way comes to an end, one way or other,
/// and acts on it there. What acts has to end the program; if it panics, the program
/// ends as well.
///
/// The deadline may change meanwhile: if it is earlier from now on, call [`wake`].
#[cfg(unix)]
pub(crate) fn at_the_end(
    thread: thread::Builder,
    deadline: impl Fn() -> Instant + Send + 'static,
    act: impl FnOnce(Ending) + Send + 'static,
) -> io::Result<()> {
    use std::os::fd::OwnedFd;

    let (endings, told) = io::pipe()?;
    let endings = Held::new(OwnedFd::from(endings).into())?;
    let watcher = thread.spawn(move || {
        let _end = EndAtLast;
        // The pipe stays open to the end: what else is told has to go somewhere.
        act(wait(&endings, &deadline));
    })?;
    // Not in the thread: the author's code may crash before that has begun.
    choria_external_endings::watch(told.into(), &watcher);
    Ok(())
}

/// Ends the program when it is dropped: nobody else would, with the watching thread gone.
#[cfg(unix)]
struct EndAtLast;

#[cfg(unix)]
impl Drop for EndAtLast {
    fn drop(&mut self) {
        choria_external_endings::end_as_done()
    }
}

/// Lets this thread run before all others that want to, so that a busy node does
/// not keep it from writing a reply in time. Only root may ask for that, and only on
/// Linux is it a thread's own matter; elsewhere the margin has to do.
#[cfg(unix)]
fn run_this_thread_first() {
    /// The first of all.
    #[cfg(target_os = "linux")]
    const NICENESS: i32 = -20;
    #[cfg(target_os = "linux")]
    let _ = rustix::process::setpriority_process(None, NICENESS);
}

#[cfg(unix)]
fn wait(endings: &Held, deadline: &dyn Fn() -> Instant) -> Ending {
    use choria_external_endings as told;
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::io::{Errno, ioctl_fionread};
    use std::io::Read as _;

    /// How often the pipe is looked at where the system refuses to wait for it.
    const LOOK: Duration = Duration::from_millis(10);
    let is_readable = |pipe| ioctl_fionread(pipe).is_ok_and(|bytes| bytes > 0);
    let left = |until: Instant| until.saturating_duration_since(Instant::now());
    // Most calls are over by then, and pay nothing for it.
    let half = Instant::now() + left(deadline()) / 2;
    let mut is_first = false;
    // The author's code can close the pipe.
    while let Some(mut pipe) = endings.get() {
        let until = if is_first {
            deadline()
        } else {
            half.min(deadline())
        };
        let timeout = Timespec::try_from(left(until)).ok();
        match poll(&mut [PollFd::new(pipe, PollFlags::IN)], timeout.as_ref()) {
            Ok(0) if left(deadline()).is_zero() => return Ending::TimeUp,
            Ok(0) => {
                if !is_first {
                    run_this_thread_first();
                    is_first = true;
                }
                continue;
            }
            Err(Errno::INTR) => continue,
            Err(_) if left(deadline()).is_zero() => return Ending::TimeUp,
            // The author's code has set the limit of descriptors to 0, for example,
            // and reading would wait longer than there is time.
            Err(_) if !is_readable(pipe) => {
                thread::sleep(LOOK.min(left(deadline())));
                continue;
            }
            Ok(_) | Err(_) => {}
        }
        let mut byte = [0];
        if pipe.read_exact(&mut byte).is_err() {
            break;
        }
        return match told::Ending::from_byte(byte[0]) {
            _ if byte[0] == told::WAKE => continue,
            told::Ending::Exit => Ending::Exit,
            told::Ending::Asked(signal) => Ending::Asked(signal),
            told::Ending::Crash(signal) => Ending::Crash(signal),
        };
    }
    thread::sleep(left(deadline()));
    Ending::TimeUp
}

/// Keeps stdout for the reply: what else is printed goes to stderr from now on,
/// so that a stray `println!` of a handler does not get into the reply.
#[cfg(unix)]
pub(crate) fn reserve_stdout() -> io::Result<Held> {
    use std::os::fd::AsFd as _;

    let kept = io::stdout().as_fd().try_clone_to_owned()?;
    rustix::stdio::dup2_stdout(io::stderr())?;
    Held::new(kept.into())
}

/// Keeps stdout for the reply, where stderr is a part of it as well: what else is
/// printed goes nowhere from now on, be it by a child.
#[cfg(unix)]
pub(crate) fn reserve_streams() -> io::Result<Held> {
    use std::os::fd::AsFd as _;

    let kept = io::stdout().as_fd().try_clone_to_owned()?;
    let nowhere = std::fs::File::options().write(true).open("/dev/null")?;
    rustix::stdio::dup2_stdout(&nowhere)?;
    rustix::stdio::dup2_stderr(&nowhere)?;
    Held::new(kept.into())
}

/// Keeps stdout for the reply. Here what else is printed goes there as well.
#[cfg(windows)]
pub(crate) fn reserve_streams() -> io::Result<Held> {
    reserve_stdout()
}

/// Writes a line to stderr, 4,096 bytes of it at the most, where there is room for
/// it until `until`. Takes no lock, so that it can be called while another thread
/// is blocked in writing.
#[cfg(unix)]
pub(crate) fn say_by(until: Instant, line: &str) {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    /// What a pipe that can be written takes without a wait.
    const MOST: usize = 4096;
    let stderr = rustix::stdio::stderr();
    let left = until.saturating_duration_since(Instant::now());
    let left = Timespec::try_from(left).ok();
    if poll(&mut [PollFd::new(&stderr, PollFlags::OUT)], left.as_ref()) == Ok(1) {
        let line = line.as_bytes();
        let _ = rustix::io::write(stderr, &line[..line.len().min(MOST)]);
    }
}

/// Would write to stderr without a lock.
#[cfg(windows)]
pub(crate) fn say_by(_until: Instant, _line: &str) {}

/// Waits until the server has read what this program has printed, until `until`
/// at the most: it closes the pipes as soon as the program has ended, and what is
/// in them then is lost.
#[cfg(unix)]
pub(crate) fn wait_until_read(until: Instant) {
    use std::os::fd::{AsFd, BorrowedFd};

    use rustix::fs::{FileType, fstat};

    /// The longest pause between two looks.
    const PAUSE: Duration = Duration::from_millis(2);

    fn is_unread(output: BorrowedFd<'_>) -> bool {
        // Of a terminal the number would be that of the keys pressed.
        let is_pipe =
            || fstat(output).map(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Fifo);
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

/// Keeps stdout for the reply. Here a stray `println!` of a handler still goes
/// there as well.
#[cfg(windows)]
pub(crate) fn reserve_stdout() -> io::Result<Held> {
    use std::os::windows::io::AsHandle as _;

    Held::new(io::stdout().as_handle().try_clone_to_owned()?.into())
}

/// Waits in a thread until the time is up; no other endings are seen here.
#[cfg(windows)]
pub(crate) fn at_the_end(
    thread: thread::Builder,
    deadline: impl Fn() -> Instant + Send + 'static,
    act: impl FnOnce(Ending) + Send + 'static,
) -> io::Result<()> {
    let watcher = thread.spawn(move || {
        loop {
            let left = deadline().saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            thread::park_timeout(left);
        }
        act(Ending::TimeUp);
    })?;
    let _ = WATCHER.set(watcher.thread().clone());
    Ok(())
}

#[cfg(windows)]
static WATCHER: std::sync::OnceLock<thread::Thread> = std::sync::OnceLock::new();

/// Has the thread that waits look at its deadline again.
#[cfg(windows)]
pub(crate) fn wake() {
    if let Some(watcher) = WATCHER.get() {
        watcher.unpark();
    }
}

/// Nothing else ends the program here, so there is nobody to be told an exit code.
#[cfg(windows)]
pub(crate) fn done(_code: u8) {}

/// `exit` is not seen here anyway.
#[cfg(windows)]
pub(crate) fn leave() {}

/// There is no alarm here.
#[cfg(windows)]
pub(crate) fn end_after(_time: Duration) {}

/// Ends the program.
#[cfg(windows)]
pub(crate) fn end(code: u8) -> ! {
    std::process::exit(code.into())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    /// Says to the test that it is the program that it has started.
    const STARTED: &str = "CHORIA_TEST_WATCHER_PANICS";

    #[test]
    fn a_watcher_that_panics_ends_the_program_as_it_should() {
        if let Ok(when) = std::env::var(STARTED) {
            if when == "after the work" {
                done(0);
            }
            let watcher = thread::Builder::new();
            at_the_end(watcher, Instant::now, |_| panic!("while it watches")).unwrap();
            loop {
                thread::park();
            }
        }
        for (when, code) in [("before the work is done", 1), ("after the work", 0)] {
            let ended = std::process::Command::new(std::env::current_exe().unwrap())
                .args([
                    "--exact",
                    "process::os::tests::a_watcher_that_panics_ends_the_program_as_it_should",
                ])
                .env(STARTED, when)
                .output()
                .unwrap();
            assert_eq!(ended.status.code(), Some(code), "{when}");
        }
    }
}
