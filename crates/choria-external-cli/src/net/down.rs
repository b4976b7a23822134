//! `choria-external net down`.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::bail;
use rustix::process::Signal;

use super::place::{Place, There};
use crate::args::NetDown;
use crate::output::print;

/// How long a network may take to end: it ends itself by force after 2 seconds.
const LIMIT: Duration = Duration::from_secs(10);

/// Ends the network, or removes what is left of one.
pub(super) fn down(args: &NetDown) -> anyhow::Result<ExitCode> {
    let place = Place::new(args.place.dir.as_deref())?;
    let folder = place.folder().display().to_string();
    match place.look()? {
        There::Nothing => {
            print(&format!("no network runs in {folder}\n"))?;
            return Ok(ExitCode::FAILURE);
        }
        There::Left => {
            if let Some(taken) = place.take()? {
                taken.remove()?;
            }
            print(&format!(
                "removed what was left of the network in {folder}\n"
            ))?;
        }
        There::Runs(None) => bail!(
            "the network in {folder} has only just begun to start: try again, or end it with Ctrl-C where it was started"
        ),
        There::Runs(Some(state)) => {
            state.process.signal(Signal::TERM);
            if !place.wait_for(LIMIT) {
                bail!(
                    "the network in {folder} did not end within {} s: end the process {} yourself",
                    LIMIT.as_secs(),
                    state.process.pid()
                );
            }
            print(&format!("the network in {folder} is ended\n"))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
