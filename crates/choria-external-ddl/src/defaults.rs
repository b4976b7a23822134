//! What is filled in where nothing was given.

use serde_json::{Map, Value};

use crate::{Action, Input, Output};

impl Input {
    /// What the client fills in where the user gave nothing.
    pub fn default_value(&self) -> Option<Value> {
        self.default.as_deref().map(value)
    }
}

impl Output {
    /// What the server fills in where a reply lacks this output.
    pub fn default_value(&self) -> Option<Value> {
        self.default.as_deref().map(value)
    }
}

/// A default as a value. Not an error where it is no JSON: the text is a
/// constant of the agent's author, and there is nobody to tell.
fn value(json: &str) -> Value {
    serde_json::from_str(json).unwrap_or_else(|_| Value::String(json.into()))
}

impl Action {
    /// Fills in the outputs that a reply lacks and that have a default, as the
    /// server does (`Action.SetOutputDefaults`). An explicit null stays.
    pub fn fill_outputs(&self, data: &mut Map<String, Value>) {
        for output in self.outputs.iter() {
            if data.contains_key(&*output.name) {
                continue;
            }
            if let Some(value) = output.default_value() {
                data.insert(output.name.clone().into_owned(), value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_default_that_is_no_json_is_a_text() {
        assert_eq!(value("3"), 3);
        assert_eq!(value("\"hi\""), "hi");
        assert_eq!(value("hi there"), "hi there");
    }
}
