//! Commands that an action runs, within its time.

use std::io::{self, Read};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use super::call::Call;
use super::children;
use super::context::Context;
use super::discovery::Query;
use error::Reason;

pub use error::CommandError;

mod error;

/// Bytes that a command may print, on stdout and on stderr each.
const MOST_OUTPUT: usize = 16 * 1024 * 1024;
/// How long before the deadline a command is ended; a tenth of all the time at the
/// most.
const HEAD_START: Duration = Duration::from_millis(100);
/// How often is looked whether the command has ended, while it prints nothing.
const LOOK: Duration = Duration::from_millis(10);
/// How long the output of a command that has ended is waited for, while nothing comes.
const LAST_OUTPUT: Duration = Duration::from_millis(100);
/// How long the output of a command that has ended is read at the most: a process that
/// has left the command's group can hold the pipes, and print for as long as it lives.
const MOST_LAST_OUTPUT: Duration = Duration::from_secs(1);

impl Context {
    /// Runs a command until shortly before the [`deadline`](Self::deadline) (100 ms,
    /// or a tenth of all the time where that is less), or until this is
    /// [`cancelled`](Self::cancelled), and gives its exit status and what it has
    /// printed.
    ///
    /// When it ends, or its time is up, all processes that it has started are
    /// ended too: those of its process group (Unix), and those below it (Linux).
    /// What has left both, as services do, lives on; what it prints is read for at most
    /// 1 s after the command has ended. The command does not read the terminal: its
    /// stdin is empty, unless it was set.
    ///
    /// The command does not inherit the variables `CHORIA_EXTERNAL_PROTOCOL`,
    /// `CHORIA_EXTERNAL_REQUEST`, `CHORIA_EXTERNAL_CONFIG` and `CHORIA_EXTERNAL_FACTS`:
    /// with them another program of this crate would answer this request. To pass one
    /// of them on, set it by [`Command::env`].
    ///
    /// ```
    /// use choria_external::Context;
    /// use std::process::Command;
    /// use std::time::Duration;
    ///
    /// # #[cfg(unix)] {
    /// let context = Context::new(Duration::from_millis(200));
    /// let printed = context.run(Command::new("echo").arg("hello"))?;
    /// assert_eq!(printed.stdout, b"hello\n");
    ///
    /// let error = context.run(Command::new("sleep").arg("600")).unwrap_err();
    /// assert!(error.to_string().starts_with("sleep was ended after 0."));
    /// # }
    /// # Ok::<(), choria_external::CommandError>(())
    /// ```
    ///
    /// # Errors
    /// [`CommandError`]: it cannot be started, its time is up, or it prints more
    /// than 16 MiB. An exit status other than 0 is none.
    pub fn run(&self, command: &mut Command) -> Result<Output, CommandError> {
        let started = Instant::now();
        let mut run = || {
            let mut running = Running::start(command).map_err(Reason::Start)?;
            // The action is to have the time to say what became of it.
            let head_start = HEAD_START.min(self.limit() / 10);
            let ended = running.wait(|| self.cancelled() || self.remaining() <= head_start);
            let status = running.end();
            if ended? {
                let left = self.remaining().saturating_sub(head_start);
                running.read_rest(left.clamp(LAST_OUTPUT, MOST_LAST_OUTPUT))?;
                Ok(running.output(status.map_err(Reason::Wait)?))
            } else {
                let after = started.elapsed();
                Err(match self.running().asked_by() {
                    Some(signal) => Reason::Asked(after, signal),
                    None if self.is_call_cancelled() => Reason::Cancelled(after),
                    None => Reason::TimeUp(after),
                })
            }
        };
        run().map_err(|reason| CommandError {
            // Its arguments can be secret.
            program: command.get_program().to_string_lossy().into_owned(),
            reason,
        })
    }
}

impl Call {
    /// Runs a command within the time of this call, see [`Context::run`].
    ///
    /// # Errors
    /// [`CommandError`]: it cannot be started, its time is up, or it prints more
    /// than 16 MiB.
    pub fn run(&self, command: &mut Command) -> Result<Output, CommandError> {
        self.context().run(command)
    }
}

impl Query {
    /// Runs a command within the time of this query, see [`Context::run`].
    ///
    /// # Errors
    /// [`CommandError`]: it cannot be started, its time is up, or it prints more
    /// than 16 MiB.
    pub fn run(&self, command: &mut Command) -> Result<Output, CommandError> {
        self.context().run(command)
    }
}

/// A command that runs, and what it prints.
struct Running {
    child: Child,
    printed: Receiver<Printed>,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
}

