//! The file of a reply, where all that is known of it is its path.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::author::files::absolute;

/// Where the reply goes.
pub(crate) struct ReplyFile {
    path: PathBuf,
}

impl ReplyFile {
    /// Keeps the path, as one that stays right in any working folder.
    #[expect(clippy::unnecessary_wraps, reason = "on Unix it can be locked")]
    pub(crate) fn open(path: PathBuf) -> Result<Self, String> {
        Ok(Self {
            path: absolute(path),
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Nothing is open here.
    pub(crate) fn release(&self) {}

    /// Writes the reply whole, or nothing of it: beside the file, and then in its
    /// place in one step, or into the file.
    pub(crate) fn write(&self, reply: &[u8], step: &mut dyn FnMut(&str)) -> io::Result<()> {
        step("look");
        if fs::symlink_metadata(&self.path).is_ok_and(|found| !found.is_file()) {
            return self.write_in_place(reply);
        }
        let mut beside = self.path.as_os_str().to_owned();
        beside.push(".new");
        let Ok(mut file) = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&beside)
        else {
            return self.write_in_place(reply);
        };
        let written = file.write_all(reply);
        drop(file);
        if written
            .and_then(|()| fs::rename(&beside, &self.path))
            .is_ok()
        {
            return Ok(());
        }
        let _ = fs::remove_file(&beside);
        self.write_in_place(reply)
    }

    /// If this fails half way the file is emptied: every reader refuses an empty
    /// one, half a reply perhaps not.
    fn write_in_place(&self, reply: &[u8]) -> io::Result<()> {
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .open(&self.path)?;
        file.write_all(reply).inspect_err(|_| {
            // The first error is the one to report.
            let _ = file.set_len(0);
        })
    }
}
