//! An inventory file of any format, as JSON text that knows its lines.

use std::path::Path;
use std::{fmt, fs};

use choria_external::Failure;
use choria_external::filter::unique_keys;

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

#[derive(Clone, Copy, Debug)]
enum Format {
    Yaml,
    Toml,
    Json,
}

impl Format {
    /// What the ending of a file's name says.
    fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()? {
            "yaml" | "yml" => Some(Self::Yaml),
            "toml" => Some(Self::Toml),
            "json" => Some(Self::Json),
            _ => None,
        }
    }
}

/// What is no JSON, YAML or TOML: the line if it is known, and the reason.
pub(crate) type Broken = (Option<usize>, String);

impl Document {
    /// Reads a file; the ending of its name says the format.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let name = path.display().to_string();
        let wrong = |error: &dyn fmt::Display| Failure::aborted(format_args!("{name}: {error}"));
        let format = Format::of(path).ok_or_else(|| {
            wrong(&"expected a file whose name ends in .yaml, .yml, .json or .toml")
        })?;
        // A pipe can wait for ever, and a device have no end.
        let kind = fs::metadata(path).map_err(|error| wrong(&error))?;
        if !kind.is_file() {
            let got = if kind.is_dir() {
                "a folder"
            } else {
                "a device, a pipe or a socket"
            };
            return Err(wrong(&format_args!("expected a file, got {got}")));
        }
        let bytes = fs::read(path).map_err(|error| wrong(&error))?;
        Self::from_bytes(&name, format, bytes)
    }

    fn from_bytes(name: &str, format: Format, bytes: Vec<u8>) -> Result<Self, Failure> {
        let wrong = |(line, reason): Broken| {
            Failure::invalid_data(match line {
                Some(line) => format!("{name}:{line}: {reason}"),
                None => format!("{name}: {reason}"),
            })
        };
        let text = String::from_utf8(bytes).map_err(|error| {
            wrong((None, format!("expected UTF-8, but {}", error.utf8_error())))
        })?;
        // Editors on Windows like to begin a file with it.
        let text = text.strip_prefix('\u{feff}').map_or(&*text, |rest| rest);
        let (json, lines) = match format {
            Format::Yaml => yaml::to_json(text),
            Format::Toml => toml_text::to_json(text),
            Format::Json => check_json(text).map(|()| (text.to_owned(), Lines::of(text))),
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
    unique_keys(text).map_err(|error| {
        // Its text ends in the place, which stands in front already.
        let told = error.to_string();
        let reason = told
            .rsplit_once(" at line ")
            .map_or(&*told, |(reason, _)| reason);
        let not_json = if error.is_data() { "" } else { "not JSON: " };
        (Some(error.line()), format!("{not_json}{reason}"))
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
    let name = format!("/i.{format}");
    let format = Format::of(name.as_ref()).expect("a format");
    Document::from_bytes(&name, format, text.as_bytes().to_vec())
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
        let error = |bytes: &[u8]| {
            let document = Document::from_bytes("/i", Format::Json, bytes.to_vec());
            document.unwrap_err().message().to_owned()
        };
        assert_eq!(
            error(b"\xff"),
            "/i: expected UTF-8, but invalid utf-8 sequence of 1 bytes from index 0"
        );
        assert_eq!(error(b"{\n\"nodes\": [}"), "/i:2: not JSON: expected value");
        assert_eq!(
            error(b"{\"a\":\n1e999}"),
            "/i:2: not JSON: number out of range"
        );
        assert!(test_document("json", "\u{feff}{}").is_ok());
    }

    #[test]
    fn a_key_is_there_once() {
        for (text, told) in [
            (
                "{\"a\": 1,\n\"a\": 2}",
                "/i.json:2: the key a is there twice",
            ),
            (
                "{\"facts\": [{\"a\": {\n\"b\": 1,\n\"\\u0062\": 2}}]}",
                "/i.json:3: the key b is there twice",
            ),
            (
                "[{\"at line 9\": 1, \"at line 9\": 2}]",
                "/i.json:1: the key at line 9 is there twice",
            ),
        ] {
            assert_eq!(test_document("json", text).unwrap_err().message(), told);
        }
        assert!(test_document("json", "{\"a\": {\"a\": [{\"a\": 1}, {\"a\": 1}]}}").is_ok());
    }
}
