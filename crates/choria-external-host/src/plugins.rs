//! The agents that a server finds in its plugin folder.

// `providers/agent/mcorpc/external` of go-choria, `eachAgent` and what follows it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use choria_external_ddl::{Ddl, is_reserved};
use choria_external_go::json::{self as gojson, Kind};

use crate::error::HostError;
use crate::os::{self, ReadError, platform};
use crate::program::Program;

/// Bytes of a DDL that are read.
const LARGEST: u64 = 64 << 20;
/// How old a DDL must be before a server looks at it.
const GRACE: Duration = Duration::from_secs(5);

/// A DDL in a plugin folder, and what a server makes of it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Plugin {
    /// The DDL, or what lies where one could be.
    pub file: PathBuf,
    /// The name that its place gives the agent.
    pub name: String,
    /// What a server makes of it.
    pub outcome: LoadOutcome,
    /// Changed less than 5 seconds ago: a server leaves it for its next look,
    /// 10 to 30 seconds later.
    pub young: bool,
}

/// How a server treats a DDL in its plugin folder.
#[derive(Clone, Debug)]
pub enum LoadOutcome {
    /// It loads the agent and asks its program for activation.
    Loads(Box<Program>),
    /// It passes over it without a word: why.
    Ignored(String),
    /// It does not load it: why. What stands in quotes is in the server's log.
    Refused(String),
    /// It crashes, or hangs, with all its agents: why.
    Crashes(String),
}

/// What a server finds in a plugin folder: one of those that its setting
/// `plugin.choria.agent_provider.mcorpc.libdir` names. In the server's order.
///
/// It looks into the folder `mcollective/agent` there: at files `NAME.json`, and
/// at folders `NAME` with a file `NAME.json` in them. The program is the file
/// `NAME` beside the DDL, else `NAME/NAME-OS_ARCH` beside it, where `NAME` is
/// the one in the DDL.
///
/// # Errors
/// Returns [`HostError::File`] if the folder cannot be read.
pub fn plugins(libdir: &Path) -> Result<Vec<Plugin>, HostError> {
    let folder = crate::os::absolute(libdir)?
        .join("mcollective")
        .join("agent");
    let mut found = Vec::new();
    look_into(&folder, &mut found)?;
    Ok(found)
}

/// One folder, in the order of names, as Go walks.
fn look_into(folder: &Path, found: &mut Vec<Plugin>) -> Result<(), HostError> {
    let failed = |error| HostError::File {
        what: "look for agents in",
        path: folder.into(),
        error,
    };
    let entries = fs::read_dir(folder).map_err(failed)?;
    let mut entries = entries.collect::<Result<Vec<_>, _>>().map_err(failed)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let file_name = entry.file_name().to_string_lossy().into_owned();
        // Of a link, this is the link itself.
        let is_folder = entry.file_type().map_err(failed)?.is_dir();
        if file_name == "tmp" {
            // Meant to be left out, but only the folder itself is.
            if is_folder {
                look_into(&path, found)?;
            }
            continue;
        }
        if !is_folder {
            if let Some(name) = file_name.strip_suffix(".json") {
                found.push(Plugin::new(path.clone(), name, found));
            } else if path.is_dir() && path.join(format!("{file_name}.json")).exists() {
                found.push(Plugin {
                    outcome: LoadOutcome::Ignored(
                        "this is a link to a folder, which a server does not follow: put the folder itself there".into(),
                    ),
                    young: false,
                    name: file_name,
                    file: path,
                });
            }
            continue;
        }
        let ddl = path.join(format!("{file_name}.json"));
        if ddl.exists() {
            let plugin = Plugin::new(ddl, &file_name, found);
            // A slip of the server: then it goes on into the folder.
            let goes_on = matches!(plugin.outcome, LoadOutcome::Ignored(_));
            found.push(plugin);
            if goes_on {
                look_into(&path, found)?;
            }
        }
    }
    Ok(())
}

impl Plugin {
    fn new(file: PathBuf, name: &str, before: &[Self]) -> Self {
        let changed = fs::metadata(&file).and_then(|about| about.modified());
        let age = changed.map(|changed| SystemTime::now().duration_since(changed));
        Self {
            outcome: outcome(&file, name, before),
            // From the future counts as just now.
            young: age.is_ok_and(|age| age.unwrap_or_default() < GRACE),
            name: name.into(),
            file,
        }
    }
}

