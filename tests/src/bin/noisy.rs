//! An agent for tests: it prints and logs what a log and a reply must stand.

use std::fmt;
use std::process::{Command, ExitCode};

use choria_external::{Actions, Agent, Call, Failure, Input, Metadata, metadata};

#[derive(Default)]
struct Noisy;

/// Logs a text, as a message and as fields
#[derive(Input)]
struct Say {
    /// The text
    #[input(maxlength = 1_000_000_000)]
    text: String,
    /// How often at INFO
    #[input(default = 1)]
    times: u32,
}

/// Prints in another way than through the log
#[derive(Input)]
struct Print {
    /// How: `line`, `raw`, `child`, `panic`
    #[input(maxlength = 20)]
    how: String,
}

/// Makes stdout and stderr something that cannot be written to
#[derive(Input)]
struct Lose {
    /// What: `closed`, `unread`
    #[input(maxlength = 20)]
    what: String,
}

impl Agent for Noisy {
    const META: Metadata = metadata!(name = "noisy", timeout = 20);

    fn actions(actions: &mut Actions<Self>) {
        actions.add("say", Self::say);
        actions.add("print", Self::print);
        actions.add("lose", Self::lose);
        actions.add("fail", Self::fail);
        actions.add("leave", Self::leave);
        actions
            .add("spans", Self::spans)
            .about("Logs within spans of several threads");
    }
}

impl Noisy {
    fn say(&self, _call: &Call, input: Say) -> Result<(), Failure> {
        let text = &input.text;
        for _ in 0..input.times {
            tracing::info!("{text}");
        }
        tracing::warn!(shown = %text, text, "fields");
        Ok(())
    }

    fn fail(&self, _call: &Call, input: Say) -> Result<(), Failure> {
        for _ in 0..input.times {
            tracing::error!("another error");
        }
        Err(Failure::aborted(input.text))
    }

    fn leave(&self, _call: &Call, input: Say) -> Result<(), Failure> {
        for _ in 0..input.times {
            tracing::info!("{}", input.text);
        }
        std::process::exit(3)
    }

    fn print(&self, _call: &Call, input: Print) -> anyhow::Result<()> {
        match input.how.as_str() {
            "raw" => print_raw()?,
            "child" => {
                Command::new("/bin/sh")
                    .args(["-c", "echo from a child; echo its error >&2"])
                    .status()?;
            }
            "panic" => {
                print!("a line without an end");
                panic!("printed\nand panicked");
            }
            _ => println!("printed"),
        }
        Ok(())
    }

    fn lose(&self, _call: &Call, input: Lose) -> anyhow::Result<()> {
        lose(&input.what)?;
        for _ in 0..10_000 {
            tracing::info!("nobody reads this");
            tracing::error!("nor this");
        }
        // The standard library's own way out would be a panic.
        println!("nor what is printed");
        Ok(())
    }

    #[tracing::instrument(skip_all, fields(caller = call.caller()))]
    fn spans(&self, call: &Call, (): ()) -> Result<(), Failure> {
        tracing::info!(value = ?Chatty, "begin");
        let outer = tracing::Span::current();
        std::thread::scope(|scope| {
            for number in 0..4 {
                let outer = &outer;
                scope.spawn(move || outer.in_scope(|| work(number)));
            }
        });
        tracing::info!("end");
        Ok(())
    }
}

#[tracing::instrument]
fn work(number: u8) {
    tracing::info!("at work");
}

/// Logs while it is shown.
struct Chatty;

impl fmt::Debug for Chatty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        tracing::info!("shown");
        f.write_str("chatty")
    }
}

#[cfg(unix)]
fn print_raw() -> anyhow::Result<()> {
    rustix::io::write(rustix::stdio::stdout(), b"raw\n")?;
    Ok(())
}

#[cfg(not(unix))]
fn print_raw() -> anyhow::Result<()> {
    Ok(println!("raw"))
}

/// Without unsafe code nothing closes them, but what cannot be written to fails
/// as a closed one does (EBADF), or as a pipe that nobody reads (EPIPE).
#[cfg(unix)]
fn lose(what: &str) -> anyhow::Result<()> {
    use std::os::fd::OwnedFd;

    let other: OwnedFd = if what == "closed" {
        std::fs::File::open("/dev/null")?.into()
    } else {
        std::io::pipe()?.1.into()
    };
    rustix::stdio::dup2_stdout(&other)?;
    rustix::stdio::dup2_stderr(&other)?;
    Ok(())
}

#[cfg(not(unix))]
fn lose(_what: &str) -> anyhow::Result<()> {
    Ok(())
}

fn main() -> ExitCode {
    choria_external::dispatch::<Noisy>()
}
