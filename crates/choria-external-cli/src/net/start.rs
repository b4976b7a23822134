//! From nothing to a network that answers.

use std::collections::{BTreeMap, VecDeque};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::RecvTimeoutError;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{anyhow, bail};

use super::Event;
use super::agents::Prepared;
use super::choria::{Choria, Events};
use super::config;
use super::heard::{Heard, Inventory};
use super::log::LogLine;
use super::network::{Held, Network};
use super::process::Id;
use super::tls::Certificates;
use crate::output::tell;
use crate::paint::Paint;
use crate::show::printable;
use crate::threads;

/// How often it is looked whether the broker listens: no event tells that.
const EACH: Duration = Duration::from_millis(10);
/// How long one question to all servers may take before it is asked again: what
/// a server does not hear while it connects is lost.
const QUESTION: Duration = Duration::from_secs(2);
/// Lines of a log that are shown where something goes wrong.
const LAST: usize = 10;
/// How often another port is tried where somebody else was quicker.
const PORTS: usize = 3;
/// The client that asks whether all servers are there.
const CLIENT: &str = "client";

/// A network that starts, and then one that is looked after.
pub(super) struct Starting<'a> {
    pub(super) held: &'a Held,
    pub(super) events: &'a Events,
    pub(super) choria: &'a Choria,
    pub(super) servers: &'a [String],
    /// How long it may take.
    pub(super) limit: Duration,
    /// The last lines of each process.
    pub(super) last: BTreeMap<String, VecDeque<String>>,
    /// What happened to agents meanwhile.
    pub(super) later: Vec<Event>,
}

