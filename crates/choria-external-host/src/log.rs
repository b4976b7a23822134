//! What the server would log.

use serde::Serialize;

/// How grave a line of the log is, in Choria's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LogLine {
    /// How grave it is.
    pub level: Level,
    /// Its text, as the program wrote it: it can hold control characters. Bytes
    /// that are not UTF-8 are U+FFFD.
    pub line: String,
}

impl LogLine {
    pub(crate) fn new(level: Level, line: &[u8]) -> Self {
        Self {
            level,
            line: String::from_utf8_lossy(line).into_owned(),
        }
    }

    pub(crate) fn warn(line: impl Into<String>) -> Self {
        Self {
            level: Level::Warn,
            line: line.into(),
        }
    }
}
