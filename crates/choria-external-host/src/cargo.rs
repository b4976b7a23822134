//! Builds a Cargo package and finds its program.

use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::error::HostError;

/// Builds the package in this folder, as a release, and gives its program: the
/// package's `default-run`, else the one named like the package, else the only
/// one.
///
/// Cargo's progress is shown where standard error is a terminal, compile errors
/// are shown always.
pub(crate) fn build(folder: &Path) -> Result<PathBuf, HostError> {
    let manifest = folder.join("Cargo.toml");
    let mut command = cargo();
    command.args([
        "build",
        "--release",
        "--message-format=json-render-diagnostics",
        "--manifest-path",
    ]);
    command.arg(&manifest);
    if !std::io::stderr().is_terminal() {
        command.arg("--quiet");
    }
    let built = output(&mut command)?;
    let Some(built) = built else {
        return Err(HostError::Cargo(format!(
            "the package in {} could not be built: see cargo's errors above",
            folder.display()
        )));
    };
    let manifest = manifest.canonicalize().unwrap_or(manifest);
    let programs: Vec<(String, PathBuf)> = String::from_utf8_lossy(&built)
        .lines()
        .filter_map(|line| serde_json::from_str::<Artifact>(line).ok())
        .filter(|artifact| {
            artifact
                .manifest_path
                .canonicalize()
                .is_ok_and(|path| path == manifest)
        })
        .filter(|artifact| artifact.target.kind.iter().any(|kind| kind == "bin"))
        .filter_map(|artifact| Some((artifact.target.name, artifact.executable?)))
        .collect();
    choose(folder, programs, || package(&manifest))
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

/// What cargo says of a package.
#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: PathBuf,
    default_run: Option<String>,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

/// The package itself is looked at only where it has several programs.
fn choose(
    folder: &Path,
    mut programs: Vec<(String, PathBuf)>,
    package: impl FnOnce() -> Result<Option<Package>, HostError>,
) -> Result<PathBuf, HostError> {
    if programs.len() > 1 {
        let package = package()?;
        let wanted = package.and_then(|package| {
            let named = programs
                .iter()
                .any(|(name, _)| *name == package.name)
                .then_some(package.name);
            package.default_run.or(named)
        });
        if let Some(wanted) = wanted {
            programs.retain(|(name, _)| *name == wanted);
        }
    }
    let mut programs = programs.into_iter();
    match (programs.next(), programs.next()) {
        (Some((_, path)), None) => Ok(path),
        (None, _) => Err(HostError::Cargo(format!(
            "the package in {} has no program: wanted a src/main.rs or a [[bin]]",
            folder.display()
        ))),
        (Some((first, _)), Some((second, _))) => {
            let mut names = vec![first, second];
            names.extend(programs.map(|(name, _)| name));
            // Cargo tells of them in the order in which it got them done.
            names.sort_unstable();
            Err(HostError::Cargo(format!(
                "the package in {} has several programs: {}; name one as default-run in its Cargo.toml, \
                 or build it and give the path of the program",
                folder.display(),
                names.join(", ")
            )))
        }
    }
}

fn package(manifest: &Path) -> Result<Option<Package>, HostError> {
    let mut command = cargo();
    command
        .args([
            "metadata",
            "--no-deps",
            "--format-version=1",
            "--manifest-path",
        ])
        .arg(manifest);
    let metadata = output(&mut command)?.unwrap_or_default();
    let metadata: Option<Metadata> = serde_json::from_slice(&metadata).ok();
    Ok(metadata.and_then(|metadata| {
        let mut packages = metadata.packages.into_iter();
        packages.find(|package| {
            package
                .manifest_path
                .canonicalize()
                .is_ok_and(|path| path == manifest)
        })
    }))
}

fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")))
}

/// What a command prints; `None` where it fails, having said why.
fn output(command: &mut Command) -> Result<Option<Vec<u8>>, HostError> {
    let done = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output();
    let done = done.map_err(|error| HostError::Process {
        what: "start cargo",
        error,
    })?;
    Ok(done.status.success().then_some(done.stdout))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(programs: &[&str], default_run: Option<&str>) -> String {
        let programs = programs
            .iter()
            .map(|name| ((*name).into(), PathBuf::from(name)))
            .collect();
        let package = || {
            Ok(Some(Package {
                name: "parrot".into(),
                manifest_path: PathBuf::new(),
                default_run: default_run.map(Into::into),
            }))
        };
        match choose(Path::new("here"), programs, package) {
            Ok(path) => path.display().to_string(),
            Err(error) => error.to_string(),
        }
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
            "the package in here has no program: wanted a src/main.rs or a [[bin]]"
        );
    }
}
