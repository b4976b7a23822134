//! The lines of the inventory.

use anyhow::{Context as _, Result};

/// What a line says of a node.
pub(crate) struct Entry<'a> {
    pub(crate) name: &'a str,
    /// The text of a JSON object. Only what a filter asks for is read.
    pub(crate) facts: &'a str,
}

/// Reads a line; there is no node in one that is empty or a comment.
pub(crate) fn read(line: &str) -> Result<Option<Entry<'_>>> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    let (name, facts) = line
        .split_once(' ')
        .filter(|(_, facts)| facts.starts_with('{') && facts.ends_with('}'))
        .context("expected a name, a blank and the facts as a JSON object")?;
    Ok(Some(Entry { name, facts }))
}
