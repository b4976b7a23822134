//! `name=value`, as `choria req` takes it.

use std::collections::BTreeMap;

use choria_external_go::number;
use choria_external_protocol::read_json;
use serde_json::{Map, Value};

use crate::{Action, Input, Refusal, Type, ValueError};

impl Input {
    /// Reads a value from a text as `choria req` does (`ValToDDLType`): whole
    /// numbers as Go's `strconv.Atoi`, others as `ParseFloat`, booleans as
    /// `ParseBool`; hashes and arrays from JSON.
    ///
    /// It does not check the value; [`Action::inputs_from_text`] does that too.
    /// A number that JSON does not have (`inf`) is an error here, where the
    /// client stumbles over it a step later.
    ///
    /// # Errors
    /// Returns a [`ValueError`] with Choria's text: [`Type`](ValueError::Type) if the
    /// text is not of the input's type, and [`Declaration`](ValueError::Declaration) if
    /// Choria does not know that type.
    pub fn value_from_text(&self, text: &str) -> Result<Value, ValueError> {
        let invalid = |what: &str| ValueError::Type(format!("'{text}' is not a valid {what}"));
        match &self.kind {
            Type::Integer => number::parse_int(text)
                .map(Value::from)
                .ok_or_else(|| invalid("integer")),
            Type::Float | Type::Number => number::parse_float(text)
                .and_then(number::to_json)
                .ok_or_else(|| invalid("float")),
            Type::Boolean => number::parse_bool(text)
                .map(Value::Bool)
                .ok_or_else(|| invalid("boolean")),
            Type::String | Type::List => Ok(Value::String(text.into())),
            // Null is read here; the check afterwards refuses it.
            Type::Hash => match read_json(text.as_bytes()) {
                Ok(value @ (Value::Object(_) | Value::Null)) => Ok(value),
                _ => Err(invalid("JSON string with a hash inside")),
            },
            Type::Array => match read_json(text.as_bytes()) {
                Ok(value @ (Value::Array(_) | Value::Null)) => Ok(value),
                _ => Err(invalid("JSON string with an array inside")),
            },
            Type::Other(name) => Err(ValueError::Declaration(format!(
                "unsupported type '{name}'"
            ))),
        }
    }
}

impl Action {
    /// Makes the inputs of a request from `name=value` arguments as
    /// `choria req` does (`Action.ValidateAndConvertToDDLTypes`): names in
    /// lower case, each value read and checked, then the defaults filled in.
    /// It is the client that fills in defaults, never the server.
    ///
    /// One thing is stricter: the text `null` for a hash or an array. The
    /// client sends it and the server refuses it; here it is refused at once.
    ///
    /// # Errors
    /// Returns a [`Refusal`] with Choria's text for the first argument, by name, that is
    /// not valid, else for the first input that is missing.
    pub fn inputs_from_text(
        &self,
        arguments: &BTreeMap<String, String>,
    ) -> Result<Map<String, Value>, Refusal> {
        let mut inputs = Map::new();
        for (name, text) in arguments {
            let name = name.to_lowercase();
            let input = self
                .input(&name)
                .ok_or_else(|| Refusal::Invalid(format!("input '{name}' has not been declared")))?;
            let value = input
                .value_from_text(text)
                .and_then(|value| input.check(&value).map(|_warning| value))
                .map_err(|error| {
                    Refusal::Invalid(format!("invalid value for '{name}': {error}"))
                })?;
            inputs.insert(name, value);
        }
        for input in self.inputs_by_name() {
            if inputs.contains_key(&*input.name) {
                continue;
            }
            if let Some(value) = input.default_value() {
                inputs.insert(input.name.clone().into_owned(), value);
            } else if !input.optional {
                let text = format!("input '{}' is required", input.name);
                return Err(Refusal::Missing(text));
            }
        }
        Ok(inputs)
    }
}
