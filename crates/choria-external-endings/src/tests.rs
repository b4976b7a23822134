use super::handlers::{ASKED, asks_again, wait_for_the_end};
use super::signals::{ASKING, CRASHES, realtime};
use super::*;

/// All signals that are told, but crashes.
fn asking() -> impl Iterator<Item = c_int> {
    ASKING.iter().map(|(signal, _)| *signal).chain(realtime())
}

fn crashes() -> impl Iterator<Item = c_int> {
    CRASHES.iter().map(|(signal, _)| *signal)
}

#[test]
fn a_byte_says_what_ends_the_process() {
    let ending = |signal: c_int| Ending::from_byte(signal.try_into().unwrap());
    for signal in asking() {
        assert!(matches!(ending(signal), Ending::Asked(_)), "{signal}");
    }
    for signal in crashes() {
        assert!(matches!(ending(signal), Ending::Crash(_)), "{signal}");
    }
    assert_eq!(ending(libc::SIGTERM).to_string(), "SIGTERM");
    assert_eq!(ending(libc::SIGABRT), Ending::Crash("SIGABRT"));
    assert_eq!(Ending::from_byte(0).to_string(), "exit");
    assert_eq!(Ending::from_byte(255), Ending::Exit);
}

/// By what the kernel does, not by a list that was typed twice.
#[cfg(target_os = "linux")]
#[test]
fn each_signal_that_ends_a_process_is_told() {
    let named = asking().chain(crashes()).collect::<Vec<_>>();
    let stopping = [libc::SIGSTOP, libc::SIGTSTP, libc::SIGTTIN, libc::SIGTTOU];
    // Two or three between them belong to the C library.
    let all = (1..32).chain(realtime());
    // By itself valgrind ends no program at this one, and keeps the last for itself.
    let kept = std::env::var_os(VALGRIND).map_or([0; 2], |_| [libc::SIGSTKFLT, libc::SIGRTMAX()]);
    for signal in all.filter(|signal| !stopping.contains(signal) && !kept.contains(signal)) {
        let status = ended(|| {
            // SAFETY: the number is that of a signal; the child does nothing else.
            unsafe { libc::signal(signal, libc::SIG_DFL) };
            raise(signal);
            end(0);
        });
        let ends = libc::WIFSIGNALED(status);
        let handled = named.contains(&signal);
        let special = [libc::SIGKILL, libc::SIGPIPE].contains(&signal);
        assert_eq!(ends, handled || special, "{signal}");
    }
    assert_eq!(
        Ending::from_byte(libc::SIGRTMIN().try_into().unwrap()),
        Ending::Asked("SIGRTMIN")
    );
    let last = libc::SIGRTMAX() - libc::SIGRTMIN();
    assert_eq!(
        Ending::from_byte(libc::SIGRTMAX().try_into().unwrap()).to_string(),
        format!("SIGRTMIN+{last}")
    );
}

#[test]
fn only_a_person_asks_again() {
    for signal in [libc::SIGHUP, libc::SIGINT, libc::SIGQUIT, libc::SIGTERM] {
        assert!(asks_again(signal, 2));
        // `timeout` sends two at once.
        assert!(!asks_again(signal, 0));
        assert!(!asks_again(signal, 1));
    }
    // A timer goes on.
    assert!(!asks_again(libc::SIGALRM, 60));
}

/// Says to a test that it is the program that it has started, and what to do.
const STARTED: &str = "CHORIA_TEST_ENDINGS";

/// Says that the signals are to be handled as on systems other than Linux.
const PORTABLE: &str = "CHORIA_TEST_ENDINGS_PORTABLE";
/// Set where the tests run in valgrind.
const VALGRIND: &str = "CHORIA_TEST_VALGRIND";

/// Starts a test as a program of its own, which is to do this; its exit code.
fn start(test: &str, what: &str) -> Option<i32> {
    start_with(test, what, &[])
}

/// The same with more of the environment.
fn start_with(test: &str, what: &str, more: &[&str]) -> Option<i32> {
    let done = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("tests::{test}")])
        .env(STARTED, what)
        .envs(more.iter().map(|name| (name, "1")))
        .output()
        .unwrap();
    // Seen where the test fails.
    eprintln!("{what}: {}", String::from_utf8_lossy(&done.stderr));
    done.status.code()
}

