//! A program, and what a server does with it.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::time::Duration;

use choria_external_ddl::Ddl;
use choria_external_go::json as gojson;
use choria_external_protocol::{
    Activation, ActivationRequest, FunctionType as _, MessageKind, Name, Rpc, StatusCode,
};

use crate::call::Call;
use crate::error::HostError;
use crate::facts::Facts;
use crate::intended::IntendedReply;
use crate::launch::{End, Launch, Run};
use crate::log::LogLine;
use crate::mistaken::{SOURCE_NOT_AGENT, is_of_source};
use crate::outcome::{ActivationOutcome, Outcome};
use crate::output::ReadTiming;
use crate::reply::{PublishedReply, activates};
use crate::size::{size_warning, too_large};
use crate::supervisor::Supervisor;

/// Seconds that a server allows for an activation.
const ACTIVATION_LIMIT: Duration = Activation::LIMIT;
/// The limit of an action whose DDL nobody knows.
pub(crate) const UNKNOWN_LIMIT: Duration = Duration::from_secs(10);

/// The keys of a reply to an activation, and of one to an action, by which it is
/// known.
// A program that prints replies often prints that of an action at the activation, too.
pub(crate) const ACTIVATION_KEYS: &[&str] = &["activate", "statuscode"];
pub(crate) const REPLY_KEYS: &[&str] = &["statuscode", "statusmsg", "data"];

/// An external agent's program and what belongs to it.
///
/// [`Program::find`](crate::Program::find) fills all of it in as a server does;
/// each field can be set afterwards.
#[derive(Clone, Debug)]
pub struct Program {
    /// The executable, absolute.
    pub path: PathBuf,
    /// Name of the agent.
    pub name: Name,
    /// Its DDL. Without one nothing is validated and no default is filled in; a
    /// server would not load such an agent.
    pub ddl: Option<Ddl>,
    /// What the agent is told is its configuration file, absolute; it need not
    /// exist. `None` stands for [`Program::config_file`]'s default.
    pub config: Option<PathBuf>,
    /// The node's facts.
    pub facts: Facts,
    /// How long an action may take. A server takes the DDL's `timeout`.
    pub limit: Duration,
    /// How soon what it prints is read.
    pub read_timing: ReadTiming,
    /// The program's `PATH`. A server passes its own; `None` stands for that of
    /// this process.
    pub search_path: Option<OsString>,
    /// Owns what is started for this program and its clones, and ends calls early.
    pub supervisor: Supervisor,
    /// The folder whose `plugin.d` has the configuration.
    pub(crate) home: PathBuf,
    /// Whether it was built from a Cargo package.
    pub(crate) package: bool,
    /// The file of its DDL.
    pub(crate) ddl_file: Option<PathBuf>,
    /// Why there is no DDL.
    pub(crate) no_ddl: Option<String>,
}

impl Program {
    /// A program without a DDL and facts.
    ///
    /// # Errors
    /// Returns [`HostError::Name`] if no agent can have the name.
    pub fn new(path: impl Into<PathBuf>, name: &str) -> Result<Self, HostError> {
        let path = crate::os::absolute(&path.into())?;
        Ok(Self::named(path, agent_name(name)?))
    }

    pub(crate) fn named(path: PathBuf, name: Name) -> Self {
        Self {
            home: path.parent().map(PathBuf::from).unwrap_or_default(),
            path,
            name,
            ddl: None,
            config: None,
            facts: Facts::default(),
            limit: UNKNOWN_LIMIT,
            read_timing: ReadTiming::default(),
            search_path: None,
            supervisor: Supervisor::default(),
            package: false,
            ddl_file: None,
            no_ddl: None,
        }
    }

    /// Gives the program its DDL, and with it its name and its time limit.
    ///
    /// # Errors
    /// Returns [`HostError::Name`] if no agent can have the DDL's name; [`HostError::Ddl`] if a
    /// server would refuse the DDL. `from` says in that error where the DDL comes from.
    pub fn set_ddl(&mut self, ddl: Ddl, from: &str) -> Result<(), HostError> {
        self.name = loadable(&ddl, from)?;
        self.take_ddl(ddl);
        Ok(())
    }

    /// Takes a DDL that gave the name.
    pub(crate) fn take_ddl(&mut self, ddl: Ddl) {
        self.limit = Duration::from_secs(ddl.metadata.timeout.unsigned_abs());
        self.ddl = Some(ddl);
    }

