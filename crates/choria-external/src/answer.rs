//! What answers a request: the function types that a program serves, and a service in
//! this process.
//!
//! Nothing here reads the environment, starts a thread or changes what the whole
//! process shares. That is left to [`process`](crate::process), which nothing here
//! knows.

pub(crate) mod answering;
pub(crate) mod external;
pub(crate) mod in_process;
pub(crate) mod respond;
pub(crate) mod response;
pub(crate) mod serve_agent;
pub(crate) mod serve_discovery;
