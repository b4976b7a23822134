//! A discovery source: nodes from inventory files in YAML, JSON or TOML.
//!
//! The files have the form of Choria's own inventory files; several of them can
//! be stacked. `README.md` beside this file says what they can hold.

mod document;
mod inventory;
mod place;
mod scalar;
mod time;
mod toml_text;
mod yaml;

use std::path::PathBuf;
use std::process::ExitCode;

use choria_external::filter::{Filter, Matcher};
use choria_external::{Discovers, Discovery, Failure, Metadata, Query, metadata};

use inventory::{Inventory, Known};
use time::Time;

#[derive(Default)]
struct Static;

impl Discovery for Static {
    const META: Metadata = metadata!(name = "static_discovery");

    fn discover(&self, query: &Query) -> Result<Vec<String>, Failure> {
        query.options().only(&["file"])?;
        let files = files(query.options().required("file")?)?;
        let time = Time::of(query);
        let read = || time.limit(move || Inventory::read(&files))?;
        let groups = groups(query.filter())?;
        if !groups.is_empty() {
            let inventory = read()?;
            let matchers = group_matchers(&inventory, &groups)?;
            // As with Choria those of all collectives.
            return select(&inventory, &time, |node| {
                let node = node.as_node();
                matchers.iter().any(|matcher| matcher.matches(&node))
            });
        }
        // Before the files are read: a broken filter is an error in any case.
        let matcher = query.matcher()?;
        select(&read()?, &time, |node| {
            node.is_in(query.collective()) && matcher.matches(&node.as_node())
        })
    }
}

/// The files that the option `file` names.
fn files(option: &str) -> Result<Vec<PathBuf>, Failure> {
    let file = |name: &str| {
        let path = PathBuf::from(name.trim());
        if path.is_absolute() {
            return Ok(path);
        }
        Err(Failure::invalid_data(format_args!(
            "the option file={option}: expected absolute paths, with commas between them, got {:?}: Choria starts \
             discovery sources in the folder for temporary files, not in yours",
            name.trim()
        )))
    };
    option.split(',').map(file).collect()
}

/// The groups that a filter asks for, as identities such as `group:web`.
fn groups(filter: &Filter) -> Result<Vec<&str>, Failure> {
    let identities = &filter.identity;
    let groups: Vec<&str> = identities
        .iter()
        .filter_map(|identity| identity.strip_prefix("group:"))
        .collect();
    // The one agent is what `choria discover` or `choria req` adds.
    let alone = groups.len() == identities.len()
        && filter.fact.is_empty()
        && filter.cf_class.is_empty()
        && filter.compound.is_empty()
        && filter.agent.len() <= 1;
    if groups.is_empty() || alone {
        return Ok(groups);
    }
    Err(Failure::invalid_data(
        "groups cannot be combined with other filters",
    ))
}

/// The filters of groups.
fn group_matchers(inventory: &Inventory, groups: &[&str]) -> Result<Vec<Matcher>, Failure> {
    let matcher = |name: &&str| {
        let matcher = Matcher::new(inventory.group(name)?);
        match matcher.mistakes() {
            [] => Ok(matcher),
            [mistake, ..] => Err(Failure::invalid_data(format_args!(
                "no node can match the filter of the group {name}: {mistake}"
            ))),
        }
    };
    groups.iter().map(matcher).collect()
}

/// The names of the nodes that are wanted.
fn select(
    inventory: &Inventory,
    time: &Time,
    wanted: impl Fn(&Known) -> bool,
) -> Result<Vec<String>, Failure> {
    let mut found = Vec::new();
    for node in inventory.nodes() {
        time.check()?;
        if wanted(node) {
            found.push(node.name.clone());
        }
    }
    Ok(found)
}

fn main() -> ExitCode {
    choria_external::dispatch::<Discovers<Static>>()
}
