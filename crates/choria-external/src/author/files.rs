//! Reading the files of a start.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Most bytes of a request, of facts or of settings. Choria's own are far below:
/// its network carries 1 MiB a message. What is larger than this is no request,
/// and must not take all memory of a node.
pub(crate) const LIMIT: u64 = 128 * 1024 * 1024;

/// Why a file cannot be used.
#[derive(Debug)]
pub(crate) enum Unreadable {
    Io(io::Error),
    TooLarge,
}

impl std::fmt::Display for Unreadable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Io(error) => error.fmt(f),
            Self::TooLarge => write!(f, "it has more than the {LIMIT} bytes that are read"),
        }
    }
}

impl From<io::Error> for Unreadable {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// The same path for any working folder: the author's code can change it.
pub(crate) fn absolute(path: PathBuf) -> PathBuf {
    if path.is_absolute() {
        return path;
    }
    std::path::absolute(&path).unwrap_or(path)
}

/// The content of a file, and what the system says of it.
pub(crate) fn read(path: &Path) -> Result<(Vec<u8>, Metadata), Unreadable> {
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    // Some files of the kernel say that they are empty.
    let known = Some(metadata.len()).filter(|length| metadata.is_file() && *length > 0);
    Ok((read_all(file, known, LIMIT)?, metadata))
}

/// All that can be read. With a `known` length it is one `read` into a buffer of
/// that size, which is not asked for more.
pub(crate) fn read_all(
    mut from: impl Read,
    known: Option<u64>,
    limit: u64,
) -> Result<Vec<u8>, Unreadable> {
    match known.map(usize::try_from) {
        Some(Ok(length)) if length as u64 <= limit => {
            let mut bytes = vec![0; length];
            let read = fill(&mut from, &mut bytes)?;
            bytes.truncate(read);
            Ok(bytes)
        }
        Some(_) => Err(Unreadable::TooLarge),
        None => {
            let mut bytes = Vec::new();
            from.take(limit + 1).read_to_end(&mut bytes)?;
            if bytes.len() as u64 > limit {
                return Err(Unreadable::TooLarge);
            }
            Ok(bytes)
        }
    }
}

/// Reads until a buffer is full, or there is no more; says how much it is.
fn fill(from: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match from.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_larger_than_the_limit_is_not_read() {
        let read = |known, limit| read_all(&b"12345"[..], known, limit);
        assert_eq!(read(None, 5).unwrap(), b"12345");
        assert_eq!(read(Some(5), 5).unwrap(), b"12345");
        // It was longer when it was asked.
        assert_eq!(read(Some(9), 9).unwrap(), b"12345");
        for known in [None, Some(5)] {
            let error = read(known, 4).unwrap_err();
            assert!(matches!(error, Unreadable::TooLarge), "{error}");
        }
        assert_eq!(
            Unreadable::TooLarge.to_string(),
            "it has more than the 134217728 bytes that are read"
        );
    }

    /// A file of the kernel says that it has no bytes.
    #[cfg(target_os = "linux")]
    #[test]
    fn what_says_that_it_is_empty_is_read() {
        let (bytes, metadata) = read(Path::new("/proc/self/status")).unwrap();
        assert_eq!(metadata.len(), 0);
        assert!(bytes.starts_with(b"Name:"));
    }

    #[test]
    fn an_interrupted_read_goes_on_and_any_other_fails() {
        struct Signalled(Option<io::ErrorKind>);
        impl Read for Signalled {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                match self.0.take() {
                    Some(kind) => Err(kind.into()),
                    None => (&b"12345"[..]).read(buffer),
                }
            }
        }
        let read = |kind| read_all(Signalled(Some(kind)), Some(5), LIMIT);
        assert_eq!(read(io::ErrorKind::Interrupted).unwrap(), b"12345");
        let error = read(io::ErrorKind::PermissionDenied).unwrap_err();
        assert_eq!(error.to_string(), "permission denied");
    }

    #[test]
    fn a_known_length_is_one_read() {
        struct Once(u8);
        impl Read for Once {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                self.0 += 1;
                buffer.fill(b'x');
                Ok(buffer.len())
            }
        }
        let mut from = Once(0);
        assert_eq!(read_all(&mut from, Some(9000), LIMIT).unwrap().len(), 9000);
        assert_eq!(from.0, 1);
    }
}
