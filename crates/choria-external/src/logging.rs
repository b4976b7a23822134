//! The log: `tracing`, set up when the first line is logged.
//!
//! Choria reads a program's stdout into its log at INFO and its stderr at
//! ERROR. So INFO and below go to stdout, WARN and above to stderr; in pipe
//! mode, where stdout carries the reply, all goes to stderr.

use std::io;
use std::sync::OnceLock;

use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::{Interest, Subscriber};
use tracing::{Event, Level, Metadata};
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

/// The level that the settings ask for, under the key `log_level`.
pub(crate) fn level(config: &Config) -> LevelFilter {
    let Some(text) = config.get("log_level") else {
        return LevelFilter::INFO;
    };
    match text.to_ascii_lowercase().as_str() {
        // Choria's own name for what tracing has no level for.
        "fatal" => LevelFilter::ERROR,
        "warning" => LevelFilter::WARN,
        name => name.parse().unwrap_or(LevelFilter::INFO),
    }
}

/// Whether the settings ask for a level that there is none of.
pub(crate) fn unknown_level(config: &Config) -> Option<&str> {
    let text = config.get("log_level")?;
    let known = [
        "fatal", "warning", "off", "error", "warn", "info", "debug", "trace",
    ];
    (!known.contains(&text.to_ascii_lowercase().as_str())).then_some(text)
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
                .with_ansi(false);
            match self.info {
                Info::Stdout => {
                    let by_level = io::stderr.with_max_level(Level::WARN).or_else(io::stdout);
                    Box::new(builder.with_writer(by_level).finish())
                }
                Info::Stderr => Box::new(builder.with_writer(io::stderr).finish()),
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

    fn try_close(&self, id: Id) -> bool {
        self.made().try_close(id)
    }
}
