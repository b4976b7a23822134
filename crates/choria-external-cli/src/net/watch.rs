//! Sees that an agent changed, and builds it again.

use std::sync::mpsc::Sender;
use std::thread;
use std::time::SystemTime;

use choria_external_host::Supervisor;

use super::Event;
use super::agents::Prepared;
use crate::args::Profile;
use crate::sources::{EACH, Watched};
use crate::threads;

/// Watches agents whose build began at a time, until the supervisor is cancelled: each that was built
/// again, or could not be, is an event.
pub(super) fn watch(
    agents: &[Prepared],
    since: SystemTime,
    profile: Profile,
    supervisor: &Supervisor,
    events: &Sender<Event>,
) -> anyhow::Result<()> {
    let watched = agents.iter().map(|agent| {
        let watched = Watched::new(agent.sources.clone(), since);
        (agent.path.clone(), watched)
    });
    let mut watched: Vec<_> = watched.collect();
    let (supervisor, events) = (supervisor.clone(), events.clone());
    threads::start(move || {
        while !supervisor.cancel.is_cancelled() {
            for (index, (path, watched)) in watched.iter_mut().enumerate() {
                if watched.changed().is_none() {
                    continue;
                }
                if events.send(Event::Changed(index)).is_err() {
                    return;
                }
                let since = SystemTime::now();
                let prepared = Prepared::new(path, profile, &supervisor);
                let sources = prepared.as_ref().ok().map(|agent| agent.sources.clone());
                watched.again(sources, since);
                let built = Event::Built(index, prepared.map(Box::new));
                if events.send(built).is_err() {
                    return;
                }
            }
            thread::sleep(EACH);
        }
    })?;
    Ok(())
}
