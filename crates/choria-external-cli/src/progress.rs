//! How far it is, for those who wait.

use std::io::{self, IsTerminal as _};

use crate::output::tell;
use crate::show::printable;

/// Fewer steps than this are done before anyone could read it.
const MANY: usize = 10;

/// How often the line is written.
const MOST_LINES: usize = 500;

/// A line on standard error that is written over. It is there only if that is
/// a terminal, and the steps are many.
pub(crate) struct Progress {
    of: usize,
    done: usize,
    shown: bool,
}

impl Progress {
    pub(crate) fn new(of: usize) -> Self {
        let shown = of >= MANY && io::stderr().is_terminal();
        Self { of, done: 0, shown }
    }

    /// The next step is this one.
    pub(crate) fn next(&mut self, name: &str) {
        self.done += 1;
        // Of very many, not each is shown: a terminal is slow.
        let each = (self.of / MOST_LINES).max(1);
        if self.shown && self.done.is_multiple_of(each) {
            tell(&line(self.done, self.of, name));
        }
    }

    /// Takes the line away, so that something else can be printed.
    pub(crate) fn clear(&self) {
        if self.shown {
            tell(CLEAR);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}

/// To the start of the line, and nothing in it.
const CLEAR: &str = "\r\x1b[K";

/// Short enough for any terminal: a line that wraps cannot be written over.
fn line(done: usize, of: usize, name: &str) -> String {
    let start = name.chars().count().saturating_sub(50);
    let end: String = name.chars().skip(start).collect();
    format!("{CLEAR}{done}/{of} {}", printable(&end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_stays_short() {
        assert_eq!(line(3, 12, "parrot.json"), "\r\x1b[K3/12 parrot.json");
        assert_eq!(
            line(3, 12, &"x".repeat(500)).len(),
            "\r\x1b[K3/12 ".len() + 50
        );
    }
}
