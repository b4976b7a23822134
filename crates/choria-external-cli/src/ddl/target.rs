//! Where results go: standard output, a file, or a folder of files.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use choria_external_ddl::Ddl;

use super::source::is_stdin;
use crate::args::Write;
use crate::output::print;
use crate::whole_file::{self, Access};

/// Where results go.
pub(super) struct Target {
    place: Place,
    force: bool,
    written: HashSet<PathBuf>,
}

enum Place {
    Stdout,
    File(PathBuf),
    Folder(PathBuf),
}

impl Target {
    /// A path that is a folder, or ends like one, is a folder; for several
    /// results it always is, and is made where there is none, with the first of
    /// them.
    pub(super) fn new(args: &Write) -> anyhow::Result<Self> {
        let several = args.files.len() > 1;
        let place = match &args.output {
            Some(path) if !is_stdin(path) => {
                let ends_like_one = path
                    .as_os_str()
                    .to_string_lossy()
                    .ends_with(['/', std::path::MAIN_SEPARATOR]);
                if several || ends_like_one || path.is_dir() {
                    Place::Folder(path.clone())
                } else {
                    Place::File(path.clone())
                }
            }
            _ if several => bail!("several files need --output DIR: they do not fit into one"),
            _ => Place::Stdout,
        };
        Ok(Self {
            place,
            force: args.force,
            written: HashSet::new(),
        })
    }

    /// The file that the only result goes to, if that is a file.
    pub(super) fn file(&self) -> Option<&Path> {
        match &self.place {
            Place::File(path) => Some(path),
            Place::Stdout | Place::Folder(_) => None,
        }
    }

    /// Writes what was made of a DDL. In a folder it has the name of its file,
    /// or, from standard input, that of its agent; and this ending.
    pub(super) fn write(
        &mut self,
        from: &Path,
        ddl: &Ddl,
        ending: &str,
        text: &str,
    ) -> anyhow::Result<()> {
        let path = match &self.place {
            Place::Stdout => return print(text),
            Place::File(path) => path.clone(),
            Place::Folder(folder) => {
                let name = if is_stdin(from) {
                    agent_name(ddl)?.into()
                } else {
                    from.file_stem().unwrap_or_default().to_owned()
                };
                let mut file = name;
                file.push(".");
                file.push(ending);
                whole_file::make_folder(folder, Access::Usual)
                    .with_context(|| format!("could not make the folder {}", folder.display()))?;
                folder.join(file)
            }
        };
        if !self.written.insert(path.clone()) {
            bail!(
                "could not write {}: it was written from another file of that name just now, use two folders",
                path.display()
            );
        }
        self.create(&path, text)
            .map_err(|error| match error.kind() {
                io::ErrorKind::AlreadyExists => {
                    anyhow!(
                        "{} already exists and was left unchanged: --force overwrites it",
                        path.display()
                    )
                }
                io::ErrorKind::NotFound => anyhow!(
                    "could not write {}: there is no such folder: make it first",
                    path.display()
                ),
                _ => {
                    anyhow::Error::new(error).context(format!("could not write {}", path.display()))
                }
            })
    }

    fn create(&self, path: &Path, text: &str) -> io::Result<()> {
        if self.force {
            whole_file::overwrite(path, text.as_bytes())
        } else {
            whole_file::create(path, text.as_bytes(), Access::Usual)
        }
    }
}

/// The agent's name, which must not lead out of a folder.
fn agent_name(ddl: &Ddl) -> anyhow::Result<&str> {
    let name = &*ddl.metadata.name;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if name.is_empty() || !name.chars().all(plain) {
        bail!(
            "stdin: the agent's name {name:?} is not a valid file name: give one with --output FILE"
        );
    }
    Ok(name)
}
