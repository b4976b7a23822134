//! The command line of `package`.

use std::path::PathBuf;

use clap::Parser;

/// Packages an agent for nodes: as a Puppet module, and as an archive for Choria's plugins watcher.
///
/// The agent is a Cargo package, which is linked statically if possible, or programs in any language that are already
/// built, one for each system. Both forms of its DDL are added. The same input gives the same bytes: all files have
/// the time `SOURCE_DATE_EPOCH`, or else the start of 1980.
#[derive(Debug, Parser)]
#[command(after_long_help = HELP)]
pub(crate) struct Package {
    /// The folder of a Cargo package, which is built as a release
    #[arg(value_name = "PATH")]
    pub(crate) path: Option<PathBuf>,

    /// A program that is already built: its system, as a Rust target or as servers name it (`linux_amd64`), and its
    /// file
    #[arg(long = "binary", value_name = "SYSTEM=FILE", value_parser = binary)]
    pub(crate) binaries: Vec<(String, PathBuf)>,

    /// A Rust target to build PATH for [default: that of this machine, with musl if it is installed]
    #[arg(long = "target", value_name = "TARGET", requires = "path")]
    pub(crate) targets: Vec<String>,

    /// Link PATH with shared libraries; nodes must have the same ones as this machine
    #[arg(long, requires = "path")]
    pub(crate) dynamic: bool,

    /// The agent's DDL [default: NAME.json beside the program or in the package, or else the output of PROGRAM --ddl
    /// json]
    #[arg(long, value_name = "FILE")]
    pub(crate) ddl: Option<PathBuf>,

    /// Where to write the archives [default: the current folder, or nowhere with --install]
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,

    /// The owner of the Puppet module: the name on the Forge, of letters and digits
    #[arg(long, value_name = "NAME", default_value = "local", value_parser = vendor)]
    pub(crate) vendor: String,

    /// Install the agent into this plugin folder, which `plugin.choria.agent_provider.mcorpc.libdir` names
    ///
    /// Files of the agent that exist are replaced one by one, the DDL last: a running server sees either the old file
    /// or the new one.
    #[arg(long, value_name = "DIR")]
    pub(crate) install: Option<PathBuf>,

    /// Overwrite existing archives
    #[arg(long)]
    pub(crate) force: bool,
}

const HELP: &str = "\
Examples:
  choria-external package .
  choria-external package . --target x86_64-unknown-linux-musl --target aarch64-unknown-linux-musl --vendor acme
  choria-external package --binary linux_amd64=parrot --binary linux_arm64=parrot-arm64 --ddl parrot.json
  choria-external package . --install /opt/choria/plugins

What is written for the agent parrot 1.2.3:
  local-mcollective_agent_parrot-1.2.3.tar.gz  the Puppet module
  parrot-1.2.3.tgz                             for the plugins watcher, with SHA256SUMS in it
  parrot-1.2.3.SHA256SUMS                      the checksums of both

Exit codes:
  0  everything was written
  2  wrong usage, or something that cannot be packaged
  129, 130, 143  ended by a signal (HUP, INT, TERM)";

fn binary(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((system, file)) if !system.is_empty() && !file.is_empty() => {
            Ok((system.into(), file.into()))
        }
        _ => Err("expected SYSTEM=FILE, such as linux_amd64=target/release/parrot".into()),
    }
}

fn vendor(text: &str) -> Result<String, String> {
    if !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric()) {
        Ok(text.into())
    } else {
        Err("expected letters and digits only, as names on the Forge are".into())
    }
}
