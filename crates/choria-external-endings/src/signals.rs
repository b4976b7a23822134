//! The signals that end a process which does not handle them (`signal(7)`), but KILL,
//! which cannot be handled, and PIPE, which Rust ignores.

use std::ops::Range;

use libc::c_int;

use crate::Ending;

/// A signal and its name.
type Named = (c_int, &'static str);

/// Signals after which the code that was under way can go on.
pub(crate) const ASKING: &[Named] = &[
    (libc::SIGHUP, "SIGHUP"),
    (libc::SIGINT, "SIGINT"),
    (libc::SIGQUIT, "SIGQUIT"),
    (libc::SIGUSR1, "SIGUSR1"),
    (libc::SIGUSR2, "SIGUSR2"),
    (libc::SIGALRM, "SIGALRM"),
    (libc::SIGTERM, "SIGTERM"),
    (libc::SIGXCPU, "SIGXCPU"),
    (libc::SIGXFSZ, "SIGXFSZ"),
    (libc::SIGVTALRM, "SIGVTALRM"),
    (libc::SIGPROF, "SIGPROF"),
    // Elsewhere it is ignored.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    (libc::SIGIO, "SIGIO"),
    #[cfg(any(target_os = "linux", target_os = "android"))]
    (libc::SIGPWR, "SIGPWR"),
    #[cfg(all(
        any(target_os = "linux", target_os = "android"),
        not(any(
            target_arch = "mips",
            target_arch = "mips32r6",
            target_arch = "mips64",
            target_arch = "mips64r6",
            target_arch = "sparc",
            target_arch = "sparc64"
        ))
    ))]
    (libc::SIGSTKFLT, "SIGSTKFLT"),
];

/// Signals after which the code that was under way cannot go on. Memory that runs out
/// is an ABRT in Rust, a stack that overflows a SEGV or BUS.
pub(crate) const CRASHES: &[Named] = &[
    (libc::SIGABRT, "SIGABRT"),
    (libc::SIGSEGV, "SIGSEGV"),
    (libc::SIGBUS, "SIGBUS"),
    (libc::SIGILL, "SIGILL"),
    (libc::SIGFPE, "SIGFPE"),
    (libc::SIGTRAP, "SIGTRAP"),
    (libc::SIGSYS, "SIGSYS"),
];

/// The names of the realtime signals, which end a process too. Linux has as many.
#[cfg(target_os = "linux")]
const REALTIME: [&str; 31] = [
    "SIGRTMIN",
    "SIGRTMIN+1",
    "SIGRTMIN+2",
    "SIGRTMIN+3",
    "SIGRTMIN+4",
    "SIGRTMIN+5",
    "SIGRTMIN+6",
    "SIGRTMIN+7",
    "SIGRTMIN+8",
    "SIGRTMIN+9",
    "SIGRTMIN+10",
    "SIGRTMIN+11",
    "SIGRTMIN+12",
    "SIGRTMIN+13",
    "SIGRTMIN+14",
    "SIGRTMIN+15",
    "SIGRTMIN+16",
    "SIGRTMIN+17",
    "SIGRTMIN+18",
    "SIGRTMIN+19",
    "SIGRTMIN+20",
    "SIGRTMIN+21",
    "SIGRTMIN+22",
    "SIGRTMIN+23",
    "SIGRTMIN+24",
    "SIGRTMIN+25",
    "SIGRTMIN+26",
    "SIGRTMIN+27",
    "SIGRTMIN+28",
    "SIGRTMIN+29",
    "SIGRTMIN+30",
];

/// The realtime signals that the C library leaves to programs.
#[cfg(target_os = "linux")]
pub(crate) fn realtime() -> Range<c_int> {
    // A range that includes its end takes more instructions to walk.
    libc::SIGRTMIN()..libc::SIGRTMAX() + 1
}

/// Other systems have none whose numbers are known.
#[cfg(not(target_os = "linux"))]
pub(crate) fn realtime() -> Range<c_int> {
    0..0
}

/// The ending that a signal is.
pub(crate) fn ending(signal: c_int) -> Option<Ending> {
    let name = |table: &[Named]| {
        let mut table = table.iter();
        table.find_map(|(number, name)| (*number == signal).then_some(*name))
    };
    if let Some(name) = name(CRASHES) {
        return Some(Ending::Crash(name));
    }
    name(ASKING)
        .or_else(|| realtime_name(signal))
        .map(Ending::Asked)
}

#[cfg(target_os = "linux")]
fn realtime_name(signal: c_int) -> Option<&'static str> {
    if !realtime().contains(&signal) {
        return None;
    }
    let index = usize::try_from(signal - libc::SIGRTMIN()).ok()?;
    Some(REALTIME.get(index).copied().unwrap_or("a realtime signal"))
}

#[cfg(not(target_os = "linux"))]
fn realtime_name(_: c_int) -> Option<&'static str> {
    None
}
