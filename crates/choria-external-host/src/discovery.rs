//! Discovery sources, run as a client runs them.

// `providers/discovery/external` of go-choria.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use choria_external_go::json as gojson;
use choria_external_go::shlex;
use choria_external_protocol::{DiscoveryFunction, DiscoveryRequest, Filter, FunctionType as _};

use crate::build::Build;
use crate::discovered::read_reply;
pub use crate::discovered::{DiscoveryError, DiscoveryErrorKind, DiscoveryOutcome};
use crate::error::HostError;
use crate::intended::{IntendedReply, changed_bytes};
use crate::launch::{End, KILLED, Launch, executing, exit_status};
use crate::mistaken::{AGENT_NOT_SOURCE, is_agent_script, is_of_agent};
use crate::os::absolute;
use crate::output::ReadTiming;
use crate::supervisor::Supervisor;
use crate::trace::Trace;
use crate::{cargo, os};

/// The shortest time that a client allows a source.
const SHORTEST: Duration = Duration::from_secs(1);

/// A discovery source: the program that tells a client which nodes match a
/// filter.
///
/// Each field is what the client's settings and flags say, and can be set.
///
/// ```no_run
/// use choria_external_host::Source;
/// use choria_external_protocol::Filter;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut source = Source::from_command("/opt/sources/inventory --quiet");
/// source.options.insert("file".into(), "/etc/nodes".into());
/// let filter = Filter { cf_class: vec!["apache".into()], ..Filter::default() };
/// for node in source.discover(&filter)?.nodes? {
///     println!("{node}");
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Source {
    /// The program and its arguments, split nearly as a shell does: what
    /// `plugin.choria.discovery.external.command` says. A name without a `/` is
    /// looked up in `PATH`.
    ///
    /// Two things are more than Choria does: a relative path is one from this
    /// process's folder, where Choria looks in the folder for temporary files;
    /// and the program can be the folder of a Cargo package, or its
    /// `Cargo.toml`, which is built first.
    pub command: String,
    /// The sub-collective to find nodes in.
    pub collective: String,
    /// The federations to look in; `None` where there are none.
    pub federations: Option<Vec<String>>,
    /// What a user gives with `--do key=value`. A `command` that is not empty
    /// takes the place of [`Source::command`], and is not sent.
    pub options: BTreeMap<String, String>,
    /// How long the source may take; less than a second is a second.
    pub timeout: Duration,
    /// How a Cargo package is built.
    pub build: Build,
    /// Ends the discovery early.
    pub supervisor: Supervisor,
}

impl Source {
    /// A source with a client's default settings: collective `mcollective`, no
    /// federations, 2 seconds. Nothing is looked for, built or run yet.
    pub fn from_command(command: impl Into<String>) -> Self {
        Self {
            command: command.into(),
            collective: "mcollective".into(),
            federations: None,
            options: BTreeMap::new(),
            timeout: Duration::from_secs(2),
            build: Build::default(),
            supervisor: Supervisor::default(),
        }
    }

