//! What is packed: an agent's DDL and its programs.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use choria_external_ddl::Ddl;
use choria_external_host::build::Build;
use choria_external_host::system::platform;
use choria_external_host::{Program, Supervisor};
use semver::Version;

use super::binary::Binary;
use super::system;
use crate::args::Package;
use crate::ddl::changed_in_ruby;
use crate::output::complain;

/// An agent that a server would load.
pub(crate) struct Agent {
    pub(super) ddl: Ddl,
    /// The DDL as servers and newer clients read it.
    pub(super) json: String,
    /// The DDL as older clients read it.
    pub(super) ruby: String,
    /// By the name of their system.
    programs: BTreeMap<&'static str, Vec<u8>>,
}

impl Agent {
    /// Builds what is to be built and checks all of it. What is no error is
    /// told on standard error.
    pub(super) fn gather(args: &Package, supervisor: &Supervisor) -> anyhow::Result<Self> {
        if args.path.is_none() && args.binaries.is_empty() {
            bail!(
                "there is nothing to pack: give the folder of a Cargo package, or a program that is built with --binary \
                 SYSTEM=FILE"
            );
        }
        if let Some(ddl) = args.ddl.as_deref().filter(|ddl| !ddl.is_file()) {
            bail!(
                "there is no DDL {}: look at the path that --ddl gives",
                ddl.display()
            );
        }
        let mut found = Found::default();
        for (text, file) in &args.binaries {
            let system = system::named(text).ok_or_else(|| anyhow!(system::unknown(text)))?;
            found.add(system, given(file, args.ddl.as_deref(), supervisor)?)?;
        }
        if let Some(path) = &args.path {
            if path.is_file() && !path.ends_with("Cargo.toml") {
                bail!(
                    "{0} is not a Cargo package: for a program that is built give its system, such as \
                     --binary {1}={0}",
                    path.display(),
                    platform()
                );
            }
            let builds = wanted(args, supervisor)?;
            // Before anything is built, which can take long.
            let mut systems = BTreeSet::new();
            for (system, _) in &builds {
                found.free(system)?;
                if !systems.insert(system) {
                    bail!("two targets are for {system}: give one for each system");
                }
            }
            for (system, build) in builds {
                let program = Program::find_built(path, args.ddl.as_deref(), &build, supervisor)?;
                found.add(system, program)?;
            }
        }
        let agent = Self::of(found, args.dynamic, "give it with --ddl")?;
        let (name, json, ruby) = (agent.name(), &agent.json, &agent.ruby);
        for (kind, what) in changed_in_ruby(&format!("{name}.ddl"), json, ruby) {
            complain(kind, &what);
        }
        check_version(&agent.ddl)?;
        Ok(agent)
    }

    /// The agent of one program, for servers on this machine. Whatever the agent's
    /// version is, they load it.
    #[cfg(feature = "net")]
    pub(crate) fn for_here(program: Program) -> anyhow::Result<Self> {
        executable(&program.path)?;
        let here = platform();
        let system = system::named(&here).ok_or_else(|| anyhow!(system::unknown(&here)))?;
        let mut found = Found::default();
        found.add(system, program)?;
        let advice = "put it beside the program or into the package, as NAME.json";
        Self::of(found, true, advice)
    }

    /// What helps where there is no DDL ends with this advice.
    fn of(mut found: Found, dynamic: bool, advice: &str) -> anyhow::Result<Self> {
        let ddl = found.ddl(advice)?;
        let mut programs = BTreeMap::new();
        for (system, program) in &found.programs {
            agrees(program, &ddl, system)?;
            programs.insert(*system, read(program, system, dynamic)?);
        }
        if ddl.metadata.name == "tmp" {
            bail!(
                "no agent can be packed as tmp: servers skip a folder of that name; give it another name"
            );
        }
        Ok(Self {
            json: ddl.to_json(),
            ruby: ddl.to_ruby(),
            ddl,
            programs,
        })
    }

