//! Builds a Cargo package and finds its program.

use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use crate::build::Build;
use crate::error::HostError;
use crate::supervisor::Supervisor;

/// The folder of the package that a path stands for: the folder itself, or its
/// `Cargo.toml`. A folder's name counts, and `..` or a link has another one.
pub(crate) fn folder(path: &Path) -> Option<PathBuf> {
    let manifest = if path.is_dir() {
        path.join("Cargo.toml")
    } else {
        path.to_owned()
    };
    if manifest.file_name()? != "Cargo.toml" || !manifest.is_file() {
        return None;
    }
    let folder = std::path::absolute(&manifest).ok()?.parent()?.to_owned();
    Some(folder.canonicalize().unwrap_or(folder))
}

/// Builds the package in this folder and gives its program: the package's
/// `default-run`, else the one named like the package, else the only one.
///
/// Cargo's progress is shown where standard error is a terminal, compile errors
/// are shown always.
pub(crate) fn build(
    folder: &Path,
    how: &Build,
    supervisor: &Supervisor,
) -> Result<PathBuf, HostError> {
    how.check(supervisor)?;
    let manifest = folder.join("Cargo.toml");
    // Before anything is built, which can take long.
    let name = choose(folder, &package(folder, &manifest, supervisor)?)?;
    let mut command = cargo(folder);
    command.args([
        "build",
        "--message-format=json-render-diagnostics",
        "--bin",
        &name,
        "--manifest-path",
    ]);
    command.arg(&manifest);
    how.apply(&mut command);
    if !std::io::stderr().is_terminal() {
        command.arg("--quiet");
    }
    let Some(built) = supervisor.output(&mut command)? else {
        return Err(HostError::Cargo(format!(
            "the package in {} could not be built: see cargo's errors above",
            folder.display()
        )));
    };
    let program = String::from_utf8_lossy(&built)
        .lines()
        .filter_map(|line| serde_json::from_str::<Artifact>(line).ok())
        .find(|artifact| same(&artifact.manifest_path, &manifest) && artifact.target.is(&name))
        .and_then(|artifact| artifact.executable);
    program.ok_or_else(|| {
        HostError::Cargo(format!(
            "cargo built the package in {} but does not say where its program {name} is",
            folder.display()
        ))
    })
}

fn same(one: &Path, other: &Path) -> bool {
    let other = other.canonicalize();
    one.canonicalize()
        .is_ok_and(|one| other.is_ok_and(|other| one == other))
}

/// What cargo says of each thing it has built.
#[derive(Deserialize)]
struct Artifact {
    manifest_path: PathBuf,
    target: Target,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

impl Target {
    fn is(&self, name: &str) -> bool {
        self.name == name && self.is_program()
    }

    fn is_program(&self) -> bool {
        self.kind.iter().any(|kind| kind == "bin")
    }
}

/// What cargo says of a package.
#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: PathBuf,
    default_run: Option<String>,
    targets: Vec<Target>,
}

