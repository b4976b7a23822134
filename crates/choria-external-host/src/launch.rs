//! Starts a program as Choria does, and waits for it.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use choria_external_protocol::{FunctionType as _, MessageKind, Rpc};
use shared_child::SharedChild;

use crate::cancel::Cancel;
use crate::error::HostError;
use crate::log::LogLine;
use crate::orphans::{self, LeftBehind};
use crate::os::{self, ReadError};
use crate::output::{Output, Reading, Streams};
use crate::temp_file::{TempFile, temp_folder};
use crate::trace::Trace;

/// Bytes of a reply that are read; no network carries a hundredth of it.
const REPLY_MOST: u64 = 64 << 20;
/// The variable that names the reply file: what a program starts has it too.
const REPLY: &str = "CHORIA_EXTERNAL_REPLY";
/// Processes that were left running and that a remark names.
const MOST_NAMED: usize = 3;
/// The longest time that is waited for a program: ten years.
const LONGEST_WAIT: Duration = Duration::from_hours(24 * 3650);

/// One start of a program.
pub(crate) struct Launch<'a> {
    pub(crate) program: &'a Path,
    /// What stands before the three arguments of every program.
    pub(crate) arguments: &'a [String],
    pub(crate) kind: MessageKind,
    pub(crate) request: &'a [u8],
    /// What a server gives its agents; a program of the client has none of it.
    pub(crate) node: Option<NodeFiles<'a>>,
    /// Its `PATH`; `None` stands for that of this process.
    pub(crate) search_path: Option<&'a OsStr>,
    /// Its `HOME`, which no server gives.
    pub(crate) home: Option<&'a OsStr>,
    pub(crate) limit: Duration,
    pub(crate) reading: Reading,
    pub(crate) cancel: &'a Cancel,
}

/// The files that tell an agent of its node.
#[derive(Clone, Copy)]
pub(crate) struct NodeFiles<'a> {
    /// The configuration, which need not exist.
    pub(crate) config: &'a Path,
    /// The content of the facts.
    pub(crate) facts: &'a [u8],
}

/// What came of it.
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
    /// Starts the program, waits for it, and reads its reply. The files are
    /// gone afterwards, cancelled or not; only an end of the harness itself
    /// by force leaves them.
    pub(crate) fn run(&self) -> Result<Run, HostError> {
        if self.cancel.is_cancelled() {
            return Err(HostError::Cancelled);
        }
        let files = [
            TempFile::new("request", self.request)?,
            TempFile::new("reply", b"")?,
        ];
        let [request, reply] = files.each_ref().map(TempFile::path);
        let facts = self.node.map(|node| TempFile::new("facts", node.facts));
        let facts = facts.transpose()?;
        let facts = facts.as_ref().map(TempFile::path);
        let mut trace = self.trace(request, reply, facts);

        let mut command = Command::new(self.program);
        command
            .args(&trace.command[1..])
            .current_dir(&trace.folder)
            .stdin(Stdio::null())
            .env_clear()
            .envs(trace.environment.iter().map(|(name, value)| (name, value)));
        let failed = |error| HostError::system("read what the program prints", error);
        let output = Output::connect(&mut command, Streams::Apart, self.reading).map_err(failed)?;

        orphans::adopt();
        let start = Instant::now();
        let spawned = self.cancel.spawn(&mut command);
        // Its ends of the pipes are the program's alone.
        drop(command);
        let (status, time) = match &spawned {
            Ok(child) => (wait(child, self.limit), start.elapsed()),
            Err(_) => (Ok(None), Duration::ZERO),
        };
        // From here on it is no child of this process any more.
        let spawned = spawned.map(drop);
        let (mut log, printed) = output.finish();
        [trace.stdout, trace.stderr] = printed;
        let replied = os::read_file(reply, REPLY_MOST);
        if spawned.is_ok() {
            let mut left = orphans::end(REPLY, reply.as_os_str());
            for left in &mut left {
                left.command = trace.name_files(&left.command);
            }
            trace.left = left;
        }
        if self.cancel.is_cancelled() {
            return Err(HostError::Cancelled);
        }
        no_shortage(&spawned, &replied)?;
        let status = status.map_err(|error| HostError::system("wait for the program", error))?;
        trace.exit = status.and_then(|status| status.code());

        let end = match (spawned, status) {
            (Err(error), _) => {
                log.extend(os::start_hint(self.program, &error).map(LogLine::warn));
                End::Failed(executing(
                    self.program,
                    &os::start_error(self.program, &error),
                ))
            }
            (Ok(()), None) => End::TimedOut,
            (Ok(()), Some(status)) if status.success() => match &replied {
                Ok(_) => End::Replied,
                Err(error) => no_reply(reply, error),
            },
            (Ok(()), Some(status)) => {
                if let Some(signal) = os::signal(status) {
                    log.push(LogLine::warn(format!(
                        "the program was ended by signal {signal}"
                    )));
                }
                let code = status.code().unwrap_or(KILLED);
                End::Failed(executing(self.program, &exit_status(code)))
            }
        };
        trace.reply = replied.unwrap_or_default();
        log.extend(left_behind(&trace.left));
        Ok(Run {
            end,
            log,
            time,
            trace,
        })
    }
}

