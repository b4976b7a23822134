#![doc = include_str!("../README.md")]

#[cfg(not(panic = "unwind"))]
compile_error!(
    "choria-external needs `panic = \"unwind\"` in the profile: a panic in a handler becomes a reply, \
     and with `abort` that reply is lost"
);

mod answer;
mod author;
mod process;

pub use answer::external::{External, Functions};
pub use answer::in_process::InProcess;
pub use author::actions::{Action, Actions, Handler};
pub use author::agent::Agent;
pub use author::call::Call;
pub use author::command::CommandError;
pub use author::config::{Config, ConfigError};
pub use author::context::Context;
pub use author::discovery::{Discovers, Discovery, InTime, OptionError, Options, Query};
pub use author::facts::{FactError, Facts};
pub use author::input::{Input, Inputs};
pub use author::input_value::{Hash, InputValue};
pub use author::list::List;
#[doc(hidden)]
pub use author::list::{deserialize_list, list_from_value};
#[doc(hidden)]
pub use author::metadata::{MetadataParts, first_author};
pub use author::output::{Output, OutputValue, Outputs};
pub use author::secret::Secret;
#[doc(hidden)]
pub use author::{as_text, assertions};
pub use process::ddl_file::assert_ddl;
pub use process::dispatch::dispatch;
#[cfg(feature = "layer")]
pub use process::logging::layer::LogLayer;
pub use process::panics::hide_secrets_in_panics;

pub use choria_external_ddl as ddl;
pub use choria_external_ddl::{Display, Metadata};
#[cfg(feature = "matching")]
pub use choria_external_filter as filter;
/// Makes a struct the typed inputs of an action.
///
/// Each field is one input; its doc comment is the description in the DDL, and
/// the doc comment of the struct that of the action. In `#[input(..)]`:
///
/// | entry | meaning |
/// |---|---|
/// | `prompt = "Message"` | what a user interface asks for; else made from the field's name |
/// | `default = 1` | the value if the request has none; makes the input optional. A string, a number, `true`, `false`, `[1, 2]` or `{"key": 1}` |
/// | `maxlength = 120` | the most bytes of a string; each string needs it, since Choria skips the validation without it |
/// | `secret` | no error, log line or panic of this crate shows its value; in a failure or a panic of the action `***` stands for it. With [`Secret`] as its type, the action's own `{:?}` does not show it either |
/// | `validation = shell_word` | one word that is safe in a shell, see [`is_shell_word`](ddl::is_shell_word); or `ipaddress`, `ipv4address`, `ipv6address`, or a regular expression in quotes (feature `regex`). `shellsafe` is Choria's own rule, and **no guard**: a newline, `&`, quotes, `*`, `~` and a leading `-` pass, see [`Shellsafe`](ddl::Validation::Shellsafe) |
///
/// The type of the field decides the type in the DDL, see [`InputValue`].
/// What Choria would refuse or weaken does not compile.
///
/// If this crate has another name, `#[input(crate = other_name)]` on the
/// struct says so (for the other derives `#[output(..)]`, `#[list(..)]`).
pub use choria_external_macros::Input;
/// Makes an enum of plain variants a closed list of texts, for inputs and
/// outputs.
///
/// A variant's text is its name in lower case, with `_` between words, or
/// `#[list(name = "..")]`.
pub use choria_external_macros::List;
/// Makes a struct the typed outputs of an action.
///
/// Each field is one output; its doc comment is the description in the DDL.
/// In `#[output(..)]`:
///
/// | entry | meaning |
/// |---|---|
/// | `display_as = "Message"` | the label that clients print; else made from the field's name |
/// | `default = 0` | the value that the server fills in if a reply lacks it; written as that of an input |
/// | `as_text` | sends an integer as a string; its DDL type is string: a server rounds integers beyond 2^53. For all integers up to `u128`, and `Option` of them |
/// | `aggregate = summary` | how clients sum it up: `summary`, `boolean_summary`, `average`, `chart` |
/// | `aggregate(average, format = "%.1f ms")` | the same, printed so; a `summary` fills in the value and how often it came: `"%s: %d"` |
/// | `aggregate(boolean_summary, true = "Yes", false = "No")` | the same, with other texts for the values |
pub use choria_external_macros::Output;
pub use choria_external_protocol as protocol;
pub use choria_external_protocol::{
    Failure, FunctionType, Name, RpcReply, StatusCode, function_type,
};
pub use choria_external_service as service;
#[doc(hidden)]
pub use serde;
pub use serde_json::{Value, json};
