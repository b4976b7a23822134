//! The command line of `new`.

use std::fmt;
use std::path::PathBuf;

use clap::{Parser, ValueEnum};

/// Creates a package to start from: an agent, a discovery source or a function type, with tests and a CI file.
#[derive(Debug, Parser)]
#[command(after_long_help = NEW_HELP)]
pub(crate) struct New {
    /// What to create
    #[arg(value_name = "KIND", value_enum)]
    pub(crate) kind: Kind,

    /// The name, also of the package and the program: a-z, 0-9 and _
    #[arg(value_name = "NAME")]
    pub(crate) name: String,

    /// The language; only agents can be in another language than Rust
    #[arg(short, long, value_enum, default_value = "rust")]
    pub(crate) language: Language,

    /// The folder of the package, which is created if needed [default: NAME]
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,

    /// A sentence that describes it
    #[arg(long, value_name = "TEXT")]
    pub(crate) description: Option<String>,

    /// The maintainer
    #[arg(long, value_name = "TEXT", default_value = "You <you@example.net>")]
    pub(crate) author: String,

    /// The checkout of Choria External for Rust whose crates the package uses [default: the one that this folder is
    /// in, or else the one that this command was built in]
    #[arg(long, value_name = "DIR", conflicts_with = "published")]
    pub(crate) path: Option<PathBuf>,

    /// Use crates from a registry, in the version of this command; they are not published yet
    #[arg(long)]
    pub(crate) published: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// An agent, with one action that reads and one that makes a change
    Agent,
    /// A discovery source, with an inventory in a file
    Discovery,
    /// A function type, and a program that serves it
    Function,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    /// Rust, with the crates of this project
    Rust,
    /// Python 3, without any packages
    Python,
    /// A POSIX shell, with jq
    Shell,
}

/// Nothing for Rust.
impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rust => "",
            Self::Python => " in Python",
            Self::Shell => " in a shell",
        })
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Agent => "an agent",
            Self::Discovery => "a discovery source",
            Self::Function => "a function type",
        })
    }
}

const NEW_HELP: &str = "\
Examples:
  choria-external new agent notes
  choria-external new agent notes --description 'Keeps notes' --author 'R.I.P. <rip@example.net>'
  choria-external new agent notes --language python
  choria-external new discovery cmdb --output ~/src/cmdb
  choria-external new function facts_about --path ~/src/choria-external

Exit codes:
  0  the package was created
  2  wrong usage, a folder that is not empty, or one that cannot be written";
