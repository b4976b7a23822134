//! The programs that are looked for, and what each is for.

use std::path::PathBuf;

use crate::on_path;

/// A program that some commands need.
pub(super) struct Tool {
    pub(super) name: &'static str,
    /// The arguments by which it tells its version.
    pub(super) arguments: &'static [&'static str],
    pub(super) purpose: &'static str,
    /// What to do if it is missing.
    pub(super) install: &'static str,
    needed: Needed,
}

/// Which version it has to have.
enum Needed {
    Any,
    /// This one or a newer one.
    AtLeast(&'static str),
    /// This is the one that was tested.
    Tested(&'static str),
}

pub(super) const TOOLS: &[Tool] = &[
    Tool {
        name: "choria",
        arguments: &["--version"],
        purpose: "starts a network to try agents in: net",
        install: "install the package choria of choria.io, or give the program to net by --choria",
        needed: Needed::Tested("0.29.4"),
    },
    Tool {
        name: "cargo",
        arguments: &["--version"],
        purpose: "builds packages in Rust: run, test, check, discover, net, package",
        install: "install Rust with rustup",
        needed: Needed::AtLeast(env!("CARGO_PKG_RUST_VERSION")),
    },
    Tool {
        name: "rustc",
        arguments: &["--version"],
        purpose: "compiles them",
        install: "install Rust with rustup",
        needed: Needed::AtLeast(env!("CARGO_PKG_RUST_VERSION")),
    },
    Tool {
        name: "cc",
        arguments: &["--version"],
        purpose: "links them",
        install: "install gcc or clang",
        needed: Needed::Any,
    },
    Tool {
        name: "python3",
        arguments: &["--version"],
        purpose: "runs agents in Python: new --language python",
        install: "install Python 3.8 or newer",
        needed: Needed::AtLeast("3.8"),
    },
    Tool {
        name: "jq",
        arguments: &["--version"],
        purpose: "reads and writes JSON for agents in a shell: new --language shell",
        install: "install jq",
        needed: Needed::AtLeast("1.5"),
    },
    Tool {
        name: "go",
        arguments: &["version"],
        purpose: "builds agents in Go, and the tests of Choria External itself",
        install: "install Go 1.25 or newer",
        needed: Needed::AtLeast("1.25"),
    },
];

impl Tool {
    pub(super) fn find(&self) -> Option<PathBuf> {
        find(self.name)
    }

    /// What to do about a version that is not the one that is needed.
    pub(super) fn unlike(&self, version: &str) -> Option<String> {
        match self.needed {
            Needed::AtLeast(needed) if numbers(version) < numbers(needed) => {
                Some(format!("{needed} or newer is needed: {}", self.install))
            }
            Needed::Tested(tested) if version != tested => {
                Some(format!("{tested} is the version that was tested"))
            }
            _ => None,
        }
    }
}

/// A program: the one that a variable names, as `CARGO` and `RUSTC` do, or else the
/// one on `PATH`.
pub(super) fn find(name: &str) -> Option<PathBuf> {
    let named = matches!(name, "cargo" | "rustc").then(|| name.to_uppercase());
    let named = named.and_then(std::env::var_os).map(PathBuf::from);
    named.or_else(|| on_path::find(name))
}

/// The first version in what a program prints, such as `go version go1.26.1`.
pub(super) fn version(text: &str) -> Option<String> {
    let parts = text.split(|c: char| !c.is_ascii_digit() && c != '.');
    let mut versions = parts.map(|part| part.trim_matches('.'));
    let version = versions.find(|part| part.contains('.'))?;
    Some(version.to_owned())
}

fn numbers(version: &str) -> Vec<u64> {
    let parts = version.split('.');
    parts.map(|part| part.parse().unwrap_or(0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_what_programs_print() {
        for (text, found) in [
            ("0.29.4\n", "0.29.4"),
            ("cargo 1.95.0 (f2d3ce0bd 2026-03-21)\n", "1.95.0"),
            ("cc (Debian 12.2.0-14+deb12u1) 12.2.0\n", "12.2.0"),
            ("Python 3.11.2\n", "3.11.2"),
            ("jq-1.6\n", "1.6"),
            ("go version go1.26.1 linux/amd64\n", "1.26.1"),
        ] {
            assert_eq!(version(text).as_deref(), Some(found));
        }
        assert_eq!(version("no version 7.\n"), None);
    }

    #[test]
    fn versions_are_compared_as_numbers() {
        let python = TOOLS.iter().find(|tool| tool.name == "python3").unwrap();
        assert_eq!(python.unlike("3.11"), None);
        assert_eq!(python.unlike("3.8"), None);
        assert!(python.unlike("3.7.9").is_some() && python.unlike("2.7").is_some());
    }
}
