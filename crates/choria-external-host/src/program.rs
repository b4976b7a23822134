//! A program, and what a server does with it.

use std::path::PathBuf;
use std::time::Duration;

use choria_external_ddl::Ddl;
use choria_external_protocol::{
    Activation, ActivationRequest, FunctionType as _, Name, Rpc, StatusCode,
};
use serde_json::{Map, Value};

use crate::call::Call;
use crate::error::HostError;
use crate::gojson;
use crate::launch::{End, Launch, Run};
use crate::log::{Level, LogLine};
use crate::reply::{Published, activates};

/// Seconds that a server allows for an activation.
const ACTIVATION_LIMIT: Duration = Duration::from_secs(2);
/// The limit of an action whose DDL nobody knows.
const UNKNOWN_LIMIT: Duration = Duration::from_secs(10);
/// Bytes of a reply, or of a request, from which on the harness warns.
const WARN_SIZE: usize = 512_000;
/// Bytes of a reply that did not arrive on a real network; 785,600 did.
const LOST_SIZE: usize = 786_000;

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
    /// What the agent is told is its configuration file, absolute. It need not
    /// exist. A server says `<folder of server.conf>/plugin.d/<agent>`.
    pub config: PathBuf,
    /// The node's facts.
    pub facts: Map<String, Value>,
    /// How long an action may take. A server takes the DDL's `timeout`.
    pub limit: Duration,
}

/// Whether an agent wants to be active.
#[derive(Clone, Debug, PartialEq)]
pub struct ActivationOutcome {
    /// Whether the server would let it be called.
    pub active: bool,
    /// Why it would not, for a person to read.
    pub reason: Option<String>,
    /// What the program printed, and what the server would log.
    pub log: Vec<LogLine>,
    /// How long it took.
    pub time: Duration,
}

/// What came of a call.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Whether the agent was active; else it was not called at all.
    pub activated: bool,
    /// What the caller gets; `None` where it gets nothing.
    pub reply: Option<Published>,
    /// Why the caller gets nothing, for a person to read.
    pub reason: Option<String>,
    /// What the program printed at both starts, and what the server would log.
    pub log: Vec<LogLine>,
    /// How long the action took: zero where the program was not started for it.
    pub time: Duration,
    /// What may go wrong on a real network although it went well here.
    pub warnings: Vec<String>,
}

impl Outcome {
    fn replied(reply: Published) -> Self {
        Self {
            activated: true,
            reply: Some(reply),
            reason: None,
            log: Vec::new(),
            time: Duration::ZERO,
            warnings: Vec::new(),
        }
    }
}

impl Program {
    /// A program without a DDL and facts, whose configuration is
    /// `plugin.d/<agent>` beside it.
    ///
    /// # Errors
    /// [`HostError::Name`] where the name is none.
    pub fn new(path: impl Into<PathBuf>, name: &str) -> Result<Self, HostError> {
        let path = crate::launch::absolute(&path.into())?;
        Ok(Self {
            config: path.with_file_name("plugin.d").join(name),
            path,
            name: Name::new(name).map_err(HostError::Name)?,
            ddl: None,
            facts: Map::new(),
            limit: UNKNOWN_LIMIT,
        })
    }

    /// Gives the program its DDL, and with it its name and its time limit.
    ///
    /// # Errors
    /// [`HostError::Name`] where the DDL's name is none;
    /// [`HostError::Ddl`] where a server would refuse the DDL. `from` says in
    /// that error where the DDL comes from.
    pub fn set_ddl(&mut self, ddl: Ddl, from: &str) -> Result<(), HostError> {
        refuse(&ddl, from)?;
        self.name = Name::new(&*ddl.metadata.name).map_err(HostError::Name)?;
        self.limit = Duration::from_secs(ddl.metadata.timeout.into());
        self.ddl = Some(ddl);
        Ok(())
    }