    /// What the agent is told is its configuration file:
    /// [`Program::config`], else `plugin.d/<agent>` beside the program, or in
    /// the folder of its Cargo package. A server says
    /// `<folder of server.conf>/plugin.d/<agent>`.
    pub fn config_file(&self) -> PathBuf {
        let default = || self.home.join("plugin.d").join(self.name.as_str());
        self.config.clone().unwrap_or_else(default)
    }

    /// Asks the agent whether it wants to be active, as a server does once when
    /// it starts.
    ///
    /// # Errors
    /// Returns [`HostError`] if the harness itself fails.
    pub fn activate(&self) -> Result<ActivationOutcome, HostError> {
        if !self.path.exists() {
            return Ok(ActivationOutcome {
                active: false,
                reason: Some(format!("there is no {}", self.path.display())),
                log: Vec::new(),
                time: Duration::ZERO,
                intended: None,
                trace: None,
            });
        }
        let Run {
            end,
            mut log,
            time,
            trace,
        } = self.start(&Start::activation(&activation_request(&self.name)?))?;
        let mut logged = |error: String| {
            let line = format!(
                "External agent {} not activating due to error during activation check: {error}",
                self.path.display()
            );
            log.push(LogLine::warn(&*line));
            line
        };
        let mut intended = None;
        let reason = match end {
            End::Replied => match activates(trace.reply())? {
                Ok(true) => None,
                Ok(false) if is_of_source(trace.reply()) => Some(SOURCE_NOT_AGENT.into()),
                Ok(false) => Some(
                    "its reply to the activation request does not have activate set to true".into(),
                ),
                Err(error) => {
                    intended = IntendedReply::unread(&trace, true, ACTIVATION_KEYS);
                    Some(logged(error))
                }
            },
            End::Failed(error) => {
                intended = IntendedReply::of_source(&self.path, &trace);
                Some(logged(error))
            }
            End::Unreadable(what) => Some(format!("its reply to the activation request {what}")),
            End::TimedOut => Some(logged(format!(
                "it took longer than the {} s a server allows and was killed",
                ACTIVATION_LIMIT.as_secs()
            ))),
        };
        Ok(ActivationOutcome {
            active: reason.is_none(),
            reason,
            log,
            time,
            intended,
            trace: Some(trace),
        })
    }

    /// Calls an action as a server does that was started just now: activation,
    /// then [`Program::call_active`].
    ///
    /// # Errors
    /// Returns [`HostError`] if the harness itself fails.
    pub fn call(&self, call: &Call) -> Result<Outcome, HostError> {
        let ActivationOutcome {
            active,
            reason,
            mut log,
            intended,
            trace,
            ..
        } = self.activate()?;
        if !active {
            return Ok(Outcome {
                reason,
                activation_lines: log.len(),
                log,
                intended,
                activation: trace,
                ..Outcome::default()
            });
        }
        let mut outcome = self.call_active(call)?;
        outcome.activation_lines = log.len();
        log.append(&mut outcome.log);
        outcome.log = log;
        outcome.activation = trace;
        Ok(outcome)
    }

