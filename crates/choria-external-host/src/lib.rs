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
//! | to | use |
//! |---|---|
//! | call an agent as a server does | [`Program`], [`Call`], [`outcome`] |
//! | test an agent | [`harness`], [`recording`] |
//! | check that an agent does what a real Choria needs | [`conformance`] |
//! | call a discovery source as a client does | [`discovery`] |
//! | call programs of any function type | [`function`] |
//! | know why a program did not describe itself | [`ask`] |
//! | let a server answer by a program | [`OutOfProcess`] |
//! | make many calls | [`Program::call_many`], [`parallel`] |
//! | own and end processes and temporary files | [`supervisor`] |
//! | see what a program was given and what it printed | [`trace`], [`log`] |
//! | find the agents of a plugin folder | [`plugins`] |
//! | build a Cargo package first | [`build`] |
//! | write files whole or not at all, name the system | [`whole_file`], [`system`] |
//!
//! This crate never depends on the runtime that agents in Rust use.

// What is not public:
//
// | module | what it holds |
// |---|---|
// | `find`, `cargo` | the program and its DDL |
// | `asserts`, `compare` | what tests of an agent are made of |
// | `program` | the order of things: activation, validation, action |
// | `inputs` | inputs that a person types, and what that person is warned of |
// | `call`, `facts` | the request, and the node's facts |
// | `plan` | one start of a program: what it gets, what of it is collected |
// | `launch` | the start that a function type's carrier says |
// | `discovered` | what the client makes of a source's reply |
// | `output` | the standard streams |
// | `shell` | words and texts as a shell reads them |
// | `reply` | what the server makes of the reply file |
// | `size` | how large a message may be |
// | `garbled` | what is wrong with bytes that should be JSON, in plain words |
// | `mistaken` | agents started as sources, and sources as agents |
// | `intended` | the reply that a program meant, if the server makes something else of it |
// | `os` | what differs between operating systems |

#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

pub mod ask;
mod asserts;
pub mod build;
mod call;
mod cargo;
mod compare;
pub mod conformance;
mod discovered;
pub mod discovery;
mod error;
mod facts;
mod find;
pub mod function;
mod garbled;
pub mod harness;
mod inputs;
mod intended;
mod launch;
pub mod log;
mod mistaken;
mod os;
mod out_of_process;
pub mod outcome;
mod output;
pub mod parallel;
mod plan;
pub mod plugins;
mod program;
mod random;
pub mod recording;
mod reply;
mod shell;
mod size;
pub mod supervisor;
pub mod system;
mod temp_folder;
pub mod trace;
pub mod whole_file;

pub use call::Call;
pub use choria_external_service::CancelToken;
pub use discovery::Source;
pub use error::HostError;
pub use facts::Facts;
pub use function::{Function, FunctionProgram};
pub use harness::Harness;
pub use out_of_process::OutOfProcess;
pub use outcome::Outcome;
pub use program::Program;
pub use supervisor::Supervisor;

/// What the code of [`host_type!`] needs by name; not for direct use.
#[doc(hidden)]
pub mod __private {
    pub use inventory;
}
