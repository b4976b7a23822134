//! Writing the reply.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::Path;

/// Writes a reply whole, or leaves an empty file: never half of one.
///
/// The server made the file, empty, and reads it again by its path.
pub(crate) fn write(path: &Path, reply: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .open(path)?;
    file.write_all(reply).inspect_err(|_| {
        // The first error is the one to tell; an empty file is refused by
        // every reader, half a reply perhaps not.
        let _ = file.set_len(0);
    })
}