impl Package {
    fn programs(&self) -> Vec<&str> {
        let programs = self.targets.iter().filter(|target| target.is_program());
        programs.map(|target| target.name.as_str()).collect()
    }
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

/// The program's name.
fn choose(folder: &Path, package: &Package) -> Result<String, HostError> {
    let mut programs = package.programs();
    let wanted = package.default_run.as_deref().unwrap_or(&package.name);
    match &*programs {
        _ if programs.contains(&wanted) => Ok(wanted.into()),
        [only] => Ok((*only).into()),
        [] => Err(HostError::Cargo(format!(
            "the package in {} has no program: expected a src/main.rs or a [[bin]]",
            folder.display()
        ))),
        _ => {
            programs.sort_unstable();
            Err(HostError::Cargo(format!(
                "the package in {} has several programs: {}; name one as default-run in its Cargo.toml, \
                 or build it and give the path of the program",
                folder.display(),
                programs.join(", ")
            )))
        }
    }
}

/// The package that has this manifest.
fn package(folder: &Path, manifest: &Path, supervisor: &Supervisor) -> Result<Package, HostError> {
    let mut command = cargo(folder);
    command
        .args([
            "metadata",
            "--no-deps",
            "--format-version=1",
            "--manifest-path",
        ])
        .arg(manifest);
    let unread = |why: String| {
        HostError::Cargo(format!(
            "the package in {} could not be read: {why}",
            folder.display()
        ))
    };
    let metadata = supervisor
        .output(&mut command)?
        .ok_or_else(|| unread("see cargo's errors above".into()))?;
    let metadata: Metadata =
        serde_json::from_slice(&metadata).map_err(|error| unread(error.to_string()))?;
    let (package, others): (Vec<_>, Vec<_>) = metadata
        .packages
        .into_iter()
        .partition(|package| same(&package.manifest_path, manifest));
    let package = package.into_iter().next();
    package.ok_or_else(|| HostError::Cargo(workspace(folder, &others)))
}

/// The packages of a workspace that are no libraries.
fn workspace(folder: &Path, packages: &[Package]) -> String {
    let mut folders: Vec<String> = packages
        .iter()
        .filter(|package| !package.programs().is_empty())
        .filter_map(|package| package.manifest_path.parent())
        .map(|path| path.display().to_string())
        .collect();
    folders.sort_unstable();
    let advice = match &*folders {
        [] => "none of its packages has a program".into(),
        _ => format!("give one of: {}", folders.join(", ")),
    };
    format!(
        "{} is a workspace, not a package; {advice}",
        folder.display()
    )
}

/// Cargo in the package's folder, whose `.cargo/config.toml` counts there.
fn cargo(folder: &Path) -> Command {
    const TARGET: &str = "CARGO_TARGET_DIR";
    let program = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(program);
    command.current_dir(folder);
    // A relative one is meant from here.
    let target = std::env::var_os(TARGET).filter(|target| !target.is_empty());
    if let Some(Ok(target)) = target.map(std::path::absolute) {
        command.env(TARGET, target);
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(folder: &str, programs: &[&str], default_run: Option<&str>) -> Package {
        let target = |name: &&str| Target {
            name: (*name).into(),
            kind: vec!["bin".into()],
        };
        Package {
            name: "parrot".into(),
            manifest_path: Path::new(folder).join("Cargo.toml"),
            default_run: default_run.map(Into::into),
            targets: programs.iter().map(target).collect(),
        }
    }

    fn chosen(programs: &[&str], default_run: Option<&str>) -> String {
        let package = package("here", programs, default_run);
        choose(Path::new("here"), &package).unwrap_or_else(|error| error.to_string())
    }

    #[test]
    fn the_program_of_a_package_is_chosen_as_cargo_run_does_it() {
        assert_eq!(chosen(&["other"], None), "other");
        assert_eq!(chosen(&["other", "parrot"], None), "parrot");
        assert_eq!(chosen(&["other", "parrot"], Some("other")), "other");
        assert_eq!(
            chosen(&["b", "c", "a"], None),
            "the package in here has several programs: a, b, c; name one as default-run in its Cargo.toml, \
             or build it and give the path of the program"
        );
        assert_eq!(
            chosen(&[], None),
            "the package in here has no program: expected a src/main.rs or a [[bin]]"
        );
    }

    #[test]
    fn a_workspace_names_its_packages_with_programs() {
        let packages = [
            package("here/parrot", &["parrot"], None),
            package("here/lib", &[], None),
            package("here/owl", &["owl"], None),
        ];
        assert_eq!(
            workspace(Path::new("here"), &packages),
            "here is a workspace, not a package; give one of: here/owl, here/parrot"
        );
        assert_eq!(
            workspace(Path::new("here"), &packages[1..2]),
            "here is a workspace, not a package; none of its packages has a program"
        );
    }
}
