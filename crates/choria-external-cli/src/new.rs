//! `choria-external new`: a package to start from.

mod dependencies;
mod files;
mod name;
mod template;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};

use crate::args::{Kind, Language, New};
use crate::output::print;
use crate::whole_file::{self, Access};
use dependencies::Dependencies;
use template::{Filled, Package};

/// The checkout whose crates a package gets if the command line names none.
pub(crate) fn checkout() -> Option<PathBuf> {
    let found = Dependencies::find_here().ok()?;
    found.checkout()
}

/// Makes the package, and tells what to do with it.
pub(crate) fn new(args: &New) -> anyhow::Result<ExitCode> {
    if args.language != Language::Rust {
        script(args)?;
    }
    name::check(args.kind, args.language, &args.name)?;
    let package = Package {
        kind: args.kind,
        language: args.language,
        name: &args.name,
        description: match &args.description {
            Some(text) => one_line("--description", text)?,
            None => template::description(args.kind),
        },
        author: author(&args.author)?,
        dependencies: match args.language {
            Language::Rust => Some(Dependencies::choose(args)?),
            Language::Python | Language::Shell => None,
        },
        published: args.published,
    };
    let files = package.files()?;
    let folder = args.output.clone().unwrap_or_else(|| (&args.name).into());
    make(&folder, &files)?;

    let mut told = format!("{} is {}{}:\n", args.name, args.kind, args.language);
    for file in &files {
        told += &format!("  {}\n", folder.join(&file.path).display());
    }
    if let Some(sentence) = package.dependencies.as_ref().and_then(Dependencies::told) {
        told += &format!("\n{sentence}\n");
    }
    told += &format!("\nNext:\n  cd {}\n", quoted(&folder));
    for command in package.next() {
        told += &format!("  {command}\n");
    }
    print(&told)?;
    Ok(ExitCode::SUCCESS)
}

/// Refuses what a package in another language than Rust cannot be.
fn script(args: &New) -> anyhow::Result<()> {
    if args.kind != Kind::Agent {
        bail!(
            "--language{}: only agents can be made in it, {} is made in Rust",
            args.language,
            args.kind
        );
    }
    if args.path.is_some() {
        bail!(
            "--path: an agent{} uses no crates, leave it out",
            args.language
        );
    }
    Ok(())
}

/// A text that `Cargo.toml` and the DDL can have.
fn one_line<'a>(option: &str, text: &'a str) -> anyhow::Result<&'a str> {
    let text = text.trim();
    if text.is_empty() || text.contains(char::is_control) {
        bail!("{option}: expected one line of text, got {text:?}");
    }
    Ok(text)
}

fn author(text: &str) -> anyhow::Result<&str> {
    let text = one_line("--author", text)?;
    if text.contains(':') {
        // Cargo puts it between authors when it tells them to the compiler.
        bail!("--author: expected a name without a colon, got {text:?}");
    }
    Ok(text)
}

/// Writes the files into a folder that is empty, or not there.
fn make(folder: &Path, files: &[Filled]) -> anyhow::Result<()> {
    let is_new = match fs::read_dir(folder) {
        Ok(mut entries) => {
            if entries.next().is_some() {
                bail!(
                    "{} already exists and is not empty: choose another folder with --output DIR",
                    folder.display()
                );
            }
            false
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            make_folder(folder)?;
            true
        }
        Err(error) => {
            return Err(error).with_context(|| {
                format!(
                    "could not make a package in {}, choose another folder with --output DIR",
                    folder.display()
                )
            });
        }
    };
    for (at, file) in files.iter().enumerate() {
        if let Err(error) = write(&folder.join(&file.path), file) {
            remove(folder, files, at, is_new);
            return Err(error);
        }
    }
    Ok(())
}

/// Removes the first `made` files of a package, and its folders: half a package
/// helps nobody. Errors are ignored, since why it is half is what counts.
fn remove(folder: &Path, files: &[Filled], made: usize, is_new: bool) {
    for file in &files[..made] {
        let _ = fs::remove_file(folder.join(&file.path));
    }
    // A folder that is not empty stays, and so do those above it.
    let mut folders: Vec<&Path> = files
        .iter()
        .flat_map(|file| file.path.ancestors().skip(1))
        .filter(|above| *above != Path::new(""))
        .collect();
    folders.sort_unstable_by_key(|above| std::cmp::Reverse(above.components().count()));
    for above in folders {
        let _ = fs::remove_dir(folder.join(above));
    }
    if is_new {
        let _ = fs::remove_dir(folder);
    }
}

/// Makes a folder that is not there, and those above it.
fn make_folder(folder: &Path) -> anyhow::Result<()> {
    let above = make_above(folder);
    above
        .and_then(|()| fs::create_dir(folder))
        .with_context(|| could_not_make(folder))
}

fn make_above(path: &Path) -> io::Result<()> {
    let above = path.parent().unwrap_or(Path::new(""));
    whole_file::make_folder(above, Access::Usual)
}

fn write(path: &Path, file: &Filled) -> anyhow::Result<()> {
    let above = make_above(path);
    // Whoever made a file of that name meanwhile keeps it.
    above
        .and_then(|()| whole_file::create(path, file.text.as_bytes(), file.access.clone()))
        .with_context(|| could_not_make(path))
}

fn could_not_make(path: &Path) -> String {
    format!("could not make {}", path.display())
}

/// A path as a shell takes it.
fn quoted(path: &Path) -> String {
    let path = path.display().to_string();
    let plain = |c: char| c.is_alphanumeric() || "/._-+".contains(c);
    if path.chars().all(plain) && !path.starts_with('-') {
        return path;
    }
    // `cd -x` would be an option, and `cd -` another folder.
    let end_of_options = if path.starts_with('-') { "-- " } else { "" };
    format!("{end_of_options}'{}'", path.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_finds_the_folder() {
        for (path, shown) in [
            ("a/b_c-1.0", "a/b_c-1.0"),
            ("it's", r"'it'\''s'"),
            ("a b", "'a b'"),
            ("-x", "-- '-x'"),
        ] {
            assert_eq!(quoted(Path::new(path)), shown);
        }
    }
}
