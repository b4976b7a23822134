//! The node's facts.

use std::fs;
use std::path::Path;

use choria_external_go::json as gojson;
use choria_external_go::yaml;
use choria_external_protocol::{describe, read_json};
use serde_json::{Map, Value};

use crate::error::HostError;
use crate::garbled::{self, garbled};

/// The node's facts, a JSON object, as the bytes that an action reads.
///
/// A server reads its facts and writes them anew for each action (`facts.JSON` in
/// `filter/facts`): each number is a 64-bit float, keys are in order, of equal
/// ones the last counts.
///
/// ```
/// use choria_external_host::Facts;
///
/// let facts = Facts::from_json(r#"{"role": "web", "n": 1.0}"#)?;
/// assert_eq!(facts.as_bytes(), br#"{"n":1,"role":"web"}"#);
/// assert_eq!(
///     Facts::from_json("[1]").unwrap_err().to_string(),
///     "the facts are a list of 1, expected a JSON object"
/// );
/// # Ok::<(), choria_external_host::HostError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    json: Vec<u8>,
    warnings: Vec<String>,
}

/// What the bytes of a facts file are called in messages.
const FILE: &str = "the facts file";

impl Facts {
    /// Facts from JSON, read as Choria reads it.
    ///
    /// # Errors
    /// Returns [`HostError::Facts`] if the bytes are not a JSON object, or have a
    /// number that is not a 64-bit float: a server then has no facts.
    pub fn from_json(bytes: impl AsRef<[u8]>) -> Result<Self, HostError> {
        let (facts, warnings) = json(bytes.as_ref()).map_err(HostError::Facts)?;
        Ok(Self {
            warnings,
            ..facts.into()
        })
    }

    /// Facts from YAML, read as Choria reads it: `yes` is true, `010` is 8, of
    /// several documents the first counts. A text without a document stands for
    /// no facts.
    ///
    /// ```
    /// use choria_external_host::Facts;
    ///
    /// let facts = Facts::from_yaml("---\nrole: web\nvirtual: yes\n")?;
    /// assert_eq!(facts.as_bytes(), br#"{"role":"web","virtual":true}"#);
    /// # Ok::<(), choria_external_host::HostError>(())
    /// ```
    ///
    /// # Errors
    /// Returns [`HostError::Facts`] if the bytes are not YAML, not a map, or have
    /// what JSON cannot hold: a server then has no facts.
    pub fn from_yaml(bytes: impl AsRef<[u8]>) -> Result<Self, HostError> {
        Ok(yaml(bytes.as_ref()).map_err(HostError::Facts)?.into())
    }

    /// Facts from the file, or files, that a server's setting `plugin.yaml`
    /// names: YAML if a file's name ends with `yaml`, else JSON. Several files
    /// are separated as the paths in `PATH` are; of equal facts the last counts.
    ///
    /// # Errors
    /// Returns [`HostError::File`] if a file cannot be read, and
    /// [`HostError::FactsFile`] if a server would not read it. A server would go
    /// on without the facts of that file.
    pub fn from_files(files: &Path) -> Result<Self, HostError> {
        let mut facts = Map::new();
        let mut warnings = Vec::new();
        for path in std::env::split_paths(files) {
            let bytes = fs::read(&path).map_err(|error| HostError::File {
                what: "read the facts",
                path: path.clone(),
                error,
            })?;
            let name = path.as_os_str().as_encoded_bytes();
            let read = if name.ends_with(b"yaml") {
                yaml(&bytes).map(|facts| (facts, Vec::new()))
            } else {
                json(&bytes).map_err(|reason| {
                    let hint = "; a server reads facts as YAML only if the file's name ends with yaml: rename it";
                    let hint = if name.ends_with(b".yml") { hint } else { "" };
                    reason + hint
                })
            };
            let (more, warned) = read.map_err(|reason| HostError::FactsFile {
                path: path.clone(),
                reason,
            })?;
            facts.extend(more);
            let warned = warned.into_iter();
            warnings.extend(warned.map(|text| format!("{}: {text}", path.display())));
        }
        Ok(Self {
            warnings,
            ..facts.into()
        })
    }

