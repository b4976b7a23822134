//! Where results go: standard output, a file, or a folder of files.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use choria_external_ddl::Ddl;

use super::source::is_stdin;
use crate::args::Write;
use crate::output::print;

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
    /// results it always is, and is made where there is none.
    pub(super) fn new(args: &Write) -> anyhow::Result<Self> {
        let several = args.files.len() > 1;
        let place = match &args.output {
            Some(path) if !is_stdin(path) => {
                let ends_like_one = path
                    .as_os_str()
                    .to_string_lossy()
                    .ends_with(['/', std::path::MAIN_SEPARATOR]);
                if several || ends_like_one || path.is_dir() {
                    fs::create_dir_all(path)
                        .with_context(|| format!("could not make the folder {}", path.display()))?;
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
                        "{} is there already, and was left as it is: --force writes over it",
                        path.display()
                    )
                }
                _ => {
                    anyhow::Error::new(error).context(format!("could not write {}", path.display()))
                }
            })
    }

    fn create(&self, path: &Path, text: &str) -> io::Result<()> {
        let mut file = if self.force {
            File::create(path)
        } else {
            File::create_new(path)
        }?;
        file.write_all(text.as_bytes())
    }
}

/// The agent's name, which must not lead out of a folder.
fn agent_name(ddl: &Ddl) -> anyhow::Result<&str> {
    let name = &*ddl.metadata.name;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if name.is_empty() || !name.chars().all(plain) {
        bail!("stdin: the agent's name {name:?} is no name for a file: name one by --output FILE");
    }
    Ok(name)
}