/// Why it does not go on.
pub(super) enum Stopped {
    /// It is told to end.
    Told,
    /// It cannot.
    Failed(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for Stopped {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// What comes next while something is waited for.
enum Next {
    Line(Id, LogLine),
    Ended(Id, String),
    Late,
}

impl Starting<'_> {
    /// Until when what is started now must be up.
    pub(super) fn end(&self) -> Instant {
        Instant::now() + self.limit
    }

    /// Starts the broker, on this port or on a free one, and gives the port.
    pub(super) fn broker(
        &mut self,
        port: Option<u16>,
        certificates: &Certificates,
        end: Instant,
    ) -> Result<u16, Stopped> {
        let mut tries = 0;
        loop {
            tries += 1;
            let number = free(port)?;
            self.write_files(number, certificates)?;
            tell(&format!("starting the broker on 127.0.0.1:{number}\n"));
            self.start("broker", &["broker", "run"])?;
            let Some(status) = self.wait_for_port(number, end)? else {
                return Ok(number);
            };
            // Somebody else took it between the look and the start.
            if port.is_none() && tries < PORTS && free(Some(number)).is_err() {
                continue;
            }
            return Err(self.ended("broker", &status));
        }
    }

    /// Waits until the port can be connected to; gives how the broker ended where
    /// it did.
    fn wait_for_port(&mut self, port: u16, end: Instant) -> Result<Option<String>, Stopped> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        loop {
            if TcpStream::connect_timeout(&address, QUESTION).is_ok() {
                return Ok(None);
            }
            match self.next(end.min(Instant::now() + EACH))? {
                Next::Ended(_, status) => return Ok(Some(status)),
                Next::Late if Instant::now() >= end => {
                    let what = format!("the broker does not listen on 127.0.0.1:{port}");
                    return Err(self.late("broker", &what));
                }
                Next::Late | Next::Line(..) => {}
            }
        }
    }

    /// Starts the servers, and gives the agents that are not active, each with its
    /// server, once all servers have answered.
    pub(super) fn servers(
        &mut self,
        agents: &[Prepared],
        end: Instant,
    ) -> Result<Vec<String>, Stopped> {
        for server in self.servers {
            self.start(server, &["server", "run"])?;
        }
        let mut heard = Heard::new(self.servers, agents);
        // A server that logs in other words is asked all the same.
        let quiet = end.min(Instant::now() + QUESTION);
        while !heard.all() {
            match self.next(quiet)? {
                Next::Line(id, line) => heard.line(&id.name, &line.text),
                Next::Ended(id, status) => return Err(self.ended(&id.name, &status)),
                Next::Late => break,
            }
        }
        loop {
            let silent = match self.ask(end, &mut heard)? {
                Answer::From(known) => {
                    heard.known(&known);
                    heard.first_unknown()
                }
                Answer::None => self.servers.first().map(|server| (server.clone(), None)),
            };
            let Some((server, agent)) = silent else {
                return Ok(heard.inactive());
            };
            if Instant::now() >= end {
                let what = match agent {
                    Some(agent) => format!("{server} does not know the agent {agent}"),
                    None => format!("{server} does not answer"),
                };
                return Err(self.late(&server, &what));
            }
        }
    }

    /// Asks all servers for their agents.
    fn ask(&mut self, end: Instant, heard: &mut Heard) -> Result<Answer, Stopped> {
        let id = self.held.with(|network| {
            let mut command = self.choria.command(network.taken.place());
            command.env("MCOLLECTIVE_CERTNAME", &network.state.certname);
            command.args(["req", "--json", "--config"]);
            command.arg(network.taken.place().client_config());
            for server in self.servers {
                command.args(["-I", server]);
            }
            command.args(["rpcutil", "agent_inventory"]);
            network.start(CLIENT, &mut command, false, self.events)
        })?;
        let mut said = Vec::new();
        let end = end.min(Instant::now() + QUESTION);
        loop {
            match self.next(end)? {
                Next::Line(from, line) if from == id => said.push(line.text),
                Next::Line(from, line) => heard.line(&from.name, &line.text),
                Next::Ended(ended, _) if ended == id => break,
                Next::Ended(ended, status) => return Err(self.ended(&ended.name, &status)),
                Next::Late => {
                    self.held.with(|network| {
                        network.stop(|name| name == CLIENT);
                        Ok(())
                    })?;
                    return Ok(Answer::None);
                }
            }
        }
        let json = said.iter().skip_while(|line| *line != "{");
        let json: Vec<&str> = json.map(String::as_str).collect();
        let Ok(inventory) = serde_json::from_str::<Inventory>(&json.join("\n")) else {
            // It may not have come as far as the broker.
            return Ok(Answer::None);
        };
        if inventory.replies.len() < self.servers.len() {
            return Ok(Answer::None);
        }
        Ok(Answer::From(inventory))
    }

    /// Starts one of Choria's processes.
    fn start(&self, name: &str, words: &[&str]) -> anyhow::Result<()> {
        self.held.with(|network| {
            let mut command = self.choria.command(network.taken.place());
            let config = format!("etc/{name}.conf");
            command.args(words).arg("--config");
            command.arg(network.taken.place().path(&config));
            network.start(name, &mut command, true, self.events)?;
            Ok(())
        })
    }

    /// What happens until a time.
    fn next(&mut self, until: Instant) -> Result<Next, Stopped> {
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match self.events.receiver.recv_timeout(left) {
                Ok(Event::Line(id, line)) => {
                    if !self.has(&id)? {
                        continue;
                    }
                    let line = LogLine::of(&line);
                    self.keep(&id.name, &line);
                    return Ok(Next::Line(id, line));
                }
                Ok(Event::Ended(id)) => {
                    if let Some(status) = self.held.with(|network| Ok(network.ended(&id)))? {
                        return Ok(Next::Ended(id, status));
                    }
                }
                Ok(Event::LogLost(name, error)) => log_lost(&name, &error),
                Ok(Event::Stop | Event::Gone) => return Err(Stopped::Told),
                Ok(other @ (Event::Changed(_) | Event::Built(..))) => self.later.push(other),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    return Ok(Next::Late);
                }
            }
        }
    }

    /// Whether it is a process that is wanted to run, not one that was replaced.
    pub(super) fn has(&self, id: &Id) -> anyhow::Result<bool> {
        self.held.with(|network| Ok(network.has(id)))
    }

    /// Keeps a line for where something goes wrong.
    pub(super) fn keep(&mut self, name: &str, line: &LogLine) {
        let last = self.last.entry(name.into()).or_default();
        if last.len() == LAST {
            last.pop_front();
        }
        last.push_back(line.show(name, Paint::NONE));
    }

    /// A process ended before the network was up.
    fn ended(&self, name: &str, status: &str) -> Stopped {
        self.failed(
            name,
            &format!("{name} ended, {status}; {}", self.is_it_choria()),
        )
    }

    fn late(&self, name: &str, what: &str) -> Stopped {
        let seconds = self.limit.as_secs_f64();
        let choria = self.is_it_choria();
        self.failed(
            name,
            &format!("after {seconds} s {what}; on a busy machine give it longer with --timeout; {choria}"),
        )
    }

    fn is_it_choria(&self) -> String {
        format!(
            "see whether {}, which says that it is {}, is a whole Choria, with broker and server",
            printable(&self.choria.path.display().to_string()),
            printable(&self.choria.version)
        )
    }

    /// Shows the last lines of the part that is to blame.
    pub(super) fn failed(&self, name: &str, what: &str) -> Stopped {
        let last = self.last.get(name);
        let lines: String = last.into_iter().flatten().map(String::as_str).collect();
        if lines.is_empty() {
            tell(&format!("{name} has logged nothing\n"));
        } else {
            tell(&format!("the last lines of {name}:\n{lines}"));
        }
        Stopped::Failed(anyhow!(what.to_owned()))
    }

    /// Writes certificates and settings.
    fn write_files(&self, port: u16, certificates: &Certificates) -> anyhow::Result<()> {
        self.held.with(|network| {
            let Network { taken, state, .. } = network;
            state.port = port;
            let place = taken.place().clone();
            let Certificates { ca, node, client } = certificates;
            taken.write("tls/ca.pem", ca)?;
            for (name, pair) in [("node", node), ("client", client)] {
                taken.write(&format!("tls/{name}.pem"), &pair.certificate)?;
                taken.write(&format!("tls/{name}.key"), &pair.key)?;
            }
            taken.write("etc/broker.conf", config::broker(&place, port))?;
            let client = config::client(&place, port, &state.certname);
            taken.write("etc/client.conf", client)?;
            for server in self.servers {
                let text = config::server(&place, port, server);
                taken.write(&format!("etc/{server}.conf"), text)?;
            }
            Ok(())
        })
    }
}

/// The disk may be full; the network lives on.
pub(super) fn log_lost(name: &str, error: &str) {
    tell(&format!(
        "warning: could not write the log of {name}: {error}; it is shown here only\n"
    ));
}

/// A port of 127.0.0.1 that nobody has: the one that is wanted, or any.
fn free(port: Option<u16>) -> anyhow::Result<u16> {
    match TcpListener::bind((Ipv4Addr::LOCALHOST, port.unwrap_or(0))) {
        Ok(listener) => Ok(listener.local_addr()?.port()),
        Err(error) => match port {
            Some(port) => bail!(
                "could not use the port {port} of 127.0.0.1: {error}; leave --port out to get a free one"
            ),
            None => bail!("could not find a free port of 127.0.0.1: {error}"),
        },
    }
}

/// Makes the certificates meanwhile.
pub(super) fn certificates(name: &str) -> anyhow::Result<JoinHandle<anyhow::Result<Certificates>>> {
    let name = name.to_owned();
    threads::start(move || super::tls::certificates(&name))
}

/// What servers say of their agents.
enum Answer {
    From(Inventory),
    /// Not all have answered.
    None,
}
