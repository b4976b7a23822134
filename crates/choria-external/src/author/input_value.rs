//! What a single input can be.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasher;
use std::ops::Deref;

use choria_external_ddl::Type;
use serde::de::DeserializeOwned;
use serde_json::{Map, Number, Value};

/// The type of one input; it decides the type in the DDL.
///
/// | Rust | DDL |
/// |---|---|
/// | `String` | string |
/// | `i8` to `i64`, `u8` to `u64`, `isize`, `usize` | integer (3.0 counts as 3, as in Choria) |
/// | `f32`, `f64` | float |
/// | `serde_json::Number` | number |
/// | `bool` | boolean |
/// | an enum with `#[derive(List)]` | list |
/// | `Vec<T>`, `T: Deserialize`, or an enum with `#[derive(List)]` | array |
/// | `BTreeMap<String, T>`, `HashMap<String, T>`, `serde_json::Map`, [`Hash<T>`](struct@Hash) for a struct | hash |
/// | `Option<T>` | the same as `T`, optional |
/// | [`Secret<T>`](crate::Secret) | the same as `T`; the input is secret |
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no type in the DDL",
    label = "cannot be an input",
    note = "strings, numbers, booleans, Vec<T>, maps with String keys, Hash<T> for a struct, enums with #[derive(List)], and Option of these can"
)]
pub trait InputValue: Sized {
    /// Its type in the DDL.
    const KIND: Type;
    /// Whether a request may omit it.
    const OPTIONAL: bool = false;
    /// Whether its value must not be seen, as that of a
    /// [`Secret`](crate::Secret).
    const SECRET: bool = false;
    /// The least and the most it can be, for [`Type::Integer`].
    const RANGE: Option<(i128, i128)> = None;
    /// The strings to choose from, for [`Type::List`].
    const LIST: &'static [Cow<'static, str>] = &[];

    /// The value, typed.
    ///
    /// # Errors
    /// Returns why the value is not valid, as the end of a sentence that starts with the
    /// input's name.
    fn from_value(value: Value) -> Result<Self, String>;

    /// The value if the request has none.
    fn absent() -> Option<Self> {
        None
    }
}

impl<T: InputValue> InputValue for Option<T> {
    const KIND: Type = T::KIND;
    const OPTIONAL: bool = true;
    const SECRET: bool = T::SECRET;
    const RANGE: Option<(i128, i128)> = T::RANGE;
    const LIST: &'static [Cow<'static, str>] = T::LIST;

    fn from_value(value: Value) -> Result<Self, String> {
        T::from_value(value).map(Some)
    }

    fn absent() -> Option<Self> {
        Some(None)
    }
}

impl InputValue for String {
    const KIND: Type = Type::String;

    fn from_value(value: Value) -> Result<Self, String> {
        match value {
            Value::String(text) => Ok(text),
            _ => Err("is not a string".into()),
        }
    }
}

impl InputValue for bool {
    const KIND: Type = Type::Boolean;

    fn from_value(value: Value) -> Result<Self, String> {
        value.as_bool().ok_or_else(|| "is not a boolean".into())
    }
}

macro_rules! integers {
    ($($integer:ty)*) => {$(
        impl InputValue for $integer {
            const KIND: Type = Type::Integer;
            const RANGE: Option<(i128, i128)> = Some((Self::MIN as i128, Self::MAX as i128));

            fn from_value(value: Value) -> Result<Self, String> {
                let whole = whole(&value).ok_or("is not an integer")?;
                whole.try_into().map_err(|_| {
                    format!("is not between {} and {}", Self::MIN, Self::MAX)
                })
            }
        }
    )*};
}

integers! { i8 i16 i32 i64 isize u8 u16 u32 u64 usize }

/// A number without a fraction, however it is written: to Choria 3.0 is an
/// integer too.
fn whole(value: &Value) -> Option<i128> {
    let number = value.as_number()?;
    let exact = number
        .as_i64()
        .map(i128::from)
        .or(number.as_u64().map(i128::from));
    exact.or_else(|| {
        let float = number.as_f64().filter(|float| float.fract() == 0.0)?;
        // Beyond the range of every integer type; saturation keeps it there.
        #[expect(clippy::cast_possible_truncation, reason = "`as` saturates")]
        Some(float as i128)
    })
}

impl InputValue for f64 {
    const KIND: Type = Type::Float;

    fn from_value(value: Value) -> Result<Self, String> {
        value.as_f64().ok_or_else(|| "is not a float".into())
    }
}

impl InputValue for f32 {
    const KIND: Type = Type::Float;

    fn from_value(value: Value) -> Result<Self, String> {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the author chose the precision"
        )]
        f64::from_value(value).map(|float| float as Self)
    }
}

impl InputValue for Number {
    const KIND: Type = Type::Number;

    fn from_value(value: Value) -> Result<Self, String> {
        match value {
            Value::Number(number) => Ok(number),
            _ => Err("is not a number".into()),
        }
    }
}

impl<T: DeserializeOwned> InputValue for Vec<T> {
    const KIND: Type = Type::Array;

    fn from_value(value: Value) -> Result<Self, String> {
        match value {
            Value::Array(items) => {
                let mut read = 0_usize;
                let typed = items.into_iter().map(|item| {
                    read += 1;
                    serde_json::from_value(item)
                });
                // The text of an error is made once, not for each item.
                let typed: Result<Self, serde_json::Error> = typed.collect();
                typed.map_err(|error| format!("is wrong at [{}]: {error}", read.saturating_sub(1)))
            }
            _ => Err("is not an array".into()),
        }
    }
}

/// Each value of an object, typed; an error names the key.
fn entries<M, T>(value: Value) -> Result<M, String>
where
    M: FromIterator<(String, T)>,
    T: DeserializeOwned,
{
    let typed = |(key, value)| match serde_json::from_value(value) {
        Ok(value) => Ok((key, value)),
        Err(error) => Err(format!("is wrong at [{key:?}]: {error}")),
    };
    match value {
        Value::Object(entries) => entries.into_iter().map(typed).collect(),
        _ => Err("is not a hash map".into()),
    }
}

impl<T: DeserializeOwned> InputValue for BTreeMap<String, T> {
    const KIND: Type = Type::Hash;

    fn from_value(value: Value) -> Result<Self, String> {
        entries(value)
    }
}

impl<T: DeserializeOwned, S: BuildHasher + Default> InputValue for HashMap<String, T, S> {
    const KIND: Type = Type::Hash;

    fn from_value(value: Value) -> Result<Self, String> {
        entries(value)
    }
}

impl InputValue for Map<String, Value> {
    const KIND: Type = Type::Hash;

    fn from_value(value: Value) -> Result<Self, String> {
        match value {
            Value::Object(entries) => Ok(entries),
            _ => Err("is not a hash map".into()),
        }
    }
}

/// A struct of the author's own as a hash: read and written by serde.
///
/// ```
/// use choria_external::{Hash, InputValue, json};
/// use serde::Deserialize;
///
/// #[derive(Deserialize)]
/// struct Limits {
///     cpu: u32,
/// }
///
/// let limits = Hash::<Limits>::from_value(json!({"cpu": 2}))?;
/// assert_eq!(limits.cpu, 2);
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hash<T>(
    /// The struct.
    pub T,
);

impl<T> Deref for Hash<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: DeserializeOwned> InputValue for Hash<T> {
    const KIND: Type = Type::Hash;

    fn from_value(value: Value) -> Result<Self, String> {
        if !value.is_object() {
            return Err("is not a hash map".into());
        }
        serde_json::from_value(value)
            .map(Self)
            .map_err(|error| format!("is wrong: {error}"))
    }
}
