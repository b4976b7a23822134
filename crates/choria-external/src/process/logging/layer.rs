//! The log as a layer, for authors who have a subscriber of their own.

use std::sync::atomic::{AtomicU8, Ordering};

use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::{LookupSpan, Scope};

use super::spans;
use super::subscriber::Fields;
use super::text::Text;
use super::{BUDGET, lock, write_event};

/// The log that Choria reads, as a layer of `tracing-subscriber`: for a program that
/// sends its events elsewhere as well. Needs the feature `layer`.
///
/// It keeps the rules of the log that [`dispatch`](crate::dispatch) writes otherwise:
/// which stream a level goes to, marked parts of long lines, control characters shown,
/// the settings `log_level` and `log_limit`, the last line that says what was left out,
/// and the wait for the server at the end. `log_level` is about this layer alone; until
/// the settings are read it is `info`.
///
/// Make the subscriber in `main`, before `dispatch`, for example with JSON lines in a
/// file beside the server's log:
///
/// ```no_run
/// use choria_external::{Actions, Agent, LogLayer, Metadata, dispatch, metadata};
/// use std::fs::File;
/// use std::process::ExitCode;
/// use tracing_subscriber::layer::SubscriberExt as _;
/// use tracing_subscriber::util::SubscriberInitExt as _;
///
/// # #[derive(Default)]
/// # struct Parrot;
/// # impl Agent for Parrot {
/// #     const META: Metadata = metadata!(
/// #         name = "parrot", description = "d", author = "a", url = "u"
/// #     );
/// #     fn actions(_: &mut Actions<Self>) {}
/// # }
/// fn main() -> ExitCode {
///     let subscriber = tracing_subscriber::registry().with(LogLayer::new());
///     // Without the file there is still the server's log.
///     match File::options().append(true).create(true).open("/var/log/parrot.json") {
///         Ok(file) => {
///             let json = tracing_subscriber::fmt::layer().json().with_writer(file);
///             subscriber.with(json).init();
///         }
///         Err(error) => {
///             subscriber.init();
///             tracing::warn!("the events are not in /var/log/parrot.json: {error}");
///         }
///     }
///     dispatch::<Parrot>()
/// }
/// ```
///
/// What the other layers write is theirs: no limit and no rule of this one holds there.
#[derive(Clone, Copy, Debug, Default)]
pub struct LogLayer(());

impl LogLayer {
    /// The layer. A program needs one.
    pub const fn new() -> Self {
        Self(())
    }
}

/// The level up to which events are written, as its [`number`].
static LEVEL: AtomicU8 = AtomicU8::new(number(Level::INFO));

/// Says up to which level events are written.
pub(super) fn set_level(level: LevelFilter) {
    LEVEL.store(level.into_level().map_or(0, number), Ordering::SeqCst);
}

fn is_written(level: Level) -> bool {
    number(level) <= LEVEL.load(Ordering::SeqCst)
}

/// Numbers the levels, the most urgent one from 1.
const fn number(level: Level) -> u8 {
    match level {
        Level::ERROR => 1,
        Level::WARN => 2,
        Level::INFO => 3,
        Level::DEBUG => 4,
        Level::TRACE => 5,
    }
}

/// The fields of a span, as text.
struct SpanFields(String);

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for LogLayer {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = String::new();
        attributes.record(&mut Fields::new(&mut fields));
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(SpanFields(fields));
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        // Formatted before anything is locked: that is the author's code.
        let mut more = String::new();
        values.record(&mut Fields::new(&mut more));
        let Some(span) = context.span(id) else { return };
        let mut extensions = span.extensions_mut();
        if let Some(SpanFields(fields)) = extensions.get_mut() {
            spans::add_fields(fields, &more);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        if !is_written(*event.metadata().level()) {
            return;
        }
        let capacity = lock(&BUDGET).capacity();
        let mut text = Text::new(capacity);
        let mut is_in_span = false;
        let path = context.event_scope(event).map(Scope::from_root);
        for span in path.into_iter().flatten() {
            is_in_span = true;
            let extensions = span.extensions();
            let fields = extensions
                .get()
                .map_or("", |SpanFields(fields)| fields.as_str());
            spans::write_span(&mut text, span.name(), fields);
        }
        if is_in_span {
            text.push_str(" ");
        }
        text.push_str(event.metadata().target());
        text.push_str(": ");
        event.record(&mut Fields::new(&mut text));
        write_event(event.metadata(), &text);
    }
}
