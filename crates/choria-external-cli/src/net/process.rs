//! The processes of a network: started, read, ended.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::thread;

use choria_external_host::CancelToken;
use choria_external_host::supervisor::Child;
use rustix::process::{Pid, Signal, kill_process_group};

use super::Event;
use super::choria::Events;

/// A process, with all that it starts in turn: they are one process group, which
/// a Ctrl-C at the terminal does not reach.
pub(super) struct Process {
    /// Its name, and which of those with this name it is.
    pub(super) id: Id,
    child: Child,
    is_over: bool,
}

/// Which process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Id {
    pub(super) name: String,
    pub(super) number: u32,
}

impl Process {
    /// Starts it. What it prints comes as events, line by line, then its end; it
    /// is also written to the log file where there is one.
    pub(super) fn start(
        id: Id,
        command: &mut Command,
        log: Option<&Path>,
        events: &Events,
    ) -> io::Result<Self> {
        let (reader, writer) = io::pipe()?;
        command
            .stdin(Stdio::null())
            .stdout(writer.try_clone()?)
            .stderr(writer)
            .process_group(0);
        let mut log = match log {
            Some(path) => Some(File::options().create(true).append(true).open(path)?),
            None => None,
        };
        // Who ends the network ends it in order.
        let supervisor = events.supervisor.with_cancel(CancelToken::default());
        let child = supervisor.spawn(command);
        // Else its ends of the pipe stay open here.
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let child = child?;
        let (events, to) = (events.sender.clone(), id.clone());
        let process = Self {
            id,
            child,
            is_over: false,
        };
        // If there is no thread for it, the process is ended.
        thread::Builder::new().spawn(move || {
            let mut lines = BufReader::new(reader);
            let mut line = Vec::new();
            while lines
                .read_until(b'\n', &mut line)
                .is_ok_and(|length| length > 0)
            {
                let written = log.as_mut().map(|log| log.write_all(&line));
                if let Some(Err(error)) = written {
                    log = None;
                    // Nobody listens any more where this fails.
                    let _ = events.send(Event::LogLost(to.name.clone(), error.to_string()));
                }
                let text = String::from_utf8_lossy(&line).trim_end().to_owned();
                let _ = events.send(Event::Line(to.clone(), text));
                line.clear();
            }
            let _ = events.send(Event::Ended(to));
        })?;
        Ok(process)
    }

    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Kills it and all that it started: nothing of a throwaway network is worth
    /// waiting for. Of one that has ended by itself the status tells how.
    pub(super) fn end(&mut self) -> io::Result<ExitStatus> {
        // Once it was waited for, its number can be another one's.
        if !self.is_over {
            kill_group(self.pid());
            self.is_over = true;
        }
        self.child.wait()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // There is nobody to tell.
        let _ = self.end();
    }
}

fn kill_group(pid: u32) {
    if let Some(pid) = Pid::from_raw(pid.cast_signed()) {
        // Fails where all of it has ended.
        let _ = kill_process_group(pid, Signal::KILL);
    }
}
