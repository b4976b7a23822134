//! `choria-external net up`.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::{Instant, SystemTime};

use anyhow::{Context as _, anyhow, bail};
use choria_external_ddl::Ddl;
use choria_external_host::Facts;

use super::Event;
use super::agents::{self, Prepared};
use super::choria::{Choria, Events};
use super::log::LogLine;
use super::network::{Held, Network};
use super::place::{Place, There};
use super::recorded::Recorded;
use super::start::{Starting, Stopped, certificates, log_lost};
use super::state::State;
use super::watch::watch;
use crate::args::NetUp;
use crate::output::{complain, print, print_or_closed, tell, with_causes};
use crate::paint::Paint;
use crate::show::printable;
use crate::signals::Signals;

/// Starts a network and follows it until it is to end.
pub(super) fn up(args: &NetUp) -> anyhow::Result<ExitCode> {
    let events = Events::default();
    let held = Held::default();
    let (told, last) = (events.sender.clone(), held.clone());
    let signals = Signals::watch_and(
        &events.supervisor,
        move || {
            // Nobody listens only where it ends anyway.
            let _ = told.send(Event::Stop);
        },
        move || {
            let _ = last.end();
        },
    )
    .context("could not watch for signals")?;
    let done = run(args, &events, &held);
    events.supervisor.cancel.cancel();
    let ended = held.end();
    if let Some(code) = signals.exit_code() {
        ended?;
        tell("the network is ended\n");
        return Ok(ExitCode::from(code));
    }
    match done {
        Ok(()) | Err(Stopped::Told) => ended.map(|()| ExitCode::SUCCESS),
        Err(Stopped::Failed(error)) => Err(error),
    }
}

fn run(args: &NetUp, events: &Events, held: &Held) -> Result<(), Stopped> {
    let place = Place::new(args.place.dir.as_deref())?;
    let Some(choria) = Choria::find(args.choria.as_deref(), events)? else {
        return Err(Stopped::Told);
    };
    let servers: Vec<String> = (1..=args.servers).map(|n| format!("node{n}")).collect();
    let facts = match &args.facts {
        Some(files) => Facts::from_files(files).map_err(anyhow::Error::new)?,
        None => Facts::default(),
    };
    for warning in facts.warnings() {
        complain("warning", warning);
    }
    let state = State {
        process: Recorded::of(std::process::id())?,
        up: false,
        port: 0,
        choria: choria.path.display().to_string(),
        version: choria.version.clone(),
        certname: certname(),
        servers: servers.clone(),
        agents: Vec::new(),
        processes: BTreeMap::new(),
    };
    let keys = certificates(&state.certname)?;
    let taken = held.take(|| {
        let taken = place.clone().take()?;
        Ok(taken.map(|taken| Network::new(taken, state, events.supervisor.clone())))
    })?;
    if !taken {
        return Err(runs_already(&place)?.into());
    }
    held.with(|network| {
        let taken = &network.taken;
        for folder in [
            "tls",
            "etc/plugin.d",
            "log",
            "plugins/mcollective/agent",
            "tmp",
        ] {
            taken.folder(folder)?;
        }
        taken.write("facts.json", facts.as_bytes())?;
        taken.record(&network.state)
    })?;

    let (since, owner) = (SystemTime::now(), &events.supervisor);
    let mut prepared = Vec::new();
    for path in &args.agents {
        tell(&format!(
            "preparing the agent {}\n",
            printable(&path.display().to_string())
        ));
        prepared.push(Prepared::new(path, args.profile, owner)?);
        agents::differ(&prepared)?;
    }
    for agent in &prepared {
        held.with(|network| agent.install(&network.taken))?;
    }
    agents::check(&place)?;

    let mut starting = Starting {
        held,
        events,
        choria: &choria,
        servers: &servers,
        limit: args.timeout,
        last: BTreeMap::new(),
        later: Vec::new(),
    };
    let keys = keys
        .join()
        .map_err(|_| anyhow!("no certificates could be made"))??;
    let (begun, end) = (Instant::now(), starting.end());
    starting.broker(args.port, &keys, end)?;
    let many = if servers.len() == 1 { "" } else { "s" };
    tell(&format!("starting {} server{many}\n", servers.len()));
    for warning in starting.servers(&prepared, end)? {
        complain("warning", &warning);
    }
    held.with(|network| {
        network.state.up = true;
        network.state.agents = prepared.iter().map(|agent| agent.name().into()).collect();
        network.taken.record(&network.state)
    })?;
    let ddls: Vec<&Ddl> = prepared.iter().map(Prepared::ddl).collect();
    let state = held.with(|network| Ok(network.state.clone()))?;
    let mut text = format!(
        "the network is up, after {:.1} s\n",
        begun.elapsed().as_secs_f64()
    );
    text += &how_to_call(&place, &state, &ddls, args.place.dir.is_some());
    print(&text)?;
    if args.watch {
        watch(&prepared, since, args.profile, owner, &events.sender)?;
    }
    follow(&mut starting, &mut prepared)
}

