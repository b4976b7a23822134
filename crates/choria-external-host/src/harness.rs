//! Tests of an agent: calls on a node that the test makes up, and comparisons of
//! replies.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use choria_external_protocol::describe;
use serde_json::Value;
use tempfile::TempDir;

use crate::call::Call;
pub use crate::compare::{Compare, differences};
use crate::error::HostError;
use crate::facts::Facts;
use crate::outcome::Outcome;
use crate::program::Program;
use crate::recording::Recording;
use crate::temp_folder::{private_folder, temp_folder};
use crate::whole_file::{Access, create};

/// An agent on a node that a test makes up: its settings, its facts, its caller.
///
/// Clones share the folder of the settings, which goes with the last of them.
/// Calls can be made from several threads.
///
/// ```no_run
/// use choria_external_host::log::Level;
/// use choria_external_host::Harness;
/// use choria_external_protocol::StatusCode;
/// use serde_json::json;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let parrot = Harness::agent("target/debug/parrot")?
///     .config("log_level", "debug")?
///     .facts(&json!({"role": "web"}))?
///     .caller("choria=alice.mcollective");
/// parrot
///     .call("echo", &json!({"message": "hi"}))?
///     .assert_ok()
///     .assert_data(&json!({"message": "hi"}))
///     .assert_logged(Level::Info, "repeated")
///     .assert_clean();
/// parrot.call("echo", &json!({}))?.assert_fails(StatusCode::ABORTED, "message");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Harness {
    program: Program,
    settings: BTreeMap<String, String>,
    facts: Value,
    caller: Option<String>,
    folder: Arc<TempDir>,
}

impl Harness {
    /// The agent at this path: all that [`Program::find`] takes.
    ///
    /// # Errors
    /// Returns the errors of [`Program::find`].
    pub fn agent(path: impl AsRef<Path>) -> Result<Self, HostError> {
        Self::of(Program::find(path.as_ref(), None)?)
    }

    /// An agent whose DDL lies elsewhere.
    ///
    /// # Errors
    /// Returns the errors of [`Program::find`].
    pub fn agent_with_ddl(
        path: impl AsRef<Path>,
        ddl: impl AsRef<Path>,
    ) -> Result<Self, HostError> {
        Self::of(Program::find(path.as_ref(), Some(ddl.as_ref()))?)
    }

    /// A program that was found otherwise, with its configuration file if it has
    /// one.
    ///
    /// # Errors
    /// Returns [`HostError::File`] if no folder for the settings can be made.
    pub fn of(program: Program) -> Result<Self, HostError> {
        let folder = private_folder("settings").map_err(|error| HostError::File {
            what: "make a temporary folder in",
            path: temp_folder(),
            error,
        })?;
        Ok(Self {
            program,
            settings: BTreeMap::new(),
            facts: Value::Object(serde_json::Map::new()),
            caller: None,
            folder: Arc::new(folder),
        })
    }

    /// Gives the agent one more setting. The settings are written as Puppet
    /// writes them: to the file of the agent's name with `.cfg`, where servers
    /// tell the agent the path without it. Only the user who runs the test can
    /// read that file.
    ///
    /// # Errors
    /// Returns [`HostError::Setting`] if a settings file cannot hold it;
    /// [`HostError::File`] if the file cannot be written.
    pub fn config(mut self, name: &str, value: &str) -> Result<Self, HostError> {
        let lines = name.contains('\n') || value.contains('\n');
        let shown = format!("{name}={value}");
        let reads_back = shown
            .split_once('=')
            .is_some_and(|(left, right)| left == name.trim() && right == value.trim());
        if lines || name.is_empty() || name.starts_with('#') || !reads_back || value.is_empty() {
            return Err(HostError::Setting(name.into()));
        }
        self.settings.insert(name.into(), value.into());
        let failed = |path: &Path, error| HostError::File {
            what: "write the settings to",
            path: path.into(),
            error,
        };
        // One folder for each: the settings of a clone stay as they were.
        let folder = TempDir::new_in(self.folder.path())
            .map_err(|error| failed(self.folder.path(), error))?
            .keep();
        let mut file = folder.join(self.program.name.as_str());
        self.program.config = Some(file.clone());
        file.set_extension("cfg");
        let text: String = self
            .settings
            .iter()
            .map(|(name, value)| format!("{name} = {value}\n"))
            .collect();
        create(&file, text.as_bytes(), Access::Private).map_err(|error| failed(&file, error))?;
        Ok(self)
    }