impl Launch<'_> {
    /// The start as it is to be.
    fn trace(&self, request: &Path, reply: &Path, facts: Option<&Path>) -> Trace {
        // At an activation too: only the environment tells them apart.
        let named = if self.node.is_some() {
            Rpc::REQUEST
        } else {
            self.kind
        };
        let mut command: Vec<OsString> = vec![self.program.into()];
        command.extend(self.arguments.iter().map(OsString::from));
        command.extend([request.into(), reply.into(), named.protocol().into()]);
        Trace {
            command,
            environment: self.environment(request, reply, facts),
            folder: temp_folder(),
            request: self.request.into(),
            facts: self.node.map(|node| node.facts.into()),
            ..Trace::default()
        }
    }

    /// The whole environment of the program.
    fn environment(
        &self,
        request: &Path,
        reply: &Path,
        facts: Option<&Path>,
    ) -> Vec<(&'static str, OsString)> {
        let path = self.search_path.map_or_else(search_path, Into::into);
        let mut environment = vec![
            ("CHORIA_EXTERNAL_REQUEST", request.into()),
            (REPLY, reply.into()),
            ("CHORIA_EXTERNAL_PROTOCOL", self.kind.protocol().into()),
            ("PATH", path),
        ];
        environment.extend(self.home.map(|home| ("HOME", home.into())));
        if let (Some(node), Some(facts)) = (self.node, facts) {
            environment.push(("CHORIA_EXTERNAL_CONFIG", node.config.into()));
            environment.push(("CHORIA_EXTERNAL_FACTS", facts.into()));
        }
        environment
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

/// The status, or `None` where the time was up and the program was killed, as a
/// server does it: only the program itself.
pub(crate) fn wait(child: &SharedChild, limit: Duration) -> io::Result<Option<ExitStatus>> {
    // The clock cannot add much more, and nobody waits for longer.
    let status = child.wait_timeout(limit.min(LONGEST_WAIT))?;
    if status.is_none() {
        child.kill()?;
        child.wait()?;
    }
    Ok(status)
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
            "was replaced by {what}: a server would hang or fail at reading it; write a regular file there"
        )),
        ReadError::TooLarge(most) => End::Unreadable(format!(
            "has more than {most} bytes, which this harness reads no further; a server would fail with so much, \
             and no network carries it"
        )),
    }
}

/// What this machine has too little of says nothing of the program.
fn no_shortage(
    spawned: &io::Result<()>,
    replied: &Result<Vec<u8>, ReadError>,
) -> Result<(), HostError> {
    let (what, error) = match (spawned, replied) {
        (Err(error), _) => ("start the program", error),
        (Ok(()), Err(ReadError::System(_, error))) => ("read the reply", error),
        _ => return Ok(()),
    };
    if !os::is_shortage(error) {
        return Ok(());
    }
    Err(HostError::Shortage {
        what,
        error: error.to_string(),
    })
}

/// A remark on what was left running.
pub(crate) fn left_behind(left: &[LeftBehind]) -> Option<LogLine> {
    let (count, these) = match left {
        [] => return None,
        [_] => ("a process".into(), "it lives on, here it was"),
        _ => (
            format!("{} processes", left.len()),
            "they live on, here they were",
        ),
    };
    let commands: Vec<&str> = left
        .iter()
        .take(MOST_NAMED)
        .map(|left| &*left.command)
        .collect();
    Some(LogLine::warn(format!(
        "the program left {count} running; under a server {these} ended: {}{}",
        commands.join("; "),
        if left.len() > MOST_NAMED { "; .." } else { "" }
    )))
}

fn search_path() -> OsString {
    std::env::var_os("PATH").unwrap_or_default()
}
