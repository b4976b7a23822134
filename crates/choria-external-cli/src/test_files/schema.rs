//! JSON Schemas: that of test files, and those of `data_schema`.

use std::collections::HashSet;
use std::sync::OnceLock;

use choria_external_protocol::describe;
use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{ReferencingError, ValidationError, Validator};
use serde_json::Value;

use super::document::Document;
use super::tree::member;
use crate::nearest::nearest;

/// What a test file looks like: the one list of its keys and their types.
pub(super) const TEXT: &str = include_str!("../../schemas/test_file.json");

/// Where a file is not what the schema says, a sentence with its place for
/// each, in the order of the file.
pub(super) fn complaints(document: &Document) -> Vec<String> {
    let value = document.root.value();
    let (schema, validator) = of_files();
    let mut found: Vec<(String, String)> = Vec::new();
    for error in validator.iter_errors(&value) {
        let at = error.instance_path().as_str();
        match error.kind() {
            ValidationErrorKind::AdditionalProperties { unexpected } => {
                let known = known_keys(schema, error.schema_path().as_str());
                found.extend(unexpected.iter().map(|key| {
                    let pointer = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
                    (
                        pointer,
                        format!("is not a known key here{}", instead(key, &known)),
                    )
                }));
            }
            _ => found.push((at.to_owned(), complaint(&error))),
        }
    }
    // Two parts of the schema can find the same thing wrong.
    let mut told = HashSet::new();
    found.retain(|what| told.insert(what.clone()));
    found.sort_by_cached_key(|(pointer, _)| document.byte(pointer));
    let told = found
        .iter()
        .map(|(pointer, what)| document.about(pointer, what));
    told.collect()
}

fn of_files() -> &'static (Value, Validator) {
    static SCHEMA: OnceLock<(Value, Validator)> = OnceLock::new();
    SCHEMA.get_or_init(|| {
        // The tests see to it that both of them are well.
        let schema: Value = serde_json::from_str(TEXT).expect("the schema is JSON");
        let validator = jsonschema::validator_for(&schema).expect("the schema is one");
        (schema, validator)
    })
}

/// The keys that stand beside an `additionalProperties` of the schema.
fn known_keys(schema: &Value, at: &str) -> Vec<String> {
    let parent = at.strip_suffix("/additionalProperties").unwrap_or(at);
    let parent = schema.pointer(parent);
    let properties = parent.and_then(|parent| parent["properties"].as_object());
    properties.map_or_else(Vec::new, |keys| keys.keys().cloned().collect())
}

/// What can stand instead of an unknown word: the nearest, else all of them.
fn instead(word: &str, known: &[String]) -> String {
    match nearest(word, known.iter().map(String::as_str)) {
        Some(nearest) => format!("; did you mean {nearest}?"),
        None => format!("; there are {}", known.join(", ")),
    }
}

fn complaint(error: &ValidationError<'_>) -> String {
    let got = describe(error.instance());
    match error.kind() {
        ValidationErrorKind::Type { kind } => format!("is {got}, expected {}", types(kind)),
        ValidationErrorKind::Required { property } => {
            format!("has no {}", property.as_str().unwrap_or_default())
        }
        ValidationErrorKind::Enum { options } => {
            let options: Vec<String> = match options.as_array() {
                Some(options) => options.iter().map(plain).collect(),
                None => Vec::new(),
            };
            match &*options {
                [only] => format!("is {got}, expected {only}"),
                _ => format!(
                    "is {got}, which is not known{}",
                    instead(&plain(error.instance()), &options)
                ),
            }
        }
        ValidationErrorKind::Minimum { limit } => format!("is {got}, expected {limit} at least"),
        ValidationErrorKind::ExclusiveMinimum { limit } => {
            format!("is {got}, expected more than {limit}")
        }
        ValidationErrorKind::Maximum { limit } => format!("is {got}, expected {limit} at most"),
        ValidationErrorKind::MinLength { .. } => "is empty".into(),
        ValidationErrorKind::MinItems { .. } => "is empty, expected one entry at least".into(),
        ValidationErrorKind::MinProperties { .. } => "is empty, expected one key at least".into(),
        // The only ones that are an object's `then`.
        ValidationErrorKind::FalseSchema if error.schema_path().as_str().contains("/then/") => {
            "cannot stand beside request, which is for programs that are not agents".into()
        }
        ValidationErrorKind::FalseSchema => {
            "cannot be combined with reply or active, which say that there is no reply".into()
        }
        _ => error.to_string(),
    }
}