    #[cfg(feature = "net")]
    pub(crate) fn ddl(&self) -> &Ddl {
        &self.ddl
    }

    pub(super) fn version(&self) -> &str {
        &self.ddl.metadata.version
    }

    pub(crate) fn name(&self) -> &str {
        &self.ddl.metadata.name
    }

    pub(super) fn systems(&self) -> impl Iterator<Item = &'static str> {
        self.programs.keys().copied()
    }

    /// The programs, each with its path below the folder of the DDL: where a
    /// server looks for it.
    ///
    /// On Windows it looks for that very name, but Windows starts only what has
    /// an ending; so the program stands there twice.
    pub(super) fn programs(&self) -> impl Iterator<Item = (String, &[u8])> {
        let name = self.name();
        self.programs.iter().flat_map(move |(system, bytes)| {
            let path = format!("{name}/{name}-{system}");
            let windows = system.starts_with("windows_");
            let second = windows.then(|| (format!("{path}.exe"), &**bytes));
            [(path, &**bytes)].into_iter().chain(second)
        })
    }
}

/// The targets to build for.
fn wanted(args: &Package, supervisor: &Supervisor) -> anyhow::Result<Vec<(&'static str, Build)>> {
    let mut builds: Vec<Build> = (args.targets.iter())
        .map(|target| Build::for_target(target))
        .collect();
    if builds.is_empty() {
        builds.push(if args.dynamic {
            Build {
                release: true,
                ..Build::default()
            }
        } else {
            Build::for_nodes(supervisor)?
        });
    }
    let named = |mut build: Build| {
        build.static_c_library &= !args.dynamic;
        let here = platform();
        let target = build.target.as_deref().unwrap_or(&here);
        let system = system::named(target).ok_or_else(|| anyhow!(system::unknown(target)))?;
        Ok((system, build))
    };
    builds.into_iter().map(named).collect()
}

/// A program that is built already.
fn given(file: &Path, ddl: Option<&Path>, supervisor: &Supervisor) -> anyhow::Result<Program> {
    if !file.is_file() {
        bail!(
            "there is no file {}: build the program first, or look at the path",
            file.display()
        );
    }
    executable(file)?;
    let ddl = ddl.map(PathBuf::from).or_else(|| beside(file));
    Ok(Program::find_with(file, ddl.as_deref(), supervisor)?)
}

/// Whether a server may start a program.
#[cfg(unix)]
fn executable(file: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let about = fs::metadata(file).with_context(|| unread(file))?;
    if about.permissions().mode() & 0o111 == 0 {
        bail!(
            "{0} is not executable: if it is the program, chmod +x {0}",
            file.display()
        );
    }
    Ok(())
}

#[cfg(not(unix))]
fn executable(_: &Path) -> anyhow::Result<()> {
    Ok(())
}

/// The DDL beside a program whose file has its system in its name.
fn beside(file: &Path) -> Option<PathBuf> {
    let stem = stem(file);
    let names = [stem.replace('-', "_"), stem];
    let mut files = names
        .iter()
        .map(|name| file.with_file_name(format!("{name}.json")));
    files.find(|file| file.is_file())
}

fn stem(file: &Path) -> String {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    system::stem(&name).to_owned()
}

/// What was found, by the name of the system.
#[derive(Default)]
struct Found {
    programs: BTreeMap<&'static str, Program>,
}

impl Found {
    fn free(&self, system: &str) -> anyhow::Result<()> {
        match self.programs.get(system) {
            Some(other) => bail!(
                "there are two programs for {system}, the other one is {}: give one for each system",
                other.path.display()
            ),
            None => Ok(()),
        }
    }

    fn add(&mut self, system: &'static str, program: Program) -> anyhow::Result<()> {
        self.free(system)?;
        self.programs.insert(system, program);
        Ok(())
    }

