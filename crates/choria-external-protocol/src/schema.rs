//! Schemas of what is no message to a program, and what schemas must avoid.

use serde_json::Value;

crate::message_kind! {
    /// The JSON form of an agent's DDL, `NAME.json`.
    pub AGENT_DDL = "io.choria.mcorpc.ddl.v1.agent" in "schemas/io.choria.mcorpc.ddl.v1.agent.json"
}

/// Places in a schema of keywords that have no meaning for the `type` beside
/// them, such as `items` beside `"type": "object"`. There the validator that
/// `jsonschema`'s macro generates is wrong: it takes a list for an object.
///
/// For a test of one's own schemas:
///
/// ```
/// use choria_external_protocol::{FunctionType as _, Rpc, schema::misplaced_keywords};
///
/// let schema = serde_json::from_str(Rpc::REQUEST.schema())?;
/// assert!(misplaced_keywords(&schema).is_empty());
/// # Ok::<(), serde_json::Error>(())
/// ```
pub fn misplaced_keywords(schema: &Value) -> Vec<String> {
    below(schema, "#")
}

fn below(schema: &Value, place: &str) -> Vec<String> {
    let children: Vec<(String, &Value)> = match schema {
        Value::Object(object) => object
            .iter()
            .map(|(key, value)| (key.clone(), value))
            .collect(),
        Value::Array(list) => list
            .iter()
            .enumerate()
            .map(|(at, value)| (at.to_string(), value))
            .collect(),
        _ => return Vec::new(),
    };
    let types: Vec<&str> = match schema.get("type") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(some)) => some.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let mut found = Vec::new();
    for (key, child) in children {
        let place = format!("{place}/{key}");
        let meant_for = meant_for(&key);
        if !types.is_empty()
            && !meant_for.is_empty()
            && !types.iter().any(|one| meant_for.contains(one))
        {
            found.push(place.clone());
        }
        found.extend(below(child, &place));
    }
    found
}

/// The types that a keyword of draft 7 has a meaning for; none: all.
fn meant_for(keyword: &str) -> &'static [&'static str] {
    match keyword {
        "required"
        | "properties"
        | "patternProperties"
        | "additionalProperties"
        | "propertyNames"
        | "minProperties"
        | "maxProperties"
        | "dependencies" => &["object"],
        "items" | "additionalItems" | "contains" | "minItems" | "maxItems" | "uniqueItems" => {
            &["array"]
        }
        "minLength" | "maxLength" | "pattern" | "format" => &["string"],
        "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" | "multipleOf" => {
            &["integer", "number"]
        }
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn keywords_of_other_types_are_found_where_they_are() {
        let places = |schema| misplaced_keywords(&schema);
        assert_eq!(
            places(json!({"a": [{}, {"type": "object", "items": {}, "minProperties": 1}]})),
            ["#/a/1/items"]
        );
        assert_eq!(
            places(json!({"type": ["null", "object"], "items": {}})),
            ["#/items"]
        );
        for (keyword, types) in [
            ("required", &["object"][..]),
            ("minItems", &["array"]),
            ("pattern", &["string"]),
            ("minimum", &["integer", "number"]),
            (
                "const",
                &["object", "array", "string", "integer", "number", "null"],
            ),
        ] {
            for one in ["object", "array", "string", "integer", "number", "null"] {
                let wanted = if types.contains(&one) {
                    vec![]
                } else {
                    vec![format!("#/{keyword}")]
                };
                assert_eq!(places(json!({"type": one, keyword: 1})), wanted, "{one}");
                // One of several is enough.
                let several = json!({"type": [one, types[0]], keyword: 1});
                assert!(places(several).is_empty(), "{one}");
            }
            assert!(places(json!({keyword: 1})).is_empty(), "{keyword}");
        }
    }

    #[test]
    fn an_empty_ddl_is_none() {
        assert_eq!(
            AGENT_DDL.check(&json!({})).unwrap_err().to_string(),
            "$.metadata: expected this key, got none"
        );
    }
}
