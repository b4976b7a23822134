//! Sees that an agent changed, and builds it again.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::mpsc::Sender;
use std::thread;
use std::time::{Duration, SystemTime};

use choria_external_host::Cancel;

use super::Event;
use super::agents::Prepared;

/// How often the files are looked at.
const EACH: Duration = Duration::from_millis(300);

/// When each file was changed; `None` where it is not there.
type Stamps = BTreeMap<PathBuf, Option<SystemTime>>;

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
