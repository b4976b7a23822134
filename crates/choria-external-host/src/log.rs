//! Lines that a server would log.

use serde::{Deserialize, Serialize};

/// Lines of one start that are kept.
pub(crate) const MOST_LINES: usize = 10_000;
/// Bytes of one start's lines that are kept.
pub(crate) const MOST_BYTES: usize = 4 << 20;

/// How grave a line of the log is, in Choria's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Level {
    /// A line of the program's standard output.
    Info,
    /// The server's, or the harness's, own remark.
    Warn,
    /// A line of the program's standard error.
    Error,
}

impl Level {
    /// `INFO`, `WARN` or `ERROR`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "INFO",
            Self::Warn => "WARN",
            Self::Error => "ERROR",
        }
    }
}

/// A line of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// How grave it is.
    pub level: Level,
    /// Its text, as the program wrote it: it can hold control characters. Bytes
    /// that are not UTF-8 are U+FFFD.
    pub line: String,
}

impl LogLine {
    /// A remark of the harness.
    pub fn warn(line: impl Into<String>) -> Self {
        Self {
            level: Level::Warn,
            line: line.into(),
        }
    }

    /// The line for a person: one level and the text, made printable by `printable`.
    ///
    /// A line that names a level itself, such as ` WARN parrot: low on seed` on standard
    /// error, has that one: a server knows only where it was printed. If a server logs
    /// it at another level, the end of the line says so.
    pub fn shown(&self, printable: impl Fn(&str) -> String) -> String {
        let server = self.level.name();
        match own_level(&self.line) {
            Some((level, text)) if level == server => format!("{level:5} {}", printable(text)),
            Some((level, text)) => {
                format!("{level:5} {} ({server} in a server's log)", printable(text))
            }
            None => format!("{server:5} {}", printable(&self.line)),
        }
    }
}

/// The level that a line begins with, and what follows it.
fn own_level(line: &str) -> Option<(&str, &str)> {
    const LEVELS: [&str; 7] = [
        "TRACE", "DEBUG", "INFO", "WARN", "WARNING", "ERROR", "FATAL",
    ];
    let line = line.trim_start_matches(' ');
    let (level, text) = line.split_once([' ', ':'])?;
    let text = text.trim_start_matches(' ');
    (LEVELS.contains(&level) && !text.is_empty()).then_some((level, text))
}

/// The log of one start. A program can print without end; a server's log file
/// takes all of it, the harness's memory does not.
#[derive(Debug, Default)]
pub(crate) struct Log {
    lines: Vec<LogLine>,
    bytes: usize,
    dropped: usize,
    remarks: Vec<LogLine>,
}

impl Log {
    /// Keeps a line that the program printed, while there is room.
    pub(crate) fn push(&mut self, level: Level, line: &[u8]) {
        let full = self.lines.len() >= MOST_LINES || self.bytes + line.len() > MOST_BYTES;
        // Only what came first is kept: no later line that happens to fit.
        if full || self.dropped > 0 {
            self.dropped += 1;
            return;
        }
        self.bytes += line.len();
        self.lines.push(LogLine {
            level,
            line: String::from_utf8_lossy(line).into_owned(),
        });
    }

    /// Keeps a remark, which always has room and stands behind the lines.
    pub(crate) fn remark(&mut self, line: impl Into<String>) {
        self.remarks.push(LogLine::warn(line));
    }

    /// All that was kept.
    pub(crate) fn into_lines(self) -> Vec<LogLine> {
        let mut lines = self.lines;
        lines.extend(self.remarks);
        if self.dropped > 0 {
            lines.push(LogLine::warn(format!(
                "{} more lines not kept",
                self.dropped
            )));
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(lines: impl Iterator<Item = Vec<u8>>) -> Vec<LogLine> {
        let mut log = Log::default();
        lines.for_each(|line| log.push(Level::Info, &line));
        log.into_lines()
    }

    #[test]
    fn a_line_is_shown_with_one_level() {
        for (level, line, wanted) in [
            (Level::Info, "working", "INFO  working"),
            (
                Level::Info,
                " INFO parrot: working",
                "INFO  parrot: working",
            ),
            (Level::Error, "ERROR: no seed", "ERROR no seed"),
            (
                Level::Error,
                " WARN parrot: low",
                "WARN  parrot: low (ERROR in a server's log)",
            ),
            (
                Level::Info,
                "DEBUG parrot: a word",
                "DEBUG parrot: a word (INFO in a server's log)",
            ),
            (
                Level::Error,
                "WARNING:root:low",
                "WARNING root:low (ERROR in a server's log)",
            ),
            (Level::Error, "ERROR", "ERROR ERROR"),
            (Level::Error, "ERRORS were found", "ERROR ERRORS were found"),
            (Level::Warn, "a remark", "WARN  a remark"),
        ] {
            let line = LogLine {
                level,
                line: line.into(),
            };
            assert_eq!(line.shown(str::to_owned), wanted);
        }
    }

    #[test]
    fn the_first_lines_are_kept_and_the_others_counted() {
        let lines = kept((0..MOST_LINES).map(|_| Vec::new()));
        assert!(lines.len() == MOST_LINES && lines.iter().all(|line| line.level == Level::Info));

        let lines = kept((0..MOST_LINES + 5).map(|at| at.to_string().into_bytes()));
        assert_eq!(lines.len(), MOST_LINES + 1);
        assert_eq!(lines[MOST_LINES], LogLine::warn("5 more lines not kept"));

        let half = vec![b'x'; MOST_BYTES / 2];
        let lines = kept([half.clone(), half, b"y".to_vec(), Vec::new()].into_iter());
        assert_eq!(lines.len(), 3);
        assert_eq!(lines[2], LogLine::warn("2 more lines not kept"));
    }
}
