//! Files that are whole or not there: each is written beside its place, and then
//! moved to it in one step. Whatever fails before leaves there what was there.

use std::fs::{self, File, Permissions};
use std::io::{self, Write as _};
use std::path::Path;

use tempfile::TempPath;

/// Makes a file; one that is there is left as it is, and is the error.
pub(crate) fn create(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let file = beside(folder_of(path), bytes, None)?;
    placed(file.persist_noclobber(path))
}

/// Makes a file, in the place of one that may be there. Without permissions it
/// gets those of any new file.
pub(crate) fn replace(path: &Path, bytes: &[u8], mode: Option<Permissions>) -> io::Result<()> {
    replace_from(folder_of(path), path, bytes, mode)
}

/// Makes a file, in the place of one that may be there, as whoever writes to it
/// would: a link stays one, the permissions are kept, and a pipe or a device gets
/// the bytes.
pub(crate) fn overwrite(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let there = match fs::metadata(path) {
        Ok(there) => there,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return replace(path, bytes, None);
        }
        Err(error) => return Err(error),
    };
    // Whoever may not write the file cannot put another one in its place.
    let mut file = File::options().write(true).open(path)?;
    if there.is_file() {
        // Windows replaces no file that is open.
        drop(file);
        replace(path, bytes, Some(there.permissions()))
    } else {
        file.write_all(bytes)
    }
}

/// The same as `replace`, written in another folder of the same disk before.
pub(crate) fn replace_from(
    folder: &Path,
    path: &Path,
    bytes: &[u8],
    mode: Option<Permissions>,
) -> io::Result<()> {
    placed(beside(folder, bytes, mode)?.persist(path))
}

fn folder_of(path: &Path) -> &Path {
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    folder.unwrap_or(Path::new("."))
}

fn beside(folder: &Path, bytes: &[u8], mode: Option<Permissions>) -> io::Result<TempPath> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".choria-external-");
    // As of any new file: of this, the umask takes away what it does.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    // Its errors name the file that nobody knows, and so would those of writing
    // through it.
    let mut file = (builder.tempfile_in(folder)).map_err(without_name)?;
    file.as_file_mut().write_all(bytes)?;
    if let Some(mode) = mode {
        file.as_file().set_permissions(mode)?;
    }
    // Before the move, or a crash of the machine can leave an empty file there.
    file.as_file().sync_all()?;
    // Closed before the move: a program that is open for writing cannot be
    // started ("text file busy"), and a server may want it right then.
    Ok(file.into_temp_path())
}

fn placed(moved: Result<(), tempfile::PathPersistError>) -> io::Result<()> {
    moved.map_err(|error| without_name(error.error))
}

fn without_name(error: io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(code) => io::Error::from_raw_os_error(code),
        None => io::Error::from(error.kind()),
    }
}
