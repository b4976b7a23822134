#![doc = include_str!("../README.md")]

mod answer;
mod call_info;
mod cancel;
mod request;
mod service;

pub use answer::Answer;
pub use call_info::CallInfo;
pub use cancel::{CancelToken, OnCancel};
pub use request::{Message, Request, unserved};
pub use service::{About, Function, Service};
