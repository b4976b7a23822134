//! The DDL of a Choria agent as data.
//!
//! A DDL says what an agent is called, how long it may run, which actions it
//! has, and for each of them which inputs it takes and which outputs it gives.
//! The server reads it to check requests; clients read it to make them.
//!
//! ```
//! use choria_external_ddl::Ddl;
//! use serde_json::json;
//!
//! let ddl = Ddl::from_json(br#"{
//!     "metadata": {"name": "parrot", "provider": "external", "timeout": 10},
//!     "actions": [{"action": "echo", "input": {
//!         "message": {"type": "string", "maxlength": 120, "validation": "shellsafe"}
//!     }}]
//! }"#)?;
//! assert_eq!(ddl.refused_by_server(), None);
//!
//! let echo = ddl.action("echo").ok_or("no such action")?;
//! assert!(echo.check_request(&json!({"message": "hello"})).is_ok());
//! assert_eq!(
//!     echo.check_request(&json!({"message": "$HOME"})).unwrap_err().to_string(),
//!     "validation failed for input 'message': may not contain '$'"
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | module | what it holds |
//! |---|---|
//! | `model` | the DDL as types |
//! | `extra` | what else is in a file: unknown keys, the order of all |
//! | `json` | JSON with places and order |
//! | `read`, `write` | its JSON form |
//! | `ruby` | its Ruby form |
//! | [`convert`] | what changes on the way from one to the other |
//! | `server` | what a server refuses to load |
//! | `check` | is this value, or this request, what the DDL says? |
//! | `validator` | the rules for texts; `regex` for one of them |
//! | `text` | `name=value` as values |
//! | `defaults` | what is filled in |
//! | [`diff`] | what changed between two versions |
//! | `aggregate`, `display` (feature `display`) | replies summed up, and as clients show them |
//! | `lint` (feature `lint`) | what is wrong with a DDL, or not as it looks |
//! | `markdown` | a page about an agent |
//!
//! The feature `regex` (on by default) brings a regex engine. Without it,
//! inputs that have a regular expression are refused.

#[cfg(feature = "display")]
pub mod aggregate;
mod check;
pub mod convert;
mod defaults;
pub mod diff;
#[cfg(feature = "display")]
pub mod display;
mod extra;
mod json;
mod keys;
#[cfg(feature = "lint")]
pub mod lint;
mod markdown;
mod model;
mod read;
mod regex;
mod ruby;
mod server;
mod text;
mod validator;
mod write;

pub use check::{Refusal, ValueError, check_inputs_strictly};
pub use extra::Extra;
pub use json::{NotJson, NotJsonKind};
pub use model::{Action, Aggregate, Ddl, Display, Input, Metadata, Output, Type, Validation};
pub use read::{DdlError, WrongValue};
pub use ruby::RubyError;
pub use server::is_reserved;
pub use validator::{is_shell_word, unsafe_in_shell};
