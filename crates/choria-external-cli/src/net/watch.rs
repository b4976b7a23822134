//! Sees that an agent changed, and builds it again.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::Sender;
use std::thread;
use std::time::{Duration, SystemTime};

use choria_external_host::{Cancel, Program};

use super::Event;
use super::agents::Prepared;

/// How often the files are looked at.
const EACH: Duration = Duration::from_millis(300);

/// When each file was changed; `None` where it is not there.
type Stamps = BTreeMap<PathBuf, Option<SystemTime>>;

/// The files that make a program: those that Cargo has compiled, in all packages
/// that are not from a registry, else the program itself; and its DDL.
pub(super) fn files(program: &Program) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = program.ddl_file().map(Path::to_owned).into_iter().collect();
    if !program.is_built() {
        files.push(program.path.clone());
        return files;
    }
    let config = program.config_file();
    let home = config.parent().and_then(Path::parent);
    let home = home.unwrap_or(Path::new("/"));
    files.push(home.join("Cargo.toml"));
    let name = program.path.file_name().unwrap_or_default();
    let list = program.path.with_file_name(format!("{}.d", name.display()));
    let list = fs::read_to_string(list).unwrap_or_default();
    files.extend(compiled(&list).into_iter().map(|file| home.join(file)));
    files
}

/// The files in Cargo's list of what a program was made of, which has the form
/// of a rule for make.
fn compiled(list: &str) -> Vec<String> {
    let Some((_, rest)) = list.lines().next().and_then(|line| line.split_once(": ")) else {
        return Vec::new();
    };
    let mut files = vec![String::new()];
    let mut characters = rest.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => {
                // Of a space, mostly.
                let next = characters.next().unwrap_or('\\');
                files
                    .last_mut()
                    .into_iter()
                    .for_each(|file| file.push(next));
            }
            ' ' => files.push(String::new()),
            other => files
                .last_mut()
                .into_iter()
                .for_each(|file| file.push(other)),
        }
    }
    files.retain(|file| !file.is_empty());
    files
}

/// An agent and what it was made of.
struct Watched {
    path: PathBuf,
    seen: Stamps,
}

/// Watches agents that were built since a time, until `cancel`: each that was
/// built again, or could not be, is an event.
pub(super) fn watch(
    agents: &[Prepared],
    since: SystemTime,
    cancel: &Cancel,
    events: &Sender<Event>,
) {
    let now = SystemTime::now();
    let mut watched: Vec<Watched> = Vec::new();
    for agent in agents {
        let mut seen = stamps(&agent.files);
        for stamp in seen.values_mut() {
            // Perhaps after the compiler has read it.
            if stamp.is_some_and(|stamp| (since..now).contains(&stamp)) {
                *stamp = Some(SystemTime::UNIX_EPOCH);
            }
        }
        let path = agent.path.clone();
        watched.push(Watched { path, seen });
    }
    let (cancel, events) = (cancel.clone(), events.clone());
    thread::spawn(move || {
        while !cancel.is_cancelled() {
            for (index, agent) in watched.iter_mut().enumerate() {
                let files: Vec<PathBuf> = agent.seen.keys().cloned().collect();
                let now = stamps(&files);
                if now == agent.seen {
                    continue;
                }
                if events.send(Event::Changed(index)).is_err() {
                    return;
                }
                let prepared = Prepared::new(&agent.path, &cancel);
                agent.seen = match &prepared {
                    Ok(prepared) => stamps(&prepared.files),
                    Err(_) => Stamps::new(),
                };
                // What changes meanwhile is seen the next time.
                agent.seen.extend(now);
                if events
                    .send(Event::Built(index, prepared.map(Box::new)))
                    .is_err()
                {
                    return;
                }
            }
            thread::sleep(EACH);
        }
    });
}

fn stamps(files: &[PathBuf]) -> Stamps {
    let stamp = |file: &PathBuf| fs::metadata(file).and_then(|about| about.modified()).ok();
    let stamps = files.iter().map(|file| (file.clone(), stamp(file)));
    stamps.collect()
}

#[cfg(test)]
mod tests {
    use super::compiled;

    #[test]
    fn the_list_of_cargo_is_read() {
        let list = "/t/release/parrot: /a\\ b/src/main.rs /c/lib.rs\n\n/c/lib.rs:\n";
        assert_eq!(compiled(list), ["/a b/src/main.rs", "/c/lib.rs"]);
        assert_eq!(compiled("/t/parrot: /a.rs"), ["/a.rs"]);
        assert!(compiled("").is_empty() && compiled("no list").is_empty());
    }
}
