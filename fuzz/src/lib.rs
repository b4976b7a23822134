//! What the fuzz targets share: how an input is cut into its parts, so that a
//! seed is a text that can be read and written by hand.

use choria_external_ddl::{Ddl, Extra};
use serde_json::Value;

/// The first line, with what is no UTF-8 replaced, and all that follows it.
pub fn first_line(input: &[u8]) -> (String, &[u8]) {
    let (line, rest) = cut(input, b"\n");
    (String::from_utf8_lossy(line).into_owned(), rest)
}

/// What stands before the first occurrence of `mark` and what stands after it;
/// nothing where there is none.
pub fn cut<'a>(input: &'a [u8], mark: &[u8]) -> (&'a [u8], &'a [u8]) {
    match input.windows(mark.len()).position(|part| part == mark) {
        Some(at) => (&input[..at], &input[at + mark.len()..]),
        None => (input, &[]),
    }
}

/// The DDL without what its Ruby form has no place for: see `Ddl::to_ruby`.
pub fn sayable_in_ruby(mut ddl: Ddl) -> Ddl {
    let mut extra = Extra::NONE;
    if let Some(requires) = ddl.extra.get("requires")
        && requires.starts_with('{')
        && requires != "{}"
    {
        extra.set("requires", requires);
    }
    if let Some(usage) = ddl.extra.get("usage")
        && usage.starts_with('"')
    {
        extra.set("usage", usage);
    }
    ddl.extra = extra;
    for action in &mut ddl.actions {
        let aggregates = action.aggregates.to_mut();
        aggregates.retain(|aggregate| aggregate.extra.get("args").is_none());
        for aggregate in aggregates {
            let mut extra = Extra::NONE;
            if let Some(format) = aggregate.extra.get("format")
                && format != "null"
            {
                extra.set("format", format);
            }
            aggregate.extra = extra;
        }
    }
    ddl
}

/// Of equal keys in `requires` the last counts in Ruby.
pub fn keys_once(mut ddl: Ddl) -> Ddl {
    let requires = ddl.extra.get("requires").map(serde_json::from_str::<Value>);
    if let Some(Ok(requires)) = requires {
        ddl.extra.set("requires", &requires.to_string());
    }
    ddl
}
