//! One start of a program, whatever kind it is: what it gets, and what of it is
//! collected. No rule of any protocol is here.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::time::{Duration, Instant};

use crate::error::HostError;
use crate::log::LogLine;
use crate::os::{self, ReadError};
use crate::output::{Output, ReadTiming, Streams};
use crate::supervisor::{LeftoverProcess, Supervisor, TempFile, Trail};
use crate::trace::{Trace, TraceFile};

/// Bytes of a file that are collected; no network carries a hundredth of it.
const FILE_MOST: u64 = 64 << 20;
/// Processes that were left running and that a remark names.
const MOST_NAMED: usize = 3;
/// How long a program runs at the most while no system gives its number twice.
const SHORT: Duration = Duration::from_millis(200);

/// One start of a program.
pub(crate) struct Plan<'a> {
    pub(crate) supervisor: &'a Supervisor,
    pub(crate) program: &'a Path,
    pub(crate) arguments: Vec<Word>,
    /// The whole environment.
    pub(crate) environment: Vec<(String, Word)>,
    /// The folder it is started in.
    pub(crate) folder: PathBuf,
    /// What it reads on standard input; without it nothing, not even a pipe.
    pub(crate) stdin: Option<&'a [u8]>,
    /// Files that are there only for this start.
    pub(crate) files: Vec<PlannedFile<'a>>,
    pub(crate) streams: Streams,
    pub(crate) limit: Duration,
    pub(crate) read_timing: ReadTiming,
}

/// A word of the command line, or a value of a variable.
#[derive(Clone)]
pub(crate) enum Word {
    Text(OsString),
    /// The path of the file with this place in [`Plan::files`].
    File(usize),
}

impl<T: AsRef<OsStr>> From<T> for Word {
    fn from(text: T) -> Self {
        Self::Text(text.as_ref().into())
    }
}

/// A file that is there only for one start.
#[derive(Clone, Copy)]
pub(crate) struct PlannedFile<'a> {
    /// What it is called in texts, where it is kept, and at the start of its own
    /// name.
    pub(crate) name: &'a str,
    pub(crate) content: &'a [u8],
    /// Whether what lies there at the end is collected.
    pub(crate) is_collected: bool,
}

/// What came of a start.
pub(crate) struct Done {
    pub(crate) end: End,
    pub(crate) log: Vec<LogLine>,
    /// Zero where it was not started.
    pub(crate) time: Duration,
    pub(crate) trace: Trace,
    /// Why a file could not be collected.
    pub(crate) unread: Option<ReadError>,
}

/// How a program ended.
pub(crate) enum End {
    /// It could not be started at all.
    NotStarted(io::Error),
    /// It took too long and was killed.
    TimedOut,
    Exited(ExitStatus),
}

