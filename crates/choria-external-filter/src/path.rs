//! Paths into facts, as the Go package `gjson` 1.17 reads them.
//!
//! | path | finds |
//! |---|---|
//! | `os.family`, `a\.b`, `o*.fam?ly` | keys, escapes, wildcards: `*` any text, `?` one letter |
//! | `list.0`, `list.#`, `list.#.name` | an item, how many there are, a field of each |
//! | `list.#(name=="x").size`, `list.#(size>1)#` | the first item that passes, all of them |
//! | `os\|family`, `list.@reverse.0`, `[a,b].0`, `{a,"n":b}.n`, `!"text"` | pipes, modifiers, selectors, literals |
//!
//! The facts are not checked: what is broken after the value is never seen.
//! Of equal keys the first counts, unless the path leads on and is not found
//! there: then the next one does. `@pretty` is not read: a path with it finds
//! nothing, and is a mistake.

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

pub(crate) use found::{Found, Kind};

/// How deep steps, queries and modifiers may lead, together.
const DEEPEST: usize = 128;

/// How many bytes may be looked at for each byte of the facts, and at least:
/// far beyond what any path needs that does not double its own results.
const LOOKS: usize = 64;
const LEAST_LOOKS: usize = 1 << 22;

/// A path, prepared.
#[derive(Clone, Debug)]
pub(crate) struct Path(Box<[u8]>);

impl Path {
    /// Prepares a path.
    ///
    /// # Errors
    /// What of it is not read, so that it finds nothing.
    pub(crate) fn new(path: &str) -> Result<Self, String> {
        if path.contains("@pretty") {
            return Err(
                "wanted a path without @pretty, which changes only how JSON looks: leave it out"
                    .into(),
            );
        }
        Ok(Self(path.as_bytes().into()))
    }

    /// What is found in the facts.
    ///
    /// # Errors
    /// [`GaveUp`], at 128 levels, or after looking at each byte of the facts 64
    /// times and at 4 million in all.
    pub(crate) fn find<'j>(&self, facts: &'j str) -> Result<Option<Found<'j>>, GaveUp> {
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

/// What is at a path was not found out: there may be something or nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct GaveUp;

/// What is found at a path, as the expression language sees it: all numbers
/// are floats. Null where nothing is found.
///
/// # Errors
/// What of the path or of the facts is not read.
#[cfg_attr(
    not(feature = "compound"),
    expect(dead_code, reason = "only expressions ask for values")
)]
pub(crate) fn value(facts: &str, path: &str) -> Result<Value, String> {
    match Path::new(path)?.find(facts) {
        Ok(Some(found)) => found.value(),
        Ok(None) => Ok(Value::Null),
        Err(GaveUp) => Err("the fact takes too long to find".into()),
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