    /// Gives the agent no settings, not even those beside the program.
    #[must_use]
    pub fn no_config(mut self) -> Self {
        self.settings.clear();
        // Nothing with this name is ever made there.
        self.program.config = Some(self.folder.path().join(format!("no-{}", self.program.name)));
        self
    }

    /// Gives the node these facts, in place of others.
    ///
    /// # Errors
    /// Returns [`HostError::Facts`] if they are not a JSON object.
    pub fn facts(mut self, facts: &Value) -> Result<Self, HostError> {
        let Value::Object(map) = facts else {
            return Err(HostError::Facts(format!(
                "{}, expected a JSON object",
                describe(facts)
            )));
        };
        self.program.facts = Facts::from(map.clone());
        self.facts = facts.clone();
        Ok(self)
    }

    /// Who calls: by default `choria=developer.mcollective`.
    #[must_use]
    pub fn caller(mut self, callerid: impl Into<String>) -> Self {
        self.caller = Some(callerid.into());
        self
    }

    /// How long an action may take, in place of the DDL's timeout.
    #[must_use]
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.program.limit = limit;
        self
    }

    /// The program as it is set up.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// The request of a call.
    pub fn request(&self, action: &str, data: &Value) -> Call {
        let mut call = Call::new(action, data);
        if let Some(caller) = &self.caller {
            call.callerid.clone_from(caller);
        }
        call
    }

    /// Calls an action as a server does that was started just now: activation,
    /// then the call.
    ///
    /// # Errors
    /// Returns [`HostError`] if the harness itself fails. What the agent does wrong is in
    /// the outcome.
    pub fn call(&self, action: &str, data: &Value) -> Result<Outcome, HostError> {
        self.program.call(&self.request(action, data))
    }

    /// Makes calls, `parallel` at a time, of an agent that is taken to be
    /// active; what came of each, in their order.
    ///
    /// # Errors
    /// The first that a call gives.
    pub fn call_many(
        &self,
        calls: &[(&str, Value)],
        parallel: NonZeroUsize,
    ) -> Result<Vec<Outcome>, HostError> {
        let outcomes = Mutex::new(BTreeMap::new());
        let request = |number: usize| {
            let (action, data) = &calls[number];
            self.request(action, data)
        };
        self.program
            .call_many(calls.len(), parallel, request, |number, outcome| {
                let mut outcomes = outcomes.lock().unwrap_or_else(PoisonError::into_inner);
                outcomes.insert(number, outcome);
            });
        let outcomes = outcomes
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        outcomes.into_values().collect()
    }

    /// Calls an action, and gives what was sent and what came of it as something
    /// that can be kept, compared, and played again.
    ///
    /// # Errors
    /// Returns the errors of [`Harness::call`].
    pub fn record(&self, action: &str, data: &Value) -> Result<Recording, HostError> {
        let outcome = self.call(action, data)?;
        Ok(Recording {
            agent: self.program.name.to_string(),
            action: action.into(),
            data: data.clone(),
            caller: self.caller.clone(),
            config: self.settings.clone(),
            facts: self.facts.clone(),
            reply: outcome.reply.as_ref().map(Into::into),
            reason: outcome.reason.clone(),
            log: outcome.log.clone(),
        }
        .without_places(&outcome))
    }

    /// Makes a recorded call again, with the recorded caller, settings and
    /// facts: where the outcome is another one, a sentence for each place.
    ///
    /// # Errors
    /// Returns the errors of [`Harness::call`] and [`Harness::config`].
    pub fn replay(&self, recording: &Recording) -> Result<Vec<String>, HostError> {
        let mut harness = Self::of(self.program.clone())?.facts(&recording.facts)?;
        if !self.settings.is_empty() && recording.config.is_empty() {
            harness = harness.no_config();
        }
        harness.caller.clone_from(&recording.caller);
        for (name, value) in &recording.config {
            harness = harness.config(name, value)?;
        }
        let now = harness.record(&recording.action, &recording.data)?;
        Ok(recording.differences(&now))
    }
}