/// What the server's log has of a DDL that it cannot read.
fn could_not_load(file: &Path, reason: &str) -> LoadOutcome {
    LoadOutcome::Refused(format!(
        "\"Could not load agent DDL {}: {reason}\"",
        file.display()
    ))
}

fn outcome(file: &Path, name: &str, before: &[Plugin]) -> LoadOutcome {
    let bytes = match os::read_file(file, LARGEST) {
        Ok(bytes) => bytes,
        Err(ReadError::System(call, error)) => {
            let reason = os::error_text(&error);
            let path = file.display();
            return could_not_load(
                file,
                &format!("could not load DDL data: {call} {path}: {reason}"),
            );
        }
        Err(ReadError::NoFile(what)) => {
            return LoadOutcome::Crashes(format!(
                "{what}, at which a server hangs or fills its memory: put a regular file there"
            ));
        }
        Err(ReadError::TooLarge(most)) => {
            return LoadOutcome::Refused(format!(
                "it has more than {most} bytes, more than any DDL"
            ));
        }
    };
    if let Err(error) = gojson::check(&bytes) {
        return could_not_load(file, &format!("could not parse DDL JSON data: {error}"));
    }
    let kind = Kind::of(bytes.trim_ascii());
    if !matches!(kind, Kind::Object | Kind::Null) {
        let kind = kind.name();
        let reason = format!("json: cannot unmarshal {kind} into Go value of type agent.DDL");
        return could_not_load(file, &format!("could not parse DDL JSON data: {reason}"));
    }
    if !has_metadata(&bytes) {
        return LoadOutcome::Crashes(
            "a DDL without metadata, which a server reads without checking: add it, or move the file away".into(),
        );
    }
    let ddl = match Ddl::from_json(&bytes) {
        Ok(ddl) => ddl,
        Err(error) => return LoadOutcome::Refused(error.to_string()),
    };
    if ddl.metadata.provider != "external" {
        return LoadOutcome::Ignored(format!(
            "$.metadata.provider is {:?}, not \"external\": it is for another provider",
            ddl.metadata.provider
        ));
    }
    if is_reserved(name) {
        return LoadOutcome::Refused(format!(
            "\"External agents are not allowed to supply an agent called '{name}', skipping\": choose another name"
        ));
    }
    let agent = ddl.metadata.name.clone();
    let first = before.iter().find_map(|plugin| match &plugin.outcome {
        LoadOutcome::Loads(program) if program.name.as_str() == agent => Some(&plugin.file),
        _ => None,
    });
    if let Some(first) = first {
        return LoadOutcome::Ignored(format!(
            "there is an agent {agent} already, with the DDL {}",
            first.display()
        ));
    }
    if let Some(reason) = ddl.refused_by_server() {
        return if ddl.crashes_server() {
            LoadOutcome::Crashes(reason)
        } else {
            LoadOutcome::Refused(reason)
        };
    }
    loads(file, ddl, &agent)
}

/// The agent with its program.
fn loads(file: &Path, ddl: Ddl, agent: &str) -> LoadOutcome {
    let folder = file.parent().unwrap_or(Path::new("/"));
    let flat = folder.join(agent);
    let nested = flat.join(format!("{agent}-{}", platform()));
    let executable = if flat.is_file() { flat } else { nested };
    let mut program = match Program::new(&executable, agent) {
        Ok(program) => program,
        Err(error) => return LoadOutcome::Refused(error.to_string()),
    };
    program.take_ddl(ddl);
    if !executable.exists() {
        return LoadOutcome::Refused(format!(
            "there is no program {} and no {}: the agent is known but never active, and the log does not say why; \
             put the program there",
            folder.join(agent).display(),
            executable.display()
        ));
    }
    LoadOutcome::Loads(Box::new(program))
}

/// Whether a JSON object has `metadata` that is not null; null has none. Go minds
/// no case.
fn has_metadata(text: &[u8]) -> bool {
    let text = text.trim_ascii();
    let metadata = |(name, value): (String, &[u8])| {
        name.eq_ignore_ascii_case("metadata") && Kind::of(value) != Kind::Null
    };
    Kind::of(text) == Kind::Object && gojson::members(text).into_iter().any(metadata)
}
