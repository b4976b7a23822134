//! The serializer itself.

use serde::ser::{
    Error as _, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant,
    SerializeTuple, SerializeTupleStruct, SerializeTupleVariant, Serializer,
};
use serde_json::{Map, Number, Value};

use super::{Reason, Unwritable};

type Result<T> = std::result::Result<T, Unwritable>;

/// Serializes to a value. A step of the path is added while an error comes out,
/// so that a value without one pays nothing for it.
pub(super) struct Strict;

/// A list; of an enum's variant, in an object with its name.
pub(super) struct Items {
    items: Vec<Value>,
    variant: Option<&'static str>,
}

/// An object; of an enum's variant, in another with its name.
pub(super) struct Entries {
    map: Map<String, Value>,
    /// The key whose value comes next.
    key: String,
    variant: Option<&'static str>,
    /// A struct by which `serde_json` hands over JSON as a text.
    raw: bool,
}

/// What the names of such structs start with: `RawValue`, and numbers with the
/// feature `arbitrary_precision`.
const RAW: &str = "$serde_json::private::";

fn variant(name: Option<&'static str>, value: Value) -> Value {
    match name {
        None => value,
        Some(name) => {
            // Made of an iterator it would be sorted, with a lot of code.
            let mut map = Map::new();
            map.insert(name.to_owned(), value);
            Value::Object(map)
        }
    }
}

impl Items {
    fn of(length: Option<usize>, variant: Option<&'static str>) -> Self {
        Self {
            // What a type says of its length is not to be relied on.
            items: Vec::with_capacity(length.unwrap_or(0).min(1024)),
            variant,
        }
    }

    fn add(&mut self, value: &(impl Serialize + ?Sized)) -> Result<()> {
        let (index, variant) = (self.items.len(), self.variant);
        let inside = |error: Unwritable| error.in_item(index).within(variant);
        self.items.push(value.serialize(Strict).map_err(inside)?);
        Ok(())
    }

    fn done(self) -> Value {
        variant(self.variant, Value::Array(self.items))
    }
}

impl Entries {
    fn of(variant: Option<&'static str>) -> Self {
        Self {
            map: Map::new(),
            key: String::new(),
            variant,
            raw: false,
        }
    }

    fn add(&mut self, key: &'static str, value: &(impl Serialize + ?Sized)) -> Result<()> {
        let variant = self.variant;
        let inside = |error: Unwritable| error.under_key(key).within(variant);
        let value = value.serialize(Strict).map_err(inside)?;
        self.map.insert(key.into(), value);
        Ok(())
    }

    fn done(self) -> Result<Value> {
        if self.raw
            && let Some(Value::String(json)) = self.map.values().next()
        {
            return serde_json::from_str(json).map_err(Unwritable::custom);
        }
        Ok(variant(self.variant, Value::Object(self.map)))
    }
}

/// JSON's keys are texts; numbers and booleans have one.
fn key(value: Value) -> Result<String> {
    match value {
        Value::String(text) => Ok(text),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(truth) => Ok(truth.to_string()),
        _ => Err(Unwritable::of(Reason::Key)),
    }
}

macro_rules! integers {
    ($($method:ident $integer:ty;)*) => {$(
        fn $method(self, value: $integer) -> Result<Value> {
            Ok(value.into())
        }
    )*};
}

macro_rules! long_integers {
    ($($method:ident $integer:ty: $make:path;)*) => {$(
        fn $method(self, value: $integer) -> Result<Value> {
            $make(value).map(Value::Number).ok_or_else(|| {
                Unwritable::custom(format_args!("{value} is an integer beyond 64 bits"))
            })
        }
    )*};
}

impl Serializer for Strict {
    type Ok = Value;
    type Error = Unwritable;
    type SerializeSeq = Items;
    type SerializeTuple = Items;
    type SerializeTupleStruct = Items;
    type SerializeTupleVariant = Items;
    type SerializeMap = Entries;
    type SerializeStruct = Entries;
    type SerializeStructVariant = Entries;

