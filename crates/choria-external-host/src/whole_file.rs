//! Writes files that are whole or not there, with permissions that do not depend
//! on luck.
//!
//! Each file is written beside its place and then moved to it in one step.
//! Whatever fails before, a full disk for example, leaves what was there.
//!
//! ```
//! use choria_external_host::system::temp_folder;
//! use choria_external_host::whole_file::{Access, create, make_folder};
//!
//! let folder = temp_folder().join(format!("whole_file-{}", std::process::id()));
//! make_folder(&folder.join("mcollective/agent"), Access::Shared)?;
//! create(&folder.join("mcollective/agent/parrot.ddl"), b"..", Access::Shared)?;
//! # std::fs::remove_dir_all(&folder)?;
//! # Ok::<(), std::io::Error>(())
//! ```

use std::fs::{self, DirBuilder, File, Permissions};
use std::io::{self, Write as _};
use std::path::Path;

use tempfile::TempPath;

/// Who may read, write and run a new file or folder. On systems other than Unix
/// only [`Access::Of`] makes a difference.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Access {
    /// As the user wants it for new files: what the umask leaves.
    Usual,
    /// The owner alone: 0600 for a file, 0700 for a folder.
    Private,
    /// Its owner writes, everybody reads, whatever the umask is: 0644 for a file,
    /// 0755 for a folder.
    Shared,
    /// The same for a program, which everybody can start: 0755.
    Program,
    /// The permissions of another file.
    Of(Permissions),
}

impl Access {
    fn of_file(&self) -> Option<Permissions> {
        match self {
            Self::Usual => None,
            Self::Private => mode(0o600),
            Self::Shared => mode(0o644),
            Self::Program => mode(0o755),
            Self::Of(permissions) => Some(permissions.clone()),
        }
    }

    fn of_folder(&self) -> Option<Permissions> {
        match self {
            Self::Usual => None,
            Self::Private => mode(0o700),
            Self::Shared | Self::Program => mode(0o755),
            Self::Of(permissions) => Some(permissions.clone()),
        }
    }
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "elsewhere there is no such mode")]
fn mode(mode: u32) -> Option<Permissions> {
    Some(std::os::unix::fs::PermissionsExt::from_mode(mode))
}

#[cfg(not(unix))]
fn mode(_: u32) -> Option<Permissions> {
    None
}

/// Makes a file. A file that is there is left as it is.
///
/// # Errors
///
/// Returns [`io::ErrorKind::AlreadyExists`] if there is such a file, and the
/// system's error if it cannot be written.
pub fn create(path: &Path, bytes: &[u8], access: Access) -> io::Result<()> {
    let file = beside(folder_of(path), bytes, &access)?;
    placed(file.persist_noclobber(path))
}

/// Makes a file, in the place of one that may be there.
///
/// # Errors
///
/// Returns the system's error if it cannot be written.
pub fn replace(path: &Path, bytes: &[u8], access: Access) -> io::Result<()> {
    replace_from(folder_of(path), path, bytes, access)
}

/// Does what [`replace`] does, and writes the file in another folder of the same
/// disk before it is moved.
///
/// # Errors
///
/// Returns the system's error if it cannot be written.
pub fn replace_from(folder: &Path, path: &Path, bytes: &[u8], access: Access) -> io::Result<()> {
    placed(beside(folder, bytes, &access)?.persist(path))
}

/// Makes a file, in the place of one that may be there, as a program that opens
/// it for writing would: a link stays a link, the permissions are kept, root keeps
/// the owner too, and a pipe or a device gets the bytes.
///
/// # Errors
///
/// Returns the system's error if it cannot be written.
pub fn overwrite(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let there = match fs::metadata(path) {
        Ok(there) => there,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return replace(path, bytes, Access::Usual);
        }
        Err(error) => return Err(error),
    };
    // Whoever may not write the file cannot put another one in its place.
    let mut file = File::options().write(true).open(path)?;
    if there.is_file() {
        // Windows replaces no file that is open.
        drop(file);
        let file = beside(folder_of(path), bytes, &Access::Of(there.permissions()))?;
        keep_owner(&file, &there)?;
        placed(file.persist(path))
    } else {
        file.write_all(bytes)
    }
}

/// Gives a file the owner and the group of another one, if this user may do so.
/// Otherwise nobody gets to run it with the rights of its new owner.
#[cfg(unix)]
fn keep_owner(file: &Path, of: &fs::Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
    let now = fs::metadata(file)?;
    if (now.uid(), now.gid()) == (of.uid(), of.gid()) {
        return Ok(());
    }
    let is_kept = chown(file, Some(of.uid()), Some(of.gid())).is_ok();
    // The system takes the upper bits away with the owner.
    let bits = if is_kept { 0o7777 } else { 0o777 };
    fs::set_permissions(file, Permissions::from_mode(of.mode() & bits))
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "on Unix it can fail")]
fn keep_owner(_: &Path, _: &fs::Metadata) -> io::Result<()> {
    Ok(())
}

