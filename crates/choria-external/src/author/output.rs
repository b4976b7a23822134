//! From an action's typed outputs to the data of a reply.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fmt;

use choria_external_ddl as ddl;
use choria_external_protocol::{Unwritable, to_json};
use ddl::Type;
use serde::Serialize;
use serde_json::{Map, Number, Value};

use super::input_value::Hash;
use crate::Failure;

/// The typed outputs of an action: derived by `#[derive(Output)]`, or `()` for none.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the outputs of an action",
    label = "not an `Output`",
    note = "derive it: #[derive(Output)] on a struct with named fields; an action without outputs gives `()`"
)]
pub trait Output: Sized {
    /// The outputs as the DDL has them.
    const OUTPUTS: &'static [ddl::Output];

    /// How clients sum them up, as the DDL has it.
    const AGGREGATES: &'static [ddl::Aggregate] = &[];

    /// Puts each output into the data.
    ///
    /// # Errors
    /// Returns code 5 if JSON cannot hold a value; the text names the output.
    fn write(self, outputs: &mut Outputs) -> Result<(), Failure>;
}

impl Output for () {
    const OUTPUTS: &'static [ddl::Output] = &[];

    fn write(self, _outputs: &mut Outputs) -> Result<(), Failure> {
        Ok(())
    }
}

/// The data of a reply while it is written.
#[derive(Default)]
pub struct Outputs(Map<String, Value>);

impl Outputs {
    /// Writes all outputs.
    pub(crate) fn of(output: impl Output) -> Result<Map<String, Value>, Failure> {
        let mut outputs = Self::default();
        output.write(&mut outputs)?;
        Ok(outputs.0)
    }

    /// Puts one output into the data. An output that is absent is left out, so that the
    /// server fills in its default from the DDL.
    ///
    /// # Errors
    /// Returns code 5 if JSON cannot hold the value, such as NaN, at any depth; the text has
    /// its place.
    pub fn put(&mut self, name: &'static str, value: impl OutputValue) -> Result<(), Failure> {
        let value = value
            .into_value()
            .map_err(|text| Failure::unknown_error(format_args!("output '{name}' {text}")))?;
        if let Some(value) = value {
            self.0.insert(name.into(), value);
        }
        Ok(())
    }
}

/// The names: what an output holds is nobody's but the caller's.
impl fmt::Debug for Outputs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.0.keys().collect();
        f.debug_tuple("Outputs").field(&names).finish()
    }
}

/// The type of one output; it decides the type in the DDL.
///
/// | Rust | DDL |
/// |---|---|
/// | `String`, `&str`, `Cow<str>` | string |
/// | `i8` to `i64`, `u8` to `u64`, `isize`, `usize` | integer |
/// | `f32`, `f64` | float |
/// | `serde_json::Number` | number |
/// | `bool` | boolean |
/// | an enum with `#[derive(List)]` | list |
/// | `Vec<T>`, `T: Serialize` | array |
/// | `BTreeMap<String, T>`, `HashMap<String, T>`, `serde_json::Map`, [`Hash<T>`](struct@Hash) for a struct | hash |
/// | `Option<T>` | the same as `T`; `None` is left out of the reply |
/// | `serde_json::Value` | no type |
///
/// The items of a list or a map need `serde::Serialize`, so a package with such an output
/// depends on `serde` with the feature `derive`:
///
/// ```
/// use choria_external::{Output, OutputValue, json};
/// use serde::Serialize;
///
/// #[derive(Serialize)]
/// struct Line {
///     number: usize,
///     text: String,
/// }
///
/// #[derive(Output)]
/// struct Found {
///     /// The lines that were found
///     lines: Vec<Line>,
/// }
///
/// let lines = vec![Line { number: 2, text: "two".into() }];
/// assert_eq!(lines.into_value()?, Some(json!([{"number": 2, "text": "two"}])));
/// # Ok::<(), String>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no type in the DDL",
    label = "cannot be an output",
    note = "strings, numbers, booleans, Vec<T>, maps with String keys, Hash<T> for a struct, enums with #[derive(List)], serde_json::Value, and Option of these can"
)]
pub trait OutputValue: Sized {
    /// Its type in the DDL, if it has one.
    const KIND: Option<Type>;
    /// The least and the most it can be, for [`Type::Integer`].
    const RANGE: Option<(i128, i128)> = None;
    /// The strings to choose from, for [`Type::List`].
    const LIST: &'static [Cow<'static, str>] = &[];

    /// The value as JSON; `None` leaves it out of the reply.
    ///
    /// # Errors
    /// Returns why JSON cannot hold it, as the end of a sentence that starts with the
    /// output's name.
    fn into_value(self) -> Result<Option<Value>, String>;
}

impl<T: OutputValue> OutputValue for Option<T> {
    const KIND: Option<Type> = T::KIND;
    const RANGE: Option<(i128, i128)> = T::RANGE;
    const LIST: &'static [Cow<'static, str>] = T::LIST;

    fn into_value(self) -> Result<Option<Value>, String> {
        self.map_or(Ok(None), T::into_value)
    }
}

impl OutputValue for Value {
    const KIND: Option<Type> = None;