    /// Asks the agent whether it wants to be active, as a server does once when
    /// it starts.
    ///
    /// # Errors
    /// [`HostError`] where the harness itself fails.
    pub fn activate(&self) -> Result<ActivationOutcome, HostError> {
        let no = |reason: String, log, time| ActivationOutcome {
            active: false,
            reason: Some(reason),
            log,
            time,
        };
        if !self.path.exists() {
            return Ok(no(
                format!("there is no {}", self.path.display()),
                Vec::new(),
                Duration::ZERO,
            ));
        }
        let request = ActivationRequest {
            agent: self.name.clone(),
        };
        let Run { end, mut log, time } = Launch {
            program: &self.path,
            kind: Activation::REQUEST,
            request: &gojson::to_bytes(&request)
                .map_err(|error| HostError::Data(error.to_string()))?,
            config: &self.config,
            facts: b"",
            limit: ACTIVATION_LIMIT,
        }
        .run()?;
        let error = match end {
            End::Replied(file) => match activates(&file) {
                Ok(true) => {
                    return Ok(ActivationOutcome {
                        active: true,
                        reason: None,
                        log,
                        time,
                    });
                }
                Ok(false) => {
                    let reason = "it answered the activation request with no: its reply has no activate that is true";
                    return Ok(no(reason.into(), log, time));
                }
                Err(error) => error,
            },
            End::Failed(error) => error,
            End::TimedOut => format!(
                "it took longer than the {} s a server allows and was killed",
                ACTIVATION_LIMIT.as_secs()
            ),
        };
        log.push(LogLine::warn(format!(
            "External agent {} not activating due to error during activation check: {error}",
            self.path.display()
        )));
        Ok(no(format!("the activation failed: {error}"), log, time))
    }

    /// Calls an action as a server does that was started just now: activation,
    /// then [`Program::call_active`].
    ///
    /// # Errors
    /// [`HostError`] where the harness itself fails.
    pub fn call(&self, call: &Call) -> Result<Outcome, HostError> {
        let ActivationOutcome {
            active,
            reason,
            mut log,
            ..
        } = self.activate()?;
        if !active {
            return Ok(Outcome {
                activated: false,
                reply: None,
                reason,
                log,
                time: Duration::ZERO,
                warnings: Vec::new(),
            });
        }
        let mut outcome = self.call_active(call)?;
        log.append(&mut outcome.log);
        outcome.log = log;
        Ok(outcome)
    }

    /// Calls an action as a server does whose agent is active: checks the
    /// request against the DDL, starts the program, reads the reply.
    ///
    /// # Errors
    /// [`HostError`] where the harness itself fails.
    pub fn call_active(&self, call: &Call) -> Result<Outcome, HostError> {
        let agent = self.name.as_str();
        let by_server = |code, message| {
            Ok(Outcome::replied(Published::by_server(
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
        let mut warnings = Vec::new();
        if let Some(action) = action {
            match action.check_request(&call.checked_data()) {
                Ok(found) => {
                    let warning =
                        |text| format!("the server's check of the request only warns: {text}");
                    warnings.extend(found.into_iter().map(warning));
                }
                Err(error) => {
                    return by_server(StatusCode::ABORTED, format!("Validation failed: {error}"));
                }
            }
        }

        let request = call.request(&self.name)?;
        let run = Launch {
            program: &self.path,
            kind: Rpc::REQUEST,
            request: &request,
            config: &self.config,
            // Maps always serialize.
            facts: &gojson::to_bytes(&self.facts).unwrap_or_default(),
            limit: self.limit,
        }
        .run()?;
        let mut outcome = match run.end {
            End::Replied(file) => {
                Outcome::replied(Published::from_reply(agent, &call.action, action, &file))
            }
            End::Failed(reason) => {
                Outcome::replied(Published::could_not_call(agent, &call.action, &reason))
            }
            End::TimedOut => Outcome {
                activated: true,
                reply: None,
                reason: Some(format!(
                    "the action took longer than its {} s and was killed: the caller gets no reply at all",
                    self.limit.as_secs_f64()
                )),
                log: Vec::new(),
                time: Duration::ZERO,
                warnings: Vec::new(),
            },
        };
        outcome.log = run.log;
        outcome.time = run.time;
        warnings.extend(size_warning("request", request.len()));
        if let Some(reply) = &outcome.reply {
            warnings.extend(size_warning("reply", reply.to_json().len()));
        }
        outcome.warnings = warnings;
        Ok(outcome)
    }
}

/// Refuses what a server would refuse.
pub(crate) fn refuse(ddl: &Ddl, from: &str) -> Result<(), HostError> {
    let refused = |reason| {
        Err(HostError::Ddl {
            from: from.into(),
            reason: format!("a server would not run this agent: {reason}"),
        })
    };
    ddl.refused_by_server().map_or(Ok(()), refused)
}

/// A network carries about 1 MiB a message, less one layer of base64.
fn size_warning(what: &str, bytes: usize) -> Option<String> {
    let fate = match bytes {
        LOST_SIZE.. => "is lost on a real network, without a word to the caller",
        WARN_SIZE.. => {
            "is close to what a real network carries, 785,600 bytes, and beyond it with a federation"
        }
        _ => return None,
    };
    Some(format!("the {what} of {bytes} bytes {fate}"))
}

impl Outcome {
    /// The lines of one level.
    pub fn lines(&self, level: Level) -> Vec<&str> {
        let lines = self.log.iter().filter(|line| line.level == level);
        lines.map(|line| line.line.as_str()).collect()
    }
}
