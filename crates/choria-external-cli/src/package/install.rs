//! Puts an agent where a server finds it, also while that runs.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{anyhow, bail};
use choria_external_ddl::Ddl;

use super::agent::Agent;
use super::cause;
use crate::whole_file::{Access, make_folder, replace_from};

/// Installs the agent below a `libdir`, and gives the path of its DDL.
///
/// A server looks for agents by their DDL, and asks a new one only once whether
/// it wants to be active; so the DDL comes last.
pub(crate) fn install(agent: &Agent, libdir: &Path) -> anyhow::Result<PathBuf> {
    if !libdir.is_dir() {
        bail!(
            "there is no folder {}: make it, or give the one that plugin.choria.agent_provider.mcorpc.libdir names in \
             the server's configuration",
            libdir.display()
        );
    }
    let name = agent.name();
    let agents = agents(libdir);
    let programs = agents.join(name);
    if programs.is_file() {
        bail!(
            "{} is a file, and servers would start it instead of what is installed: remove it first",
            programs.display()
        );
    }
    let other = programs.join(format!("{name}.json"));
    if other.exists() {
        bail!(
            "{} is there, perhaps from the plugins watcher, and servers would find the agent twice: remove the folder \
             {} first",
            other.display(),
            programs.display()
        );
    }
    let json = ddl_file(agent, libdir);
    // Servers run as root: whoever can write here is root there.
    make_folder(&programs, Access::Shared)
        .map_err(|error| anyhow!("could not make {}: {error}; {ADVICE}", programs.display()))?;
    let put = |path: &Path, bytes: &[u8], access| {
        // Written beside the programs, where no server looks.
        replace_from(&programs, path, bytes, access).map_err(|error| {
            let cause = cause(&error);
            anyhow!("could not write {}: {cause}; {ADVICE}", path.display())
        })
    };
    for (file, bytes) in agent.programs() {
        put(&agents.join(file), bytes, Access::Program)?;
    }
    put(
        &agents.join(format!("{name}.ddl")),
        agent.ruby.as_bytes(),
        Access::Shared,
    )?;
    put(&json, agent.json.as_bytes(), Access::Shared)?;
    Ok(json)
}

const ADVICE: &str = "install as a user who may write there, or into another folder";

/// What happens where a DDL changes and its version does not, if that is so.
pub(super) fn keeps_the_old(agent: &Agent, libdir: &Path) -> Option<String> {
    let json = ddl_file(agent, libdir);
    let there = Ddl::from_json(&fs::read(&json).ok()?).ok()?;
    let version = agent.version();
    (there.metadata.version == version && there != agent.ddl).then(|| {
        format!(
            "{} changes, but not its version {version}: running servers keep the one that they have loaded; raise the version",
            json.display()
        )
    })
}

/// The folder in which servers look for agents.
fn agents(libdir: &Path) -> PathBuf {
    libdir.join("mcollective").join("agent")
}

fn ddl_file(agent: &Agent, libdir: &Path) -> PathBuf {
    agents(libdir).join(format!("{}.json", agent.name()))
}
