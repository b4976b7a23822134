//! A program's start as its carrier says it, and what became of a reply in a
//! file.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::time::Duration;

use choria_external_protocol::{
    Carrier, Environment, Folder, Part, PartBy, ReplyBy, RequestBy, Settings,
};
use serde_json::Value;

use crate::error::HostError;
use crate::log::LogLine;
use crate::os::{self, ReadError};
use crate::output::{ReadTiming, Streams};
use crate::plan::{self, Done, Plan, PlannedFile, Word};
use crate::supervisor::Supervisor;
use crate::temp_folder::temp_folder;
use crate::trace::Trace;

/// One start of a program.
pub(crate) struct Launch<'a> {
    pub(crate) supervisor: &'a Supervisor,
    pub(crate) program: &'a Path,
    /// Its own arguments, before those of the carrier.
    pub(crate) arguments: &'a [String],
    pub(crate) carrier: &'a Carrier,
    /// The name of the request on the wire.
    pub(crate) protocol: &'a str,
    /// The name that the last argument has, where a carrier has one.
    pub(crate) named: &'a str,
    /// The request as JSON.
    pub(crate) request: &'a [u8],
    /// What the program is told is its settings file, which need not exist.
    pub(crate) settings: Option<&'a Path>,
    /// The content of the facts.
    pub(crate) facts: Option<&'a [u8]>,
    /// Its `PATH`; `None` stands for that of this process.
    pub(crate) search_path: Option<&'a OsStr>,
    /// Its `HOME`, which no server gives.
    pub(crate) home: Option<&'a OsStr>,
    pub(crate) limit: Duration,
    pub(crate) read_timing: ReadTiming,
}

/// What came of a start whose reply is a file.
pub(crate) struct Run {
    pub(crate) end: End,
    pub(crate) log: Vec<LogLine>,
    pub(crate) time: Duration,
    pub(crate) trace: Trace,
}

/// How a start ended.
pub(crate) enum End {
    /// The program ended with status 0 and left a reply file, which is in the
    /// trace.
    Replied,
    /// It did not, or there is no reply file: why, in the server's words.
    Failed(String),
    /// What lies in the place of the reply would hang or fail a server: a
    /// sentence on the reply, without its subject.
    Unreadable(String),
    /// It took too long and was killed.
    TimedOut,
}

impl Launch<'_> {
    /// Starts the program, waits for it, and looks for its reply.
    pub(crate) fn run(&self) -> Result<Run, HostError> {
        let done = self.start()?;
        let end = file_reply(self.program, &done);
        let Done {
            log, time, trace, ..
        } = done;
        Ok(Run {
            end,
            log,
            time,
            trace,
        })
    }

    /// Starts the program and waits for it.
    pub(crate) fn start(&self) -> Result<Done, HostError> {
        let parts = self.parts()?;
        let mut plan = Plan {
            supervisor: self.supervisor,
            program: self.program,
            arguments: self.arguments.iter().map(Word::from).collect(),
            environment: Vec::new(),
            folder: self.folder(),
            stdin: None,
            files: Vec::new(),
            streams: match self.carrier.reply {
                ReplyBy::File => Streams::Logs,
                ReplyBy::Stdout => Streams::Reply,
                ReplyBy::Streams => Streams::Joined,
            },
            limit: self.limit,
            read_timing: self.read_timing,
        };
        if self.carrier.environment == Environment::Inherited {
            for (name, value) in std::env::vars_os() {
                // A name that is no text is not one of the carrier's.
                if let Ok(name) = name.into_string() {
                    plan.set(&name, value);
                }
            }
        }
        self.give_request(&mut plan, &parts);
        if self.carrier.environment != Environment::Nothing {
            let path: OsString = self.search_path.map_or_else(search_path, Into::into);
            plan.set("PATH", path);
        }
        if let Some(home) = self.home {
            plan.set("HOME", home);
        }
        if let (Settings::PathIn(variable), Some(path)) = (&self.carrier.settings, self.settings) {
            plan.set(variable, path);
        }
        if let (Some(variable), Some(facts)) = (&self.carrier.facts, self.facts) {
            let facts = plan.file("facts", facts, false);
            plan.set(variable, facts);
        }
        plan.run()
    }

    fn give_request<'a>(&'a self, plan: &mut Plan<'a>, parts: &'a [GivenPart<'a>]) {
        match &self.carrier.request {
            RequestBy::Files => {
                let request = plan.file("request", self.request, false);
                let reply = plan.file("reply", b"", true);
                plan.arguments
                    .extend([request.clone(), reply.clone(), self.named.into()]);
                plan.set("CHORIA_EXTERNAL_REQUEST", request);
                plan.set("CHORIA_EXTERNAL_REPLY", reply);
                plan.set("CHORIA_EXTERNAL_PROTOCOL", self.protocol);
            }
            RequestBy::Stdin => plan.stdin = Some(self.request),
            RequestBy::PathIn(variable) => {
                let request = plan.file("request", self.request, false);
                plan.set(variable, request);
            }
            RequestBy::Parts(_) => {
                for GivenPart { part, value, text } in parts {
                    match &part.by {
                        PartBy::Variable(variable) => plan.set(variable, plain(value)),
                        PartBy::FileIn(variable) => {
                            let file = plan.file(&part.key, text, false);
                            plan.set(variable, file);
                        }
                        PartBy::Arguments => {
                            let words = value.as_array().into_iter().flatten();
                            plan.arguments.extend(words.map(|word| plain(word).into()));
                        }
                    }
                }
            }
        }
    }

    /// The parts of the request that are there.
    fn parts(&self) -> Result<Vec<GivenPart<'_>>, HostError> {
        let RequestBy::Parts(parts) = &self.carrier.request else {
            return Ok(Vec::new());
        };
        let wrong = |error: serde_json::Error| HostError::Data(error.to_string());
        let request: Value = serde_json::from_slice(self.request).map_err(wrong)?;
        let given = parts.iter().filter_map(|part| {
            let value = request.get(&*part.key)?;
            let text = serde_json::to_vec(value).map_err(wrong);
            Some(text.map(|text| GivenPart {
                part,
                value: value.clone(),
                text,
            }))
        });
        given.collect()
    }

    fn folder(&self) -> std::path::PathBuf {
        match self.carrier.folder {
            Folder::Temporary => temp_folder(),
            Folder::Own => self.program.parent().map(Into::into).unwrap_or_default(),
            Folder::Inherited => std::env::current_dir().unwrap_or_default(),
        }
    }
}

