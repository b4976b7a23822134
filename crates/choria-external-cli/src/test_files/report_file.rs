//! The file that the report goes to.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{anyhow, bail};
use choria_external_host::Program;

use super::file::TestFile;
use super::node::Subject;
use crate::whole_file;

/// Refuses a file that is a part of the tests: a mistyped option must not cost
/// anybody's work.
///
/// # Errors
/// The report was to go to a test file, an agent or its DDL.
pub(super) fn check(
    path: &Path,
    paths: &[PathBuf],
    files: &[TestFile],
    subjects: &[Subject],
) -> anyhow::Result<()> {
    let Ok(there) = path.canonicalize() else {
        return Ok(());
    };
    let is = |other: &Path| {
        other
            .canonicalize()
            .is_ok_and(|other_path| other_path == there)
    };
    // A DDL that no file names is beside its agent.
    let beside = |program: &Program| {
        let name = format!("{}.json", program.name.as_str());
        program.path.with_file_name(name)
    };
    let mut programs = subjects.iter().map(|subject| &subject.program);
    let what = if paths.iter().any(|path| is(path)) {
        "a test file"
    } else if programs.clone().any(|program| is(&program.path)) {
        "the agent"
    } else if files.iter().filter_map(|file| file.ddl.as_deref()).any(is)
        || programs.any(|program| is(&beside(program)))
    {
        "the agent's DDL"
    } else {
        return Ok(());
    };
    bail!(
        "the report cannot go to {}, which is {what}: name another file; nothing was run",
        path.display()
    )
}

/// Writes the report, in the place of an older one.
pub(super) fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    whole_file::overwrite(path, text.as_bytes()).map_err(|error| {
        let why = match error.kind() {
            ErrorKind::NotFound => "there is no such folder: make it first".into(),
            _ => error.to_string(),
        };
        anyhow!("could not write the report to {}: {why}", path.display())
    })
}
