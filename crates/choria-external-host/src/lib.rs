//! Acts as Choria: finds an external program, starts it, limits it, reads its
//! reply, and says what the caller would get.
//!
//! An agent is a [`Program`], which a server runs; a discovery source is a
//! [`Source`], which a client runs.
//!
//! The program can be in any language. What is done to it, what is read from
//! it, and each text of a server is what a real Choria server does: files,
//! arguments, environment, time limits, validation, defaults.
//!
//! ```no_run
//! use choria_external_host::{Call, Program};
//! use serde_json::json;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let program = Program::find("agents/parrot".as_ref(), None)?;
//! let outcome = program.call(&Call::new("echo", &json!({"message": "hi"})))?;
//! let reply = outcome.reply.ok_or("the caller gets nothing")?;
//! assert_eq!(reply.data["message"], "hi");
//! # Ok(())
//! # }
//! ```
//!
//! | module | what it holds |
//! |---|---|
//! | `find`, `cargo`, `build` | the program and its DDL |
//! | `plugins` | what a server finds in its plugin folder |
//! | `harness`, `asserts`, `compare`, `recording` | what tests of an agent are made of |
//! | `conformance` | whether an agent does what a real server needs of it |
//! | `many` | many calls at a time |
//! | `program`, `outcome` | the order of things: activation, validation, action; and what came of it |
//! | `inputs` | inputs that a person types, and what that person is warned of |
//! | `call`, `facts` | the request, and the node's facts |
//! | `supervisor` | who owns processes, files and orphans: ended early, at the end, or if this process is killed |
//! | `plan` | one start of a program: what it gets, what of it is collected |
//! | `launch` | the start that a function type's carrier says |
//! | `function` | programs of any function type, and requests made from a schema |
//! | `ask` | what a program says of itself |
//! | `out_of_process` | a program as a [`Service`](choria_external_service::Service), for servers |
//! | `discovery` | a discovery source and its command: what a client does |
//! | `discovered` | what the client makes of the source's reply |
//! | `output`, `log` | what it prints |
//! | `temp_folder` | where temporary files are |
//! | [`whole_file`] | files that are whole or not there, and their permissions |
//! | `trace` | all there is to see of one start |
//! | `shell` | words and texts as a shell reads them |
//! | `reply` | what the server makes of the reply file |
//! | `size` | how large a message may be |
//! | `garbled` | what is wrong with bytes that should be JSON, in plain words |
//! | `mistaken` | agents started as sources, and sources as agents |
//! | `meant` | what the program meant, where the server makes something else of it |
//! | `os` | what differs between operating systems |
//!
//! This crate never depends on the runtime that agents in Rust use.

#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

mod ask;
mod asserts;
mod build;
mod call;
mod cargo;
mod compare;
mod conformance;
mod discovered;
mod discovery;
mod error;
mod facts;
mod find;
mod function;
mod garbled;
mod harness;
mod inputs;
mod launch;
mod log;
mod many;
mod meant;
mod mistaken;
mod os;
mod out_of_process;
mod outcome;
mod output;
mod plan;
mod plugins;
mod program;
mod random;
mod recording;
mod reply;
mod shell;
mod size;
mod supervisor;
mod temp_folder;
mod trace;
pub mod whole_file;

pub use build::Build;
pub use call::Call;
pub use choria_external_service::CancelToken;
pub use compare::{Compare, differences};
pub use conformance::{Breach, CONFORMANCE_RULES, Case, Conformance, Verdict};
pub use discovered::Discovered;
pub use discovery::Source;
pub use error::HostError;
pub use facts::Facts;
pub use function::{Function, FunctionOutcome, FunctionProgram, Heard, HostType, NoReply};
pub use harness::Harness;
pub use log::{Level, LogLine};
pub use many::at_a_time;
pub use meant::Meant;
pub use os::platform;
pub use out_of_process::OutOfProcess;
pub use outcome::{ActivationOutcome, Outcome};
pub use output::{Printed, Reading};
pub use plugins::{Fate, Plugin, plugins};
pub use program::Program;
pub use recording::{RecordedReply, Recording};
pub use reply::Published;
pub use supervisor::{Child, LeftBehind, Supervisor, watchdog};
pub use temp_folder::temp_folder;
pub use trace::{KeptFile, Trace};

/// What the code of [`host_type!`] needs by name; not for direct use.
#[doc(hidden)]
pub mod __private {
    pub use inventory;
}