/// Shows what the servers log, and installs agents that were built again.
fn follow(starting: &mut Starting, prepared: &mut [Prepared]) -> Result<(), Stopped> {
    let paint = Paint::of_stdout();
    loop {
        let event = if starting.later.is_empty() {
            starting.events.receiver.recv().map_err(|_| Stopped::Told)?
        } else {
            starting.later.remove(0)
        };
        // What agents left running, away from their server, and has ended since.
        starting.events.supervisor.reap();
        match event {
            Event::Line(id, line) => {
                if !starting.has(&id)? {
                    continue;
                }
                let line = LogLine::of(&line);
                starting.keep(&id.name, &line);
                if !print_or_closed(&line.show(&id.name, paint))? {
                    return Ok(());
                }
            }
            Event::Ended(id) => {
                let status = starting.held.with(|network| Ok(network.ended(&id)))?;
                if let Some(status) = status {
                    let what = format!("{0} ended, {status}, and the network with it", id.name);
                    return Err(starting.failed(&id.name, &what));
                }
            }
            Event::LogLost(name, error) => log_lost(&name, &error),
            Event::Changed(index) => {
                if let Some(agent) = prepared.get(index) {
                    tell(&format!("{} changed: preparing it again\n", agent.name()));
                }
            }
            Event::Built(index, built) => {
                if let Some(agent) = prepared.get(index) {
                    match built.and_then(|new| replaceable(agent, *new)) {
                        Ok(new) => replace(starting, prepared, index, new)?,
                        Err(error) => complain(
                            "error",
                            &format!(
                                "{}; the agent {} that runs stays",
                                with_causes(&error),
                                agent.name()
                            ),
                        ),
                    }
                }
            }
            Event::Stop | Event::Gone => return Ok(()),
        }
    }
}

/// Another name is another agent, for which the network was not started.
fn replaceable(old: &Prepared, new: Prepared) -> anyhow::Result<Prepared> {
    if new.name() == old.name() {
        Ok(new)
    } else {
        bail!(
            "the agent {} is called {} now: start the network again",
            old.name(),
            new.name()
        )
    }
}

/// Installs an agent that was built again. A program is started anew for each
/// call; of a DDL servers take notice only when its version is another one, and
/// not at once, so they are started again.
fn replace(
    starting: &mut Starting,
    prepared: &mut [Prepared],
    index: usize,
    new: Prepared,
) -> Result<(), Stopped> {
    let name = new.name().to_owned();
    let other_ddl = prepared[index].ddl() != new.ddl();
    let version = &prepared[index].ddl().metadata.version;
    let same_version = other_ddl && *version == new.ddl().metadata.version;
    starting.held.with(|network| new.install(&network.taken))?;
    prepared[index] = new;
    if !other_ddl {
        tell(&format!("{name} is installed: the next call runs it\n"));
        return Ok(());
    }
    tell(&format!(
        "{name} is installed, with another DDL: the servers start again\n"
    ));
    if same_version {
        let version = &prepared[index].ddl().metadata.version;
        complain(
            "warning",
            &format!(
                "the DDL of {name} changed, but not its version {version}: servers that nobody starts again would keep \
                 the old one"
            ),
        );
    }
    let servers = starting.servers;
    starting.held.with(|network| {
        network.stop(|name| servers.iter().any(|server| server == name));
        Ok(())
    })?;
    let end = starting.end();
    for warning in starting.servers(prepared, end)? {
        complain("warning", &warning);
    }
    tell("the servers are up again\n");
    Ok(())
}

/// The name in the client's certificate: the one that `choria` takes for this
/// user, so that it needs no more than `--config`.
fn certname() -> String {
    let user = std::env::var("USER").unwrap_or_default();
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    if user.is_empty() || !user.chars().all(plain) {
        return "developer.mcollective".into();
    }
    format!("{user}.mcollective")
}

fn runs_already(place: &Place) -> anyhow::Result<anyhow::Error> {
    let there = place.look()?;
    let process = match &there {
        There::Runs(Some(state)) => format!(", by process {}", state.process.pid()),
        _ => String::new(),
    };
    Ok(anyhow!(
        "a network runs already in {}{process}: choria-external net status tells how to call it, net down ends it, \
         and --dir takes another folder for one more",
        place.folder().display()
    ))
}

/// What to type.
pub(super) fn how_to_call(place: &Place, state: &State, ddls: &[&Ddl], other: bool) -> String {
    let dir = if other {
        format!(" --dir {}", place.folder().display())
    } else {
        String::new()
    };
    let State {
        port,
        choria,
        version,
        servers,
        ..
    } = state;
    let mut text = format!(
        "  servers  {}\n  broker   127.0.0.1:{port}, with choria {version}\n  files    {}\n",
        servers.join(", "),
        place.folder().display()
    );
    let calls: Vec<String> = ddls.iter().filter_map(|ddl| call(ddl)).collect();
    let calls = if calls.is_empty() {
        vec!["rpcutil agent_inventory".into()]
    } else {
        calls
    };
    // Choria takes it for the name in the certificate, and that is another one.
    let certname = match std::env::var_os("MCOLLECTIVE_CERTNAME") {
        Some(_) => format!("MCOLLECTIVE_CERTNAME={} ", state.certname),
        None => String::new(),
    };
    text += "call the agents, from any terminal:\n";
    for call in &calls {
        text += &format!("  choria-external net req {call}{dir}\n");
    }
    text += "or with choria itself:\n";
    let config = place.client_config();
    for call in &calls {
        text += &format!(
            "  {certname}{choria} req {call} --config {}\n",
            config.display()
        );
    }
    text += &format!("end it with Ctrl-C, or: choria-external net down{dir}\n");
    text.lines().map(|line| printable(line) + "\n").collect()
}

/// The first action of an agent, with the inputs that it must have.
fn call(ddl: &Ddl) -> Option<String> {
    let action = ddl.actions.first()?;
    let mut call = format!("{} {}", ddl.metadata.name, action.name);
    for input in action.inputs.iter().filter(|input| !input.optional) {
        call += &format!(" {}=..", input.name);
    }
    Some(call)
}
