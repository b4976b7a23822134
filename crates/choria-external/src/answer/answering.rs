//! Which request this thread answers.

use std::cell::RefCell;
use std::mem;
use std::sync::Arc;

use crate::author::running::Running;

thread_local! {
    /// The request that this thread answers, for a panic hook: it learns of nothing
    /// but the thread.
    static CURRENT: RefCell<Option<Arc<Running>>> = const { RefCell::new(None) };
}

/// Says, until it is dropped, that this thread answers a request.
pub(crate) struct Answering {
    /// The one whose handler has asked for this one, if there is one.
    outer: Option<Arc<Running>>,
}

impl Answering {
    pub(crate) fn begin(running: Arc<Running>) -> Self {
        let outer = CURRENT.try_with(|current| current.borrow_mut().replace(running));
        Self {
            outer: outer.unwrap_or_default(),
        }
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        let outer = self.outer.take();
        let own = CURRENT.try_with(|current| mem::replace(&mut *current.borrow_mut(), outer));
        drop(own);
    }
}

/// The request that this thread answers.
pub(crate) fn current() -> Option<Arc<Running>> {
    let current = CURRENT.try_with(|current| current.borrow().clone());
    current.unwrap_or_default()
}
