//! The archive for Choria's plugins watcher, which keeps plugins on nodes as a
//! list says.
//!
//! For each plugin of its list it makes a machine with an archive watcher, which
//! wants a `.tar.gz` with one folder, named like the plugin, and `SHA256SUMS`
//! in that folder; the list has the checksums of both. It puts the folder into
//! `plugins_directory`. If that is `mcollective/agent` of a server's `libdir`,
//! the server finds `NAME/NAME.json` there and starts `NAME/NAME/NAME-OS_ARCH`.

use std::io;

use super::agent::Agent;
use super::archive::{Archive, sha256};

/// An archive, and what the watcher's list must say of it.
pub(super) struct Plugin {
    pub(super) bytes: Vec<u8>,
    /// `checksum`: that of the archive.
    pub(super) checksum: String,
    /// `verify_checksum`: that of `SHA256SUMS`.
    pub(super) verify_checksum: String,
}

/// The name of the archive, less the ending.
pub(super) fn title(agent: &Agent) -> String {
    format!("{}-{}", agent.name(), agent.version())
}

/// Packs the agent.
pub(super) fn plugin(agent: &Agent, time: u64) -> io::Result<Plugin> {
    let name = agent.name();
    let mut files = Archive::default();
    files.add(format!("{name}.json"), &*agent.json);
    files.add(format!("{name}.ddl"), &*agent.ruby);
    for (file, bytes) in agent.programs() {
        files.add_program(file, bytes);
    }
    let checksums = files.checksums();
    let verify_checksum = sha256(checksums.as_bytes());
    files.add("SHA256SUMS", checksums);
    let bytes = files.tgz(name, time)?;
    Ok(Plugin {
        checksum: sha256(&bytes),
        bytes,
        verify_checksum,
    })
}
