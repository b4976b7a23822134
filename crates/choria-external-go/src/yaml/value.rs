//! YAML as a JSON value, by Go's `yaml.v2` and `ghodss/yaml`.

use std::collections::BTreeMap;

use serde_json::{Map, Number, Value};

use super::{InvalidYaml, Kind, Node, Scalar, Tree};

/// Reads a YAML text as Choria does, `yaml.YAMLToJSON`.
///
/// Of equal keys the last counts, of several documents the first; `<<` is
/// merged; a text without a document is null.
///
/// # Errors
/// Returns [`InvalidYaml`] if Choria refuses the text; and for what is not read here:
/// more than [`DEEPEST`](super::DEEPEST) levels, and aliases that stand for more than
/// 100,000 nodes.
///
/// ```
/// use choria_external_go::yaml::to_value;
///
/// let facts = to_value("os: {family: Debian}\nvirtual: no\n1: one\n")?;
/// assert_eq!(facts.to_string(), r#"{"1":"one","os":{"family":"Debian"},"virtual":false}"#);
/// # Ok::<(), choria_external_go::yaml::InvalidYaml>(())
/// ```
pub fn to_value(text: &str) -> Result<Value, InvalidYaml> {
    match Tree::read(text)?.root {
        Some(root) => decode(&root)?.into_json(),
        None => Ok(Value::Null),
    }
}

/// What `yaml.v2` makes of a node. Only then is it made JSON: what JSON cannot
/// hold does no harm where another value has taken its place.
enum Decoded {
    Scalar(Scalar, usize),
    List(Vec<Decoded>),
    Map(Decodeds),
}

/// The entries of a map, by the type and the text of the key, with the place of
/// the key.
type Decodeds = BTreeMap<(KeyType, String), (usize, Decoded)>;

/// Keys of several types can have one text: `1` and `"1"`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum KeyType {
    Null,
    Bool,
    Integer,
    Float,
    String,
}

fn decode(node: &Node) -> Result<Decoded, InvalidYaml> {
    Ok(match &node.kind {
        Kind::List(items) => Decoded::List(items.iter().map(decode).collect::<Result<_, _>>()?),
        Kind::Map(entries) => {
            let mut map = BTreeMap::new();
            add(entries, &mut map)?;
            Decoded::Map(map)
        }
        Kind::Scalar { text, plain } => {
            let at = node.span.start;
            let scalar = Scalar::read(text, *plain, node.tag.as_deref());
            Decoded::Scalar(scalar.map_err(|reason| InvalidYaml::new(at, reason))?, at)
        }
    })
}

impl Decoded {
    fn into_json(self) -> Result<Value, InvalidYaml> {
        match self {
            Self::List(items) => items.into_iter().map(Self::into_json).collect(),
            Self::Map(entries) => {
                let mut map = Map::new();
                for ((key_type, name), (at, entry)) in entries {
                    let unsigned = key_type == KeyType::Integer && name.parse::<i64>().is_err();
                    if key_type == KeyType::Null || unsigned {
                        let reason =
                            "a key cannot be null, or a whole number beyond 64 bits with a sign";
                        return Err(InvalidYaml::new(at, reason));
                    }
                    map.insert(name, entry.into_json()?);
                }
                Ok(map.into())
            }
            Self::Scalar(Scalar::Null, _) => Ok(Value::Null),
            Self::Scalar(Scalar::Bool(truth), _) => Ok(truth.into()),
            Self::Scalar(Scalar::String(text), _) => Ok(text.into()),
            Self::Scalar(Scalar::Integer(number), _) => {
                Ok(match (i64::try_from(number), u64::try_from(number)) {
                    (Ok(number), _) => number.into(),
                    (_, Ok(number)) => number.into(),
                    // None is so large.
                    _ => Value::Null,
                })
            }
            Self::Scalar(Scalar::Float(number), at) => Number::from_f64(number)
                .map(Value::from)
                .ok_or_else(|| InvalidYaml::new(at, "JSON has no infinity and no NaN")),
        }
    }
}

/// Adds the entries of a map, in their order: each may take the place of one
/// before, a merged one too.
fn add(entries: &[(Node, Node)], map: &mut Decodeds) -> Result<(), InvalidYaml> {
    for (key, entry) in entries {
        if is_merge(key) {
            merge(entry, map)?;
            continue;
        }
        let at = key.span.start;
        let Decoded::Scalar(name, _) = decode(key)? else {
            return Err(InvalidYaml::new(at, "a list or a map cannot be a key"));
        };
        let name = match name {
            Scalar::Null => (KeyType::Null, String::new()),
            Scalar::Bool(truth) => (KeyType::Bool, truth.to_string()),
            Scalar::Integer(number) => (KeyType::Integer, number.to_string()),
            Scalar::Float(number) => (KeyType::Float, float_key(number)),
            Scalar::String(text) => (KeyType::String, text),
        };
        map.insert(name, (at, decode(entry)?));
    }
    Ok(())
}

fn is_merge(key: &Node) -> bool {
    let tag = key.tag.as_deref();
    match &key.kind {
        Kind::Scalar { text, plain } => {
            text == "<<" && ((*plain && tag.is_none()) || tag == Some("!!merge"))
        }
        _ => false,
    }
}

