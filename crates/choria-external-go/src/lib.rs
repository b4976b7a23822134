//! What Choria inherits from Go, the language it is written in, where the
//! difference decides: which pattern is a regular expression and what it
//! matches, which text is a number.
//!
//! | module | what it holds | in Go |
//! |---|---|---|
//! | [`Regex`] (feature `regex`), with `re2` | regular expressions | `regexp` |
//! | [`number`] | numbers and booleans | `strconv` |
//!
//! Each agrees with what Go 1.26 printed, see `go_regexp.json` and
//! `go_strconv.json` among the project's test vectors.

pub mod number;
#[cfg(feature = "regex")]
mod re2;
#[cfg(feature = "regex")]
mod regex;

#[cfg(feature = "regex")]
pub use regex::{InvalidRegex, Regex};
