//! How far it is, for those who wait.

use std::io::{self, IsTerminal as _};

use crate::output::tell;
use crate::show::printable;

/// Fewer files than this are done before anyone could read it.
const MANY: usize = 10;

/// A line on standard error that is written over. It is there only if that is
/// a terminal, and the files are many.
pub(super) struct Progress {
    of: usize,
    done: usize,
    shown: bool,
}

impl Progress {
    pub(super) fn new(of: usize) -> Self {
        let shown = of >= MANY && io::stderr().is_terminal();
        Self { of, done: 0, shown }
    }

    /// The next file is this one.
    pub(super) fn next(&mut self, name: &str) {
        self.done += 1;
        if self.shown {
            tell(&line(self.done, self.of, name));
        }
    }

    /// Takes the line away, so that something else can be printed.
    pub(super) fn clear(&self) {
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