/// A text without quotes.
fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), String::from)
}

fn types(kind: &TypeKind) -> String {
    let name = |kind: &str| match kind {
        "object" => "an object",
        "array" => "a list",
        "string" => "a string",
        "number" => "a number",
        "integer" => "a whole number",
        "boolean" => "true or false",
        _ => "null",
    };
    let kinds: Vec<&str> = match kind {
        TypeKind::Single(kind) => vec![name(kind.as_str())],
        TypeKind::Multiple(kinds) => kinds.iter().map(|kind| name(kind.as_str())).collect(),
    };
    kinds.join(" or ")
}

/// A schema that the reply's data follows.
#[derive(Debug)]
pub(super) struct DataSchema(Validator);

impl DataSchema {
    /// Nothing is fetched: a schema can refer to itself only.
    pub(super) fn new(schema: &Value) -> Result<Self, String> {
        let validator = jsonschema::options().offline().build(schema);
        validator.map(Self).map_err(|error| match error.kind() {
            ValidationErrorKind::Referencing(ReferencingError::Unretrievable { uri, .. }) => {
                // A relative one has become a part of the schema's own.
                let uri = uri.strip_prefix("json-schema:///").unwrap_or(uri);
                format!("refers to {uri}: a schema can refer to itself only")
            }
            _ => {
                let at = path(error.instance_path().as_str());
                format!("is not a valid JSON Schema: {at}: {error}")
            }
        })
    }

    /// Where data does not follow it.
    pub(super) fn complaints(&self, data: &Value) -> Vec<String> {
        let errors = self.0.iter_errors(data);
        errors
            .map(|error| format!("{}: {error}", path(error.instance_path().as_str())))
            .collect()
    }
}

/// `/nodes/0` as `$.nodes[0]`.
fn path(pointer: &str) -> String {
    pointer.split('/').skip(1).fold("$".into(), |path, part| {
        let part = part.replace("~1", "/").replace("~0", "~");
        match part.parse::<usize>() {
            Ok(index) => format!("{path}[{index}]"),
            Err(_) => path + &member(&part),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::super::document::Format;
    use super::*;

    /// The first block of a language.
    fn block(text: &str) -> String {
        let (_, rest) = text.split_once("```yaml\n").unwrap();
        rest.split_once("```").unwrap().0.to_owned()
    }

    #[test]
    fn examples_follow_the_schema() {
        let repository = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let read = |path: &str| std::fs::read_to_string(repository.join(path)).unwrap();
        let (_, help) = crate::args::TEST_HELP.split_once("A test file:\n").unwrap();
        let help = help.split_once("\nExit codes:").unwrap().0.to_owned();
        let (_, validator) = of_files();
        for (name, text) in [
            ("page", block(&read("docs/test-an-agent.md"))),
            ("readme", block(&read("README.md"))),
            ("parrot", read("examples/parrot/tests.yaml")),
            ("help", help),
        ] {
            let document = Document::from_text(name.into(), Format::Yaml, text).unwrap();
            let errors: Vec<_> = validator
                .iter_errors(&document.root.value())
                .map(|error| error.to_string())
                .collect();
            assert!(
                errors.is_empty() && complaints(&document).is_empty(),
                "{name}: {errors:?}"
            );
        }
    }

    #[test]
    fn the_nearest_word_is_told() {
        let known = ["status", "message", "data", "data_has"].map(String::from);
        assert_eq!(instead("sttaus", &known), "; did you mean status?");
        assert_eq!(instead("Data", &known), "; did you mean data?");
        assert_eq!(instead("dat_has", &known), "; did you mean data_has?");
        assert_eq!(
            instead("x", &["a", "b"].map(String::from)),
            "; did you mean a?"
        );
        assert_eq!(
            instead("outcome", &known),
            "; there are status, message, data, data_has"
        );
    }

    #[test]
    fn pointers_become_paths() {
        assert_eq!(path(""), "$");
        assert_eq!(path("/nodes/0/a~1b"), "$.nodes[0][\"a/b\"]");
    }
}
