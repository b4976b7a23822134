//! Recordings of calls, which can be repeated and compared.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use choria_external_protocol::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::compare::{Compare, differences};
use crate::error::HostError;
use crate::log::LogLine;
use crate::outcome::Outcome;
use crate::reply::PublishedReply;
use crate::whole_file::overwrite;

/// A call and what came of it, less what differs from run to run: times, ids,
/// the names of temporary files.
///
/// It is made by [`Harness::record`](crate::Harness::record), compared by
/// [`Harness::replay`](crate::Harness::replay), and can be given to a snapshot
/// test as it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recording {
    /// Name of the agent.
    pub agent: String,
    /// The action.
    pub action: String,
    /// The inputs.
    pub data: Value,
    /// The caller; `None` stands for the harness's default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller: Option<String>,
    /// The agent's settings.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub config: BTreeMap<String, String>,
    /// The node's facts, an object.
    pub facts: Value,
    /// What the caller gets; `None` where it gets nothing.
    pub reply: Option<RecordedReply>,
    /// Why it gets nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What the program printed, and what the server would log. The order of
    /// lines of different levels is not always the same.
    pub log: Vec<LogLine>,
}

/// The reply of a [`Recording`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedReply {
    /// The outcome.
    pub statuscode: StatusCode,
    /// What the caller reads about the outcome.
    pub statusmsg: String,
    /// The outputs.
    pub data: Value,
}

impl From<&PublishedReply> for RecordedReply {
    fn from(reply: &PublishedReply) -> Self {
        Self {
            statuscode: reply.statuscode,
            statusmsg: reply.statusmsg.clone(),
            data: reply.data.clone(),
        }
    }
}

impl Recording {
    /// Reads a recording from a JSON file.
    ///
    /// # Errors
    /// Returns [`HostError::File`] if it cannot be read, and [`HostError::Recording`] if it is
    /// not a recording.
    pub fn load(file: &Path) -> Result<Self, HostError> {
        let text = fs::read(file).map_err(|error| HostError::File {
            what: "read the recording",
            path: file.into(),
            error,
        })?;
        serde_json::from_slice(&text).map_err(|error| HostError::Recording {
            path: file.into(),
            reason: error.to_string(),
        })
    }

    /// Writes it to a JSON file, of lines for people.
    ///
    /// # Errors
    /// Returns [`HostError::File`].
    pub fn save(&self, file: &Path) -> Result<(), HostError> {
        // Texts, numbers and JSON values always serialize.
        let text = serde_json::to_string_pretty(self).unwrap_or_default() + "\n";
        overwrite(file, text.as_bytes()).map_err(|error| HostError::File {
            what: "write the recording",
            path: file.into(),
            error,
        })
    }

    /// Names of files and folders that differ from run to run, as `{reply}`,
    /// `{program}` and so on.
    pub(crate) fn without_places(mut self, outcome: &Outcome) -> Self {
        let mut places = Vec::new();
        for trace in [&outcome.activation, &outcome.trace].into_iter().flatten() {
            for (variable, value) in &trace.environment {
                let name = variable.strip_prefix("CHORIA_EXTERNAL_");
                if let Some(name) = name.filter(|name| *name != "PROTOCOL") {
                    let name = format!("{{{}}}", name.to_lowercase());
                    places.push((value.to_string_lossy().into_owned(), name));
                }
            }
            if let Some(program) = trace.command.first() {
                places.push((program.to_string_lossy().into_owned(), "{program}".into()));
            }
        }
        let shorten = |text: &mut String| {
            for (place, name) in &places {
                *text = text.replace(&**place, name);
            }
        };
        self.log.iter_mut().for_each(|line| shorten(&mut line.line));
        self.reason.iter_mut().for_each(shorten);
        if let Some(reply) = &mut self.reply {
            shorten(&mut reply.statusmsg);
        }
        self
    }

    /// Compares with another recording of the same call. Returns a sentence with the JSON
    /// path of each difference. Lines of the log are compared level by level.
    pub fn differences(&self, now: &Self) -> Vec<String> {
        differences(Compare::Equal, &self.comparable(), &now.comparable())
    }

    fn comparable(&self) -> Value {
        let mut sorted = self.clone();
        sorted.log.sort_by_key(|line| line.level.name());
        // Texts, numbers and JSON values always serialize.
        serde_json::to_value(&sorted).unwrap_or_default()
    }
}
