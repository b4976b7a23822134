//! `choria-external net req`.

use std::fs;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use choria_external_ddl::display::{Reply, Show};
use choria_external_ddl::{Action, Ddl};
use choria_external_protocol::describe;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::Event;
use super::choria::{Choria, Events, ask};
use super::place::Place;
use super::state::State;
use super::status::{ddl, running};
use crate::args::NetReq;
use crate::output::{complain, print, tell};
use crate::show::printable;
use crate::signals::Signals;
use crate::threads;

/// How much longer than the action's own limit a call may take: choria waits for
/// replies that are late.
const MORE: Duration = Duration::from_secs(30);
/// The limit of an agent whose DDL is not in the network: one of Choria's own.
const UNKNOWN: Duration = Duration::from_mins(1);

/// Calls an action on all servers.
pub(super) fn req(args: &NetReq) -> anyhow::Result<ExitCode> {
    let place = Place::new(args.place.dir.as_deref())?;
    let events = Events::default();
    let told = events.sender.clone();
    let stop = move || {
        let _ = told.send(Event::Stop);
    };
    let signals = Signals::watch_and(&events.supervisor, stop, || {})
        .context("could not watch for signals")?;
    let state = running(&place)?;
    let (gone, watched) = (events.sender.clone(), place.clone());
    // Choria itself would look for the broker until its time is over.
    threads::start(move || {
        watched.wait();
        let _ = gone.send(Event::Gone);
    })?;
    let inputs = match &args.data {
        Some(data) => typed(data)?,
        None => args.inputs.clone(),
    };
    let ddl = ddl(&place, &args.agent);
    let limit = ddl.as_ref().map_or(UNKNOWN, |ddl| {
        Duration::from_secs(ddl.metadata.timeout.unsigned_abs())
    }) + MORE;

    let choria = Choria {
        path: state.choria.clone().into(),
        version: state.version.clone(),
    };
    let mut command = choria.command(&place);
    command.env("MCOLLECTIVE_CERTNAME", &state.certname);
    command.args(["req", "--json", "--config"]);
    command.arg(place.client_config());
    // All that there are: so nothing has to be discovered, which takes 2 seconds.
    for server in &state.servers {
        command.args(["-I", server]);
    }
    command.args(["--", &args.agent, &args.action]);
    command.args(inputs.iter().map(|(name, value)| format!("{name}={value}")));
    let answer = ask(&mut command, limit, &events)
        .map_err(|error| anyhow!("could not start {}: {error}", choria.path.display()))?;
    let Some(answer) = answer else {
        let Some(code) = signals.exit_code() else {
            bail!(
                "the network in {} ended during the call",
                place.folder().display()
            );
        };
        return Ok(ExitCode::from(code));
    };
    let Ok(answer) = answer else {
        bail!(
            "choria did not end within {} s and was killed: see whether the network still runs, with net status",
            limit.as_secs()
        );
    };
    let at = answer.lines.iter().position(|line| line == "{");
    let (before, json) = answer.lines.split_at(at.unwrap_or(answer.lines.len()));
    let json = json.join("\n");
    let results = serde_json::from_str::<Results>(&json);
    let Some(results) = results.ok().filter(|_| answer.is_well) else {
        return Err(refused(args, &state, before));
    };
    // Warnings of the client.
    for line in before {
        tell(&format!("{}\n", printable(line)));
    }
    if args.json {
        print(&(json + "\n"))?;
    } else {
        let action = ddl.as_ref().and_then(|ddl: &Ddl| ddl.action(&args.action));
        print(&results.text(action))?;
        for server in &results.request_stats.no_responses {
            complain("warning", &no_reply(args, &state, server));
        }
    }
    Ok(results.code())
}

/// Inputs as choria takes them, which makes of each text what the DDL says.
fn typed(data: &str) -> anyhow::Result<Vec<(String, String)>> {
    let data = match data.strip_prefix('@') {
        Some(file) => fs::read_to_string(file)
            .with_context(|| format!("could not read the data from {file}"))?,
        None => data.into(),
    };
    let data = serde_json::from_str(&data).context("the data is not JSON")?;
    let Value::Object(inputs) = data else {
        bail!("the data is {}, expected a JSON object", describe(&data));
    };
    let text = |value| match value {
        Value::String(text) => text,
        other => other.to_string(),
    };
    Ok(inputs
        .into_iter()
        .map(|(name, value)| (name, text(value)))
        .collect())
}

/// What choria said instead of replies.
fn refused(args: &NetReq, state: &State, lines: &[String]) -> anyhow::Error {
    let said = lines
        .iter()
        .map(|line| line.trim().trim_start_matches("could not run: "));
    let said: Vec<&str> = said.filter(|line| !line.is_empty()).collect();
    let agents = if state.agents.contains(&args.agent) {
        String::new()
    } else {
        let names = state.agents.join(", ");
        format!("; the network was started with these agents: {names}")
    };
    anyhow!("choria made no call: {}{agents}", said.join(" / "))
}

fn no_reply(args: &NetReq, state: &State, server: &str) -> String {
    let why = if state.agents.contains(&args.agent) {
        "the agent is not active there, or took too long: see what net up shows"
    } else {
        "there may be no such agent: give one to net up with --agent"
    };
    format!("no reply from {server}: {why}")
}

/// What `choria req --json` prints.
#[derive(Deserialize)]
struct Results {
    replies: Vec<OneReply>,
    request_stats: Stats,
}

#[derive(Deserialize)]
struct OneReply {
    sender: String,
    statuscode: u8,
    statusmsg: String,
    data: Box<RawValue>,
}

#[derive(Deserialize)]
struct Stats {
    no_responses: Vec<String>,
    discovered: usize,
    failed: usize,
    responses: usize,
    /// In nanoseconds.
    request_time: u64,
}

impl OneReply {
    /// Without the labels of a DDL.
    fn plain(&self) -> String {
        let data: Value = serde_json::from_str(self.data.get()).unwrap_or_default();
        let Self {
            sender,
            statuscode,
            statusmsg,
            ..
        } = self;
        format!("{sender}: {statusmsg}, code {statuscode}\n{data:#}\n\n")
    }
}

impl Results {
    /// All replies, also those that the DDL would not have shown: who tries an
    /// agent wants to see them.
    fn text(&self, action: Option<&Action>) -> String {
        let mut replies: Vec<&OneReply> = self.replies.iter().collect();
        replies.sort_by(|one, other| one.sender.cmp(&other.sender));
        let mut text = String::new();
        for reply in replies {
            let Some(action) = action else {
                text += &reply.plain();
                continue;
            };
            let reply = Reply {
                sender: &reply.sender,
                code: reply.statuscode,
                message: &reply.statusmsg,
                data: reply.data.get(),
            };
            text += &reply.to_console(action, Show::All);
        }
        let Stats {
            discovered,
            failed,
            responses,
            request_time,
            ..
        } = &self.request_stats;
        text += &format!(
            "{responses} of {discovered} servers replied, {failed} failed ({:.3} s)\n",
            Duration::from_nanos(*request_time).as_secs_f64()
        );
        text.lines()
            .map(|line| printable(line.trim_end()) + "\n")
            .collect()
    }

    fn code(&self) -> ExitCode {
        let well = self.request_stats.failed == 0 && self.request_stats.no_responses.is_empty();
        if well {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }
}