    integers! {
        serialize_i8 i8; serialize_i16 i16; serialize_i32 i32; serialize_i64 i64;
        serialize_u8 u8; serialize_u16 u16; serialize_u32 u32; serialize_u64 u64;
    }

    long_integers! {
        serialize_i128 i128: Number::from_i128;
        serialize_u128 u128: Number::from_u128;
    }

    fn serialize_bool(self, value: bool) -> Result<Value> {
        Ok(Value::Bool(value))
    }

    fn serialize_f32(self, value: f32) -> Result<Value> {
        match Value::from(value) {
            Value::Null => Err(Unwritable::not_finite(value.into())),
            number => Ok(number),
        }
    }

    fn serialize_f64(self, value: f64) -> Result<Value> {
        match Number::from_f64(value) {
            None => Err(Unwritable::not_finite(value)),
            Some(number) => Ok(Value::Number(number)),
        }
    }

    fn serialize_char(self, value: char) -> Result<Value> {
        Ok(Value::String(value.into()))
    }

    fn serialize_str(self, value: &str) -> Result<Value> {
        Ok(Value::String(value.into()))
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<Value> {
        Ok(value.to_vec().into())
    }

    fn serialize_none(self) -> Result<Value> {
        Ok(Value::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Value> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Value> {
        Ok(Value::Null)
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<Value> {
        Ok(Value::Null)
    }

    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<Value> {
        Ok(Value::String(variant.into()))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result<Value> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Value> {
        let mut entries = Entries::of(None);
        entries.add(variant, value)?;
        entries.done()
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Items> {
        Ok(Items::of(length, None))
    }

    fn serialize_tuple(self, length: usize) -> Result<Items> {
        Ok(Items::of(Some(length), None))
    }

    fn serialize_tuple_struct(self, _name: &'static str, length: usize) -> Result<Items> {
        Ok(Items::of(Some(length), None))
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Items> {
        Ok(Items::of(Some(length), Some(variant)))
    }

    fn serialize_map(self, _length: Option<usize>) -> Result<Entries> {
        Ok(Entries::of(None))
    }

    fn serialize_struct(self, name: &'static str, _length: usize) -> Result<Entries> {
        Ok(Entries {
            raw: name.starts_with(RAW),
            ..Entries::of(None)
        })
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _length: usize,
    ) -> Result<Entries> {
        Ok(Entries::of(Some(variant)))
    }
}

macro_rules! items {
    ($($of:ident $method:ident;)*) => {$(
        impl $of for Items {
            type Ok = Value;
            type Error = Unwritable;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
                self.add(value)
            }

            fn end(self) -> Result<Value> {
                Ok(self.done())
            }
        }
    )*};
}

items! {
    SerializeSeq serialize_element;
    SerializeTuple serialize_element;
    SerializeTupleStruct serialize_field;
    SerializeTupleVariant serialize_field;
}

macro_rules! entries {
    ($($of:ident)*) => {$(
        impl $of for Entries {
            type Ok = Value;
            type Error = Unwritable;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                key: &'static str,
                value: &T,
            ) -> Result<()> {
                self.add(key, value)
            }

            fn end(self) -> Result<Value> {
                self.done()
            }
        }
    )*};
}

entries! { SerializeStruct SerializeStructVariant }

impl SerializeMap for Entries {
    type Ok = Value;
    type Error = Unwritable;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, name: &T) -> Result<()> {
        self.key = key(name.serialize(Strict)?)?;
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        let key = std::mem::take(&mut self.key);
        match value.serialize(Strict) {
            Ok(value) => {
                self.map.insert(key, value);
                Ok(())
            }
            Err(error) => Err(error.under_key(key)),
        }
    }

    fn end(self) -> Result<Value> {
        self.done()
    }
}
