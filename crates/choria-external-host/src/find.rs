//! Finds a program and its DDL, where a server finds them.

use std::fs;
use std::path::{Path, PathBuf};

use choria_external_ddl::{Ddl, DdlError};
use choria_external_protocol::{DDL_OFFER, FUNCTIONS_OFFER};

use crate::ask::{NoAnswerError, NoAnswerKind, ask, offers};
use crate::build::Build;
use crate::cargo;
use crate::error::HostError;
use crate::os::{absolute, platform};
use crate::program::{Program, agent_name, loadable};
use crate::supervisor::Supervisor;

impl Program {
    /// Finds a program and what belongs to it.
    ///
    /// `path` is one of
    ///
    /// - an executable, in any language; `PATH` is not searched,
    /// - a folder `NAME` as servers have it: with a program `NAME` in it, or one
    ///   for each system, such as `NAME-linux_amd64`, there or in a folder
    ///   `NAME/NAME`,
    /// - the folder of a Cargo package, or its `Cargo.toml`: it is built, as by
    ///   `cargo build`.
    ///
    /// The DDL is `ddl` if given; else `NAME.json` beside the executable (beside
    /// the folder `NAME`, where that has a program for each system), or in the
    /// package's folder; else a program from a package, or one made with the
    /// library for Rust, is asked for it, with `--ddl json`. The agent's name is
    /// the one in the DDL, else the file name without its ending.
    ///
    /// # Errors
    /// [`HostError`]: no such program, it could not be built, or its DDL cannot
    /// be read or would be refused by a server.
    pub fn find(path: &Path, ddl: Option<&Path>) -> Result<Self, HostError> {
        Self::find_with(path, ddl, &Supervisor::new())
    }

    /// [`Program::find`] with a supervisor that owns what is started for it, and
    /// can end it early; it becomes the program's.
    ///
    /// # Errors
    /// Returns the errors of [`Program::find`], and [`HostError::Cancelled`].
    pub fn find_with(
        path: &Path,
        ddl: Option<&Path>,
        supervisor: &Supervisor,
    ) -> Result<Self, HostError> {
        Self::find_built(path, ddl, &Build::default(), supervisor)
    }

    /// [`Program::find_with`], where a Cargo package is built in this way.
    ///
    /// What was built for another system cannot be asked for its DDL, and has
    /// none where there is no file of it.
    ///
    /// # Errors
    /// Returns the errors of [`Program::find_with`].
    pub fn find_built(
        path: &Path,
        ddl: Option<&Path>,
        build: &Build,
        supervisor: &Supervisor,
    ) -> Result<Self, HostError> {
        let Found {
            executable,
            package,
        } = Found::at(path, build, supervisor)?;
        let place = Place::of(&executable);
        let home = package.clone().unwrap_or_else(|| {
            let parent = executable.parent().map(PathBuf::from);
            parent.unwrap_or_default()
        });
        let folder = package.as_ref().unwrap_or(&place.folder);
        let file = match ddl {
            Some(file) => Some(file.to_owned()),
            None => place.ddl_in(folder),
        };
        let (ddl, from) = match &file {
            Some(file) => (Ok(read_ddl(file)?), file.display().to_string()),
            None if has_ddl(&executable, package.is_some()) => (
                ask_ddl(&executable, supervisor)?.map_err(|error| error.to_string()),
                executable.display().to_string(),
            ),
            None => (Err(place.nothing_in(folder)), String::new()),
        };
        let name = match &ddl {
            Ok(ddl) => loadable(ddl, &from)?,
            Err(_) => agent_name(&place.agent_name())?,
        };
        let mut program = Self::named(executable, name);
        program.home = home;
        program.package = package.is_some();
        program.ddl_file = file;
        program.supervisor = supervisor.clone();
        match ddl {
            Ok(ddl) => program.take_ddl(ddl),
            Err(reason) => program.no_ddl = Some(reason),
        }
        Ok(program)
    }

    /// The folder of the Cargo package that [`Program::find`] builds for this path;
    /// `None` if nothing is built.
    pub fn package_at(path: &Path) -> Option<PathBuf> {
        cargo::folder(path)
    }

    /// The DDL that the program prints when it is asked with `--ddl json`, as
    /// agents do that are made with the runtime of this project. The inner
    /// error says why it printed none: not every program knows the question.
    ///
    /// # Errors
    /// Returns [`HostError::Cancelled`] if the program was cancelled, and
    /// [`HostError::Ddl`] if it prints a DDL that is not valid.
    pub fn printed_ddl(&self) -> Result<Result<Ddl, NoAnswerError>, HostError> {
        ask_ddl(&self.path, &self.supervisor)
    }

    /// Why no DDL was found; `None` where there is one, or none was looked for.
    pub fn no_ddl(&self) -> Option<&str> {
        self.no_ddl.as_deref()
    }

    /// The file of the DDL; `None` where it came from the program itself, or there
    /// is none.
    pub fn ddl_file(&self) -> Option<&Path> {
        self.ddl_file.as_deref()
    }

    /// The folder of the Cargo package that the program was built from; `None` if
    /// it was there already.
    pub fn package(&self) -> Option<&Path> {
        self.package.then_some(&self.home)
    }

    /// What a server would not find here, for a person to read: it looks for
    /// program and DDL under the agent's name.
    pub fn misplaced(&self) -> Option<String> {
        if self.ddl.is_none() || self.package {
            return None;
        }
        let wanted = self.name.as_str();
        let file = self.path.file_name().unwrap_or_default().to_string_lossy();
        let in_folder =
            file.starts_with(&format!("{wanted}-")) && Place::of(&self.path).name == wanted;
        (file != wanted && !in_folder).then(|| {
            format!(
                "a server looks for this agent's program under the name {wanted}, but it is {file}"
            )
        })
    }
}