/// Makes a folder, and those above it that are not there, all with the same
/// access. A folder that is there is left as it is.
///
/// # Errors
///
/// Returns the system's error if it cannot be made.
pub fn make_folder(path: &Path, access: Access) -> io::Result<()> {
    if path == Path::new("") || path.is_dir() {
        return Ok(());
    }
    let permissions = access.of_folder();
    let builder = folder_builder(permissions.as_ref());
    let mut made = builder.create(path);
    if let (Err(error), Some(above)) = (&made, path.parent())
        && error.kind() == io::ErrorKind::NotFound
    {
        make_folder(above, access)?;
        made = builder.create(path);
    }
    match made {
        Ok(()) => {}
        // Somebody else made it just now.
        Err(_) if path.is_dir() => return Ok(()),
        Err(error) => return Err(error),
    }
    // The umask can have taken some away.
    permissions.map_or(Ok(()), |permissions| fs::set_permissions(path, permissions))
}

/// Makes folders with no more permissions than these, at no time.
#[cfg(unix)]
fn folder_builder(permissions: Option<&Permissions>) -> DirBuilder {
    use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
    let mut builder = DirBuilder::new();
    builder.mode(permissions.map_or(0o777, Permissions::mode));
    builder
}

#[cfg(not(unix))]
fn folder_builder(_: Option<&Permissions>) -> DirBuilder {
    DirBuilder::new()
}

fn folder_of(path: &Path) -> &Path {
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    folder.unwrap_or(Path::new("."))
}

fn beside(folder: &Path, bytes: &[u8], access: &Access) -> io::Result<TempPath> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".choria-external-");
    let permissions = access.of_file();
    // As of any new file: of this, the umask takes away what it does. What has its
    // own permissions is closed to others until then: with a umask of 0 somebody
    // could open it, and write to it later.
    #[cfg(unix)]
    if permissions.is_none() {
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    }
    // Its errors name a file that nobody knows, and so would those of writing
    // through it.
    let mut file = (builder.tempfile_in(folder)).map_err(without_name)?;
    file.as_file_mut().write_all(bytes)?;
    if let Some(permissions) = permissions {
        file.as_file().set_permissions(permissions)?;
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

/// An error of `tempfile` without the name of the temporary file in it.
pub(crate) fn without_name(error: io::Error) -> io::Error {
    let text = error.to_string();
    // `tempfile` has the system's own error in its text only, before the name.
    let code = text
        .split(" at path ")
        .next()
        .and_then(|text| text.rsplit_once("(os error "))
        .and_then(|(_, code)| code.trim_end_matches(')').parse().ok());
    match error.raw_os_error().or(code) {
        Some(code) => io::Error::from_raw_os_error(code),
        None => io::Error::from(error.kind()),
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn mode_of(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    #[test]
    fn files_and_folders_have_the_permissions_that_are_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for (access, of_file, of_folder) in [
            (Access::Private, 0o600, 0o700),
            (Access::Shared, 0o644, 0o755),
            (Access::Program, 0o755, 0o755),
            (Access::Of(Permissions::from_mode(0o710)), 0o710, 0o710),
        ] {
            let name = format!("{of_file:o}");
            create(&path(&name), b"one", access.clone()).unwrap();
            assert_eq!(mode_of(&path(&name)), of_file);
            let error = create(&path(&name), b"two", access.clone()).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
            replace(&path(&name), b"three", access.clone()).unwrap();
            assert_eq!(mode_of(&path(&name)), of_file);
            assert_eq!(fs::read(path(&name)).unwrap(), b"three");
            let deep = path(&format!("{of_file:o}-{of_folder:o}/a/b"));
            make_folder(&deep, access).unwrap();
            for made in deep.ancestors().take(3) {
                assert_eq!(mode_of(made), of_folder);
            }
        }
    }

    #[test]
    fn root_gives_nobody_a_program_of_its_own() {
        use std::os::unix::fs::{MetadataExt as _, chown};
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        create(&path, b"one", Access::Program).unwrap();
        let own = fs::metadata(&path).unwrap().uid();
        // Only root may do this.
        let owner = if chown(&path, Some(4321), None).is_ok() {
            4321
        } else {
            own
        };
        fs::set_permissions(&path, Permissions::from_mode(0o4755)).unwrap();
        overwrite(&path, b"two").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().uid(), owner);
        assert_eq!(mode_of(&path), 0o4755);
    }

    #[test]
    fn what_is_there_keeps_its_permissions() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        create(&path, b"one", Access::Private).unwrap();
        overwrite(&path, b"two").unwrap();
        assert_eq!(mode_of(&path), 0o600);
        let inside = folder.path().join("inside");
        make_folder(&inside, Access::Private).unwrap();
        make_folder(&inside, Access::Shared).unwrap();
        assert_eq!(mode_of(&inside), 0o700);
        let error = make_folder(&path, Access::Shared).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
    }
}
