//! The log: `tracing`, set up when the first line is logged.
//!
//! Choria reads a program's stdout into its log at INFO and its stderr at
//! ERROR. So INFO and below go to stdout, WARN and above to stderr; in pipe
//! mode, where stdout carries the reply, all goes to stderr.

use std::io::{self, Write};
use std::sync::OnceLock;

use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::{Interest, Subscriber};
use tracing::{Event, Level, Metadata};
use tracing_core::span::Current;
use tracing_subscriber::fmt::writer::MakeWriterExt as _;

use crate::Config;

/// Where INFO and below go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Info {
    Stdout,
    Stderr,
}

/// Makes `tracing` write this program's log. Does nothing where the program has
/// set up `tracing` itself.
pub(crate) fn start(level: LevelFilter, info: Info) {
    let log = Log {
        level,
        info,
        made: OnceLock::new(),
    };
    let _ = tracing::subscriber::set_global_default(log);
}

/// The level that the settings ask for, under the key `log_level`; INFO where
/// they say nothing, and as an error the text that is no level.
pub(crate) fn level(config: &Config) -> Result<LevelFilter, &str> {
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

/// Bytes of a line, its end included. A server that meets a line of 65,536
/// bytes reads nothing more, and the program blocks once the pipe is full.
const LINE_LIMIT: usize = 60_000;

/// Writes lines of the log. A log that cannot be written costs nobody a reply,
/// so errors end here.
struct Lines<W>(W);

impl<W: Write> Write for Lines<W> {
    /// `tracing` writes one line at a time.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let _ = if line.len() <= LINE_LIMIT {
            self.0.write_all(line)
        } else {
            let start = String::from_utf8_lossy(&line[..LINE_LIMIT - 100]);
            writeln!(self.0, "{start}... ({} bytes)", line.len())
        };
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let _ = self.0.flush();
        Ok(())
    }
}

/// Says on stderr what there is no other place for.
pub(crate) fn complain(text: &str) {
    let _ = writeln!(Lines(io::stderr()), "{text}");
}

/// Stands for the real subscriber until a line is logged: setting that up costs
/// as much as half a call, and most calls log nothing.
struct Log {
    level: LevelFilter,
    info: Info,
    made: OnceLock<Box<dyn Subscriber + Send + Sync>>,
}

impl Log {
    fn made(&self) -> &(dyn Subscriber + Send + Sync) {
        &**self.made.get_or_init(|| {
            let builder = tracing_subscriber::fmt()
                .with_max_level(self.level)
                .without_time()
                .log_internal_errors(false)
                .with_ansi(false);
            match self.info {
                Info::Stdout => {
                    let (stderr, stdout) = (|| Lines(io::stderr()), || Lines(io::stdout()));
                    let by_level = stderr.with_max_level(Level::WARN).or_else(stdout);
                    Box::new(builder.with_writer(by_level).finish())
                }
                Info::Stderr => Box::new(builder.with_writer(|| Lines(io::stderr())).finish()),
            }
        })
    }
}

impl Subscriber for Log {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.enabled(metadata) {
            Interest::always()
        } else {
            Interest::never()
        }
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= self.level
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.level)
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        self.made().new_span(span)
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        self.made().record(span, values);
    }

    fn record_follows_from(&self, span: &Id, follows: &Id) {
        self.made().record_follows_from(span, follows);
    }

    fn event(&self, event: &Event<'_>) {
        self.made().event(event);
    }

    fn enter(&self, span: &Id) {
        self.made().enter(span);
    }

    fn exit(&self, span: &Id) {
        self.made().exit(span);
    }

    fn clone_span(&self, id: &Id) -> Id {
        self.made().clone_span(id)
    }

    fn current_span(&self) -> Current {
        self.made().current_span()
    }

    fn try_close(&self, id: Id) -> bool {
        self.made().try_close(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_is_cut_and_says_so() {
        let mut written = Vec::new();
        let line = "é".repeat(LINE_LIMIT) + "\n";
        let taken = Lines(&mut written).write(line.as_bytes()).unwrap();
        assert_eq!(taken, line.len());
        let text = String::from_utf8(written).unwrap();
        assert!(
            text.len() <= LINE_LIMIT && text.ends_with("... (120001 bytes)\n"),
            "{}",
            text.len()
        );
    }

    #[test]
    fn a_level_is_one_of_the_names() {
        let level = |text: &str| {
            level(&Config::from_text(&format!("log_level = {text}"))).map_err(str::to_owned)
        };
        assert_eq!(level("Warning"), Ok(LevelFilter::WARN));
        assert_eq!(level("off"), Ok(LevelFilter::OFF));
        assert_eq!(level("5"), Err("5".into()));
    }
}