fn started() -> Option<String> {
    std::env::var(STARTED).ok()
}

fn spawn<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    std::thread::Builder::new().spawn(work).unwrap()
}

/// Has this program watched: a thread does this with each byte. It may have been
/// started by who ignores the signals that ask.
fn watched(mut with: impl FnMut(u8) + Send + 'static) {
    use std::io::Read as _;

    let (mut endings, pipe) = std::io::pipe().unwrap();
    let watcher = spawn(move || {
        let mut byte = [0];
        while endings.read_exact(&mut byte).is_ok() {
            with(byte[0]);
        }
    });
    for signal in asking() {
        // SAFETY: the number is that of a signal; nothing handles it yet.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
    }
    watch(pipe.into(), &watcher);
    if std::env::var_os(PORTABLE).is_some() {
        for signal in asking().chain(crashes()) {
            // SAFETY: the number is that of a signal.
            unsafe { libc::signal(signal, libc::SIG_DFL) };
        }
        handle_all::<libc::sigaction>();
    }
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
    // Valgrind keeps the last signal for itself.
    let kept = std::env::var_os(VALGRIND).map(|_| libc::SIGRTMAX());
    for byte in asking().chain(crashes()).chain([0]) {
        if Some(byte) == kept {
            continue;
        }
        let code = start(test, &byte.to_string());
        assert_eq!(code, Some(100 + byte), "{byte}");
        let code = start_with(test, &byte.to_string(), &[PORTABLE]);
        assert_eq!(code, Some(100 + byte), "{byte}, portable");
    }
}

#[test]
fn nobody_has_to_wait_for_the_watcher() {
    if let Some(what) = started() {
        let crashes = what == "the watcher crashes";
        let stuck = what == "the watcher is stuck";
        if stuck {
            // For the watcher, which is started below, too.
            // SAFETY: the set is there while it is used.
            unsafe {
                let mut alarm: libc::sigset_t = std::mem::zeroed();
                libc::sigaddset(&raw mut alarm, libc::SIGALRM);
                libc::pthread_sigmask(libc::SIG_BLOCK, &raw const alarm, ptr::null_mut());
            }
        }
        watched(move |_| {
            if stuck {
                done(8);
                end_after(Duration::from_millis(50));
                loop {
                    std::thread::park();
                }
            }
            if crashes {
                raise(libc::SIGABRT);
            }
        });
        if what == "asked again" {
            // A second after the start of the clock.
            ASKED.store(1, Ordering::SeqCst);
        }
        // From outside, as it were; then by its own fault.
        raise(libc::SIGTERM);
        wait_for_the_end()
    }
    let test = "nobody_has_to_wait_for_the_watcher";
    for (what, code) in [
        ("asked again", 128 + libc::SIGTERM),
        ("the watcher crashes", 128 + libc::SIGABRT),
        ("the watcher is stuck", 8),
    ] {
        assert_eq!(start(test, what), Some(code), "{what}");
    }
}

#[test]
fn a_watcher_that_crashes_after_the_work_ends_the_process_as_it_should() {
    if let Some(byte) = started() {
        watched(move |_| {
            done(9);
            match byte.parse().unwrap() {
                // SAFETY: no other thread exits.
                0 => unsafe { libc::exit(3) },
                signal => raise(signal),
            }
            end(1)
        });
        raise(libc::SIGTERM);
        wait_for_the_end()
    }
    let test = "a_watcher_that_crashes_after_the_work_ends_the_process_as_it_should";
    for byte in crashes().chain([0]) {
        assert_eq!(start(test, &byte.to_string()), Some(9), "{byte}");
    }
}

#[test]
fn the_watcher_is_told_after_the_work_too() {
    if let Some(byte) = started() {
        watched(|_| end_as_done());
        done(7);
        match byte.parse().unwrap() {
            // SAFETY: no other thread exits.
            0 => unsafe { libc::exit(3) },
            signal => raise(signal),
        }
        wait_for_the_end()
    }
    let test = "the_watcher_is_told_after_the_work_too";
    for byte in [libc::SIGTERM, libc::SIGUSR1, libc::SIGABRT, 0] {
        assert_eq!(start(test, &byte.to_string()), Some(7), "{byte}");
    }
}