/// The value of `<<`: a map, or several, of which the first ones count.
fn merge(node: &Node, map: &mut Decodeds) -> Result<(), InvalidYaml> {
    let maps = match &node.kind {
        Kind::Map(_) => std::slice::from_ref(node),
        Kind::List(items) => items,
        Kind::Scalar { .. } => &[],
    };
    let all_maps = maps.iter().all(|map| matches!(map.kind, Kind::Map(_)));
    if !all_maps || matches!(node.kind, Kind::Scalar { .. }) {
        let reason = "<< wants a map or a list of maps";
        return Err(InvalidYaml::new(node.span.start, reason));
    }
    for merged in maps.iter().rev() {
        if let Kind::Map(entries) = &merged.kind {
            add(entries, map)?;
        }
    }
    Ok(())
}

/// A number as a key: Go's `strconv.FormatFloat(number, 'g', -1, 32)`.
#[expect(clippy::cast_possible_truncation, reason = "Go makes 32 bits of it")]
fn float_key(number: f64) -> String {
    let narrow = number as f32;
    if narrow.is_nan() {
        return ".nan".into();
    }
    if narrow.is_infinite() {
        return if narrow > 0.0 { ".inf" } else { "-.inf" }.into();
    }
    let shortest = format!("{narrow:e}");
    let (digits, exponent) = shortest.split_once('e').unwrap_or((&shortest, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if !(-4..6).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{digits}e{sign}{:02}", exponent.abs());
    }
    format!("{narrow}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn scalars_are_those_of_yaml_1_1() {
        let text = r#"
strings: ['yes', "1", 2026-01-02, 1:20, 1.2.3, v1, !!str 2, 99999999999999999999x, 0o8, _1, 1e999, !own 1]
flags: [yes, No, on, y, true, ~, null, OFF]
numbers: [1.10, 010, 0x1f, 0b101, 1_000, 18446744073709551615, 1e3, 1e30, .5, -7, +5, 1., 08, !!float 1]
1: one
1.5: float
yes: bool
empty:
nested: {a: {b: [[], {}]}}
more: |
  two
  "lines"
"#;
        assert_eq!(
            to_value(text).unwrap(),
            json!({
                "strings": ["yes", "1", "2026-01-02", "1:20", "1.2.3", "v1", "2", "99999999999999999999x", "0o8",
                    "_1", "1e999", "1"],
                "flags": [true, false, true, true, true, null, null, false],
                "numbers": [1.1, 8, 31, 5, 1000, 18_446_744_073_709_551_615_u64, 1000.0, 1e30, 0.5, -7, 5, 1.0, 8.0, 1],
                "1": "one",
                "1.5": "float",
                "true": "bool",
                "empty": null,
                "nested": {"a": {"b": [[], {}]}},
                "more": "two\n\"lines\"\n",
            })
        );
    }

    #[test]
    fn the_last_key_and_the_first_document_count() {
        for text in ["", "# nothing\n", "---\n"] {
            assert_eq!(to_value(text).unwrap(), Value::Null, "{text:?}");
        }
        assert_eq!(
            to_value("---\na: 1\na: 2\n---\na: 3\n").unwrap(),
            json!({"a": 2})
        );
        // What JSON cannot hold is not there any more.
        assert_eq!(to_value("a: [.inf]\na: 1\n").unwrap(), json!({"a": 1}));
        assert_eq!(to_value("\u{feff}a: 1\n").unwrap(), json!({"a": 1}));
    }

    #[test]
    fn aliases_and_merges_are_written_out() {
        let text = "
base: &base {a: 1, b: &list [1, 2]}
more: &more {c: 3, a: 9}
before: {b: own, <<: *base}
behind: {<<: *base, b: own}
list: {<<: [*base, *more], d: *list}
";
        let base = json!([1, 2]);
        assert_eq!(
            to_value(text).unwrap(),
            json!({
                "base": {"a": 1, "b": base},
                "more": {"a": 9, "c": 3},
                "before": {"a": 1, "b": base},
                "behind": {"a": 1, "b": "own"},
                "list": {"a": 1, "b": base, "c": 3, "d": base},
            })
        );
    }

    #[test]
    fn what_is_wrong_has_its_place() {
        for (text, at, reason) in [
            ("a: .inf", 3, "JSON has no infinity and no NaN"),
            ("a: 1\n? [b]\n: 1", 7, "a list or a map cannot be a key"),
            (
                "~: 1",
                0,
                "a key cannot be null, or a whole number beyond 64 bits with a sign",
            ),
            ("a: {<<: 1}", 8, "<< wants a map or a list of maps"),
            ("a: {<<: [1]}", 8, "<< wants a map or a list of maps"),
            ("a: !!int x", 3, "\"x\" is not !!int"),
            ("a: !!binary e", 3, "the value of !!binary is not base64"),
            (
                "a: &a\n  - *a",
                10,
                "an alias stands within what it is an alias of",
            ),
        ] {
            assert_eq!(to_value(text), Err(InvalidYaml::new(at, reason)), "{text}");
        }
        let error = to_value("a: 1\nb: [1\nc: 2").unwrap_err();
        assert!(error.to_string().starts_with("not YAML: "), "{error}");
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        assert!(to_value(&deep).is_err());
    }

    #[test]
    fn numbers_as_keys_have_the_form_of_go() {
        for (number, key) in [
            (0.1, "0.1"),
            (1.5, "1.5"),
            (100_000.0, "100000"),
            (1_000_000.0, "1e+06"),
            (1_234_567.0, "1.234567e+06"),
            (123_456_789.5, "1.2345679e+08"),
            (0.000_01, "1e-05"),
            (0.000_1, "0.0001"),
            (-2.5e20, "-2.5e+20"),
            (1e300, ".inf"),
        ] {
            assert_eq!(float_key(number), key, "{number}");
        }
    }
}
