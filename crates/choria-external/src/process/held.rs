//! Descriptors that this crate keeps open while the author's code runs.

use std::fs::File;

/// A file that is open for this crate.
///
/// The code of an author can close every descriptor of the process, and the next
/// file that it opens then has the number of this one. So a descriptor is used
/// only if the same file is still behind it.
#[derive(Debug)]
pub(crate) struct Held {
    /// `None` only while it is dropped.
    file: Option<File>,
    #[cfg(unix)]
    is: unix::Identity,
}

#[cfg(unix)]
mod unix {
    use std::fs::File;
    use std::io;

    use rustix::fs::{FileType, Stat, fstat};

    use super::Held;

    /// Which file it is, and what. Smaller than what the system says of it, since a
    /// [`Held`] is moved on its way to where it is kept.
    #[derive(Debug, PartialEq, Eq)]
    pub(super) struct Identity {
        device: u64,
        number: u64,
        is_regular: bool,
    }

    impl Identity {
        #[allow(
            clippy::cast_lossless,
            clippy::cast_sign_loss,
            clippy::unnecessary_cast,
            reason = "these numbers have other types on other systems, and only tell files apart"
        )]
        fn of(stat: &Stat) -> Self {
            Self {
                device: stat.st_dev as u64,
                number: stat.st_ino as u64,
                is_regular: is_regular(stat),
            }
        }
    }

    impl Held {
        /// Keeps a file.
        ///
        /// # Errors
        /// Returns an error if the system cannot say which file it is.
        pub(crate) fn new(file: File) -> io::Result<Self> {
            let is = Identity::of(&fstat(&file)?);
            Ok(Self {
                file: Some(file),
                is,
            })
        }

        /// The file, unless the descriptor is closed or belongs to another file.
        pub(crate) fn get(&self) -> Option<&File> {
            let file = self.file.as_ref()?;
            let now = fstat(file).ok()?;
            self.is(&now).then_some(file)
        }

        /// Whether this is the file that the system describes so.
        pub(crate) fn is(&self, other: &Stat) -> bool {
            self.is == Identity::of(other)
        }

        /// Whether it is in any folder: it may have been removed.
        pub(crate) fn has_a_name(&self) -> bool {
            let now = self.get().and_then(|file| fstat(file).ok());
            now.is_some_and(|now| now.st_nlink > 0)
        }

        /// Whether it is a regular file, neither a device nor a pipe.
        pub(crate) fn is_regular(&self) -> bool {
            self.is.is_regular
        }
    }

    /// Whether the system describes a regular file.
    pub(crate) fn is_regular(stat: &Stat) -> bool {
        FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile
    }
}

#[cfg(unix)]
pub(crate) use unix::is_regular;

/// Nothing is known of a file here, so it is believed to be the same.
#[cfg(not(unix))]
impl Held {
    pub(crate) fn new(file: File) -> std::io::Result<Self> {
        Ok(Self { file: Some(file) })
    }

    pub(crate) fn get(&self) -> Option<&File> {
        self.file.as_ref()
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // A descriptor of the author's is not closed.
        if self.get().is_none() {
            std::mem::forget(self.file.take());
        }
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use std::io::Write as _;
    use std::os::fd::OwnedFd;

    impl Held {
        /// Puts another file behind the descriptor, as code does that closes all of
        /// them and opens a file.
        pub(crate) fn lose(&mut self, other: &File) {
            let mut number: OwnedFd = self.file.take().unwrap().into();
            rustix::io::dup2(other, &mut number).unwrap();
            self.file = Some(number.into());
        }
    }

    #[test]
    fn a_descriptor_of_another_file_is_not_used() {
        let mut held = Held::new(tempfile::tempfile().unwrap()).unwrap();
        held.get().unwrap().write_all(b"x").unwrap();
        held.lose(&tempfile::tempfile().unwrap());
        assert!(held.get().is_none());
    }
}
