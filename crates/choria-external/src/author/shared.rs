//! A value that belongs to one request, or to all of a service.

use std::ops::Deref;
use std::sync::Arc;

/// A value of a request's own, or one that it shares with others. A program that
/// answers a single request pays for no sharing.
#[derive(Debug)]
pub(crate) enum Shared<T> {
    Own(T),
    Of(Arc<T>),
}

impl<T> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        match self {
            Self::Own(value) => value,
            Self::Of(value) => value,
        }
    }
}

impl<T> From<T> for Shared<T> {
    fn from(value: T) -> Self {
        Self::Own(value)
    }
}

impl<T> From<&Arc<T>> for Shared<T> {
    fn from(value: &Arc<T>) -> Self {
        Self::Of(Arc::clone(value))
    }
}
