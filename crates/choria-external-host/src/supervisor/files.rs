//! The temporary files of starts.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Owned, Supervisor};
use crate::error::HostError;
use crate::os;
use crate::temp_folder::temp_folder;
use crate::whole_file::without_name;

/// A file of one start, which is removed when this is dropped.
pub(crate) struct TempFile {
    path: PathBuf,
    owned: Arc<Owned>,
}

impl Supervisor {
    /// A new file in the folder for temporary files, mode 0600, closed.
    pub(crate) fn temp_file(&self, name: &str, content: &[u8]) -> Result<TempFile, HostError> {
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
        self.owned.files().insert(path.clone());
        Ok(TempFile {
            path,
            owned: Arc::clone(&self.owned),
        })
    }
}

impl TempFile {
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for TempFile {
    fn drop(&mut self) {
        os::remove(&self.path);
        self.owned.files().remove(&self.path);
    }
}
