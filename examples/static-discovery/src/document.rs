//! An inventory file of any format, as JSON text that knows its lines.

use std::fs;
use std::path::Path;

use choria_external::Failure;
use serde_json::value::RawValue;

use crate::{toml_text, yaml};

/// A file: the JSON text of what it says, and the lines where that stands.
///
/// Choria makes JSON of its YAML inventories, too, and keeps the facts of a node
/// as JSON text: a tree of all of them takes much more memory.
#[derive(Debug)]
pub(crate) struct Document {
    /// What errors call it: its path.
    pub(crate) name: String,
    pub(crate) json: String,
    pub(crate) lines: Lines,
}

/// What is no JSON, YAML or TOML: the line if it is known, and the reason.
pub(crate) type Broken = (Option<usize>, String);

impl Document {
    /// Reads a file; the ending of its name says the format.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let bytes = fs::read(path)
            .map_err(|error| Failure::aborted(format_args!("{}: {error}", path.display())))?;
        let format = path.extension().and_then(|ending| ending.to_str());
        Self::from_bytes(&path.display().to_string(), format.unwrap_or(""), bytes)
    }

    fn from_bytes(name: &str, format: &str, bytes: Vec<u8>) -> Result<Self, Failure> {
        let wrong = |(line, reason): Broken| {
            Failure::invalid_data(match line {
                Some(line) => format!("{name}:{line}: {reason}"),
                None => format!("{name}: {reason}"),
            })
        };
        let text = String::from_utf8(bytes)
            .map_err(|error| wrong((None, format!("wanted UTF-8, but {}", error.utf8_error()))))?;
        // Editors on Windows like to begin a file with it.
        let text = text.strip_prefix('\u{feff}').map_or(&*text, |rest| rest);
        let (json, lines) = match format {
            "yaml" | "yml" => yaml::to_json(text),
            "toml" => toml_text::to_json(text),
            "json" => check_json(text).map(|()| (text.to_owned(), Lines::of(text))),
            _ => Err((
                None,
                "wanted a file whose name ends in .yaml, .yml, .json or .toml".into(),
            )),
        }
        .map_err(wrong)?;
        Ok(Self {
            name: name.to_owned(),
            json,
            lines,
        })
    }

    /// The line in the file of a part of [`json`](Self::json).
    pub(crate) fn line(&self, part: &str) -> usize {
        self.lines
            .at((part.as_ptr() as usize).saturating_sub(self.json.as_ptr() as usize))
    }
}

fn check_json(text: &str) -> Result<(), Broken> {
    let checked = serde_json::from_str::<&RawValue>(text);
    checked.map(|_| ()).map_err(|error| {
        let line = error.line();
        // Its text ends in the place, which stands in front already.
        let reason = error.to_string();
        let reason = reason.split(" at line ").next().unwrap_or(&reason);
        (Some(line), format!("not JSON: {reason}"))
    })
}

/// Which line of a file a byte of its JSON text comes from.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    /// Byte of the JSON text, and the line from there on.
    marks: Vec<(usize, usize)>,
}

impl Lines {
    /// The lines of the text itself.
    pub(crate) fn of(text: &str) -> Self {
        let mut lines = Self::default();
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        for (line, (end, _)) in ends.enumerate() {
            lines.marks.push((end + 1, line + 2));
        }
        lines
    }

    /// What is appended at `byte` comes from `line`.
    pub(crate) fn mark(&mut self, byte: usize, line: usize) {
        if self.marks.last().is_none_or(|(_, last)| *last != line) {
            self.marks.push((byte, line));
        }
    }

    /// What stood at `byte` and after it is gone.
    pub(crate) fn cut(&mut self, byte: usize) {
        self.marks.retain(|(at, _)| *at < byte);
    }

    /// The line of a byte.
    pub(crate) fn at(&self, byte: usize) -> usize {
        let after = self.marks.partition_point(|(at, _)| *at <= byte);
        match after {
            0 => 1,
            _ => self.marks[after - 1].1,
        }
    }
}

/// Text as a JSON string.
pub(crate) fn push_text(json: &mut String, text: &str) {
    let plain = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
    if text.bytes().all(plain) {
        json.push('"');
        json.push_str(text);
        json.push('"');
    } else {
        json.push_str(&serde_json::Value::from(text).to_string());
    }
}

/// A finite number as JSON: `1` where it is whole, `1e30` where it is long.
pub(crate) fn float(number: f64) -> String {
    match number.abs() {
        size if size != 0.0 && !(1e-6..1e21).contains(&size) => format!("{number:e}"),
        _ => number.to_string(),
    }
}

#[cfg(test)]
pub(crate) fn test_document(format: &str, text: &str) -> Result<Document, Failure> {
    Document::from_bytes(&format!("/i.{format}"), format, text.as_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_found_by_byte() {
        let text = "{\n\n  \"a\": 1,\n  \"b\": 2}";
        let lines = Lines::of(text);
        let line = |part: &str| lines.at(text.find(part).unwrap());
        assert_eq!([line("{"), line("\"a\""), line("2}")], [1, 3, 4]);
    }

    #[test]
    fn what_is_no_text_of_a_format_says_where() {
        let error = |format: &str, bytes: &[u8]| {
            let document = Document::from_bytes("/i", format, bytes.to_vec());
            document.unwrap_err().message().to_owned()
        };
        assert_eq!(
            error("json", b"\xff"),
            "/i: wanted UTF-8, but invalid utf-8 sequence of 1 bytes from index 0"
        );
        assert_eq!(
            error("json", b"{\n\"nodes\": [}"),
            "/i:2: not JSON: expected value"
        );
        assert_eq!(
            error("txt", b""),
            "/i: wanted a file whose name ends in .yaml, .yml, .json or .toml"
        );
        assert!(test_document("json", "\u{feff}{}").is_ok());
    }
}
