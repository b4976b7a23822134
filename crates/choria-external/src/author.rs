//! What an author writes with: agents, sources, their inputs and outputs, and what a
//! call gives them.
//!
//! Nothing here knows how a request is answered ([`answer`](crate::answer)), or that
//! the program was started by Choria ([`process`](crate::process)).

pub(crate) mod actions;
pub(crate) mod agent;
#[doc(hidden)]
pub mod as_text;
#[doc(hidden)]
pub mod assertions;
pub(crate) mod call;
pub(crate) mod children;
pub(crate) mod command;
pub(crate) mod config;
pub(crate) mod context;
pub(crate) mod discovery;
pub(crate) mod facts;
pub(crate) mod failures;
pub(crate) mod files;
pub(crate) mod input;
pub(crate) mod input_value;
pub(crate) mod list;
pub(crate) mod metadata;
pub(crate) mod output;
pub(crate) mod running;
pub(crate) mod secret;
pub(crate) mod shared;
