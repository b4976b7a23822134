//! What differs between operating systems, all of it.

use std::io;
use std::process::ExitStatus;

/// This system as Go and so Choria name it: `linux_amd64`, `darwin_arm64`. The
/// programs of an agent that has one for each system end with it.
pub fn platform() -> String {
    let os = match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    };
    let arch = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "x86" => "386",
        "aarch64" => "arm64",
        "powerpc64" if cfg!(target_endian = "little") => "ppc64le",
        "powerpc64" => "ppc64",
        "loongarch64" => "loong64",
        other => other,
    };
    format!("{os}_{arch}")
}

/// The number of the signal that ended a process.
#[cfg(unix)]
pub(crate) fn signal(status: ExitStatus) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(&status)
}

/// The number of the signal that ended a process: there are none here.
#[cfg(not(unix))]
pub(crate) fn signal(_: ExitStatus) -> Option<i32> {
    None
}

/// An error of the system in Go's words: `no such file or directory`.
pub(crate) fn error_text(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut characters = text.chars();
    match characters.next() {
        Some(first) if cfg!(unix) => first.to_lowercase().chain(characters).collect(),
        _ => text.into(),
    }
}

/// Why a program could not be started, in Go's words.
pub(crate) fn start_error(program: &std::path::Path, error: &io::Error) -> String {
    // Go names the system call that failed; on Windows that has no fork.
    let call = if cfg!(unix) { "fork/exec" } else { "exec:" };
    format!("{call} {}: {}", program.display(), error_text(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn platforms_have_gos_names() {
        let name = platform();
        let (os, arch) = name.split_once('_').unwrap();
        assert!(!["macos", ""].contains(&os), "{name}");
        assert!(!["x86_64", "x86", "aarch64", ""].contains(&arch), "{name}");
        #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
        assert_eq!(name, "linux_amd64");
    }

    #[cfg(unix)]
    #[test]
    fn errors_are_in_gos_words() {
        let error = std::fs::read("/no/such/file").unwrap_err();
        assert_eq!(error_text(&error), "no such file or directory");
    }
}
