//! The Puppet module, in the shape that Choria's own plugins have on the Forge.
//!
//! The module `choria-mcollective` gives its plugins a defined type,
//! `mcollective::module_plugin`, and finds what belongs to one in its data, by
//! names that it sets: files for servers, for clients, for both, those that are
//! executable, folders.

use serde_json::json;

use super::agent::Agent;
use super::archive::Archive;

const INIT: &str = include_str!("puppet/init.pp");
const HIERA: &str = include_str!("puppet/hiera.yaml");
const DEFAULTS: &str = include_str!("puppet/defaults.yaml");
const README: &str = include_str!("puppet/readme.md");

/// Files below `files/mcollective`, for servers and clients.
fn common(agent: &Agent) -> [String; 2] {
    let name = agent.name();
    [format!("agent/{name}.ddl"), format!("agent/{name}.json")]
}

/// The module's name, without its vendor's.
fn module(agent: &Agent) -> String {
    format!("mcollective_agent_{}", agent.name())
}

/// The name of the archive, and of the folder in it, less the ending.
pub(super) fn title(agent: &Agent, vendor: &str) -> String {
    format!("{vendor}-{}-{}", module(agent), agent.version())
}

/// All files of the module.
pub(super) fn files(agent: &Agent, vendor: &str) -> Archive {
    let filled = |text: &str| {
        text.replace("{module}", &module(agent))
            .replace("{agent}", agent.name())
    };
    let mut files = Archive::default();
    files.add("metadata.json", metadata(agent, vendor));
    files.add("hiera.yaml", HIERA);
    files.add("data/defaults.yaml", filled(DEFAULTS));
    files.add("data/plugin.yaml", data(agent));
    files.add("manifests/init.pp", filled(INIT));
    files.add("README.md", agent.ddl.to_markdown() + &filled(README));
    let [ruby, json] = common(agent);
    files.add(format!("files/mcollective/{ruby}"), &*agent.ruby);
    files.add(format!("files/mcollective/{json}"), &*agent.json);
    for (file, bytes) in agent.programs() {
        files.add_program(format!("files/mcollective/agent/{file}"), bytes);
    }
    files
}

fn metadata(agent: &Agent, vendor: &str) -> String {
    let about = &agent.ddl.metadata;
    let metadata = json!({
        "name": format!("{vendor}-{}", module(agent)),
        "version": agent.version(),
        "author": about.author,
        "license": about.license,
        "summary": about.description,
        "source": about.url,
        "project_page": about.url,
        "dependencies": [{"name": "choria/mcollective", "version_requirement": ">= 0.14.0 < 2.0.0"}],
        "requirements": [{"name": "puppet", "version_requirement": ">= 6.0.0"}],
    });
    format!("{metadata:#}\n")
}

/// What `mcollective::module_plugin` is told.
fn data(agent: &Agent) -> String {
    let programs: Vec<String> = agent
        .programs()
        .map(|(file, _)| format!("agent/{file}"))
        .collect();
    let folder = [format!("agent/{}", agent.name())];
    let module = module(agent);
    let mut text = format!("---\n{module}::config_name: \"{}\"\n", agent.name());
    let lists: [(&str, &[String]); 7] = [
        ("common_files", &common(agent)),
        ("common_directories", &[]),
        ("server_files", &programs),
        ("server_directories", &folder),
        ("executable_files", &programs),
        ("client_files", &[]),
        ("client_directories", &[]),
    ];
    for (name, files) in lists {
        // Names of files here have nothing that would have to be escaped.
        let items: Vec<String> = files
            .iter()
            .map(|file| format!("\n  - \"{file}\""))
            .collect();
        let items = match &*items.concat() {
            "" => " []".into(),
            items => items.to_owned(),
        };
        text += &format!("{module}::{name}:{items}\n");
    }
    text
}
