//! Colours of a terminal.

use std::env::var_os;
use std::io::{self, IsTerminal as _};

/// Green: all is well.
pub(crate) const WELL: &str = "32";
/// Red: something is wrong.
pub(crate) const WRONG: &str = "31";
/// Yellow: something is odd.
pub(crate) const ODD: &str = "33";
/// Blue: something is to be known.
pub(crate) const NOTE: &str = "36";
/// Faint: nothing was done.
pub(crate) const FAINT: &str = "2";

/// Colours of a terminal, or none.
#[derive(Clone, Copy)]
pub(crate) struct Paint(bool);

impl Paint {
    /// No colours.
    pub(crate) const NONE: Self = Self(false);
    #[cfg(test)]
    pub(crate) const COLOURS: Self = Self(true);

    /// What suits standard output: none where it is no terminal, a dumb one, or
    /// `NO_COLOR` is set.
    pub(crate) fn of_stdout() -> Self {
        let forbidden = var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = var_os("TERM").is_some_and(|terminal| terminal == "dumb");
        Self(io::stdout().is_terminal() && !forbidden && !dumb)
    }

    /// A text in this colour.
    pub(crate) fn paint(self, colour: &str, text: &str) -> String {
        if self.0 {
            format!("\u{1b}[{colour}m{text}\u{1b}[0m")
        } else {
            text.into()
        }
    }
}
