//! Who owns the processes that the command starts, but those of `net`.

use std::process::ExitCode;

use choria_external_host::Supervisor;
use choria_external_host::supervisor::{LeftoverProcess, watchdog};

use crate::TROUBLE;
use crate::output::complain;
use crate::show;

/// The one argument of this command as a watchdog, which it gives itself.
const WATCHDOG: &str = "--watchdog";

/// The supervisor of the command, with this program as its watchdog.
pub(crate) fn supervisor() -> Supervisor {
    Supervisor::of_process().with_watchdog("/proc/self/exe", [WATCHDOG])
}

/// Watches over another process, if this is a watchdog.
pub(crate) fn watched() -> Option<ExitCode> {
    if !std::env::args_os().skip(1).eq([WATCHDOG]) {
        return None;
    }
    Some(match watchdog() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain("error", &error.to_string());
            ExitCode::from(TROUBLE)
        }
    })
}

/// Warns of processes that only the end of the command found.
pub(crate) fn warn_of(left: &[LeftoverProcess]) {
    for text in show::left_behind(left) {
        complain("warning", &text);
    }
}
