//! `choria-external ddl diff`.

use std::process::ExitCode;

use choria_external_ddl::diff::{Diff, diff as compare};

use super::exit;
use super::source::Reader;
use crate::args::{Diff as Args, DiffFormat};
use crate::output::print;
use crate::show::{printable, printable_json};

/// Tells what changed.
pub(super) fn diff(args: &Args) -> anyhow::Result<ExitCode> {
    let mut reader = Reader::new(args.from.form);
    let old = reader.source(&args.old)?.ddl()?;
    let new = reader.source(&args.new)?.ddl()?;
    let diff = compare(&old, &new);
    print(&match args.format {
        DiffFormat::Text => text(&diff),
        DiffFormat::Json => printable_json(&format!("{:#}\n", diff.to_json())),
    })?;
    Ok(exit(
        diff.changes.is_empty() && diff.old_version == diff.new_version,
    ))
}

/// The changes, and what follows from them.
fn text(diff: &Diff) -> String {
    let [was, is] = [&diff.old_version, &diff.new_version]
        .map(|version| if version.is_empty() { "none" } else { version });
    let version = if diff.version_must_rise() {
        format!(
            "The version is still {is} and must be raised: servers do not load a DDL with a version that they already have."
        )
    } else if was == is {
        format!("Nothing changed, version {is}.")
    } else if diff.changes.is_empty() {
        format!("Only the version changed: it is {is}, was {was}.")
    } else {
        format!("The version is {is}, was {was}.")
    };
    let mut text = diff.to_text();
    if !text.is_empty() {
        let breaks = diff.changes.iter().filter(|change| change.breaks).count();
        let all = match diff.changes.len() {
            1 => "1 change".into(),
            several => format!("{several} changes"),
        };
        text += &match breaks {
            0 => format!("\n{all}, none breaks callers.\n"),
            1 => format!("\n{all}, 1 breaks callers.\n"),
            several => format!("\n{all}, {several} break callers.\n"),
        };
    }
    text + &printable(&version) + "\n"
}
