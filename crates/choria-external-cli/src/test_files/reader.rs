//! What the parts of a test file are read with.

use std::path::{Path, PathBuf};

use super::document::Document;

/// Reads the parts of a file, and collects what is wrong with it.
pub(super) struct Reader<'a> {
    pub(super) document: &'a Document,
    /// The folder of the file, from which paths start.
    pub(super) here: &'a Path,
    wrong: Vec<String>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(document: &'a Document, here: &'a Path) -> Self {
        Self {
            document,
            here,
            wrong: Vec::new(),
        }
    }

    /// Notes what is wrong at a JSON pointer.
    pub(super) fn complain(&mut self, pointer: &str, what: &str) {
        let told = self.document.about(pointer, what);
        self.wrong.push(told);
    }

    /// A path of the file, which must be there.
    pub(super) fn existing(&mut self, pointer: &str, path: &str) -> Option<PathBuf> {
        let path = self.here.join(path);
        match path.canonicalize() {
            Ok(found) => Some(found),
            Err(error) => {
                self.complain(pointer, &format!("is {}: {error}", path.display()));
                None
            }
        }
    }

    /// All that is wrong with the file, if anything is.
    pub(super) fn end(self) -> Result<(), Vec<String>> {
        if self.wrong.is_empty() {
            Ok(())
        } else {
            Err(self.wrong)
        }
    }
}

/// A whole number, as the schema has seen to it; `None` where it is too large.
pub(super) fn whole_number<T: std::str::FromStr>(number: f64) -> Option<T> {
    format!("{number:.0}").parse().ok()
}
