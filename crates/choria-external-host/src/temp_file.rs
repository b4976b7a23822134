//! The temporary files of starts, and the folder in which they are.

use std::collections::BTreeSet;
use std::env;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::TempDir;

use crate::error::HostError;
use crate::orphans::end_children;
use crate::os;
use crate::whole_file::without_name;

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

/// Returns the absolute path of the folder for temporary files: the one that
/// `TMPDIR` names, otherwise the system's.
///
/// An empty `TMPDIR` counts as unset, as it does for Choria and other programs in
/// Go. [`std::env::temp_dir`] returns an empty path then, which stands for the
/// current folder. The folder need not exist.
#[expect(clippy::disallowed_methods, reason = "this is what stands for it")]
pub fn temp_folder() -> PathBuf {
    let is_empty = env::var_os("TMPDIR").is_some_and(|folder| folder.is_empty());
    let folder = if cfg!(unix) && is_empty {
        PathBuf::from("/tmp")
    } else {
        env::temp_dir()
    };
    // Fails only if the folder is relative to one that is gone.
    std::path::absolute(&folder).unwrap_or(folder)
}

/// A new folder for temporary files, which nobody else can look into; it is
/// removed with its content when it is dropped.
pub(crate) fn private_folder(prefix: &str) -> io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(prefix);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    builder.tempdir_in(temp_folder()).map_err(without_name)
}

/// A file of one start, which is removed when this is dropped.
pub(crate) struct TempFile(PathBuf);

impl TempFile {
    /// A new file in the folder for temporary files, mode 0600, closed.
    pub(crate) fn new(name: &str, content: &[u8]) -> Result<Self, HostError> {
        let folder = temp_folder();
        let failed = |error| HostError::File {
            what: "make a temporary file in",
            path: folder.clone(),
            error,
        };
        let mut file = tempfile::Builder::new()
            .prefix(name)
            .tempfile_in(&folder)
            .map_err(|error| failed(without_name(error)))?;
        file.as_file_mut().write_all(content).map_err(failed)?;
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
