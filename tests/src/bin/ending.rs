//! An agent whose handler comes to an end in every way there is, for tests.

use std::hint::black_box;
use std::process::{Command, ExitCode, abort, exit};
use std::thread;
use std::time::Duration;

use choria_external::{Actions, Agent, Call, Failure, Input, Metadata, Output, metadata};
use rustix::process::{Signal, getpid, kill_process};

#[derive(Default)]
struct Ending;

/// Comes to an end
#[derive(Input)]
struct How {
    /// In which way
    #[input(maxlength = 100)]
    way: String,
    /// A file that its processes hold open
    #[input(default = "/dev/null", maxlength = 4096)]
    hold: String,
}

#[derive(Output)]
struct Went {
    /// How it went
    how: String,
}

/// Panics when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("dropped");
    }
}

#[expect(unconditional_recursion, reason = "this is what it is for")]
fn overflow(depth: u64) -> u64 {
    let room = black_box([depth; 100]);
    room[0] + overflow(depth + 1) + black_box(room)[99]
}

fn never() -> ! {
    loop {
        thread::park();
    }
}

/// Waits until the library's thread has all that a new thread needs: what uses up
/// the memory before that takes the reply with it.
fn watcher_is_there() {
    let is_there = || {
        let mut threads = std::fs::read_dir("/proc/self/task")
            .into_iter()
            .flatten()
            .flatten();
        threads.any(|thread| {
            std::fs::read(thread.path().join("comm"))
                .is_ok_and(|name| name.trim_ascii() == b"choria_external")
        })
    };
    while !is_there() {
        thread::yield_now();
    }
}

fn raise(signal: Signal) {
    let _ = kill_process(getpid(), signal);
}

impl Agent for Ending {
    const META: Metadata = metadata!(name = "ending", timeout = 2);

    fn actions(actions: &mut Actions<Self>) {
        actions.add("go", Self::go);
        actions.add("wait", Self::wait);
    }
}

impl Ending {
    fn go(&self, call: &Call, input: How) -> anyhow::Result<Went> {
        let mut shell = Command::new("sh");
        let script = format!("exec 3> {}; sleep 600 & sleep 601", input.hold);
        shell.args(["-c", &script]);
        match &*input.way {
            "answer" => {}
            "exit 0" => exit(0),
            "exit 3" => exit(3),
            "exit in a thread" => {
                thread::spawn(|| exit(3));
                never();
            }
            "abort" => abort(),
            "stack" => drop(black_box(overflow(0))),
            "stack of a thread" => {
                let _ = thread::spawn(|| black_box(overflow(0))).join();
            }
            "memory at once" => drop(black_box(vec![1_u8; 1 << 40])),
            "memory bit by bit" => {
                watcher_is_there();
                let mut all = Vec::new();
                loop {
                    all.push(black_box(Box::new([1_u8; 500])));
                }
            }
            "panic" => panic!("here"),
            "panic in a thread" => {
                let _ = thread::spawn(|| panic!("there")).join();
            }
            "panic while panicking" => {
                let _bomb = Bomb;
                panic!("first");
            }
            "panic in a drop" => drop(Bomb),
            "bad memory" => raise(Signal::SEGV),
            "abort twice" => {
                thread::spawn(|| abort());
                abort();
            }
            "TERM" | "INT" => {
                raise(if input.way == "TERM" {
                    Signal::TERM
                } else {
                    Signal::INT
                });
                never();
            }
            "TERM, and an answer" => {
                raise(Signal::TERM);
                while !call.cancelled() {
                    thread::yield_now();
                }
            }
            way if let Some(signal) = way.strip_prefix("signal ") => {
                let (signal, answers) = match signal.strip_suffix(", and an answer") {
                    Some(signal) => (signal, true),
                    None => (signal, false),
                };
                signal_hook::low_level::raise(signal.parse()?)?;
                if !answers {
                    never();
                }
            }
            "hang" => never(),
            "spin" => loop {
                black_box(());
            },
            "hang with children" => {
                let mut child = shell.spawn()?;
                child.wait()?;
            }
            "run" => {
                call.run(&mut shell)?;
            }
            "run until asked" => {
                let ask = format!("exec 3> {}; kill -TERM $PPID; sleep 600", input.hold);
                call.run(Command::new("sh").args(["-c", &ask]))?;
            }
            "answer and hang" => {
                // The end of the program waits for it.
                thread_local!(static LAST: Last = const { Last });
                LAST.with(|_| ());
            }
            "print without a reader" => loop {
                println!("{}", "x".repeat(1000));
            },
            way => anyhow::bail!("there is no way {way:?}"),
        }
        Ok(Went { how: "well".into() })
    }

    fn wait(&self, call: &Call, (): ()) -> Result<Went, Failure> {
        while !call.cancelled() {
            thread::sleep(Duration::from_millis(1));
        }
        Ok(Went {
            how: format!("{} ms left", call.remaining().as_millis()),
        })
    }
}

struct Last;

impl Drop for Last {
    fn drop(&mut self) {
        never();
    }
}

fn main() -> ExitCode {
    let code = choria_external::dispatch::<Ending>();
    if std::env::args().any(|argument| argument.contains("never-ends")) {
        never();
    }
    code
}
