//! All that runs, and how all of it ends.

use std::process::Command;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::anyhow;
use choria_external_host::Supervisor;

use super::choria::Events;
use super::place::Taken;
use super::process::{Id, Process};
use super::recorded::Recorded;
use super::state::State;

/// The processes and the folder of a network.
pub(super) struct Network {
    pub(super) taken: Taken,
    pub(super) state: State,
    supervisor: Supervisor,
    processes: Vec<Process>,
    started: u32,
}

impl Network {
    pub(super) fn new(taken: Taken, state: State, supervisor: Supervisor) -> Self {
        Self {
            taken,
            state,
            supervisor,
            processes: Vec::new(),
            started: 0,
        }
    }

    /// Starts one more process; one with a `log` is part of the network, and other
    /// commands are told of it.
    pub(super) fn start(
        &mut self,
        name: &str,
        command: &mut Command,
        logged: bool,
        events: &Events,
    ) -> anyhow::Result<Id> {
        self.started += 1;
        let id = Id {
            name: name.into(),
            number: self.started,
        };
        let log = self.taken.place().path("log").join(format!("{name}.log"));
        let log = logged.then_some(&*log);
        let process = Process::start(id.clone(), command, log, events);
        let process = process.map_err(|error| anyhow!("could not start {name}: {error}"))?;
        if logged {
            let recorded = Recorded::of(process.pid())?;
            self.state.processes.insert(name.into(), recorded);
        }
        self.processes.push(process);
        if logged {
            self.taken.record(&self.state)?;
        }
        Ok(id)
    }

    /// Whether this is a process that is wanted to run.
    pub(super) fn has(&self, id: &Id) -> bool {
        self.processes.iter().any(|process| process.id == *id)
    }

    /// A process that has ended is let go: how it ended.
    pub(super) fn ended(&mut self, id: &Id) -> Option<String> {
        let at = self
            .processes
            .iter()
            .position(|process| process.id == *id)?;
        self.state.processes.remove(&id.name);
        Some(match self.processes.swap_remove(at).end() {
            Ok(status) => status.to_string(),
            Err(error) => format!("an unknown status: {error}"),
        })
    }

    /// Ends the processes whose names are meant.
    pub(super) fn stop(&mut self, meant: impl Fn(&str) -> bool) {
        self.processes.retain(|process| !meant(&process.id.name));
        self.state.processes.retain(|name, _| !meant(name));
    }

    /// Ends all processes and removes the folder.
    fn end(mut self) -> anyhow::Result<()> {
        self.stop(|_| true);
        // What agents have left running, away from their server.
        self.supervisor.end_all();
        self.taken.remove()
    }
}

/// The network of this process, which is ended once, by whoever comes first.
#[derive(Clone, Default)]
pub(super) struct Held(Arc<Mutex<Holding>>);

#[derive(Default)]
enum Holding {
    #[default]
    NotYet,
    Network(Box<Network>),
    Over,
}

impl Held {
    /// Takes a folder for the network; nothing where all is over already.
    pub(super) fn take(
        &self,
        take: impl FnOnce() -> anyhow::Result<Option<Network>>,
    ) -> anyhow::Result<bool> {
        let mut held = self.lock();
        if matches!(*held, Holding::Over) {
            return Err(over());
        }
        let Some(network) = take()? else {
            return Ok(false);
        };
        *held = Holding::Network(Box::new(network));
        Ok(true)
    }

    /// The network; an error where it is ended.
    pub(super) fn with<T>(
        &self,
        what: impl FnOnce(&mut Network) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        match &mut *self.lock() {
            Holding::Network(network) => what(network),
            Holding::NotYet | Holding::Over => Err(over()),
        }
    }

    /// Ends the network, and waits where another thread is at it.
    pub(super) fn end(&self) -> anyhow::Result<()> {
        let mut held = self.lock();
        match std::mem::replace(&mut *held, Holding::Over) {
            Holding::Network(network) => network.end(),
            Holding::NotYet | Holding::Over => Ok(()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Holding> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn over() -> anyhow::Error {
    anyhow!("the network is ended")
}
