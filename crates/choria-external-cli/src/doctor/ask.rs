//! What a program prints, within a time.

use std::io::Read as _;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;

use choria_external_host::Supervisor;

use crate::threads;

/// How long a program may take to tell its version, on a busy machine.
const LIMIT: Duration = Duration::from_secs(10);

/// Bytes that are read.
const MOST: u64 = 64 << 10;

/// Returns the standard output of a command that succeeds, else the reason why it failed.
pub(super) fn ask(supervisor: &Supervisor, command: &mut Command) -> Result<String, String> {
    let (output, writer) = std::io::pipe().map_err(|error| error.to_string())?;
    command
        .stdin(Stdio::null())
        .stdout(writer)
        .stderr(Stdio::null());
    let child = supervisor.spawn(command);
    // Its end of the pipe would keep the output open.
    command.stdout(Stdio::null());
    let child = Arc::new(child.map_err(|error| format!("could not be started: {error}"))?);
    let (sender, receiver) = channel();
    let waiting = Arc::clone(&child);
    threads::start(move || {
        let mut bytes = Vec::new();
        let read = output.take(MOST).read_to_end(&mut bytes);
        let text = read.map(|_| String::from_utf8_lossy(&bytes).into_owned());
        // Nobody listens once the time is up.
        let _ = sender.send(text.and_then(|text| Ok((text, waiting.wait()?))));
    })
    .map_err(|error| error.to_string())?;
    match receiver.recv_timeout(LIMIT) {
        Ok(Ok((text, status))) => well(text, status),
        Ok(Err(error)) => Err(format!("could not be read: {error}")),
        Err(_) => {
            // Fails where it has ended just now.
            let _ = child.kill();
            Err(format!("it did not end within {} s", LIMIT.as_secs()))
        }
    }
}

fn well(text: String, status: ExitStatus) -> Result<String, String> {
    if status.success() {
        Ok(text)
    } else {
        Err(format!("it ended with {status}"))
    }
}
