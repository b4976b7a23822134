//! Programs on `PATH`.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// The first program of this name in the folders of `PATH`, as a shell finds it.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    let variable = std::env::var_os("PATH").unwrap_or_default();
    find_in(&variable, name)
}

/// The same in these folders, which are written as in `PATH`.
pub(crate) fn find_in(variable: &OsStr, name: &str) -> Option<PathBuf> {
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(variable)
        .map(|folder| folder.join(&file))
        .find(|file| is_program(file))
}

/// Whether a path is a file that can be started.
#[cfg(unix)]
pub(crate) fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    let about = std::fs::metadata(path);
    about.is_ok_and(|about| about.is_file() && about.permissions().mode() & 0o111 != 0)
}

/// Whether a path is a file.
#[cfg(not(unix))]
pub(crate) fn is_program(path: &Path) -> bool {
    path.is_file()
}
