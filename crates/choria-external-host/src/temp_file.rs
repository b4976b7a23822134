//! The temporary files of starts.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::error::HostError;
use crate::orphans::end_children;
use crate::os;

/// Those that are there.
static THERE: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

fn there() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    THERE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ends all that was started and removes the files of all starts, for a process
/// that cannot wait for its calls to end.
pub fn abandon() {
    end_children();
    for file in there().iter() {
        os::remove(file);
    }
}

/// A file of one start, which is removed when this is dropped.
pub(crate) struct TempFile(PathBuf);

impl TempFile {
    /// A new file in the folder for temporary files, mode 0600, closed.
    pub(crate) fn new(name: &str, content: &[u8]) -> Result<Self, HostError> {
        let failed = |error| HostError::File {
            what: "make a temporary file in",
            path: std::env::temp_dir(),
            error,
        };
        let mut file = tempfile::Builder::new()
            .prefix(name)
            .tempfile()
            .map_err(failed)?;
        file.write_all(content).map_err(failed)?;
        // From here on it is this one's to remove: the program can put a folder
        // in its place.
        let path = file
            .into_temp_path()
            .keep()
            .map_err(|error| failed(error.error))?;
        there().insert(path.clone());
        Ok(Self(path))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TempFile {
    fn drop(&mut self) {
        os::remove(&self.0);
        there().remove(&self.0);
    }
}
