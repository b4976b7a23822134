//! Paths into JSON documents, as the Go package `gjson` 1.17 reads them. Choria
//! finds facts with it.
//!
//! | path | finds |
//! |---|---|
//! | `os.family`, `a\.b`, `o*.fam?ly` | keys, escapes, wildcards: `*` any text, `?` one letter |
//! | `list.0`, `list.#`, `list.#.name` | an item, how many there are, a field of each |
//! | `list.#(name=="x").size`, `list.#(size>1)#` | the first item that passes, all of them |
//! | `os\|family`, `list.@reverse.0`, `[a,b].0`, `{a,"n":b}.n`, `!"text"` | pipes, modifiers, selectors, literals |
//!
//! Documents are not checked: what is broken after the value is never seen. Of
//! equal keys the first counts, unless the path leads on and is not found there:
//! then the next one does. `@pretty` is not read, see [`PathError::Pretty`].
//!
//! ```
//! use choria_external_gjson::{Path, value};
//! use serde_json::json;
//!
//! let facts = r#"{"os": {"family": "Debian"}, "disks": [{"name": "sda", "size": 10}]}"#;
//! let found = Path::new("os.family")?.find(facts)?;
//! assert_eq!(found.map(|found| found.text().into_owned()), Some("Debian".to_owned()));
//! assert_eq!(value(facts, r#"disks.#(name=="sda").size"#)?, json!(10.0));
//! # Ok::<(), choria_external_gjson::PathError>(())
//! ```

mod error;
mod found;
mod modifier;
mod query;
mod scan;
mod selector;
mod step;
#[cfg(test)]
mod tests;
mod text;
mod walk;
mod wildcard;

use serde_json::Value;

pub use error::{GaveUp, PathError};
pub use found::{Found, Kind};

/// How deep steps, queries and modifiers may lead, together.
const DEEPEST: usize = 128;

/// How many bytes may be looked at for each byte of the facts, and at least:
/// far beyond what any path needs that does not double its own results.
const LOOKS: usize = 64;
const LEAST_LOOKS: usize = 1 << 22;

/// A path, prepared to be looked for in any number of documents.
#[derive(Clone, Debug)]
pub struct Path(Box<[u8]>);

impl Path {
    /// Prepares a path. Every string is one; most that make no sense find nothing.
    ///
    /// # Errors
    ///
    /// Returns [`PathError::Pretty`] if the path contains `@pretty`.
    pub fn new(path: &str) -> Result<Self, PathError> {
        if path.contains("@pretty") {
            return Err(PathError::Pretty);
        }
        Ok(Self(path.as_bytes().into()))
    }

    /// Finds the value at this path in the text of a JSON document. Returns `None`
    /// if there is none.
    ///
    /// # Errors
    ///
    /// Returns [`GaveUp`] if the search leads through more than 128 levels, or looks
    /// at more bytes than 64 times those of the document and 4 million.
    pub fn find<'j>(&self, facts: &'j str) -> Result<Option<Found<'j>>, GaveUp> {
        let looks = facts
            .len()
            .saturating_mul(LOOKS)
            .max(LEAST_LOOKS)
            .saturating_add(self.0.len());
        let mut run = Run {
            looks,
            depth: 0,
            stopped: false,
        };
        let found = run.get(facts.as_bytes(), &self.0);
        if run.stopped {
            return Err(GaveUp);
        }
        Ok(found.exists().then_some(found))
    }
}

/// Returns the value at a path, as the language `expr` sees it in Choria: all
/// numbers are floats, and of equal keys the first counts. Returns null if nothing
/// is found.
///
/// # Errors
///
/// Returns the error of [`Path::new`], [`Path::find`] or [`Found::value`].
pub fn value(document: &str, path: &str) -> Result<Value, PathError> {
    match Path::new(path)?.find(document)? {
        Some(found) => found.value(),
        None => Ok(Value::Null),
    }
}

/// One search, which stops before it needs too much.
struct Run {
    looks: usize,
    depth: usize,
    stopped: bool,
}

impl Run {
    /// One level down, where this many bytes are looked at. `false` once the
    /// run has stopped; else it is followed by [`Self::leave`].
    fn enter(&mut self, looks: usize) -> bool {
        self.stopped |= self.depth == DEEPEST;
        if !self.spend(looks) {
            return false;
        }
        self.depth += 1;
        true
    }

    fn leave(&mut self) {
        self.depth -= 1;
    }

    /// `false` once the run has stopped.
    fn spend(&mut self, looks: usize) -> bool {
        match self.looks.checked_sub(looks) {
            Some(left) => self.looks = left,
            None => self.stopped = true,
        }
        !self.stopped
    }
}