#[test]
fn exit_is_the_programs_own_once_it_is_left_alone() {
    if started().is_some() {
        watched(|byte| end(100 + byte));
        done(7);
        leave();
        // SAFETY: no other thread exits.
        unsafe { libc::exit(3) }
    }
    let test = "exit_is_the_programs_own_once_it_is_left_alone";
    assert_eq!(start(test, "leaves"), Some(3));
}

#[test]
fn a_program_whose_pipe_is_closed_ends_as_it_should() {
    if started().is_some() {
        watched(|byte| end(100 + byte));
        done(7);
        // SAFETY: nobody else uses the descriptor; the watcher reads the other one.
        unsafe { libc::close(PIPE.load(Ordering::SeqCst)) };
        raise(libc::SIGABRT);
    }
    let test = "a_program_whose_pipe_is_closed_ends_as_it_should";
    assert_eq!(start(test, "closes"), Some(7));
}

/// The program has closed the pipe, and its own file has the number of it.
#[test]
fn a_file_that_took_the_number_of_the_pipe_is_not_written() {
    if started().is_some() {
        watched(|byte| end(100 + byte));
        let (mut own, other) = std::io::pipe().unwrap();
        let pipe = PIPE.load(Ordering::SeqCst);
        // SAFETY: nobody else uses the descriptor; the watcher reads the other one.
        unsafe { libc::dup2(other.into_raw_fd(), pipe) };
        wake();
        raise(libc::SIGTERM);
        // SAFETY: as above; the byte is there while it is written.
        unsafe { libc::write(pipe, c"!".as_ptr().cast(), 1) };
        let mut byte = [0];
        std::io::Read::read_exact(&mut own, &mut byte).unwrap();
        done(if byte == *b"!" { 7 } else { 8 });
        raise(libc::SIGABRT);
    }
    let test = "a_file_that_took_the_number_of_the_pipe_is_not_written";
    assert_eq!(start(test, "takes"), Some(7));
}

#[test]
fn of_many_signals_that_ask_the_first_is_told() {
    if started().is_some() {
        let mut told = Vec::new();
        watched(move |byte| {
            told.push(c_int::from(byte));
            if byte == 6 {
                let right = told == [libc::SIGUSR2, libc::SIGABRT];
                end(if right { 7 } else { 8 });
            }
        });
        for signal in [libc::SIGUSR2, libc::SIGTERM, libc::SIGTERM, libc::SIGHUP] {
            raise(signal);
        }
        raise(libc::SIGABRT);
    }
    let test = "of_many_signals_that_ask_the_first_is_told";
    assert_eq!(start(test, "asks"), Some(7));
}

#[test]
fn ignored_signals_and_handlers_of_the_program_stay() {
    extern "C" fn own(_: c_int) {
        end(7);
    }

    if started().is_some() {
        // Not by `watched`, which makes them what they are for most programs.
        // SAFETY: the numbers are those of signals, the handler calls only `_exit`.
        unsafe {
            libc::signal(libc::SIGHUP, libc::SIG_IGN);
            libc::signal(libc::SIGUSR1, own as *const () as usize);
        }
        let (_endings, pipe) = std::io::pipe().unwrap();
        let watcher = spawn(|| {
            loop {
                std::thread::park();
            }
        });
        watch::<()>(pipe.into(), &watcher);
        if std::env::var_os(PORTABLE).is_some() {
            handle_all::<libc::sigaction>();
        }
        raise(libc::SIGHUP);
        if ASKED.load(Ordering::SeqCst) == 0 {
            raise(libc::SIGUSR1);
        }
        end(8)
    }
    let test = "ignored_signals_and_handlers_of_the_program_stay";
    assert_eq!(start(test, "ignores"), Some(7));
    assert_eq!(start_with(test, "ignores", &[PORTABLE]), Some(7));
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