    /// Calls an action as a server does whose agent is active: checks the
    /// request against the DDL, starts the program, reads the reply.
    ///
    /// # Errors
    /// Returns [`HostError`] if the harness itself fails.
    pub fn call_active(&self, call: &Call) -> Result<Outcome, HostError> {
        let agent = self.name.as_str();
        let by_server = |code, message| {
            Ok(Outcome::replied(PublishedReply::by_server(
                &call.action,
                code,
                message,
            )))
        };
        let action = self.ddl.as_ref().map(|ddl| ddl.action(&call.action));
        if let Some(None) = action {
            let message = format!("Unknown action {} for agent {agent}", call.action);
            return by_server(StatusCode::UNKNOWN_ACTION, message);
        }
        let action = action.flatten();
        if !self.path.exists() {
            let message = format!(
                "Cannot call external agent {agent}#{}: agent executable was not found",
                call.action
            );
            return by_server(StatusCode::ABORTED, message);
        }
        let mut warnings = self.facts.warnings().to_vec();
        if let Some(action) = action {
            match call.check(action) {
                Ok(found) => {
                    let warning = |text| format!("the server only warns about the request: {text}");
                    warnings.extend(found.into_iter().map(warning));
                }
                Err(error) => {
                    return by_server(StatusCode::ABORTED, format!("Validation failed: {error}"));
                }
            }
        }

        let request = call.request(&self.name)?;
        if let Some(reason) = too_large("request", request.len()) {
            return Ok(Outcome::no_reply(format!(
                "{reason}; the agent was not started"
            )));
        }
        let run = self.start(&self.action_start(&request))?;
        let replied = matches!(run.end, End::Replied);
        let mut outcome = match run.end {
            End::Replied => {
                let reply = run.trace.reply();
                Outcome::replied(PublishedReply::from_reply(
                    agent,
                    &call.action,
                    action,
                    reply,
                )?)
            }
            End::Failed(reason) => {
                Outcome::replied(PublishedReply::could_not_call(agent, &call.action, &reason))
            }
            End::Unreadable(what) => Outcome::no_reply(format!("its reply {what}")),
            End::TimedOut => Outcome::no_reply(format!(
                "the action took longer than {} s and was killed: the caller gets no reply at all",
                self.limit.as_secs_f64()
            )),
        };
        warnings.extend(size_warning("request", request.len()));
        if let Some(reply) = &outcome.reply {
            let bytes = reply.to_json().len();
            warnings.extend(size_warning("reply", bytes));
            if let Some(reason) = too_large("reply", bytes) {
                outcome = Outcome::no_reply(format!("{reason}; reply with less, or in parts"));
            }
        }
        outcome.log = run.log;
        outcome.time = run.time;
        outcome.warnings = warnings;
        outcome.intended = IntendedReply::of(&run.trace, outcome.reply.as_ref())
            .or_else(|| IntendedReply::unread(&run.trace, replied, REPLY_KEYS));
        outcome.trace = Some(run.trace);
        Ok(outcome)
    }
}

/// One start of an agent's program, as a server makes it; the harness can make
/// it otherwise, to see what an agent needs.
#[derive(Clone, Copy)]
pub(crate) struct Start<'a> {
    pub(crate) kind: MessageKind,
    pub(crate) request: &'a [u8],
    pub(crate) facts: &'a [u8],
    pub(crate) limit: Duration,
    /// See [`Launch::home`].
    pub(crate) home: Option<&'a OsStr>,
}

impl<'a> Start<'a> {
    /// Of an activation, at which the facts are an empty file.
    pub(crate) fn activation(request: &'a [u8]) -> Self {
        Self {
            kind: Activation::REQUEST,
            request,
            facts: b"",
            limit: ACTIVATION_LIMIT,
            home: None,
        }
    }
}

impl Program {
    /// The start of an action.
    pub(crate) fn action_start<'a>(&'a self, request: &'a [u8]) -> Start<'a> {
        Start {
            kind: Rpc::REQUEST,
            request,
            facts: self.facts.as_bytes(),
            limit: self.limit,
            home: None,
        }
    }

    /// Starts the program; nothing is checked.
    pub(crate) fn start(&self, start: &Start) -> Result<Run, HostError> {
        self.start_by(&self.supervisor, start)
    }

    /// [`start`](Self::start) by another supervisor.
    pub(crate) fn start_by(
        &self,
        supervisor: &Supervisor,
        start: &Start,
    ) -> Result<Run, HostError> {
        Launch {
            supervisor,
            program: &self.path,
            arguments: &[],
            carrier: &Rpc::carrier(),
            protocol: start.kind.protocol(),
            // At an activation too: only the environment tells them apart.
            named: Rpc::REQUEST.protocol(),
            request: start.request,
            settings: Some(&self.config_file()),
            facts: Some(start.facts),
            search_path: self.search_path.as_deref(),
            home: start.home,
            limit: start.limit,
            read_timing: self.read_timing,
        }
        .run()
    }
}

/// The bytes of the request for an activation.
pub(crate) fn activation_request(agent: &Name) -> Result<Vec<u8>, HostError> {
    let request = ActivationRequest {
        agent: agent.clone(),
    };
    gojson::to_bytes(&request).map_err(|error| HostError::Data(error.to_string()))
}

/// The name of an agent whose DDL a server would load.
pub(crate) fn loadable(ddl: &Ddl, from: &str) -> Result<Name, HostError> {
    if let Some(reason) = ddl.refused_by_server() {
        return Err(HostError::Ddl {
            from: from.into(),
            reason: format!("a server would not run this agent: {reason}"),
        });
    }
    agent_name(&ddl.metadata.name)
}

pub(crate) fn agent_name(name: &str) -> Result<Name, HostError> {
    Name::new(name).map_err(|error| HostError::Name { of: "agent", error })
}