    /// Facts as a server has read them.
    fn written(facts: &Value) -> Self {
        Self {
            // JSON values always serialize.
            json: gojson::to_bytes(facts).unwrap_or_default(),
            warnings: Vec::new(),
        }
    }

    /// The content of the facts file.
    pub fn as_bytes(&self) -> &[u8] {
        &self.json
    }

    /// What a server changes in these facts without a word: bytes that are not
    /// UTF-8.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }
}

/// The object that a server reads, and what it changes in it without a word.
fn json(bytes: &[u8]) -> Result<(Map<String, Value>, Vec<String>), String> {
    let wrong = |reason: String| match garbled(FILE, bytes) {
        Some(garbled) => format!("not JSON: {}", garbled.sentences.join("; ")),
        None => reason,
    };
    match read_json(String::from_utf8_lossy(bytes).as_bytes()) {
        Ok(Value::Object(_)) => {}
        Ok(other) => return Err(format!("{}, expected a JSON object", describe(&other))),
        Err(error) => return Err(wrong(error.to_string())),
    }
    let warnings = match str::from_utf8(bytes) {
        Ok(_) => Vec::new(),
        Err(_) => garbled(FILE, bytes).map_or_else(Vec::new, |garbled| garbled.sentences),
    };
    match gojson::read(bytes.trim_ascii()) {
        (Value::Object(facts), None) => Ok((facts, warnings)),
        (_, Some(error)) => Err(format!(
            "a JSON object with a number that is no 64-bit float: {}",
            error.0
        )),
        (other, None) => Err(format!("{}, expected a JSON object", describe(&other))),
    }
}

/// The map that a server reads.
fn yaml(bytes: &[u8]) -> Result<Map<String, Value>, String> {
    let text = match garbled::utf_16(bytes) {
        Some(text) => text,
        None => str::from_utf8(bytes)
            .map_err(|error| {
                let at = error.valid_up_to();
                let byte = bytes.get(at).copied().unwrap_or_default();
                format!(
                    "not UTF-8: the byte 0x{byte:02X} at {}",
                    garbled::place(bytes, at)
                )
            })?
            .to_owned(),
    };
    match yaml::to_value(&text) {
        Ok(Value::Object(facts)) => Ok(facts),
        Ok(Value::Null) => Ok(Map::new()),
        Ok(other) => Err(format!("{}, expected a map", describe(&other))),
        Err(error) => Err(format!(
            "not read: {error}, at {}",
            garbled::place(text.as_bytes(), error.at)
        )),
    }
}

/// A node without facts: `{}`.
impl Default for Facts {
    fn default() -> Self {
        Map::new().into()
    }
}

