//! Integers that are sent as texts.

use std::borrow::Cow;

use choria_external_ddl::Type;
use serde_json::Value;

use super::output::OutputValue;

/// An integer, or an `Option` of one, as `#[output(as_text)]` sends it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be sent `as_text`",
    label = "not an integer",
    note = "`as_text` is for i8 to i128, u8 to u128, isize, usize and Option of these: servers round those beyond 2^53; for a list, make the strings yourself, as a Vec<String>"
)]
pub trait Integer: Sized {
    /// Its digits; `None` where there is no number.
    fn digits(self) -> Option<String>;
}

macro_rules! integers {
    ($($integer:ty)*) => {$(
        impl Integer for $integer {
            fn digits(self) -> Option<String> {
                Some(self.to_string())
            }
        }
    )*};
}

integers! { i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize }

impl<T: Integer> Integer for Option<T> {
    fn digits(self) -> Option<String> {
        self.and_then(T::digits)
    }
}

/// What the code of `#[derive(Output)]` sends for such a field; not for direct
/// use.
#[doc(hidden)]
#[derive(Debug)]
pub struct AsText<T>(pub T);

impl<T: Integer> OutputValue for AsText<T> {
    const KIND: Option<Type> = Some(Type::String);
    const RANGE: Option<(i128, i128)> = None;
    const LIST: &'static [Cow<'static, str>] = &[];

    fn into_value(self) -> Result<Option<Value>, String> {
        Ok(self.0.digits().map(Value::String))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Outputs;
    use serde_json::json;

    #[test]
    fn every_digit_is_kept() {
        let value = |integer: Result<Option<Value>, String>| integer.unwrap();
        assert_eq!(
            value(AsText(u128::MAX).into_value()),
            Some(json!("340282366920938463463374607431768211455"))
        );
        assert_eq!(
            value(AsText(Some(i64::MIN)).into_value()),
            Some(json!("-9223372036854775808"))
        );
        let mut outputs = Outputs::default();
        outputs.put("none", AsText(None::<u64>)).unwrap();
        assert_eq!(format!("{outputs:?}"), "Outputs([])");
    }
}