/// What a path stands for.
struct Found {
    executable: PathBuf,
    /// The folder of the Cargo package that it was built from.
    package: Option<PathBuf>,
}

impl Found {
    fn at(path: &Path, build: &Build, supervisor: &Supervisor) -> Result<Self, HostError> {
        let bare = path.components().count() == 1 && path.file_name().is_some();
        let path = absolute(path)?;
        if let Some(folder) = cargo::folder(&path) {
            return Ok(Self {
                executable: cargo::build(&folder, build, supervisor)?,
                package: Some(folder),
            });
        }
        if !path.is_dir() {
            return if path.is_file() {
                Ok(Self {
                    executable: path,
                    package: None,
                })
            } else {
                Err(HostError::NotFound {
                    tried: vec![path],
                    bare,
                })
            };
        }
        // A folder's name counts, and `..` or a link has another one.
        let folder = path.canonicalize().unwrap_or(path);
        let name = folder.file_name().unwrap_or_default().to_owned();
        let for_system = format!("{}-{}", name.display(), platform());
        let tried = vec![
            folder.join(&name),
            folder.join(&for_system),
            folder.join(&name).join(&for_system),
        ];
        let there = || tried.iter().filter(|file| file.is_file());
        let has_ddl = |file: &&PathBuf| {
            let place = Place::of(file);
            place.ddl_in(&place.folder).is_some()
        };
        match there().find(has_ddl).or_else(|| there().next()) {
            Some(executable) => Ok(Self {
                executable: executable.clone(),
                package: None,
            }),
            None => Err(HostError::NotFound { tried, bare: false }),
        }
    }
}

/// Where a server would have an executable.
struct Place {
    /// The name that the place gives the agent.
    name: String,
    /// The folder of its DDL.
    folder: PathBuf,
}

impl Place {
    fn of(executable: &Path) -> Self {
        let parent = executable.parent().unwrap_or(Path::new(""));
        let parent = &parent.canonicalize().unwrap_or_else(|_| parent.into());
        let file = executable.file_name().unwrap_or_default().to_string_lossy();
        let folder = parent.file_name().unwrap_or_default().to_string_lossy();
        if file
            .strip_prefix(&*folder)
            .is_some_and(|rest| rest.starts_with('-') && rest.contains('_'))
        {
            let outside = parent.parent().unwrap_or(parent);
            return Self {
                name: folder.into_owned(),
                folder: outside.into(),
            };
        }
        let name = executable.file_stem().unwrap_or_default().to_string_lossy();
        Self {
            name: name.into_owned(),
            folder: parent.into(),
        }
    }

    /// The DDL in a folder.
    fn ddl_in(&self, folder: &Path) -> Option<PathBuf> {
        let files = self.ddl_names().into_iter().map(|name| folder.join(name));
        files.into_iter().find(|file| file.is_file())
    }

    /// Names of packages and programs often have a `-` where the agent's has a
    /// `_`.
    fn ddl_names(&self) -> Vec<String> {
        let mut names = vec![format!("{}.json", self.name)];
        names.push(format!("{}.json", self.agent_name()));
        names.dedup();
        names
    }

    fn agent_name(&self) -> String {
        self.name.replace('-', "_")
    }

    fn nothing_in(&self, folder: &Path) -> String {
        let names = self.ddl_names().join(" or ");
        format!("there is no {names} in {}", folder.display())
    }
}

fn read_ddl(file: &Path) -> Result<Ddl, HostError> {
    let bytes = fs::read(file).map_err(|error| HostError::File {
        what: "read the DDL",
        path: file.into(),
        error,
    })?;
    Ddl::from_json(&bytes).map_err(|error| wrong_ddl(file, &error))
}

fn wrong_ddl(from: &Path, error: &DdlError) -> HostError {
    HostError::Ddl {
        from: from.display().to_string(),
        reason: error.to_string(),
    }
}

/// Whether a program can be asked for its DDL. One that describes its function types is
/// no agent, and can take these words for a request.
fn has_ddl(program: &Path, is_built: bool) -> bool {
    let [ddl, functions] = offers(program, [DDL_OFFER, FUNCTIONS_OFFER]);
    (ddl || is_built) && !functions
}

/// Asks a program for its DDL. The inner error says why it gave none.
fn ask_ddl(
    program: &Path,
    supervisor: &Supervisor,
) -> Result<Result<Ddl, NoAnswerError>, HostError> {
    const QUESTION: [&str; 2] = ["--ddl", "json"];
    let text = match ask(program, &QUESTION, supervisor)? {
        Ok(text) => text,
        Err(error) => return Ok(Err(error)),
    };
    match Ddl::from_json(&text) {
        Ok(ddl) => Ok(Ok(ddl)),
        Err(error) if !is_object(&error) => {
            let first = String::from_utf8_lossy(&text);
            let first = first.lines().next().unwrap_or_default();
            let kind = NoAnswerKind::Other(first.into());
            Ok(Err(NoAnswerError::new(&QUESTION, kind)))
        }
        Err(error) => Err(wrong_ddl(program, &error)),
    }
}

/// Whether what is wrong is inside an object: anything else was not meant to be
/// a DDL.
fn is_object(error: &DdlError) -> bool {
    matches!(error, DdlError::Place(place) if place.path != "$")
}
