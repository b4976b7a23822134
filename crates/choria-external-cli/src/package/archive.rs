//! Archives whose bytes depend on nothing but what is in them.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write as _};

use anyhow::{Context as _, anyhow};
use flate2::{Compression, GzBuilder};
use sha2::{Digest as _, Sha256};
use tar::{Builder, EntryType, Header};

/// Files by their path, which has `/` between its parts.
#[derive(Default)]
pub(super) struct Archive {
    files: BTreeMap<String, File>,
}

struct File {
    executable: bool,
    bytes: Vec<u8>,
}

impl Archive {
    pub(super) fn add(&mut self, path: impl Into<String>, bytes: impl Into<Vec<u8>>) {
        self.insert(path, bytes, false);
    }

    pub(super) fn add_program(&mut self, path: impl Into<String>, bytes: impl Into<Vec<u8>>) {
        self.insert(path, bytes, true);
    }

    fn insert(&mut self, path: impl Into<String>, bytes: impl Into<Vec<u8>>, executable: bool) {
        let file = File {
            executable,
            bytes: bytes.into(),
        };
        self.files.insert(path.into(), file);
    }

    /// The paths with their checksums, as `sha256sum` prints them.
    pub(super) fn checksums(&self) -> String {
        let line = |(path, file): (&String, &File)| format!("{}  {path}\n", sha256(&file.bytes));
        self.files.iter().map(line).collect()
    }

    /// A `.tar.gz` with all of it in this folder. Each folder stands before what
    /// is in it, as Choria wants it.
    pub(super) fn tgz(&self, folder: &str, time: u64) -> io::Result<Vec<u8>> {
        // Neither a name nor a time in its head.
        let gzip = GzBuilder::new().write(Vec::new(), Compression::best());
        let mut tar = Builder::new(gzip);
        let mut folders = BTreeSet::new();
        for (path, file) in &self.files {
            let path = format!("{folder}/{path}");
            for (at, _) in path.match_indices('/') {
                let parent = &path[..=at];
                if folders.insert(parent.to_owned()) {
                    let mut header = header(EntryType::Directory, 0o755, time);
                    tar.append_data(&mut header, parent, io::empty())?;
                }
            }
            let mode = if file.executable { 0o755 } else { 0o644 };
            let mut header = header(EntryType::Regular, mode, time);
            header.set_size(file.bytes.len() as u64);
            tar.append_data(&mut header, path, &*file.bytes)?;
        }
        let mut gzip = tar.into_inner()?;
        gzip.flush()?;
        gzip.finish()
    }
}

fn header(kind: EntryType, mode: u32, time: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_mtime(time);
    header.set_uid(0);
    header.set_gid(0);
    header.set_size(0);
    header
}

/// The checksum of a text, in hexadecimal digits.
pub(super) fn sha256(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The time that all files in archives have: `SOURCE_DATE_EPOCH`, else the start
/// of 1980, before which some tools take no time for one.
pub(super) fn time() -> anyhow::Result<u64> {
    const YEAR_1980: u64 = 315_532_800;
    // What the field of the format holds.
    const MOST: u64 = 0o777_7777_7777;
    let Some(text) = std::env::var_os("SOURCE_DATE_EPOCH") else {
        return Ok(YEAR_1980);
    };
    let seconds = text.to_str().and_then(|text| text.parse().ok());
    seconds
        .filter(|seconds| *seconds <= MOST)
        .ok_or_else(|| anyhow!("expected whole seconds since 1970, got {}", text.display()))
        .context("could not read SOURCE_DATE_EPOCH: correct it, or unset it")
}