    /// The DDL of all of them; where there is no file of it, the program for
    /// this system is asked.
    fn ddl(&mut self, advice: &str) -> anyhow::Result<Ddl> {
        let mut known = None;
        for program in self.programs.values() {
            match (&program.ddl, &known) {
                (Some(ddl), None) => known = Some((ddl.clone(), &program.path)),
                (Some(ddl), Some((other, path))) if ddl != other => bail!(
                    "the DDLs of {} and {} differ: give the right one with --ddl",
                    path.display(),
                    program.path.display()
                ),
                _ => {}
            }
        }
        if let Some((ddl, _)) = known {
            return Ok(ddl);
        }
        let advice = format!("make one with PROGRAM --ddl json, or write it, and {advice}");
        let here = platform();
        let Some(program) = self.programs.get_mut(&*here) else {
            bail!(
                "there is no DDL, and no program for {here}, this system, that could be asked for it: {advice}"
            );
        };
        let why = program.no_ddl().unwrap_or_default().to_owned();
        if program.package().is_some() {
            bail!("there is no DDL: {why}; {advice}");
        }
        match program.printed_ddl()? {
            Ok(ddl) => program.set_ddl(ddl.clone(), &program.path.display().to_string())?,
            Err(reason) => bail!("there is no DDL: {why}; {reason}; {advice}"),
        }
        let ddl = program.ddl.clone();
        ddl.context("the program has no DDL")
    }
}

/// Whether program and DDL are of one agent. A server goes by the names only;
/// of a program that was just built its own DDL tells more than its name.
fn agrees(program: &Program, ddl: &Ddl, system: &str) -> anyhow::Result<()> {
    let name = &*ddl.metadata.name;
    let path = program.path.display();
    if program.package().is_some() {
        if system != platform() {
            return Ok(());
        }
        if let Ok(own) = program.printed_ddl()? {
            if own.metadata.name != name {
                bail!(
                    "the DDL is of the agent {name}, but {path} is the agent {}: give the DDL of that agent with --ddl",
                    own.metadata.name
                );
            }
            if own != *ddl {
                complain(
                    "warning",
                    &format!(
                        "the DDL of {name} is not the one that {path} prints: if that is not intended, write it again with {path} --ddl json"
                    ),
                );
            }
        }
        return Ok(());
    }
    let called = stem(&program.path);
    if called.replace('-', "_") != name {
        bail!(
            "the DDL is of the agent {name}, but {path} is called {called}: rename the program to {name}, or give the \
             DDL of {called} with --ddl"
        );
    }
    Ok(())
}

/// Reads a program, which must be one for this system.
fn read(program: &Program, system: &str, dynamic: bool) -> anyhow::Result<Vec<u8>> {
    let path = &program.path;
    let bytes = fs::read(path).with_context(|| unread(path))?;
    let path = path.display();
    let Some(binary) = Binary::of(&bytes) else {
        bail!(
            "{path} is not a known kind of program: expected one that was built for {system}, or a script whose first \
             line starts with #!"
        );
    };
    if let Some(what) = binary.refused_by(system) {
        bail!(
            "{path} is {what}, which no server of {system} starts: give the system it was built for, or build it for \
             {system}"
        );
    }
    if binary.is_dynamic() && system.starts_with("linux_") && !dynamic {
        complain(
            "warning",
            &format!(
                "{path} needs shared libraries, which nodes may have in another version or not at all: build it \
                 static, for a target such as x86_64-unknown-linux-musl"
            ),
        );
    }
    Ok(bytes)
}

fn unread(path: &Path) -> String {
    format!(
        "could not read {}: give a program that you may read",
        path.display()
    )
}

/// Puppet wants a version as Cargo has it.
fn check_version(ddl: &Ddl) -> anyhow::Result<()> {
    let version = &*ddl.metadata.version;
    let wanted = "set metadata.version in the DDL to one such as 1.2.0; Puppet accepts no other";
    if version.is_empty() {
        bail!("the agent {} has no version: {wanted}", ddl.metadata.name);
    }
    Version::parse(version).map(drop).map_err(|error| {
        anyhow!(
            "the agent {} has the version {version:?}: {error}; {wanted}",
            ddl.metadata.name
        )
    })
}
