//! The `choria` program.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc::{Receiver, Sender};
use std::time::{Duration, Instant};

use anyhow::{anyhow, bail};
use choria_external_host::Supervisor;

use super::Event;
use super::place::Place;
use super::process::{Id, Process};
use crate::on_path;

/// How long `choria --version` may take, on a busy machine.
const VERSION_LIMIT: Duration = Duration::from_secs(10);

/// A program that is Choria.
#[derive(Clone, Debug)]
pub(super) struct Choria {
    pub(super) path: PathBuf,
    pub(super) version: String,
}

/// What a process said until it ended.
pub(super) struct Answer {
    pub(super) lines: Vec<String>,
    pub(super) is_well: bool,
}

/// Where events come from, and where they are sent.
pub(super) struct Events {
    /// Owns the processes of which they tell.
    pub(super) supervisor: Supervisor,
    pub(super) sender: Sender<Event>,
    pub(super) receiver: Receiver<Event>,
}

impl Default for Events {
    fn default() -> Self {
        let (sender, receiver) = std::sync::mpsc::channel();
        Self {
            supervisor: Supervisor::of_process(),
            sender,
            receiver,
        }
    }
}

impl Choria {
    /// The one that is given, else the one on `PATH`; it must be one.
    pub(super) fn find(given: Option<&Path>, events: &Events) -> anyhow::Result<Option<Self>> {
        let path = match given {
            Some(path) => existing(path)?,
            None => on_path(std::env::var_os("PATH").unwrap_or_default().as_os_str())?,
        };
        let shown = path.display();
        let advice = "give a choria program with --choria";
        let mut command = Command::new(&path);
        command.arg("--version");
        let answer = ask(&mut command, VERSION_LIMIT, events);
        let answer = answer.map_err(|error| {
            anyhow!("could not start {shown}, which should be choria: {error}; {advice}")
        })?;
        let Some(answer) = answer else {
            return Ok(None);
        };
        let Ok(answer) = answer else {
            bail!(
                "{shown} is not choria: `{shown} --version` did not end within {} s; {advice}",
                VERSION_LIMIT.as_secs()
            );
        };
        let said = answer.lines.first().map_or("", |line| line.trim());
        if answer.is_well && is_version(said) {
            return Ok(Some(Self {
                version: said.into(),
                path,
            }));
        }
        let said = match said {
            "" => "nothing".into(),
            said => format!("\"{said}\""),
        };
        // Under another name it takes itself for an application of a builder.
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let renamed = if name.contains("choria") {
            ""
        } else {
            "; choria itself works only where its file has choria in its name"
        };
        bail!(
            "{shown} is not choria: `{shown} --version` printed {said}, expected a version such as 0.29.4; {advice}{renamed}"
        );
    }

    /// Its command line in this network, with nothing of this process's
    /// environment but `PATH`: a `HOME` or a variable of its own could name
    /// another network.
    pub(super) fn command(&self, place: &Place) -> Command {
        let mut command = Command::new(&self.path);
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", place.path("tmp"))
            // The agents' requests and replies, too.
            .env("TMPDIR", place.path("tmp"))
            // It reads a choria.conf of the folder it is started in, and of those above.
            .current_dir(place.path("tmp"));
        command
    }
}

/// Starts a process and waits until it ends: `None` where this process is told
/// to end, or the network has, `Err` where it took too long and was killed.
pub(super) fn ask(
    command: &mut Command,
    limit: Duration,
    events: &Events,
) -> std::io::Result<Option<Result<Answer, ()>>> {
    let id = Id {
        name: "choria".into(),
        number: 0,
    };
    let mut process = Process::start(id, command, None, events)?;
    let end = Instant::now() + limit;
    let mut lines = Vec::new();
    loop {
        let left = end.saturating_duration_since(Instant::now());
        match events.receiver.recv_timeout(left) {
            Ok(Event::Line(_, line)) => lines.push(line),
            Ok(Event::Ended(_)) => {
                let is_well = process.end()?.success();
                return Ok(Some(Ok(Answer { lines, is_well })));
            }
            Ok(Event::Stop | Event::Gone) => return Ok(None),
            Ok(_) => {}
            Err(_) => return Ok(Some(Err(()))),
        }
    }
}

fn existing(path: &Path) -> anyhow::Result<PathBuf> {
    // What a name alone means to a shell.
    if path.components().count() == 1 && !path.exists() {
        let name = path.display();
        bail!("there is no {name} in this folder: give a path, such as ./{name}, with --choria");
    }
    let path = std::path::absolute(path)?;
    if !on_path::is_program(&path) {
        bail!(
            "{} is not a program: look at the path that --choria gives",
            path.display()
        );
    }
    Ok(path)
}

fn on_path(variable: &OsStr) -> anyhow::Result<PathBuf> {
    on_path::find_in(variable, "choria")
        .ok_or_else(|| {
            anyhow!(
                "there is no choria on PATH: install it (the package choria of choria.io), or give the program with \
                 --choria PATH; without one, choria-external run calls an agent as a server does"
            )
        })
}

/// `0.29.4`, or a build of a branch, such as `0.99.0.20240101`.
fn is_version(text: &str) -> bool {
    let mut parts = text.split('.');
    let number = |part: Option<&str>| {
        part.is_some_and(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
    };
    number(parts.next()) && number(parts.next()) && !text.contains(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::is_version;

    #[test]
    fn versions_are_known() {
        for version in ["0.29.4", "1.0.0-rc1", "0.99.0.20240101"] {
            assert!(is_version(version), "{version}");
        }
        for other in [
            "",
            "cat (GNU coreutils) 9.1",
            "development",
            "1",
            "x.y",
            "1. 2",
        ] {
            assert!(!is_version(other), "{other}");
        }
    }
}
