//! `choria-external package`.
//!
//! | module | what it holds |
//! |---|---|
//! | `agent` | what is packed: found, built, checked |
//! | `system` | the systems, as Rust and as Choria name them |
//! | `binary` | for which system a program was built |
//! | `archive` | archives that are the same whenever they are made |
//! | `puppet`, `watcher` | what is in the two archives |
//! | `install` | the agent in a plugin folder |

mod agent;
mod archive;
mod binary;
mod install;
mod puppet;
mod system;
mod watcher;

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, anyhow};
use choria_external_host::Supervisor;

use crate::args::Package;
use crate::output::{complain, print};
use crate::signals::Signals;
use crate::supervise;
use crate::whole_file::{self, Access};
use archive::sha256;

pub(crate) use agent::Agent;
pub(crate) use install::install;

/// Packs the agent, installs it, or both.
pub(crate) fn package(args: &Package) -> anyhow::Result<ExitCode> {
    let supervisor = supervise::supervisor();
    let signals = Signals::watch(&supervisor).context("could not watch for signals")?;
    let packed = pack(args, &supervisor);
    supervisor.end_all();
    if let Some(code) = signals.exit_code() {
        return Ok(ExitCode::from(code));
    }
    print(&packed?)?;
    Ok(ExitCode::SUCCESS)
}

/// What was done, for people.
fn pack(args: &Package, supervisor: &Supervisor) -> anyhow::Result<String> {
    let time = archive::time()?;
    let agent = Agent::gather(args, supervisor)?;
    let systems: Vec<_> = agent.systems().collect();
    let mut done = format!(
        "{} {}: {}\n",
        agent.name(),
        agent.version(),
        systems.join(", ")
    );
    let folder = match (&args.output, &args.install) {
        (Some(folder), _) => Some(folder.as_path()),
        (None, Some(_)) => None,
        (None, None) => Some(Path::new("")),
    };
    if let Some(folder) = folder {
        done += &write(&agent, args, folder, time)?;
    }
    if let Some(libdir) = &args.install {
        if let Some(warning) = install::keeps_the_old(&agent, libdir) {
            complain("warning", &warning);
        }
        let json = install(&agent, libdir)?;
        done += &format!("installed {}\n", json.display());
    }
    Ok(done)
}

/// Writes the archives.
fn write(agent: &Agent, args: &Package, folder: &Path, time: u64) -> anyhow::Result<String> {
    let title = puppet::title(agent, &args.vendor);
    let module = puppet::files(agent, &args.vendor).tgz(&title, time);
    let module = module.context("could not make the Puppet module")?;
    let plugin = watcher::plugin(agent, time);
    let plugin = plugin.context("could not make the plugins watcher's archive")?;

    let (module_file, plugin_title) = (format!("{title}.tar.gz"), watcher::title(agent));
    let plugin_file = format!("{plugin_title}.tgz");
    let checksums = format!(
        "{}  {module_file}\n{}  {plugin_file}\n",
        sha256(&module),
        plugin.checksum
    );
    let files: [(PathBuf, &[u8]); 3] = [
        (folder.join(&module_file), &module),
        (folder.join(&plugin_file), &plugin.bytes),
        (
            folder.join(format!("{plugin_title}.SHA256SUMS")),
            checksums.as_bytes(),
        ),
    ];
    // Before the first is written.
    if let Some((there, _)) = files.iter().find(|(file, _)| !args.force && file.exists()) {
        return Err(taken(there));
    }
    whole_file::make_folder(folder, Access::Usual).map_err(|error| {
        anyhow!(
            "could not make the folder {}: {error}; {ELSEWHERE}",
            folder.display()
        )
    })?;
    let mut done = String::new();
    for (file, bytes) in files {
        create(&file, bytes, args.force)?;
        done += &format!("wrote {}\n", file.display());
    }
    done += &format!(
        "For the plugins watcher, once {plugin_file} is on a web server:\n  \
         choria machine plugins add {} URL/{plugin_file} {} {}\n",
        agent.name(),
        plugin.checksum,
        plugin.verify_checksum
    );
    Ok(done)
}

const ELSEWHERE: &str = "give a folder that can be written with --output";

fn taken(path: &Path) -> anyhow::Error {
    anyhow!(
        "{} already exists and was left unchanged: --force overwrites it, --output DIR takes another folder",
        path.display()
    )
}

/// A file that is whole or not there.
fn create(path: &Path, bytes: &[u8], force: bool) -> anyhow::Result<()> {
    let written = if force {
        whole_file::replace(path, bytes, Access::Usual)
    } else {
        whole_file::create(path, bytes, Access::Usual)
    };
    written.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => taken(path),
        _ => anyhow!(
            "could not write {}: {}; {ELSEWHERE}",
            path.display(),
            cause(&error)
        ),
    })
}

/// What went wrong, without the name of a temporary file.
fn cause(error: &io::Error) -> String {
    match error.raw_os_error() {
        Some(_) => error.to_string(),
        None => error.kind().to_string(),
    }
}