    /// Asks the source which nodes match.
    ///
    /// The filter is sent as it is; the agent that `choria` adds, such as
    /// `rpcutil`, must be in it.
    ///
    /// # Errors
    /// Returns [`HostError`] if the harness itself fails, the command has no word, a
    /// package cannot be built, or the discovery was cancelled. What the source does
    /// wrong is in [`DiscoveryOutcome::nodes`].
    pub fn discover(&self, filter: &Filter) -> Result<DiscoveryOutcome, HostError> {
        let mut options = self.options.clone();
        let own = options.get("command").filter(|own| !own.is_empty());
        let command = own.unwrap_or(&self.command).clone();
        if own.is_some() {
            options.remove("command");
        }
        if command.is_empty() {
            let reason = "no command specified for external discovery".into();
            return Ok(DiscoveryOutcome::failed(
                DiscoveryErrorKind::Command,
                reason,
            ));
        }
        let words = match shlex::split(&command) {
            Ok(words) => words,
            Err(error) => {
                let reason = error.to_string();
                return Ok(DiscoveryOutcome::failed(
                    DiscoveryErrorKind::Command,
                    reason,
                ));
            }
        };
        let [word, arguments @ ..] = &*words else {
            return Err(HostError::NoCommand);
        };
        let program = self.program(word)?;

        let mut told = Vec::new();
        if self.timeout < SHORTEST {
            told.push("Forcing discovery timeout to minimum 1 second".into());
        }
        let limit = self.timeout.max(SHORTEST);
        let request = DiscoveryRequest {
            collective: self.collective.clone(),
            filter: filter.clone(),
            federations: self.federations.clone(),
            options,
            timeout: limit.as_secs_f64(),
        };
        let protocol = DiscoveryFunction::REQUEST.protocol();
        let run = Launch {
            supervisor: &self.supervisor,
            program: &program,
            arguments,
            carrier: &DiscoveryFunction::carrier(),
            protocol,
            named: protocol,
            request: &to_bytes(&request)?,
            settings: None,
            facts: None,
            search_path: None,
            home: None,
            limit,
            read_timing: ReadTiming::AtOnce,
        }
        .run()?;

        let replied = matches!(run.end, End::Replied);
        let mut discovered = match run.end {
            End::Replied => read_reply(run.trace.reply())?,
            End::Failed(reason) => DiscoveryOutcome::failed(DiscoveryErrorKind::Failed, reason),
            End::Unreadable(what) => {
                let reason = format!("its reply {what}");
                DiscoveryOutcome::failed(DiscoveryErrorKind::Unreadable, reason)
            }
            End::TimedOut => {
                told.push(format!(
                    "the source took longer than {} s and was killed",
                    limit.as_secs_f64()
                ));
                let reason = executing(&program, &exit_status(KILLED));
                DiscoveryOutcome::failed(DiscoveryErrorKind::TimedOut, reason)
            }
        };
        told.append(&mut discovered.warnings);
        told.extend(misread(&run.trace, replied, discovered.nodes.is_ok()));
        Ok(DiscoveryOutcome {
            log: run.log,
            time: run.time,
            warnings: told,
            trace: Some(run.trace),
            ..discovered
        })
    }

    /// The Cargo package that [`Source::discover`] builds, as the command names it;
    /// `None` if nothing is built.
    pub fn package(&self) -> Option<PathBuf> {
        let own = self.options.get("command").filter(|own| !own.is_empty());
        let words = shlex::split(own.unwrap_or(&self.command)).ok()?;
        let path = PathBuf::from(words.first()?);
        cargo::folder(&path).map(|_| path)
    }

    /// The program that the first word of a command stands for.
    fn program(&self, word: &str) -> Result<PathBuf, HostError> {
        let path = Path::new(word);
        if word.is_empty() {
            return Err(HostError::NoCommand);
        }
        if let Some(folder) = cargo::folder(path) {
            return cargo::build(&folder, &self.build, &self.supervisor);
        }
        if os::is_bare(path) {
            return Ok(path.into());
        }
        absolute(path)
    }
}

/// What is wrong with a reply that a client reads as another one, or not at
/// all, beyond the client's words.
fn misread(trace: &Trace, replied: bool, read: bool) -> Vec<String> {
    if read {
        return changed_bytes(trace.reply());
    }
    let program = trace.command.first().map(Path::new);
    if is_of_agent(trace.reply()) || program.is_some_and(is_agent_script) {
        return vec![AGENT_NOT_SOURCE.into()];
    }
    let meant = IntendedReply::unread(trace, replied, &["nodes", "error"]);
    meant.map_or_else(Vec::new, |meant| meant.differences)
}

/// The bytes of the request file, which keep their schema.
fn to_bytes(request: &DiscoveryRequest) -> Result<Vec<u8>, HostError> {
    let unsent = |reason: String| HostError::Request(reason);
    let message = serde_json::to_value(request).map_err(|error| unsent(error.to_string()))?;
    DiscoveryFunction::REQUEST
        .check(&message)
        .map_err(|violation| unsent(violation.to_string()))?;
    gojson::to_bytes(request).map_err(|error| unsent(error.to_string()))
}
