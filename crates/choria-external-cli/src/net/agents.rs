//! The agents of a network: built, checked, installed.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, anyhow, bail};
use choria_external_ddl::Ddl;
use choria_external_host::plugins::{LoadOutcome, plugins};
use choria_external_host::{Program, Supervisor};

use super::place::{Place, Taken, no_room};
use crate::args::Profile;
use crate::built;
use crate::output::with_causes;
use crate::package::{Agent, install};
use crate::sources::Sources;

/// How old installed DDLs are made: servers leave alone what is younger than 5
/// seconds.
const AGE: Duration = Duration::from_mins(1);

/// An agent that can be installed.
pub(super) struct Prepared {
    /// Where it comes from, as it was given.
    pub(super) path: PathBuf,
    agent: Agent,
    /// The folder of its settings.
    settings: PathBuf,
    /// What makes another agent of it where it changes.
    pub(super) sources: Sources,
}

impl Prepared {
    /// Finds an agent, or builds it, as `run` does.
    pub(super) fn new(
        path: &Path,
        profile: Profile,
        supervisor: &Supervisor,
    ) -> anyhow::Result<Self> {
        let program = Program::find_built(path, None, &built::build(profile), supervisor)?;
        let config = program.config_file();
        let settings = config.parent().map(Path::to_owned).unwrap_or_default();
        let sources = Sources::of(&program);
        let agent = Agent::for_here(program).with_context(|| path.display().to_string())?;
        Ok(Self {
            path: path.into(),
            agent,
            settings,
            sources,
        })
    }

    pub(super) fn name(&self) -> &str {
        self.agent.name()
    }

    pub(super) fn ddl(&self) -> &Ddl {
        self.agent.ddl()
    }

    /// Where an agent looks for its settings, below the folder of all settings.
    fn settings_files(&self) -> [String; 3] {
        let name = self.name();
        [
            name.into(),
            format!("{name}.cfg"),
            format!("{name}/{name}.cfg"),
        ]
    }

    /// Installs it, in the place of what is there of it.
    pub(super) fn install(&self, taken: &Taken) -> anyhow::Result<()> {
        let ddl = install(&self.agent, &taken.place().libdir()).map_err(|error| {
            anyhow!(
                "{}; if there is no room left, put the network on another disk with --dir",
                with_causes(&error)
            )
        })?;
        let old = SystemTime::now() - AGE;
        let dated = File::options().write(true).open(&ddl);
        dated
            .and_then(|file| file.set_modified(old))
            .map_err(|error| no_room(&ddl, &error))?;
        for file in self.settings_files() {
            let from = self.settings.join(&file);
            if !from.is_file() {
                continue;
            }
            let bytes = fs::read(&from).map_err(|error| {
                anyhow!("could not read the settings {}: {error}", from.display())
            })?;
            if let Some((folder, _)) = file.split_once('/') {
                taken.folder(&format!("etc/plugin.d/{folder}"))?;
            }
            taken.write(&format!("etc/plugin.d/{file}"), bytes)?;
        }
        Ok(())
    }
}

/// No two of them may have one name: a server takes the first that it finds.
pub(super) fn differ(agents: &[Prepared]) -> anyhow::Result<()> {
    let mut names = BTreeMap::new();
    for agent in agents {
        if let Some(other) = names.insert(agent.name(), &agent.path) {
            bail!(
                "{} and {} are both the agent {}, and a server runs only one of that name: leave one out",
                other.display(),
                agent.path.display(),
                agent.name()
            );
        }
    }
    Ok(())
}

/// Whether a server runs all that is installed: it could crash, or pass over an
/// agent without a word.
pub(super) fn check(place: &Place) -> anyhow::Result<()> {
    for plugin in plugins(&place.libdir())? {
        let (what, why) = match plugin.outcome {
            LoadOutcome::Loads(_) => continue,
            LoadOutcome::Ignored(why) | LoadOutcome::Refused(why) => {
                ("a server does not run it", why)
            }
            LoadOutcome::Crashes(why) => ("it crashes a server", why),
        };
        bail!("the agent {}: {what}: {why}", plugin.name);
    }
    Ok(())
}