/// Variables that make a program answer a request. Not `CHORIA_EXTERNAL_REPLY`, which
/// alone has no effect: it identifies the start that a process belongs to.
const REQUEST: [&str; 4] = [
    "CHORIA_EXTERNAL_PROTOCOL",
    "CHORIA_EXTERNAL_REQUEST",
    "CHORIA_EXTERNAL_CONFIG",
    "CHORIA_EXTERNAL_FACTS",
];

/// Has a command inherit nothing of the request, but what the author has set.
fn keep_request_from(command: &mut Command) {
    for name in REQUEST {
        if !command.get_envs().any(|(set, _)| set == name) {
            command.env_remove(name);
        }
    }
}

/// A part of what is printed.
enum Printed {
    Stdout(Vec<u8>),
    Stderr(Vec<u8>),
}

impl Running {
    fn start(command: &mut Command) -> io::Result<Self> {
        // So that all of it can be ended at once.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(command, 0);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        keep_request_from(command);
        let mut child = command.spawn()?;
        let (sender, printed) = mpsc::channel();
        let read = read(child.stdout.take(), sender.clone(), Printed::Stdout)
            .and_then(|()| read(child.stderr.take(), sender, Printed::Stderr));
        let mut running = Self {
            child,
            printed,
            stdout: Vec::new(),
            stderr: Vec::new(),
        };
        if let Err(error) = read {
            running.end()?;
            return Err(error);
        }
        Ok(running)
    }

    /// Waits until it ends; says whether it did before its time was up.
    fn wait(&mut self, is_over: impl Fn() -> bool) -> Result<bool, Reason> {
        loop {
            match self.printed.recv_timeout(LOOK) {
                Ok(printed) => self.keep(printed)?,
                Err(RecvTimeoutError::Timeout) => {}
                // It has closed both, and is about to end.
                Err(RecvTimeoutError::Disconnected) => thread::sleep(Duration::from_millis(1)),
            }
            if children::has_ended(&mut self.child).map_err(Reason::Wait)? {
                return Ok(true);
            }
            if is_over() {
                return Ok(false);
            }
        }
    }

    /// Ends it, and all that it has started.
    fn end(&mut self) -> io::Result<ExitStatus> {
        children::end_group(self.child.id());
        // It may have ended by itself.
        let _ = self.child.kill();
        self.child.wait()
    }

    fn keep(&mut self, printed: Printed) -> Result<(), Reason> {
        let (kept, bytes) = match printed {
            Printed::Stdout(bytes) => (&mut self.stdout, bytes),
            Printed::Stderr(bytes) => (&mut self.stderr, bytes),
        };
        kept.extend(bytes);
        if kept.len() > MOST_OUTPUT {
            return Err(Reason::TooMuch);
        }
        Ok(())
    }

    /// Reads what is left in the pipes, for `most` at the most.
    fn read_rest(&mut self, most: Duration) -> Result<(), Reason> {
        let end = Instant::now() + most;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            match self.printed.recv_timeout(left.min(LAST_OUTPUT)) {
                Ok(printed) => self.keep(printed)?,
                Err(_) => return Ok(()),
            }
            if left.is_zero() {
                return Ok(());
            }
        }
    }

    fn output(self, status: ExitStatus) -> Output {
        Output {
            status,
            stdout: self.stdout,
            stderr: self.stderr,
        }
    }
}

