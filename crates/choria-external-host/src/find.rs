//! Finds a program and its DDL, where a server finds them.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use choria_external_ddl::Ddl;
use shared_child::SharedChild;

use crate::cargo;
use crate::error::HostError;
use crate::launch::absolute;
use crate::os::platform;
use crate::program::{Program, refuse};

/// How long a program may take to print its own DDL.
const DDL_LIMIT: Duration = Duration::from_secs(10);

impl Program {
    /// Finds a program and what belongs to it.
    ///
    /// `path` is one of
    ///
    /// - an executable, in any language,
    /// - a folder `NAME` with a program for each system in it, such as
    ///   `NAME-linux_amd64`: that of this system,
    /// - the folder of a Cargo package: it is built, as a release.
    ///
    /// The DDL is `ddl` if given; else `NAME.json` beside the executable (beside
    /// the folder `NAME`, where it has a program for each system), or in the
    /// package's folder; else a program from a package is asked for it, with
    /// `--ddl json`. The agent's name is the one in the DDL, else the file name
    /// without its ending.
    ///
    /// # Errors
    /// [`HostError`]: no such program, it could not be built, or its DDL cannot
    /// be read or would be refused by a server.
    pub fn find(path: &Path, ddl: Option<&Path>) -> Result<Self, HostError> {
        let path = absolute(path)?;
        let package = path.join("Cargo.toml").is_file();
        let executable = if package {
            cargo::build(&path)?
        } else if path.is_dir() {
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            path.join(format!("{name}-{}", platform()))
        } else {
            path.clone()
        };
        if !executable.is_file() {
            return Err(HostError::NotFound(executable));
        }
        let place = Place::of(&executable);
        let folder = if package { &path } else { &place.folder };
        let file = match ddl {
            Some(file) => Some(file.to_owned()),
            None => place.ddl_in(folder),
        };
        let ddl = match file {
            Some(file) => Some((read_ddl(&file)?, file.display().to_string())),
            None if package => ask(&executable)?.map(|ddl| (ddl, executable.display().to_string())),
            None => None,
        };
        let Some((ddl, from)) = ddl else {
            return Self::new(&executable, &place.name.replace('-', "_"));
        };
        refuse(&ddl, &from)?;
        let mut program = Self::new(&executable, &ddl.metadata.name)?;
        program.set_ddl(ddl, &from)?;
        Ok(program)
    }

    /// What a server would not find here, for a person to read: it looks for
    /// program and DDL under the agent's name.
    pub fn misplaced(&self) -> Option<String> {
        self.ddl.as_ref()?;
        let wanted = self.name.as_str();
        let file = self.path.file_name().unwrap_or_default().to_string_lossy();
        let in_folder =
            file.starts_with(&format!("{wanted}-")) && Place::of(&self.path).name == wanted;
        (file != wanted && !in_folder).then(|| {
            format!(
                "a server looks for this agent's program under the name {wanted}, here it is {file}"
            )
        })
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

    /// The DDL in a folder. Names of packages and programs often have a `-`
    /// where the agent's has a `_`.
    fn ddl_in(&self, folder: &Path) -> Option<PathBuf> {
        let names = [self.name.clone(), self.name.replace('-', "_")];
        let mut files = names.iter().map(|name| folder.join(format!("{name}.json")));
        files.find(|file| file.is_file())
    }
}

fn read_ddl(file: &Path) -> Result<Ddl, HostError> {
    let bytes = fs::read(file).map_err(|error| HostError::File {
        what: "read the DDL",
        path: file.into(),
        error,
    })?;
    parse_ddl(&bytes, file)
}

fn parse_ddl(bytes: &[u8], from: &Path) -> Result<Ddl, HostError> {
    Ddl::from_json(bytes).map_err(|error| HostError::Ddl {
        from: from.display().to_string(),
        reason: error.to_string(),
    })
}

/// Asks a program for its DDL. `None` where it does not know the question: it
/// fails, or prints nothing.
fn ask(program: &Path) -> Result<Option<Ddl>, HostError> {
    let failed = |error| HostError::Process {
        what: "ask the program for its DDL",
        error,
    };
    let mut answer = tempfile::tempfile().map_err(failed)?;
    let mut command = Command::new(program);
    command.args(["--ddl", "json"]);
    command
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .stdout(answer.try_clone().map_err(failed)?);
    let child = SharedChild::spawn(&mut command).map_err(failed)?;
    let Some(status) = child.wait_timeout(DDL_LIMIT).map_err(failed)? else {
        child.kill().map_err(failed)?;
        child.wait().map_err(failed)?;
        return Ok(None);
    };
    let mut text = Vec::new();
    std::io::Seek::rewind(&mut answer).map_err(failed)?;
    answer.read_to_end(&mut text).map_err(failed)?;
    if !status.success() || text.trim_ascii().is_empty() {
        return Ok(None);
    }
    parse_ddl(&text, program).map(Some)
}
