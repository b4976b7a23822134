//! How a Cargo package is built before it is started.

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::error::HostError;
use crate::supervisor::Supervisor;

/// How a Cargo package is built.
///
/// The default is what `cargo build` does: a debug build for this system, with its
/// shared libraries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Build {
    /// Whether the program is optimised, by the profile `release`. A debug build is
    /// ready much sooner, and panics where an integer overflows.
    pub release: bool,
    /// The Rust target, such as `x86_64-unknown-linux-musl`.
    pub target: Option<String>,
    /// Whether the C library becomes part of the program, so that it starts
    /// on nodes that have another one. Wants a target: code that runs while
    /// building cannot be linked so.
    pub static_c_library: bool,
}

impl Build {
    /// A release that runs on as many nodes of this machine's kind as can be:
    /// static, with musl if that target is installed, else with what this machine
    /// has.
    ///
    /// # Errors
    /// [`HostError`]: rustc cannot be asked, or it is cancelled.
    pub fn for_nodes(supervisor: &Supervisor) -> Result<Self, HostError> {
        let about = supervisor.output(rustc().arg("-vV"))?.unwrap_or_default();
        let about = String::from_utf8_lossy(&about).into_owned();
        let host = about.lines().find_map(|line| line.strip_prefix("host: "));
        let host = host.ok_or_else(|| {
            HostError::Cargo(
                "`rustc -vV` does not say for which system it builds: name one with --target"
                    .into(),
            )
        })?;
        let musl = host.replace("-linux-gnu", "-linux-musl");
        let target = if musl != host && is_installed(&musl, supervisor)? == Some(true) {
            &musl
        } else {
            host
        };
        Ok(Self::for_target(target))
    }

    /// A release that runs on nodes of this target: static where the C library
    /// allows it, which is on Linux and, with Microsoft's tools, on Windows.
    pub fn for_target(target: &str) -> Self {
        Self {
            release: true,
            static_c_library: target.contains("-linux-") || target.ends_with("-windows-msvc"),
            target: Some(target.into()),
        }
    }

    /// Adds what stands for this to a command of cargo's.
    pub(crate) fn apply(&self, command: &mut Command) {
        if self.release {
            command.arg("--release");
        }
        let Some(target) = &self.target else { return };
        command.args(["--target", target]);
        if !self.static_c_library {
            return;
        }
        let mut flags = vec!["-Ctarget-feature=+crt-static"];
        if target.contains("-linux-") {
            // Moving a program at each start costs a fifth of a call.
            flags.push("-Crelocation-model=static");
        }
        // Where a variable has flags, cargo does not look at the settings.
        for (variable, between) in [("CARGO_ENCODED_RUSTFLAGS", "\u{1f}"), ("RUSTFLAGS", " ")] {
            if let Some(mut all) = std::env::var_os(variable) {
                for flag in flags {
                    if !all.is_empty() {
                        all.push(between);
                    }
                    all.push(flag);
                }
                command.env(variable, all);
                return;
            }
        }
        command.args(["--config", &format!("target.{target}.rustflags={flags:?}")]);
    }

    /// Before anything is built: rustc's own errors do not say what to do.
    pub(crate) fn check(&self, supervisor: &Supervisor) -> Result<(), HostError> {
        let Some(target) = &self.target else {
            return Ok(());
        };
        let problem = match is_installed(target, supervisor)? {
            Some(true) => return Ok(()),
            Some(false) => {
                format!("the target {target} is not installed: rustup target add {target}")
            }
            None => format!(
                "rustc does not know the target {target}: `rustc --print target-list` lists those it knows"
            ),
        };
        Err(HostError::Cargo(problem))
    }
}

/// Whether rustc can build for a target; `None` where it does not know it.
fn is_installed(target: &str, supervisor: &Supervisor) -> Result<Option<bool>, HostError> {
    let mut command = rustc();
    command.args(["--print", "target-libdir", "--target", target]);
    command.stderr(Stdio::null());
    let printed = supervisor.output(&mut command)?;
    Ok(printed.map(|folder| Path::new(String::from_utf8_lossy(&folder).trim()).is_dir()))
}

fn rustc() -> Command {
    Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| OsString::from("rustc")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_release_is_optimised() {
        let arguments = |build: Build| {
            let mut command = Command::new("cargo");
            build.apply(&mut command);
            let arguments = command.get_args().map(|word| word.display().to_string());
            arguments.collect::<Vec<_>>()
        };
        assert!(arguments(Build::default()).is_empty());
        let release = Build {
            release: true,
            ..Build::default()
        };
        assert_eq!(arguments(release), ["--release"]);
        let elsewhere = arguments(Build::for_target("aarch64-apple-darwin"));
        assert_eq!(elsewhere, ["--release", "--target", "aarch64-apple-darwin"]);
    }

    #[test]
    fn the_c_library_is_static_where_that_can_be() {
        let is_static = |target: &str| Build::for_target(target).static_c_library;
        assert!(
            is_static("x86_64-unknown-linux-gnu") && is_static("armv7-unknown-linux-musleabihf")
        );
        assert!(is_static("x86_64-pc-windows-msvc") && !is_static("x86_64-pc-windows-gnu"));
        assert!(!is_static("aarch64-apple-darwin") && !is_static("x86_64-unknown-freebsd"));
    }

    #[test]
    fn a_target_is_looked_for_before_anything_is_built() {
        let check = |target: &str| {
            let checked = Build::for_target(target).check(&Supervisor::new());
            checked.map_err(|error| error.to_string())
        };
        let here = Build::for_nodes(&Supervisor::new()).unwrap();
        assert_eq!(check(here.target.as_deref().unwrap()), Ok(()));
        assert_eq!(
            check("parrot-unknown-linux-gnu").unwrap_err(),
            "rustc does not know the target parrot-unknown-linux-gnu: `rustc --print target-list` lists those it knows"
        );
        // No standard library is made for it.
        assert_eq!(
            check("sparc-unknown-linux-gnu").unwrap_err(),
            "the target sparc-unknown-linux-gnu is not installed: rustup target add sparc-unknown-linux-gnu"
        );
    }
}