/// A part of a request, with its value, also as JSON.
struct GivenPart<'a> {
    part: &'a Part,
    value: Value,
    text: Vec<u8>,
}

/// A value as the text of a variable or an argument.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

impl<'a> Plan<'a> {
    fn set(&mut self, name: &str, value: impl Into<Word>) {
        let value = value.into();
        match self.environment.iter_mut().find(|(of, _)| of == name) {
            Some((_, there)) => *there = value,
            None => self.environment.push((name.into(), value)),
        }
    }

    fn file(&mut self, name: &'a str, content: &'a [u8], is_collected: bool) -> Word {
        self.files.push(PlannedFile {
            name,
            content,
            is_collected,
        });
        Word::File(self.files.len() - 1)
    }
}

/// What became of a reply in a file.
pub(crate) fn file_reply(program: &Path, done: &Done) -> End {
    match &done.end {
        plan::End::NotStarted(error) => {
            End::Failed(executing(program, &os::start_error(program, error)))
        }
        plan::End::TimedOut => End::TimedOut,
        plan::End::Exited(status) if !status.success() => {
            let code = status.code().unwrap_or(KILLED);
            End::Failed(executing(program, &exit_status(code)))
        }
        plan::End::Exited(_) => match &done.unread {
            None => End::Replied,
            Some(error) => {
                let path = done.trace.file("reply").map(|file| &*file.path);
                no_reply(path.unwrap_or(Path::new("")), error)
            }
        },
    }
}

/// Why there is no reply, or none that can be read.
fn no_reply(path: &Path, error: &ReadError) -> End {
    match error {
        ReadError::System(call, error) => End::Failed(format!(
            "failed to read reply json: {call} {}: {}",
            path.display(),
            os::error_text(error)
        )),
        ReadError::NoFile(what) => End::Unreadable(format!(
            "was replaced by {what}: a server would hang or fail to read it; write a regular file there"
        )),
        ReadError::TooLarge(most) => End::Unreadable(format!(
            "has more than {most} bytes, the most that this harness reads; a server would fail to read it, and no network carries it"
        )),
    }
}

/// Go's number for an end by a signal.
pub(crate) const KILLED: i32 = -1;

/// Why a program gave no reply, in Choria's words.
pub(crate) fn executing(program: &Path, reason: &str) -> String {
    let name = program.file_name().unwrap_or_default();
    format!("executing {} failed: {reason}", name.display())
}

pub(crate) fn exit_status(code: i32) -> String {
    format!("exit status {code}")
}

fn search_path() -> OsString {
    std::env::var_os("PATH").unwrap_or_default()
}
