//! Spans: those that are open, and those that a thread is in.

use std::cell::RefCell;
use std::num::NonZeroU64;
use std::sync::{Arc, Mutex};

use tracing::Metadata;
use tracing::span::Id;
use tracing_core::span::Current;

use super::lock;
use super::text::Text;

/// A span, and those it is in.
pub(super) struct Span {
    metadata: &'static Metadata<'static>,
    fields: Mutex<String>,
    parent: Option<Arc<Span>>,
}

/// All spans that somebody holds.
#[derive(Default)]
pub(super) struct Spans(Mutex<Open>);

/// The number of a place, plus one, is the id of the span in it.
#[derive(Default)]
struct Open {
    places: Vec<Option<Held>>,
    free: Vec<usize>,
}

struct Held {
    span: Arc<Span>,
    holders: usize,
}

thread_local! {
    static ENTERED: RefCell<Vec<(Id, Arc<Span>)>> = const { RefCell::new(Vec::new()) };
}

fn place_of(id: &Id) -> usize {
    usize::try_from(id.into_u64() - 1).unwrap_or(usize::MAX)
}

impl Span {
    pub(super) fn new(
        metadata: &'static Metadata<'static>,
        fields: String,
        parent: Option<Arc<Span>>,
    ) -> Self {
        Self {
            metadata,
            fields: Mutex::new(fields),
            parent,
        }
    }

    /// Adds fields. They are formatted before, since that is the author's code.
    pub(super) fn add(&self, more: &str) {
        add_fields(&mut lock(&self.fields), more);
    }

    /// `outer{field=1}:inner:`, from the outermost on.
    pub(super) fn write_path(&self, text: &mut Text) {
        let mut path: Vec<&Span> = vec![self];
        while let Some(parent) = &path[path.len() - 1].parent {
            path.push(parent);
        }
        for span in path.into_iter().rev() {
            write_span(text, span.metadata.name(), &lock(&span.fields));
        }
    }
}

/// Adds fields to those that a span has.
pub(super) fn add_fields(fields: &mut String, more: &str) {
    if !fields.is_empty() && !more.is_empty() {
        *fields += " ";
    }
    *fields += more;
}

/// Writes one span of a path: `name{field=1}:`.
pub(super) fn write_span(text: &mut Text, name: &str, fields: &str) {
    text.push_str(name);
    if !fields.is_empty() {
        text.push_str("{");
        text.push_str(fields);
        text.push_str("}");
    }
    text.push_str(":");
}

impl Spans {
    /// Opens a span, with one holder.
    pub(super) fn open(&self, span: Span) -> Id {
        let mut open = lock(&self.0);
        let held = Some(Held {
            span: Arc::new(span),
            holders: 1,
        });
        let place = open.free.pop().unwrap_or(open.places.len());
        match open.places.get_mut(place) {
            Some(free) => *free = held,
            None => open.places.push(held),
        }
        Id::from_non_zero_u64(NonZeroU64::MIN.saturating_add(place as u64))
    }

    pub(super) fn get(&self, id: &Id) -> Option<Arc<Span>> {
        let open = lock(&self.0);
        let held = open.places.get(place_of(id))?.as_ref()?;
        Some(Arc::clone(&held.span))
    }

    /// Counts one more holder.
    pub(super) fn hold(&self, id: &Id) {
        let mut open = lock(&self.0);
        if let Some(Some(held)) = open.places.get_mut(place_of(id)) {
            held.holders += 1;
        }
    }

    /// Counts one holder less; whether it was the last.
    pub(super) fn release(&self, id: &Id) -> bool {
        let mut open = lock(&self.0);
        let place = place_of(id);
        let Some(slot) = open.places.get_mut(place) else {
            return false;
        };
        let Some(held) = slot else {
            return false;
        };
        held.holders -= 1;
        let is_last = held.holders == 0;
        if is_last {
            *slot = None;
            open.free.push(place);
        }
        is_last
    }

    pub(super) fn enter(&self, id: &Id) {
        if let Some(span) = self.get(id) {
            // A thread that is ending is in no span any more.
            let _ = ENTERED.try_with(|entered| entered.borrow_mut().push((id.clone(), span)));
        }
    }

    /// Leaves a span: it need not be the one entered last.
    pub(super) fn exit(id: &Id) {
        let _ = ENTERED.try_with(|entered| {
            let mut entered = entered.borrow_mut();
            if let Some(at) = entered.iter().rposition(|(other, _)| other == id) {
                entered.remove(at);
            }
        });
    }
}

/// The span that this thread is in.
pub(super) fn current() -> Option<Arc<Span>> {
    let last = |entered: &RefCell<Vec<(Id, Arc<Span>)>>| {
        entered.borrow().last().map(|(_, span)| Arc::clone(span))
    };
    ENTERED.try_with(last).ok().flatten()
}

/// The same, as `tracing` asks for it.
pub(super) fn current_id() -> Current {
    let last = |entered: &RefCell<Vec<(Id, Arc<Span>)>>| {
        let entered = entered.borrow();
        let (id, span) = entered.last()?;
        Some(Current::new(id.clone(), span.metadata))
    };
    let current = ENTERED.try_with(last).ok().flatten();
    current.unwrap_or_else(Current::none)
}
