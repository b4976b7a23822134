use std::collections::{BTreeMap, HashMap};

use proptest::prelude::*;
use serde::ser::SerializeStruct as _;
use serde::{Serialize, Serializer};
use serde_json::json;

use super::*;

fn wrong(value: &impl Serialize) -> String {
    to_json(value).unwrap_err().to_string()
}

#[derive(Serialize)]
struct Disk {
    size: f32,
    label: Option<Label>,
}

#[derive(Serialize)]
enum Label {
    Unit,
    Newtype(f64),
    Tuple(u8, f64),
    Struct { inner: f64 },
}

/// Refuses to be serialized.
struct Odd;

impl Serialize for Odd {
    fn serialize<S: Serializer>(&self, _serializer: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("the disk is gone"))
    }
}

#[derive(Serialize)]
struct Node {
    disk: Odd,
}

/// `serde_json::value::RawValue`, as it looks to a serializer.
struct Raw(&'static str);

impl Serialize for Raw {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let name = "$serde_json::private::RawValue";
        let mut raw = serializer.serialize_struct(name, 1)?;
        raw.serialize_field(name, self.0)?;
        raw.end()
    }
}

#[test]
fn raw_json_is_what_it_says() {
    assert_eq!(
        to_json(&[Raw(r#"{"a":[1]}"#)]).unwrap(),
        json!([{"a": [1]}])
    );
    assert!(wrong(&Raw("{")).contains("EOF while parsing"));
}

#[test]
fn what_json_cannot_hold_is_told_with_its_place() {
    let disk = |size, label| Disk { size, label };
    let all = [
        wrong(&f64::NAN),
        wrong(&f32::INFINITY),
        wrong(&f64::NEG_INFINITY),
        wrong(&(1, [0.0, f64::NAN])),
        wrong(&[disk(1.0, None), disk(f32::NAN, None)]),
        wrong(&disk(1.0, Some(Label::Newtype(f64::NAN)))),
        wrong(&disk(1.0, Some(Label::Tuple(1, f64::NAN)))),
        wrong(&disk(1.0, Some(Label::Struct { inner: f64::NAN }))),
        wrong(&BTreeMap::from([("a b", BTreeMap::from([(7, f64::NAN)]))])),
        wrong(&[HashMap::from([((1, 2), 3)])]),
        wrong(&HashMap::from([(Some(()), 3)])),
        wrong(&Node { disk: Odd }),
        wrong(&Odd),
        wrong(&[u128::MAX]),
        wrong(&i128::MIN),
    ];
    assert_eq!(
        all.join("\n"),
        "is NaN, which JSON cannot hold\n\
         is inf, which JSON cannot hold\n\
         is -inf, which JSON cannot hold\n\
         is NaN at [1][1], which JSON cannot hold\n\
         is NaN at [1].size, which JSON cannot hold\n\
         is NaN at .label.Newtype, which JSON cannot hold\n\
         is NaN at .label.Tuple[1], which JSON cannot hold\n\
         is NaN at .label.Struct.inner, which JSON cannot hold\n\
         is NaN at [\"a b\"].7, which JSON cannot hold\n\
         has a key that is not a string at [0], which JSON cannot hold\n\
         has a key that is not a string, which JSON cannot hold\n\
         cannot be written as JSON at .disk: the disk is gone\n\
         cannot be written as JSON: the disk is gone\n\
         cannot be written as JSON at [0]: 340282366920938463463374607431768211455 is an integer beyond 64 bits\n\
         cannot be written as JSON: -170141183460469231731687303715884105728 is an integer beyond 64 bits"
    );
}

/// Of every kind that serde knows.
#[derive(Serialize)]
struct All<'a> {
    unit: (),
    unit_struct: Unit,
    newtype: Newtype,
    tuple: (u8, char, bool),
    texts: &'a [&'a str],
    bytes: Bytes,
    labels: [Label; 4],
    long: (i128, u128, i64, u64),
    floats: (f32, f64, f64),
    keys: BTreeMap<u8, BTreeMap<bool, BTreeMap<char, i8>>>,
    none: Option<u8>,
    some: Option<&'a str>,
}

#[derive(Serialize)]
struct Unit;

#[derive(Serialize)]
struct Newtype(u16);

struct Bytes;

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&[0, 255])
    }
}

#[test]
fn all_else_is_what_serde_json_makes_of_it() {
    let all = All {
        unit: (),
        unit_struct: Unit,
        newtype: Newtype(2),
        tuple: (1, 'c', true),
        texts: &["a", ""],
        bytes: Bytes,
        labels: [
            Label::Unit,
            Label::Newtype(1.5),
            Label::Tuple(1, -0.0),
            Label::Struct { inner: 1e300 },
        ],
        long: (i64::MIN.into(), u64::MAX.into(), i64::MIN, u64::MAX),
        floats: (0.1, 0.1, f64::MIN_POSITIVE),
        keys: BTreeMap::from([(1, BTreeMap::from([(true, BTreeMap::from([('k', -1)]))]))]),
        none: None,
        some: Some("text"),
    };
    assert_eq!(to_json(&all).unwrap(), serde_json::to_value(&all).unwrap());
    assert_eq!(
        to_json(&all).unwrap()["keys"],
        json!({"1": {"true": {"k": -1}}})
    );
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::hash_map(any::<String>(), inner, 0..5)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn a_value_stays_as_it_is(value in any_json()) {
        prop_assert_eq!(to_json(&value).unwrap(), value);
    }
}
