//! Members of values, and how large values are.

use super::Stop;
use super::arithmetic;
use super::value::{Keys, Map, Run, Value};

/// A rough measure of how long a value takes to look at.
pub(super) fn size(value: &Value<'_>) -> usize {
    match value {
        Value::Text(text) => text.len() / 16,
        Value::List(list) => 1 + list.len(),
        Value::Map(map) => 1 + map.entries.len(),
        _ => 0,
    }
}

pub(super) fn length<'a>(length: usize) -> Run<'a> {
    i64::try_from(length)
        .map(Value::Int)
        .map_err(|_| Stop::unsure("a length is too large"))
}

/// The value of a key. Go looks for nil as for the empty text.
pub(super) fn find<'m, 'a>(
    map: &'m Map<'a>,
    key: &Value<'_>,
) -> Result<Option<&'m Value<'a>>, Stop> {
    let key = match (map.keys, key) {
        (Keys::Texts, Value::Nil) => Value::text("").key()?,
        (Keys::Texts, Value::Text(_)) | (Keys::Any | Keys::Groups, _) => key.key()?,
        _ => {
            return Err(Stop::failed(format!(
                "{} is no key of this map",
                key.type_name()
            )));
        }
    };
    Ok(map.entries.get(&key))
}

/// `base[property]`
pub(super) fn fetch<'a>(base: &Value<'a>, property: &Value<'_>) -> Run<'a> {
    match base {
        Value::Map(map) => match find(map, property)? {
            Some(value) => Ok(value.clone()),
            // Go gives a list there that is none.
            None if map.keys == Keys::Groups => Err(Stop::unsure("there is no such group")),
            None => Ok(Value::Nil),
        },
        Value::List(list) => {
            let at = arithmetic::int(property)?;
            let len = list.len();
            match index(at, len) {
                Some(at) => Ok(list.at(at)),
                None => Err(Stop::failed(format!(
                    "there is no element {at}, the list has {len}"
                ))),
            }
        }
        Value::Text(text) => match index(arithmetic::int(property)?, text.len()) {
            Some(_) => Err(Stop::unsure(
                "single bytes of strings are not supported: use a slice",
            )),
            None => Err(Stop::failed("the text is not that long")),
        },
        other => Err(Stop::failed(format!(
            "{} has no members",
            other.type_name()
        ))),
    }
}

/// A place in a list; negative ones count from its end.
fn index(at: i64, len: usize) -> Option<usize> {
    let len = i64::try_from(len).ok()?;
    let at = if at < 0 { len.checked_add(at)? } else { at };
    usize::try_from(at).ok().filter(|_| at < len)
}
