//! The folder for temporary files.

use std::env;
use std::io;
use std::path::PathBuf;

use tempfile::TempDir;

use crate::whole_file::without_name;

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