impl Plan<'_> {
    /// Starts the program, waits for it, and collects what it gave. The files are
    /// gone afterwards, cancelled or not; only an end of this process by force
    /// leaves them.
    pub(crate) fn run(&self) -> Result<Done, HostError> {
        self.supervisor.check()?;
        // Dropped last.
        let mut slot;
        let mut files = Vec::new();
        for file in &self.files {
            files.push(self.supervisor.temp_file(file.name, file.content)?);
        }
        let mut trace = self.trace(&files);
        let mut command = Command::new(self.program);
        command
            .args(&trace.command[1..])
            .current_dir(&trace.folder)
            .env_clear()
            .envs(trace.environment.iter().map(|(name, value)| (name, value)));
        let output = Output::connect(&mut command, self.stdin, self.streams, self.read_timing)
            .map_err(|error| HostError::system("read what the program prints", error))?;

        let mut trail = Trail {
            variable: self.trail_variable(&trace),
            pipes: output.pipes().into(),
            ..Trail::default()
        };
        let paths: Vec<&Path> = files.iter().map(TempFile::path).collect();
        slot = self.supervisor.slot(&paths, &trail);
        tracing::debug!(program = ?self.program, "starting");
        let start = Instant::now();
        let spawned = self.supervisor.spawn_in(&mut slot, &mut command);
        // Its ends of the pipes are the program's alone.
        drop(command);
        let (status, time) = match &spawned {
            Ok(child) => {
                trail.pid = child.id();
                (child.wait_or_kill(self.limit), start.elapsed())
            }
            Err(_) => (Ok(None), Duration::ZERO),
        };
        // From here on it is no child of this process any more.
        let spawned = spawned.map(drop);
        let (mut log, printed) = output.finish();
        [trace.stdout, trace.stderr] = printed;
        let mut unread = None;
        for file in trace.files.iter_mut().filter(|file| file.is_collected) {
            match os::read_file(&file.path, FILE_MOST) {
                Ok(content) => file.content = content,
                Err(error) => {
                    file.content.clear();
                    unread = Some(error);
                }
            }
        }
        if spawned.is_ok() {
            trail.is_short = time < SHORT;
            let mut left = self.supervisor.end_left(&trail);
            for left in &mut left {
                left.command = trace.name_files(&left.command);
            }
            trace.left = left;
        }
        self.supervisor.check()?;
        no_shortage(&spawned, unread.as_ref())?;
        let status = status.map_err(|error| HostError::system("wait for the program", error))?;
        trace.exit = status.and_then(|status| status.code());
        if let Some(signal) = status.and_then(os::signal) {
            log.push(LogLine::warn(format!(
                "the program was ended by signal {signal}"
            )));
        }
        let ended = trace.exit.and_then(|code| os::end_hint(self.program, code));
        log.extend(ended.map(LogLine::warn));
        log.extend(left_behind(&trace.left));
        tracing::debug!(
            program = ?self.program,
            exit = trace.exit,
            seconds = time.as_secs_f64(),
            left = trace.left.len(),
            "ended"
        );
        let end = match (spawned, status) {
            (Err(error), _) => {
                log.extend(os::start_hint(self.program, &error).map(LogLine::warn));
                End::NotStarted(error)
            }
            (Ok(()), None) => End::TimedOut,
            (Ok(()), Some(status)) => End::Exited(status),
        };
        Ok(Done {
            end,
            log,
            time,
            trace,
            unread,
        })
    }

    /// The start as it is to be.
    fn trace(&self, files: &[TempFile]) -> Trace {
        let word = |word: &Word| match word {
            Word::Text(text) => text.clone(),
            Word::File(at) => files[*at].path().into(),
        };
        let environment = self.environment.iter();
        let mut command = vec![self.program.into()];
        command.extend(self.arguments.iter().map(word));
        Trace {
            command,
            environment: environment
                .map(|(name, value)| (name.clone(), word(value)))
                .collect(),
            folder: self.folder.clone(),
            stdin: self.stdin.map(Into::into),
            files: self
                .files
                .iter()
                .zip(files)
                .map(|(planned, file)| TraceFile {
                    name: planned.name.into(),
                    path: file.path().into(),
                    content: planned.content.into(),
                    is_collected: planned.is_collected,
                })
                .collect(),
            ..Trace::default()
        }
    }

    /// A variable that no other start has: one with the path of a file.
    fn trail_variable(&self, trace: &Trace) -> Option<Vec<u8>> {
        let mut variables = self.environment.iter().zip(&trace.environment);
        let is_file = |word: &Word| matches!(word, Word::File(_));
        let (_, (name, value)) = variables.rfind(|((_, word), _)| is_file(word))?;
        Some([name.as_bytes(), b"=", value.as_encoded_bytes()].concat())
    }
}

/// What this machine has too little of says nothing of the program.
fn no_shortage(spawned: &io::Result<()>, unread: Option<&ReadError>) -> Result<(), HostError> {
    let (what, error) = match (spawned, unread) {
        (Err(error), _) => ("start the program", error),
        (Ok(()), Some(ReadError::System(_, error))) => ("read the reply", error),
        _ => return Ok(()),
    };
    if !os::is_shortage(error) {
        return Ok(());
    }
    // A copy: the error itself is still of use.
    let code = error.raw_os_error();
    let error = code.map_or_else(|| error.kind().into(), io::Error::from_raw_os_error);
    Err(HostError::Shortage { what, error })
}

/// A remark on what was left running.
pub(crate) fn left_behind(left: &[LeftoverProcess]) -> Option<LogLine> {
    let (count, these) = match left {
        [] => return None,
        [_] => ("a process".into(), "it running, here it was"),
        _ => (
            format!("{} processes", left.len()),
            "them running, here they were",
        ),
    };
    let commands: Vec<&str> = left
        .iter()
        .take(MOST_NAMED)
        .map(|left| &*left.command)
        .collect();
    Some(LogLine::warn(format!(
        "the program left {count} running; a server would leave {these} ended: {}{}",
        commands.join("; "),
        if left.len() > MOST_NAMED { "; .." } else { "" }
    )))
}
