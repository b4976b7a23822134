//! Requests made from a JSON Schema.

use serde_json::{Map, Value};

use crate::error::HostError;

/// How deeply a schema is followed.
const DEEPEST: usize = 32;

/// Returns a message that a schema allows: its first example, else the keys that it
/// requires, each with the simplest value. It can break rules that are not followed
/// here, such as `pattern`, so it must be checked.
pub(crate) fn sample(schema: &Value) -> Value {
    value(schema, schema, DEEPEST)
}

fn value(schema: &Value, root: &Value, levels: usize) -> Value {
    let Some(levels) = levels.checked_sub(1) else {
        return Value::Null;
    };
    let first = |key: &str| schema.get(key)?.as_array()?.first();
    if let Some(found) = first("examples") {
        return found.clone();
    }
    for key in ["const", "default"] {
        if let Some(found) = schema.get(key) {
            return found.clone();
        }
    }
    if let Some(found) = first("enum") {
        return found.clone();
    }
    if let Some(part) = reference(schema, root) {
        return value(part, root, levels);
    }
    if let Some(part) = ["anyOf", "oneOf", "allOf"]
        .iter()
        .find_map(|key| first(key))
    {
        return value(part, root, levels);
    }
    let kind = match schema.get("type") {
        Some(Value::Array(kinds)) => kinds.first(),
        other => other,
    };
    let least = |key: &str| schema.get(key).and_then(Value::as_u64).unwrap_or_default();
    match kind.and_then(Value::as_str) {
        Some("string") => {
            let length = usize::try_from(least("minLength")).unwrap_or_default();
            let text = "text";
            format!("{text}{}", "x".repeat(length.saturating_sub(text.len()))).into()
        }
        Some("integer" | "number") => schema.get("minimum").cloned().unwrap_or(0.into()),
        Some("boolean") => false.into(),
        Some("array") => {
            let item = schema.get("items").map(|item| value(item, root, levels));
            let count = least("minItems").min(100);
            (0..count)
                .map(|_| item.clone().unwrap_or_default())
                .collect()
        }
        Some("object") => object(schema, root, levels),
        _ => Value::Null,
    }
}

fn object(schema: &Value, root: &Value, levels: usize) -> Value {
    let required = schema.get("required").and_then(Value::as_array);
    let keys = required.into_iter().flatten().filter_map(Value::as_str);
    let members = keys.map(|key| {
        let part = &schema["properties"][key];
        (key.to_owned(), value(part, root, levels))
    });
    Value::Object(members.collect())
}

/// The part of the same schema that `$ref` names.
fn reference<'a>(schema: &Value, root: &'a Value) -> Option<&'a Value> {
    root.pointer(schema.get("$ref")?.as_str()?.strip_prefix('#')?)
}

/// Makes a request of `KEY=VALUE` arguments. Keys that can have one value only, such
/// as `protocol`, are filled in.
pub(crate) fn from_arguments(
    schema: &Value,
    arguments: &[(String, String)],
) -> Result<Value, HostError> {
    let nothing = Map::new();
    let properties = schema["properties"].as_object().unwrap_or(&nothing);
    let constant =
        |(name, part): (&String, &Value)| Some((name.clone(), part.get("const")?.clone()));
    let mut request: Map<String, Value> = properties.iter().filter_map(constant).collect();
    let mut given = Vec::new();
    for (name, text) in arguments {
        let Some(part) = properties.get(name) else {
            let names: Vec<&str> = properties.keys().map(String::as_str).collect();
            return Err(HostError::Request(format!(
                "it has no key {name:?}; expected one of {}",
                names.join(", ")
            )));
        };
        if given.contains(&name) {
            return Err(HostError::Request(format!("{name} is given twice")));
        }
        given.push(name);
        request.insert(name.clone(), typed(part, schema, text));
    }
    Ok(Value::Object(request))
}

/// Reads a value: it is a string if the schema allows one, else JSON. What is neither
/// is left to the check of the whole request.
fn typed(part: &Value, root: &Value, text: &str) -> Value {
    let part = reference(part, root).unwrap_or(part);
    let allows_text = match &part["type"] {
        Value::String(kind) => kind == "string",
        Value::Array(kinds) => kinds.iter().any(|kind| kind == "string"),
        _ => {
            let values = part["enum"].as_array();
            values.is_some_and(|values| values.iter().any(|value| value == text))
        }
    };
    let json = (!allows_text).then(|| serde_json::from_str(text).ok());
    json.flatten().unwrap_or_else(|| text.into())
}

#[cfg(test)]
mod tests {
    use choria_external_protocol::registry;
    use serde_json::json;

    use super::*;

    #[test]
    fn the_sample_of_each_type_keeps_its_schema() {
        for function in registry().unwrap().iter() {
            for kind in [function.request(), function.reply()] {
                let schema = serde_json::from_str(kind.schema()).unwrap();
                let sample = sample(&schema);
                kind.check(&sample).unwrap_or_else(|violation| {
                    panic!("{}: {violation}: {sample}", kind.protocol())
                });
            }
        }
    }

    #[test]
    fn the_simplest_values_are_taken() {
        let schema = json!({
            "type": "object",
            "required": ["a", "b", "c", "d", "e", "f"],
            "properties": {
                "a": {"$ref": "#/definitions/long"},
                "b": {"type": ["integer", "null"], "minimum": 3},
                "c": {"type": "array", "minItems": 2, "items": {"type": "boolean"}},
                "d": {"anyOf": [{"const": 1}, {"const": 2}]},
                "e": {"enum": ["x", "y"]},
                "f": {"type": "string", "examples": ["mine"]},
                "g": {"type": "string"},
            },
            "definitions": {"long": {"type": "string", "minLength": 6}},
        });
        let wanted =
            json!({"a": "textxx", "b": 3, "c": [false, false], "d": 1, "e": "x", "f": "mine"});
        assert_eq!(sample(&schema), wanted);
        let endless = json!({"allOf": [{"$ref": "#"}]});
        assert_eq!(sample(&endless), Value::Null);
    }

    #[test]
    fn arguments_are_read_by_the_schema() {
        let schema = json!({"properties": {
            "protocol": {"const": "p"},
            "text": {"type": "string"},
            "count": {"type": "integer"},
            "word": {"enum": ["de", "en"]},
        }});
        let read = |arguments: &[(&str, &str)]| {
            let own = arguments
                .iter()
                .map(|(name, value)| ((*name).into(), (*value).into()));
            from_arguments(&schema, &own.collect::<Vec<_>>()).map_err(|error| error.to_string())
        };
        assert_eq!(
            read(&[("text", "1"), ("count", "2"), ("word", "de")]),
            Ok(json!({"protocol": "p", "text": "1", "count": 2, "word": "de"}))
        );
        // The check of the whole says what is wrong with it.
        assert_eq!(
            read(&[("count", "x")]),
            Ok(json!({"protocol": "p", "count": "x"}))
        );
        assert!(read(&[("other", "x")]).unwrap_err().contains("\"other\""));
        assert!(
            read(&[("text", "x"), ("text", "y")])
                .unwrap_err()
                .contains("twice")
        );
    }
}
