//! The log: `tracing`, written so that Choria can read it.
//!
//! Choria reads a program's stdout into its log at INFO and its stderr at
//! ERROR. So INFO and below go to stdout, WARN and above to stderr; in pipe
//! mode, where stdout carries the reply, all goes to stderr. What is logged
//! never harms the reader, and never the reply:
//!
//! | module | what it holds |
//! |---|---|
//! | `escape` | no text can look like a line of its own |
//! | `text` | no line is longer than the reader takes |
//! | `budget` | no run logs more than a limit |
//! | `subscriber`, `spans` | what `tracing` reports, as text |
//! | `layer` | the same as a layer of a subscriber of the author's |

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tracing::level_filters::LevelFilter;
use tracing::{Level, Metadata};

use super::os;
use crate::author::config::Config;
use budget::{Budget, Class, DEFAULT_LIMIT};
use spans::Spans;
use subscriber::Log;
use text::Text;

mod budget;
mod escape;
#[cfg(feature = "layer")]
pub(crate) mod layer;
mod spans;
mod subscriber;
mod text;

/// Where INFO and below go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Info {
    Stdout,
    Stderr,
}

/// What this run has logged. Held while nothing blocks, so that the end of the
/// program need not wait for it.
static BUDGET: Mutex<Budget> = Mutex::new(Budget::new(DEFAULT_LIMIT));

/// Nothing that is locked here is half changed by a panic.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether INFO goes to stderr, too.
static STDERR_ONLY: AtomicBool = AtomicBool::new(false);

/// Says where INFO and below go, before anything is logged.
pub(crate) fn set_info(info: Info) {
    STDERR_ONLY.store(info == Info::Stderr, Ordering::SeqCst);
}

/// Makes `tracing` write this program's log, as the settings want it. Does
/// nothing where the program has set up `tracing` itself.
pub(crate) fn start(config: Option<&Config>) {
    let level = config.map_or(Ok(LevelFilter::INFO), level);
    let limit = config.map_or(Ok(DEFAULT_LIMIT), limit);
    lock(&BUDGET).set_limit(limit.unwrap_or(DEFAULT_LIMIT));
    install(level.unwrap_or(LevelFilter::INFO));
    if let Err(text) = level {
        tracing::warn!(
            target: "choria_external",
            "log_level = {text}: expected off, error, warn, info, debug or trace; using info"
        );
    }
    if let Err(text) = limit {
        tracing::warn!(
            target: "choria_external",
            "log_limit = {text}: expected a whole number of bytes; using {DEFAULT_LIMIT}"
        );
    }
}

/// Makes `tracing` write this program's log, unless it does so already: for an error
/// that occurs before the settings are read.
pub(crate) fn start_early() {
    install(LevelFilter::INFO);
}

fn install(level: LevelFilter) {
    let capacity = lock(&BUDGET).capacity();
    let log = Log {
        level,
        capacity,
        write: write_event,
        spans: Spans::default(),
    };
    // An error says that there is a subscriber.
    let _ = tracing::subscriber::set_global_default(log);
    #[cfg(feature = "layer")]
    layer::set_level(level);
}

/// Writes an event to the stream from which a server reads it.
fn write_event(metadata: &Metadata<'_>, text: &Text) {
    let level = *metadata.level();
    let (class, head) = (class(metadata), format!("{level:>5} "));
    if level > Level::WARN && !STDERR_ONLY.load(Ordering::SeqCst) {
        write(&mut io::stdout().lock(), &BUDGET, class, &head, text);
    } else {
        write(&mut io::stderr().lock(), &BUDGET, class, &head, text);
    }
}

/// The level that the settings ask for, under the key `log_level`; INFO where
/// they say nothing, and as an error the text that is no level.
fn level(config: &Config) -> Result<LevelFilter, &str> {
    let Some(text) = config.get("log_level") else {
        return Ok(LevelFilter::INFO);
    };
    Ok(match text.to_ascii_lowercase().as_str() {
        "off" => LevelFilter::OFF,
        // Choria's own name for what tracing has no level for.
        "error" | "fatal" => LevelFilter::ERROR,
        "warn" | "warning" => LevelFilter::WARN,
        "info" => LevelFilter::INFO,
        "debug" => LevelFilter::DEBUG,
        "trace" => LevelFilter::TRACE,
        _ => return Err(text),
    })
}

/// How many bytes one run may log, from the key `log_limit`; as an error the text
/// that is no such number.
fn limit(config: &Config) -> Result<usize, &str> {
    let Some(text) = config.get("log_limit") else {
        return Ok(DEFAULT_LIMIT);
    };
    text.parse().map_err(|_| text)
}

fn class(metadata: &Metadata<'_>) -> Class {
    match (*metadata.level(), metadata.target()) {
        (Level::ERROR, "choria_external") => Class::OwnError,
        (Level::ERROR, _) => Class::Error,
        _ => Class::Plain,
    }
}

/// Says on stderr what there is no other place for.
pub(crate) fn complain(reason: &str) {
    let mut text = Text::new(lock(&BUDGET).capacity());
    text.push_str(reason);
    write(
        &mut io::stderr().lock(),
        &BUDGET,
        Class::OwnError,
        "",
        &text,
    );
}

/// The start of a line of the library, as [`say_now`] writes it.
pub(crate) const OWN_ERROR: &str = "ERROR choria_external: ";
/// The same for a warning.
pub(crate) const OWN_WARNING: &str = " WARN choria_external: ";

/// Writes a line to stderr, or the start of it, without a lock: only if there is room for
/// it at once. `head` is its level and target.
pub(crate) fn say_now(head: &str, line: &str) {
    let mut text = Text::new(4000);
    text.push_str(line);
    os::say_by(Instant::now(), &text.line(0, head));
}

/// Writes the lines of a text, as many as may be written. A log that cannot be
/// written costs nobody a reply, so errors end here.
fn write(out: &mut dyn Write, budget: &Mutex<Budget>, class: Class, head: &str, text: &Text) {
    for index in 0..text.lines() {
        let line = text.line(index, head);
        let may_be_written = lock(budget).take(class, line.len());
        if !may_be_written {
            lock(budget).leave_out(text.lines() - index, text.bytes_from(index));
            break;
        }
        let _ = out.write_all(line.as_bytes());
    }
    let _ = out.flush();
}

/// Ends the log: says what was left out, and waits until a server has read
/// everything, all of that for `wait` at the most. To be called when the program
/// is about to end, by whichever thread ends it; other threads may log still, or
/// be blocked in it. What they log from now on is gone.
pub(crate) fn finish(by_server: bool, wait: Duration) {
    let until = Instant::now() + wait;
    let last = lock(&BUDGET).close();
    if let Some(line) = last {
        os::say_by(until, &line);
    }
    if by_server {
        os::wait_until_read(until);
    }
}

#[cfg(test)]
mod tests;
