//! What Choria inherits from Go, the language it is written in, where the
//! difference decides: which pattern is a regular expression and what it
//! matches, which text is a number or an address.
//!
//! | module | what it holds | in Go |
//! |---|---|---|
//! | [`Regex`] (feature `regex`), with `re2` | regular expressions | `regexp` |
//! | [`number`] | numbers and booleans | `strconv` |
//! | [`parse_ip`] | addresses | `net.ParseIP` |
//!
//! Each agrees with what Go 1.26 printed, see `go_regexp.json`,
//! `go_strconv.json` and `go_parse_ip.json` among the project's test vectors.

mod address;
pub mod number;
#[cfg(feature = "regex")]
mod re2;
#[cfg(feature = "regex")]
mod regex;

pub use address::parse_ip;
#[cfg(feature = "regex")]
pub use regex::{InvalidRegex, Regex};
