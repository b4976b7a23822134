//! Cancelling a call from another thread.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Cancels a call from another thread. Clones are one and the same token.
///
/// Code that can look for itself asks [`is_cancelled`](Self::is_cancelled) now
/// and then; code that is blocked registers what to do by
/// [`on_cancel`](Self::on_cancel).
///
/// ```
/// use choria_external_service::CancelToken;
/// use std::sync::mpsc;
///
/// let token = CancelToken::default();
/// let (sender, cancelled) = mpsc::channel();
/// let registered = token.on_cancel(move || sender.send(()).unwrap_or_default());
/// token.clone().cancel();
/// assert!(token.is_cancelled() && cancelled.try_recv().is_ok());
/// drop(registered);
/// ```
#[derive(Clone, Default)]
pub struct CancelToken(Arc<Shared>);

#[derive(Default)]
struct Shared {
    is_cancelled: AtomicBool,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    next: u64,
    actions: Vec<(u64, Action)>,
}

type Action = Box<dyn FnOnce() + Send>;

impl CancelToken {
    /// Cancels the call, and runs what was registered for that in this thread.
    /// Does nothing the second time.
    pub fn cancel(&self) {
        let actions = {
            let mut waiting = self.waiting();
            self.0.is_cancelled.store(true, Ordering::SeqCst);
            std::mem::take(&mut waiting.actions)
        };
        // Without the lock: an action may use the token, too.
        for (_, action) in actions {
            action();
        }
    }

    /// Whether the call has been cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.0.is_cancelled.load(Ordering::SeqCst)
    }

    /// Registers what to do when the call is cancelled; done at once if it has
    /// been. Dropping the result takes it back.
    ///
    /// It must not block: it runs in the thread that cancels.
    pub fn on_cancel(&self, action: impl FnOnce() + Send + 'static) -> OnCancel {
        let mut waiting = self.waiting();
        let number = waiting.next;
        waiting.next += 1;
        if self.is_cancelled() {
            drop(waiting);
            action();
        } else {
            waiting.actions.push((number, Box::new(action)));
        }
        OnCancel {
            token: self.clone(),
            number,
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        let waiting = self.0.waiting.lock();
        waiting.unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for CancelToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CancelToken")
            .field("is_cancelled", &self.is_cancelled())
            .finish()
    }
}

/// What is registered with a [`CancelToken`], until this is dropped.
#[derive(Debug)]
#[must_use = "dropping it takes back what was registered"]
pub struct OnCancel {
    token: CancelToken,
    number: u64,
}

impl Drop for OnCancel {
    fn drop(&mut self) {
        let taken = {
            let mut waiting = self.token.waiting();
            let mut actions = waiting.actions.iter();
            let at = actions.position(|(number, _)| *number == self.number);
            at.map(|at| waiting.actions.swap_remove(at))
        };
        // Without the lock: what it holds may use the token, too.
        drop(taken);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    #[test]
    fn what_is_registered_is_done_once() {
        let token = CancelToken::default();
        let done = Arc::new(AtomicUsize::new(0));
        let count = || {
            let done = Arc::clone(&done);
            move || {
                done.fetch_add(1, Ordering::SeqCst);
            }
        };
        let kept = token.on_cancel(count());
        drop(token.on_cancel(count()));
        let other = token.clone();
        let deep = token.on_cancel(move || assert!(other.is_cancelled()));
        token.cancel();
        token.cancel();
        assert_eq!(done.load(Ordering::SeqCst), 1);
        let late = token.on_cancel(count());
        assert_eq!(done.load(Ordering::SeqCst), 2);
        drop((kept, deep, late));
        assert_eq!(Arc::strong_count(&done), 1);
    }
}
