//! Programs that a command line names, which are built if they are Cargo packages.

use std::path::Path;

use choria_external_host::build::Build;
use choria_external_host::{HostError, Program, Source, Supervisor};

use crate::args::Profile;
use crate::output::tell;
use crate::show::printable;

/// Finds an agent's program, and builds it if it is a Cargo package; which package
/// that is goes to standard error, since it can take long.
pub(crate) fn find(
    path: &Path,
    ddl: Option<&Path>,
    profile: Profile,
    supervisor: &Supervisor,
) -> Result<Program, HostError> {
    if Program::package_at(path).is_some() {
        building(path, profile.release);
    }
    Program::find_built(path, ddl, &build(profile), supervisor)
}

/// How a package is built in order to try it.
pub(crate) fn build(profile: Profile) -> Build {
    Build {
        release: profile.release,
        ..Build::default()
    }
}

/// Says which package a discovery source is built from, if it is.
pub(crate) fn source(source: &Source) {
    if let Some(package) = source.package() {
        building(&package, source.build.release);
    }
}

fn building(package: &Path, release: bool) {
    let profile = if release { "release" } else { "debug" };
    let package = printable(&package.display().to_string());
    tell(&format!("building {package} ({profile})\n"));
}
