//! `choria-external man`.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::builder::Resettable;
use clap::{Command, CommandFactory as _};
use clap_mangen::roff::{Roff, roman};

use crate::args::{Args, Man};
use crate::output::print;
use crate::whole_file::{Access, make_folder, replace};

/// Prints the main page, or writes all pages.
pub(crate) fn man(args: &Man) -> anyhow::Result<ExitCode> {
    let mut command = Args::command().disable_help_subcommand(true);
    // From here on commands have their full names.
    command.build();
    match &args.output {
        None => print(&String::from_utf8_lossy(&page(&command)?))?,
        Some(folder) => {
            // Where pages are, others read them.
            make_folder(folder, Access::Shared).with_context(|| unwritten(folder))?;
            write(&command, folder)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The page of a command and those of its commands, named as `git-log.1` is.
fn write(command: &Command, folder: &Path) -> anyhow::Result<()> {
    let name = command.get_display_name().unwrap_or(command.get_name());
    let path = folder.join(format!("{name}.1"));
    replace(&path, &page(command)?, Access::Shared).with_context(|| unwritten(&path))?;
    let mut parts = command.get_subcommands();
    parts.try_for_each(|part| write(part, folder))
}

fn unwritten(path: &Path) -> String {
    format!(
        "could not write {}: give a folder that you may write with --output",
        path.display()
    )
}

fn page(command: &Command) -> anyhow::Result<Vec<u8>> {
    let version = env!("CARGO_PKG_VERSION");
    let more = command.get_after_long_help().map(ToString::to_string);
    let man = clap_mangen::Man::new(command.clone().after_long_help(Resettable::Reset))
        .source(format!("choria-external {version}"))
        .manual("Choria External for Rust");
    let mut page = Vec::new();
    man.render(&mut page)
        .and_then(|()| sections(&more.unwrap_or_default()).to_writer(&mut page))
        .context("could not make the page")?;
    Ok(page)
}

/// What stands below the options in the help: parts with a heading, whose lines
/// must stay as they are.
fn sections(text: &str) -> Roff {
    let mut roff = Roff::new();
    for part in text.split("\n\n") {
        let (heading, lines) = part.split_once('\n').unwrap_or((part, ""));
        roff.control("SH", [&*heading.trim_end_matches(':').to_uppercase()]);
        roff.control("nf", []);
        for line in lines.lines() {
            roff.text([roman(line.strip_prefix("  ").unwrap_or(line))]);
        }
        roff.control("fi", []);
    }
    roff
}