    fn into_value(self) -> Result<Option<Value>, String> {
        Ok(Some(self))
    }
}

macro_rules! plain {
    ($($kind:ident: $($rust:ty)*;)*) => {$($(
        impl OutputValue for $rust {
            const KIND: Option<Type> = Some(Type::$kind);

            fn into_value(self) -> Result<Option<Value>, String> {
                Ok(Some(self.into()))
            }
        }
    )*)*};
}

plain! {
    String: String &str Cow<'_, str>;
    Boolean: bool;
    Number: Number;
    Hash: Map<String, Value>;
}

macro_rules! integers {
    ($($integer:ty)*) => {$(
        impl OutputValue for $integer {
            const KIND: Option<Type> = Some(Type::Integer);
            const RANGE: Option<(i128, i128)> = Some((Self::MIN as i128, Self::MAX as i128));

            fn into_value(self) -> Result<Option<Value>, String> {
                Ok(Some(self.into()))
            }
        }
    )*};
}

integers! { i8 i16 i32 i64 isize u8 u16 u32 u64 usize }

impl OutputValue for f64 {
    const KIND: Option<Type> = Some(Type::Float);

    fn into_value(self) -> Result<Option<Value>, String> {
        match Number::from_f64(self) {
            Some(number) => Ok(Some(number.into())),
            None => Err(Unwritable::not_finite(self).to_string()),
        }
    }
}

impl OutputValue for f32 {
    const KIND: Option<Type> = Some(Type::Float);

    fn into_value(self) -> Result<Option<Value>, String> {
        f64::from(self).into_value()
    }
}

/// Each item is dropped as soon as it is written: of a large list or map there
/// are never two.
impl<T: Serialize> OutputValue for Vec<T> {
    const KIND: Option<Type> = Some(Type::Array);

    fn into_value(self) -> Result<Option<Value>, String> {
        let items = self
            .into_iter()
            .enumerate()
            .map(|(index, item)| to_json(&item).map_err(|error| error.in_item(index).to_string()));
        Ok(Some(Value::Array(items.collect::<Result<_, _>>()?)))
    }
}

fn entries<T: Serialize>(
    entries: impl IntoIterator<Item = (String, T)>,
) -> Result<Option<Value>, String> {
    let entries = entries
        .into_iter()
        .map(|(key, value)| match to_json(&value) {
            Ok(value) => Ok((key, value)),
            Err(error) => Err(error.under_key(key).to_string()),
        });
    Ok(Some(Value::Object(entries.collect::<Result<_, _>>()?)))
}

impl<T: Serialize> OutputValue for BTreeMap<String, T> {
    const KIND: Option<Type> = Some(Type::Hash);

    fn into_value(self) -> Result<Option<Value>, String> {
        entries(self)
    }
}

impl<T: Serialize, S> OutputValue for HashMap<String, T, S> {
    const KIND: Option<Type> = Some(Type::Hash);

    fn into_value(self) -> Result<Option<Value>, String> {
        entries(self)
    }
}

impl<T: Serialize> OutputValue for Hash<T> {
    const KIND: Option<Type> = Some(Type::Hash);

    fn into_value(self) -> Result<Option<Value>, String> {
        match to_json(&self.0).map_err(|error| error.to_string())? {
            hash @ Value::Object(_) => Ok(Some(hash)),
            _ => Err("is declared as a hash and is none in JSON".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_absent_output_is_left_out() {
        let mut outputs = Outputs::default();
        outputs.put("a", None::<i64>).unwrap();
        outputs.put("b", Some(1_u8)).unwrap();
        outputs.put("c", Value::Null).unwrap();
        assert_eq!(Value::Object(outputs.0), json!({"b": 1, "c": null}));
    }

    #[test]
    fn what_json_cannot_hold_is_named() {
        let put = |value: f64| Outputs::default().put("ratio", value);
        assert_eq!(
            put(f64::NAN).unwrap_err().message(),
            "output 'ratio' is NaN, which JSON cannot hold"
        );
        let keys = HashMap::from([((1, 2), 3)]);
        let failure = Outputs::default().put("pairs", Hash(keys)).unwrap_err();
        assert_eq!(failure.code(), 5);
        assert_eq!(
            failure.message(),
            "output 'pairs' has a key that is not a string, which JSON cannot hold"
        );
        let ratios = vec![
            HashMap::from([("value", 1.0)]),
            HashMap::from([("value", f64::NAN)]),
        ];
        let failure = Outputs::default().put("ratios", ratios).unwrap_err();
        assert_eq!(failure.code(), 5);
        assert_eq!(
            failure.message(),
            "output 'ratios' is NaN at [1].value, which JSON cannot hold"
        );
        let ratios = HashMap::from([("a b".to_owned(), [f32::INFINITY])]);
        let failure = Outputs::default().put("ratios", ratios).unwrap_err();
        assert_eq!(
            failure.message(),
            "output 'ratios' is inf at [\"a b\"][0], which JSON cannot hold"
        );
        let failure = Outputs::default().put("one", Hash(1)).unwrap_err();
        assert_eq!(
            failure.message(),
            "output 'one' is declared as a hash and is none in JSON"
        );
    }
}
