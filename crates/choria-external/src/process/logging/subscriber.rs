//! The subscriber: what `tracing` reports becomes texts.
//!
//! It is not that of `tracing-subscriber`: an agent is started for each call, and
//! that one would be a sixth of what it adds to an empty program, and 36,000
//! instructions at the first line.

use std::error::Error;
use std::fmt::{Debug, Write};
use std::mem;

use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::{Interest, Subscriber};
use tracing::{Event, Metadata};
use tracing_core::span::Current;

use super::spans::{self, Span, Spans};
use super::text::Text;

/// Gives each event up to a level, as text, to `write`:
/// `span{field=1}:inner: target: message field=value`.
pub(super) struct Log<W> {
    pub(super) level: LevelFilter,
    /// Bytes of a text that are kept.
    pub(super) capacity: usize,
    pub(super) write: W,
    pub(super) spans: Spans,
}

impl<W: Fn(&Metadata<'_>, &Text)> Log<W> {
    fn text(&self, event: &Event<'_>) -> Text {
        let mut text = Text::new(self.capacity);
        let span = if event.is_contextual() {
            spans::current()
        } else {
            event.parent().and_then(|id| self.spans.get(id))
        };
        if let Some(span) = span {
            span.write_path(&mut text);
            text.push_str(" ");
        }
        text.push_str(event.metadata().target());
        text.push_str(": ");
        event.record(&mut Fields::new(&mut text));
        text
    }
}

impl<W: Fn(&Metadata<'_>, &Text) + 'static> Subscriber for Log<W> {
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
        let parent = if span.is_contextual() {
            spans::current()
        } else {
            span.parent().and_then(|id| self.spans.get(id))
        };
        let mut fields = String::new();
        span.record(&mut Fields::new(&mut fields));
        self.spans.open(Span::new(span.metadata(), fields, parent))
    }

    fn record(&self, id: &Id, values: &Record<'_>) {
        if let Some(span) = self.spans.get(id) {
            let mut more = String::new();
            values.record(&mut Fields::new(&mut more));
            span.add(&more);
        }
    }

    fn record_follows_from(&self, _span: &Id, _follows: &Id) {}

    fn event(&self, event: &Event<'_>) {
        (self.write)(event.metadata(), &self.text(event));
    }

    fn enter(&self, id: &Id) {
        self.spans.enter(id);
    }

    fn exit(&self, id: &Id) {
        Spans::exit(id);
    }

    fn clone_span(&self, id: &Id) -> Id {
        self.spans.hold(id);
        id.clone()
    }

    fn try_close(&self, id: Id) -> bool {
        self.spans.release(&id)
    }

    fn current_span(&self) -> Current {
        spans::current_id()
    }
}

/// Writes fields: the message, `name=value` for others, with blanks between them.
pub(super) struct Fields<'a> {
    out: &'a mut dyn Write,
    is_first: bool,
}

impl<'a> Fields<'a> {
    pub(super) fn new(out: &'a mut dyn Write) -> Self {
        Self {
            out,
            is_first: true,
        }
    }
}

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let blank = if mem::take(&mut self.is_first) {
            ""
        } else {
            " "
        };
        // What a failing `Debug` has written by then is part of the line.
        let _ = match field.name() {
            "message" => write!(self.out, "{blank}{value:?}"),
            name => write!(
                self.out,
                "{blank}{}={value:?}",
                name.strip_prefix("r#").unwrap_or(name)
            ),
        };
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            self.record_debug(field, &format_args!("{value}"));
        } else {
            self.record_debug(field, &value);
        }
    }

    /// An error, with its causes.
    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        let mut chain = String::new();
        let mut next = Some(value);
        while let Some(error) = next {
            let colon = if chain.is_empty() { "" } else { ": " };
            let _ = write!(chain, "{colon}{error}");
            next = error.source();
        }
        self.record_debug(field, &format_args!("{chain}"));
    }
}
