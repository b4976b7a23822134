//! The files that an agent is made of, and whether they changed.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime};

use choria_external_host::{Program, Supervisor};

/// How often files are looked at.
pub(crate) const EACH: Duration = Duration::from_millis(300);

/// When each file was changed; `None` for one that is not there.
type Stamps = BTreeMap<PathBuf, Option<SystemTime>>;

/// The files that make an agent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sources {
    files: Vec<PathBuf>,
    /// Folders with Rust files, of which each new one counts.
    code: Vec<PathBuf>,
    /// Folders of which each file counts.
    folders: Vec<PathBuf>,
}

impl Sources {
    /// Those of a program: what Cargo has compiled, in all packages that are not from
    /// a registry, or else the program itself; its DDL, and its settings.
    pub(crate) fn of(program: &Program) -> Self {
        let mut sources = Self::default();
        let config = program.config_file();
        let folder = config.parent().unwrap_or(Path::new("/"));
        let name = program.name.as_str();
        let file_name = config.file_name().unwrap_or_default().display().to_string();
        sources.add([
            config.clone(),
            folder.join(format!("{file_name}.cfg")),
            config.join(format!("{name}.cfg")),
        ]);
        sources.add(program.ddl_file().map(Path::to_owned));
        let Some(home) = program.package() else {
            sources.add([program.path.clone()]);
            return sources;
        };
        let name = program.path.file_name().unwrap_or_default();
        let list = program.path.with_file_name(format!("{}.d", name.display()));
        let list = fs::read_to_string(list).unwrap_or_default();
        sources.add([home.join("Cargo.toml")]);
        sources.add(compiled(&list).into_iter().map(|file| home.join(file)));
        sources.code.push(home.join("src"));
        sources
    }

    /// What is at a path from which no program could be made.
    pub(crate) fn at(path: &Path) -> Self {
        let mut sources = Self::default();
        if let Some(home) = Program::package_at(path) {
            sources.code.push(home.join("src"));
            sources.folders.push(home);
        } else if path.is_dir() {
            sources.folders.push(path.into());
        } else {
            sources.add([path.into(), path.with_extension("json")]);
        }
        sources
    }

    /// Adds files that need not be there yet.
    pub(crate) fn add(&mut self, files: impl IntoIterator<Item = PathBuf>) {
        self.files.extend(files);
    }

    fn stamps(&self) -> Stamps {
        let mut files = self.files.clone();
        for folder in &self.code {
            walk(folder, true, &mut files);
        }
        for folder in &self.folders {
            walk(folder, false, &mut files);
        }
        let stamp = |file: &Path| fs::metadata(file).and_then(|about| about.modified()).ok();
        let stamps = files.into_iter().map(|file| (stamp(&file), file));
        stamps.map(|(stamp, file)| (file, stamp)).collect()
    }
}

/// The files in a folder: Rust files, those in folders below too, or else all that
/// are directly in it, but for the one that Cargo writes.
fn walk(folder: &Path, code: bool, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        // Links are not followed: they could lead back.
        let Ok(kind) = entry.file_type() else {
            continue;
        };
        if kind.is_dir() && code {
            walk(&path, code, files);
        } else if !kind.is_dir() && (path.extension().is_some_and(|end| end == "rs") || !code) {
            files.push(path);
        }
    }
    files.retain(|file| !file.ends_with("Cargo.lock"));
}

/// The sources of an agent that was built, and how they were then.
pub(crate) struct Watched {
    sources: Sources,
    seen: Stamps,
}

impl Watched {
    /// Sources of an agent whose build began at `since`: what was changed later
    /// counts as changed, since the compiler may have read it before.
    pub(crate) fn new(sources: Sources, since: SystemTime) -> Self {
        let now = SystemTime::now();
        let mut seen = sources.stamps();
        for stamp in seen.values_mut() {
            if stamp.is_some_and(|stamp| (since..now).contains(&stamp)) {
                *stamp = Some(SystemTime::UNIX_EPOCH);
            }
        }
        Self { sources, seen }
    }

    /// The same once it was built again, or could not be, in an attempt that began at
    /// `since`; new sources are given if there are any.
    #[cfg(feature = "net")]
    pub(crate) fn again(&mut self, sources: Option<Sources>, since: SystemTime) {
        let sources = sources.unwrap_or_else(|| self.sources.clone());
        *self = Self::new(sources, since);
    }

    /// The first file that has changed, or has come or gone.
    pub(crate) fn changed(&self) -> Option<PathBuf> {
        let now = self.sources.stamps();
        let differs = |(file, _): &(&PathBuf, _)| now.get(*file) != self.seen.get(*file);
        let mut all = self.seen.iter().chain(&now);
        all.find(differs).map(|(file, _)| file.clone())
    }

    /// Waits until a file has changed, and gives it; `None` if `cancel` comes first.
    pub(crate) fn wait(&self, supervisor: &Supervisor) -> Option<PathBuf> {
        while !supervisor.cancel.is_cancelled() {
            if let Some(file) = self.changed() {
                return Some(file);
            }
            thread::sleep(EACH);
        }
        None
    }
}

/// The files in Cargo's list of what a program was made of, which has the form
/// of a rule for make.
fn compiled(list: &str) -> Vec<String> {
    let Some((_, rest)) = list.lines().next().and_then(|line| line.split_once(": ")) else {
        return Vec::new();
    };
    let mut files = vec![String::new()];
    let mut characters = rest.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => {
                // Of a space, mostly.
                let next = characters.next().unwrap_or('\\');
                files
                    .last_mut()
                    .into_iter()
                    .for_each(|file| file.push(next));
            }
            ' ' => files.push(String::new()),
            other => files
                .last_mut()
                .into_iter()
                .for_each(|file| file.push(other)),
        }
    }
    files.retain(|file| !file.is_empty());
    files
}

#[cfg(test)]
mod tests {
    use super::compiled;

    #[test]
    fn the_list_of_cargo_is_read() {
        let list = "/t/release/parrot: /a\\ b/src/main.rs /c/lib.rs\n\n/c/lib.rs:\n";
        assert_eq!(compiled(list), ["/a b/src/main.rs", "/c/lib.rs"]);
        assert_eq!(compiled("/t/parrot: /a.rs"), ["/a.rs"]);
        assert!(compiled("").is_empty() && compiled("no list").is_empty());
    }
}