impl From<Map<String, Value>> for Facts {
    fn from(facts: Map<String, Value>) -> Self {
        let given = Self::written(&Value::Object(facts));
        Self::written(&gojson::read(given.as_bytes()).0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(facts: Result<Facts, HostError>) -> String {
        match facts {
            Ok(facts) => String::from_utf8(facts.as_bytes().to_vec()).unwrap(),
            Err(error) => error.to_string(),
        }
    }

    fn read(text: &str) -> String {
        shown(Facts::from_json(text))
    }

    #[test]
    fn an_action_reads_what_a_server_writes() {
        let given = r#" {"b": 9007199254740993, "a": {"z": 1.0, "y": "<\ud800>"}, "b": 2e21} "#;
        let wanted = "{\"a\":{\"y\":\"\\u003c\u{fffd}\\u003e\",\"z\":1},\"b\":2e+21}";
        assert_eq!(read(given), wanted);
        assert_eq!(
            read(r#"{"a":1e999}"#),
            "the facts are not JSON: number out of range at line 1 column 10"
        );
        let map = serde_json::json!({"n": 9_007_199_254_740_993_u64});
        let facts = Facts::from(map.as_object().unwrap().clone());
        assert_eq!(facts.as_bytes(), br#"{"n":9007199254740992}"#);
        assert_eq!(Facts::default().as_bytes(), b"{}");
    }

    #[test]
    fn what_is_no_json_in_utf_8_is_said_in_plain_words() {
        for (bytes, wanted) in [
            (
                "\u{feff}{}".as_bytes(),
                "the facts are not JSON: the facts file begins with a byte order mark (U+FEFF), which is not JSON: write \
                 UTF-8 without one",
            ),
            (
                b"\xff\xfe{\0}\0",
                "the facts are not JSON: the facts file is UTF-16, and JSON is read as UTF-8 only: write UTF-8 without a \
                 byte order mark",
            ),
            (
                b"{\"a\": \"x\n\"}",
                "the facts are not JSON: line 1, column 9 of the facts file: a line break within a string, which JSON does \
                 not allow: write \\n, or leave strings to a JSON library",
            ),
        ] {
            assert_eq!(shown(Facts::from_json(bytes)), wanted);
        }
        // A server takes this without a word.
        let facts = Facts::from_json(b"{\"a\":\"caf\xe9\"}").unwrap();
        assert_eq!(facts.as_bytes(), "{\"a\":\"caf\u{fffd}\"}".as_bytes());
        assert_eq!(
            facts.warnings(),
            [
                "line 1, column 10 of the facts file: the byte 0xE9 ('\u{e9}' in Latin-1) is not UTF-8, and U+FFFD is read in \
              its place: write UTF-8"
            ]
        );
    }

    #[test]
    fn yaml_is_read_as_servers_do() {
        let read = |text: &[u8]| shown(Facts::from_yaml(text));
        assert_eq!(
            read("---\nrole: web\n1: 010\nbig: 9007199254740993\ncaf\u{e9}: off\n".as_bytes()),
            "{\"1\":8,\"big\":9007199254740992,\"caf\u{e9}\":false,\"role\":\"web\"}"
        );
        assert_eq!(read(b"# none\n"), "{}");
        assert_eq!(read(b"\xff\xfea\0:\0 \0b\0"), r#"{"a":"b"}"#);
        for (bytes, wanted) in [
            (&b"- 1"[..], "the facts are a list of 1, expected a map"),
            (
                b"a: caf\xe9",
                "the facts are not UTF-8: the byte 0xE9 at line 1, column 7",
            ),
            (
                b"a: 1\nb: .inf",
                "the facts are not read: JSON has no infinity and no NaN, at line 2, column 4",
            ),
        ] {
            assert_eq!(read(bytes), wanted);
        }
    }

    #[test]
    fn files_are_read_by_their_names_and_stacked() {
        let folder = tempfile::TempDir::new().unwrap();
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::write(&path, text).unwrap();
            path
        };
        let yaml = file("facts.yaml", "a: {b: 1}\nc: yes\n");
        let json = file("facts.json", r#"{"a": 2, "d": 3}"#);
        let misnamed = file("facts.yml", "a: 1\n");
        let both = std::env::join_paths([&yaml, &json]).unwrap();
        assert_eq!(
            shown(Facts::from_files(both.as_ref())),
            r#"{"a":2,"c":true,"d":3}"#
        );
        let error = |path: &Path| {
            let error = Facts::from_files(path).unwrap_err().to_string();
            error.replace(folder.path().to_str().unwrap(), "{folder}")
        };
        assert_eq!(
            error(&misnamed),
            "{folder}/facts.yml: the facts are not JSON: expected value at line 1 column 1; a server reads facts as YAML \
             only if the file's name ends with yaml: rename it"
        );
        assert!(
            error(&folder.path().join("none"))
                .starts_with("could not read the facts {folder}/none: "),
        );
    }
}