/// Reads what is printed, in a thread. It ends when nobody can print any more,
/// or nobody reads what it sends.
fn read(
    from: Option<impl Read + Send + 'static>,
    to: Sender<Printed>,
    kind: fn(Vec<u8>) -> Printed,
) -> io::Result<()> {
    let Some(mut from) = from else { return Ok(()) };
    thread::Builder::new().spawn(move || {
        let mut buffer = [0; 16 * 1024];
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            if to.send(kind(buffer[..count].to_vec())).is_err() {
                break;
            }
        }
    })?;
    Ok(())
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;
    use choria_external_service::CallInfo;

    fn shell(limit: Duration, script: &str) -> Result<Output, CommandError> {
        Context::new(limit).run(Command::new("sh").args(["-c", script]))
    }

    const LONG: Duration = Duration::from_mins(10);

    #[test]
    fn what_it_prints_and_its_exit_status_are_the_result() {
        let output = shell(LONG, "echo out; echo err >&2; exit 3").unwrap();
        assert_eq!(output.stdout, b"out\n");
        assert_eq!(output.stderr, b"err\n");
        assert_eq!(output.status.code(), Some(3));
        let much = shell(
            LONG,
            "head -c 3000000 /dev/zero; head -c 3000000 /dev/zero >&2",
        )
        .unwrap();
        assert_eq!(
            (much.stdout.len(), much.stderr.len()),
            (3_000_000, 3_000_000)
        );
    }

    /// Runs a script whose processes hold a FIFO open, and waits until none of
    /// them is there any more.
    fn all_end(limit: Duration, script: &str) -> Result<Output, CommandError> {
        let folder = tempfile::tempdir().unwrap();
        let fifo = folder.path().join("fifo");
        let made = Command::new("mkfifo").arg(&fifo).status().unwrap();
        assert!(made.success());
        let held = {
            let fifo = fifo.clone();
            thread::spawn(move || std::fs::read(fifo).unwrap())
        };
        let started = Instant::now();
        let result = shell(limit, &format!("exec 3> {}; {script}", fifo.display()));
        assert_eq!(held.join().unwrap(), b"");
        assert!(started.elapsed() < Duration::from_mins(5));
        result
    }

    #[test]
    fn what_it_has_left_running_is_ended() {
        let output = all_end(LONG, "sleep 601 & echo started").unwrap();
        assert_eq!(output.stdout, b"started\n");
    }

    #[test]
    fn all_of_it_is_ended_when_the_time_is_up() {
        // One is in a group of its own, below one in the command's.
        let script = "(setsid sleep 602 & wait) & sleep 603";
        let error = all_end(Duration::from_millis(500), script).unwrap_err();
        assert!(error.is_time_up(), "{error}");
    }

    /// Runs a shell that leaves a process behind, in no group and below no parent of
    /// its own, which prints until nobody reads it any more.
    fn leaving_behind(printing: &str) -> Result<Output, CommandError> {
        let folder = tempfile::tempdir().unwrap();
        let fifo = folder.path().join("fifo");
        let made = Command::new("mkfifo").arg(&fifo).status().unwrap();
        assert!(made.success());
        let fifo = fifo.display();
        let script = format!(
            "(setsid sh -c 'exec 3>{fifo}; exec 3>&-; {printing}' &); read line < {fifo}; echo done"
        );
        shell(LONG, &script)
    }

    #[test]
    fn who_holds_the_pipes_and_prints_on_is_not_waited_for() {
        let started = Instant::now();
        let output = leaving_behind("while echo more; do sleep 0.02; done").unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.lines().any(|line| line == "done"), "{text}");
        let much = leaving_behind("exec yes").map(|output| output.stdout.len());
        // Either the time is up, or it is too much.
        assert!(
            much.as_ref().is_ok_and(|length| *length <= MOST_OUTPUT)
                || much.as_ref().is_err_and(|error| !error.is_time_up()),
            "{much:?}"
        );
        assert!(started.elapsed() < Duration::from_mins(5));
    }

    #[test]
    fn it_gets_what_the_author_sets_of_the_request() {
        let mut command = Command::new("env");
        command
            .env("CHORIA_EXTERNAL_FACTS", "/facts")
            .env("OTHER", "1");
        keep_request_from(&mut command);
        let mut set: Vec<_> = command
            .get_envs()
            .map(|(name, value)| (name.to_str().unwrap(), value.is_some()))
            .collect();
        set.sort_unstable();
        assert_eq!(
            set,
            [
                ("CHORIA_EXTERNAL_CONFIG", false),
                ("CHORIA_EXTERNAL_FACTS", true),
                ("CHORIA_EXTERNAL_PROTOCOL", false),
                ("CHORIA_EXTERNAL_REQUEST", false),
                ("OTHER", true),
            ]
        );
    }

    #[test]
    fn a_call_that_is_cancelled_ends_its_command() {
        let call = CallInfo::local();
        let cancel = call.cancel.clone();
        let context = Context::new(LONG).with_call_info(call);
        let run = thread::spawn(move || context.run(Command::new("sleep").arg("604")));
        cancel.cancel();
        let error = run.join().unwrap().unwrap_err();
        assert!(error.is_cancelled() && !error.is_time_up(), "{error}");
        let text = error.to_string();
        assert!(text.ends_with(" s: the call was cancelled"), "{text}");
    }

    #[test]
    fn errors_name_the_program_only() {
        let context = Context::new(LONG);
        let missing = context.run(Command::new("/no/such").arg("secret"));
        assert_eq!(
            missing.unwrap_err().to_string(),
            "could not start /no/such: No such file or directory (os error 2)"
        );
        let much = shell(LONG, "exec cat /dev/zero").unwrap_err();
        assert_eq!(
            much.to_string(),
            "sh was ended: it printed more than 16 MiB"
        );
        assert!(!much.is_time_up());
    }
}
