//! What Choria inherits from Go, the language it is written in, where the
//! difference decides: which pattern is a regular expression and what it
//! matches, which string is a number or an address, which bytes are JSON, and
//! how values are printed.
//!
//! | module | what it holds | in Go |
//! |---|---|---|
//! | [`Regex`] (feature `regex`), with `re2` | regular expressions | `regexp` |
//! | [`number`] | numbers and booleans read from strings and written to them | `strconv` |
//! | [`strings`] | letters in upper and lower case | `strings` |
//! | [`shlex`] | a command line split into words | `github.com/google/shlex` |
//! | [`json`] (feature `json`) | JSON read, checked and written | `encoding/json` |
//! | [`fmt`] (feature `fmt`) | values printed by a format, strings in quotes | `fmt`, `strconv` |
//! | [`parse_ip`] | addresses | `net.ParseIP` |
//! | [`yaml`] (feature `yaml`) | YAML | `gopkg.in/yaml.v2`, `ghodss/yaml` |
//!
//! Regular expressions, numbers and addresses agree with what Go 1.26 printed, see
//! `go_regexp.json`, `go_strconv.json` and `go_parse_ip.json` among the project's
//! test vectors; the rest with Choria's own packages, which the tests ask the same
//! questions.

mod address;
mod float;
#[cfg(feature = "fmt")]
pub mod fmt;
#[cfg(feature = "json")]
pub mod json;
pub mod number;
#[cfg(feature = "regex")]
mod re2;
#[cfg(feature = "regex")]
mod regex;
pub mod shlex;
pub mod strings;
#[cfg(feature = "yaml")]
pub mod yaml;

pub use address::parse_ip;
#[cfg(feature = "regex")]
pub use regex::{InvalidRegex, Regex};
