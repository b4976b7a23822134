//! What differs between operating systems, all of it.

use std::fs::{self, File, FileType};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

use choria_external_go::fmt::quote;

use crate::error::HostError;

/// This system as Go and so Choria name it: `linux_amd64`, `darwin_arm64`. The
/// programs of an agent that has one for each system end with it.
pub fn platform() -> String {
    let os = match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    };
    let arch = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "x86" => "386",
        "aarch64" => "arm64",
        "powerpc64" if cfg!(target_endian = "little") => "ppc64le",
        "powerpc64" => "ppc64",
        "loongarch64" => "loong64",
        other => other,
    };
    format!("{os}_{arch}")
}

/// An absolute path; the program runs in another folder.
pub(crate) fn absolute(path: &Path) -> Result<PathBuf, HostError> {
    std::path::absolute(path).map_err(|error| HostError::File {
        what: "find the place of",
        path: path.into(),
        error,
    })
}

/// The number of the signal that ended a process.
#[cfg(unix)]
pub(crate) fn signal(status: ExitStatus) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(&status)
}

/// The number of the signal that ended a process: there are none here.
#[cfg(not(unix))]
pub(crate) fn signal(_: ExitStatus) -> Option<i32> {
    None
}

/// Why a file that a program left could not be read.
#[derive(Debug)]
pub(crate) enum ReadError {
    /// The system refused, at this call of Go's: `open` or `read`.
    System(&'static str, io::Error),
    /// It is no file: what it is.
    NoFile(&'static str),
    /// It is larger than so many bytes.
    TooLarge(u64),
}

/// Reads a regular file of at most `limit` bytes. What lies there is up to a
/// program: a FIFO would block the reading for ever, a device would fill the
/// memory.
pub(crate) fn read_file(path: &Path, limit: u64) -> Result<Vec<u8>, ReadError> {
    let mut options = File::options();
    options.read(true);
    // Else opening a FIFO waits for somebody who writes.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NONBLOCK);
    let file = options
        .open(path)
        .map_err(|error| ReadError::System("open", error))?;
    let reading = |error| ReadError::System("read", error);
    let kind = file.metadata().map_err(reading)?.file_type();
    if kind.is_dir() {
        return Err(reading(io::ErrorKind::IsADirectory.into()));
    }
    if !kind.is_file() {
        return Err(ReadError::NoFile(kind_name(kind)));
    }
    let mut bytes = Vec::new();
    file.take(limit + 1)
        .read_to_end(&mut bytes)
        .map_err(reading)?;
    if bytes.len() as u64 > limit {
        return Err(ReadError::TooLarge(limit));
    }
    Ok(bytes)
}

#[cfg(unix)]
fn kind_name(kind: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt as _;
    if kind.is_fifo() { "a FIFO" } else { "a device" }
}

#[cfg(not(unix))]
fn kind_name(_: FileType) -> &'static str {
    "a device"
}

/// Whether the system refused because it has too little left: of that a server
/// has its own share, so it says nothing of a program.
#[cfg(unix)]
pub(crate) fn is_shortage(error: &io::Error) -> bool {
    let shortages = [libc::EMFILE, libc::ENFILE, libc::EAGAIN, libc::ENOMEM];
    error
        .raw_os_error()
        .is_some_and(|code| shortages.contains(&code))
}

#[cfg(not(unix))]
pub(crate) fn is_shortage(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::OutOfMemory
}

/// How many starts at a time this process has open files for.
#[cfg(target_os = "linux")]
pub(crate) fn most_at_a_time() -> usize {
    /// Those of one start, and those of all else.
    const OF_ONE: u64 = 10;
    const OF_OTHERS: u64 = 40;
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    let starts = limit.unwrap_or(u64::MAX).saturating_sub(OF_OTHERS) / OF_ONE;
    usize::try_from(starts).unwrap_or(usize::MAX).max(1)
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn most_at_a_time() -> usize {
    20
}

/// The permissions of a file, where the system has such.
#[cfg(unix)]
pub(crate) fn mode(path: &Path) -> io::Result<Option<u32>> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(Some(fs::metadata(path)?.permissions().mode()))
}

/// The permissions of a file: the system has others.
#[cfg(not(unix))]
pub(crate) fn mode(path: &Path) -> io::Result<Option<u32>> {
    fs::metadata(path).map(|_| None)
}

/// Removes what lies there, be it a file or a folder; what cannot be removed
/// stays.
pub(crate) fn remove(path: &Path) {
    let folder = fs::symlink_metadata(path).is_ok_and(|about| about.is_dir());
    let _ = if folder {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    };
}

/// What a person can do about a program that could not be started.
pub(crate) fn start_hint(program: &Path, error: &io::Error) -> Option<String> {
    if is_bare(program) {
        return Some(format!(
            "a name without a / is looked up in PATH; for a file in this folder give ./{}",
            program.display()
        ));
    }
    if !cfg!(unix) {
        return None;
    }
    match error.kind() {
        io::ErrorKind::PermissionDenied => Some(format!(
            "the program is not executable, or its folder is closed to you: chmod +x {}",
            program.display()
        )),
        io::ErrorKind::NotFound if has_crlf(program) => Some(
            "its #! line ends with CR LF, so the system looks for an interpreter whose name ends with a carriage return: \
             save the script with LF line endings"
                .into(),
        ),
        io::ErrorKind::NotFound if program.exists() => Some(
            "the file is there, but its interpreter or loader is not: look at its #! line, or at the libraries it was linked with"
                .into(),
        ),
        _ if error_text(error) == "exec format error" && has_mark(program) => Some(
            "a byte order mark stands before its #! line, so the system does not see that line: save the script as UTF-8 \
             without a byte order mark"
                .into(),
        ),
        // ENOEXEC, for which there is no kind.
        _ if error_text(error) == "exec format error" => Some(
            "the system does not know how to start this file: the first line of a script must be a #! line, such as #!/bin/sh; a binary must be built for this system"
                .into(),
        ),
        _ => None,
    }
}

/// What a person can do about a script that was started and found no interpreter.
pub(crate) fn end_hint(program: &Path, code: i32) -> Option<String> {
    // What env ends with where it does not find the program.
    (code == 127 && has_crlf(program)).then(|| {
        "its #! line ends with CR LF, so env looks for an interpreter whose name ends with a carriage return: save the script with LF line endings"
            .into()
    })
}

/// Whether a file is a script whose `#!` line ends with CR LF.
fn has_crlf(program: &Path) -> bool {
    let line = first_line(program);
    line.starts_with(b"#!") && line.ends_with(b"\r")
}

/// Whether a file is a script with a byte order mark before its `#!` line.
fn has_mark(program: &Path) -> bool {
    first_line(program).starts_with(b"\xef\xbb\xbf#!")
}

/// The first line of a file, without its LF; empty if it cannot be read.
fn first_line(file: &Path) -> Vec<u8> {
    let mut start = Vec::new();
    let read = File::open(file).and_then(|file| file.take(1024).read_to_end(&mut start));
    if read.is_err() {
        return Vec::new();
    }
    start.truncate(
        start
            .iter()
            .position(|byte| *byte == b'\n')
            .unwrap_or(start.len()),
    );
    start
}

/// Whether a program is given as a name alone, which the system looks up in
/// `PATH`.
pub(crate) fn is_bare(program: &Path) -> bool {
    program.parent() == Some(Path::new(""))
}

/// An error of the system in Go's words: `no such file or directory`.
pub(crate) fn error_text(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut characters = text.chars();
    match characters.next() {
        Some(first) if cfg!(unix) => first.to_lowercase().chain(characters).collect(),
        _ => text.into(),
    }
}

/// Why a program could not be started, in Go's words.
pub(crate) fn start_error(program: &Path, error: &io::Error) -> String {
    if is_bare(program) {
        let variable = if cfg!(windows) { "%PATH%" } else { "$PATH" };
        return format!(
            "exec: {}: executable file not found in {variable}",
            quote(&program.to_string_lossy())
        );
    }
    // Go names the system call that failed; on Windows that has no fork.
    let call = if cfg!(unix) { "fork/exec" } else { "exec:" };
    format!("{call} {}: {}", program.display(), error_text(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn platforms_have_gos_names() {
        let name = platform();
        let (os, arch) = name.split_once('_').unwrap();
        assert!(!["macos", ""].contains(&os), "{name}");
        assert!(!["x86_64", "x86", "aarch64", ""].contains(&arch), "{name}");
        #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
        assert_eq!(name, "linux_amd64");
    }

    #[test]
    fn only_regular_files_up_to_a_limit_are_read() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "12345").unwrap();
        assert_eq!(read_file(&path, 5).unwrap(), b"12345");
        assert!(matches!(read_file(&path, 4), Err(ReadError::TooLarge(4))));
        let error = read_file(folder.path(), 5).unwrap_err();
        assert!(matches!(error, ReadError::System(..)), "{error:?}");
        #[cfg(unix)]
        assert!(matches!(
            read_file(Path::new("/dev/zero"), 5),
            Err(ReadError::NoFile("a device"))
        ));
    }

    #[cfg(unix)]
    #[test]
    fn a_script_with_windows_line_ends_is_told_so() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("script");
        let hint = || start_hint(&path, &io::ErrorKind::NotFound.into()).unwrap();
        fs::write(&path, "#!/bin/sh\r\necho hi\r\n").unwrap();
        assert!(
            hint().starts_with("its #! line ends with CR LF"),
            "{}",
            hint()
        );
        fs::write(&path, "#!/no/such/shell\necho hi\r\n").unwrap();
        assert!(hint().starts_with("the file is there"), "{}", hint());

        fs::write(&path, "#!/usr/bin/env sh\r\nexit 127\r\n").unwrap();
        let hint = end_hint(&path, 127).unwrap();
        assert!(hint.starts_with("its #! line ends with CR LF"), "{hint}");
        assert_eq!(end_hint(&path, 1), None);
        fs::write(&path, "#!/usr/bin/env sh\nexit 127\n").unwrap();
        assert_eq!(end_hint(&path, 127), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_script_with_a_byte_order_mark_is_told_so() {
        const ENOEXEC: i32 = 8;
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("script");
        let hint = || start_hint(&path, &io::Error::from_raw_os_error(ENOEXEC)).unwrap();
        fs::write(&path, "\u{feff}#!/bin/sh\n").unwrap();
        assert!(hint().starts_with("a byte order mark"), "{}", hint());
        fs::write(&path, "echo\n").unwrap();
        assert!(hint().starts_with("the system does not know"), "{}", hint());
    }

    #[cfg(unix)]
    #[test]
    fn errors_are_in_gos_words() {
        let error = fs::read("/no/such/file").unwrap_err();
        assert_eq!(error_text(&error), "no such file or directory");
    }
}
