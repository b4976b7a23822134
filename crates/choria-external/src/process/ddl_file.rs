//! The test that the DDL beside an agent is that of its code.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{env, process};

use choria_external_ddl::Ddl;
use choria_external_ddl::diff::diff;

use super::form::Form;
use super::line_diff::line_diff;
use crate::answer::external::External;

/// The variable that has the files written.
const WRITE: &str = "CHORIA_WRITE_DDL";

/// For a test of the author's: the committed DDL is that of the code.
///
/// The file is looked for from the folder of the package. Its extension says
/// its form: `.json`, `.ddl` (Ruby) or `.md` (Markdown). Where a `.json` has a
/// `.ddl` of the same name beside it, that is looked at, too.
///
/// With the environment variable `CHORIA_WRITE_DDL=1` each file that differs, or
/// is not there, is written.
///
/// ```no_run
/// # use choria_external::{Actions, Agent, Metadata, metadata};
/// # #[derive(Default)]
/// # struct Parrot;
/// # impl Agent for Parrot {
/// #     const META: Metadata = metadata!(name = "parrot", description = "d", author = "a", url = "u");
/// #     fn actions(_: &mut Actions<Self>) {}
/// # }
/// // #[test]
/// fn the_committed_ddl_is_that_of_the_code() {
///     choria_external::assert_ddl::<Parrot>("parrot.json");
/// }
/// # the_committed_ddl_is_that_of_the_code();
/// ```
///
/// # Panics
/// Where a file differs or cannot be read, with the lines that differ and how
/// to write it anew; where the program has no DDL.
#[track_caller]
pub fn assert_ddl<T: External>(file: impl AsRef<Path>) {
    let Some(ddl) = T::ddl() else {
        panic!("{} has no DDL: only agents have", T::metadata().name);
    };
    // Cargo says so to tests; else it is the current folder.
    let package = env::var_os("CARGO_MANIFEST_DIR").map_or_else(PathBuf::new, PathBuf::from);
    let write = env::var_os(WRITE).is_some_and(|value| !value.is_empty() && value != "0");
    if let Err(reason) = check(&ddl, &package.join(file), write) {
        panic!("{reason}");
    }
}

/// Compares, or writes, a file and its twin.
fn check(ddl: &Ddl, file: &Path, write: bool) -> Result<(), String> {
    let extension = file.extension().and_then(|extension| extension.to_str());
    let Some(form) = extension.and_then(Form::of_extension) else {
        return Err(format!(
            "{}: expected a file that ends with .json, .ddl or .md, which says the form of the DDL",
            file.display()
        ));
    };
    let mut files = vec![(file.to_owned(), form)];
    let ruby = file.with_extension("ddl");
    if form == Form::Json && ruby.exists() {
        files.push((ruby, Form::Ruby));
    }
    let wrong: Vec<String> = files
        .iter()
        .filter_map(|(file, form)| check_one(ddl, file, *form, write).err())
        .collect();
    if wrong.is_empty() {
        return Ok(());
    }
    Err(format!(
        "{}\nTo write it again: {WRITE}=1 cargo test",
        wrong.join("\n")
    ))
}

fn check_one(ddl: &Ddl, file: &Path, form: Form, write: bool) -> Result<(), String> {
    let told = |error| format!("{}: {error}", file.display());
    let wanted = form.text(ddl);
    // A checkout on Windows may have other line breaks.
    let there = fs::read_to_string(file).map(|text| text.replace("\r\n", "\n"));
    if there.as_ref().is_ok_and(|there| *there == wanted) {
        return Ok(());
    }
    if write {
        return write_whole(file, &wanted).map_err(told);
    }
    let there = there.map_err(told)?;
    Err(format!(
        "{} does not match the code (- the file, + the code):\n\n{}{}",
        file.display(),
        line_diff(&there, &wanted),
        version_advice(&there, form, ddl)
    ))
}

/// Writes a file beside its place, and then moves it there: a full disk, for example,
/// leaves what was there. A link stays a link, and the permissions are kept.
fn write_whole(file: &Path, text: &str) -> io::Result<()> {
    /// Tests of one program run in several threads.
    static WRITTEN: AtomicUsize = AtomicUsize::new(0);

    let file = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    // Whoever may not write the file cannot put another one in its place.
    let permissions = match File::options().write(true).open(&file) {
        Ok(there) => Some(there.metadata()?.permissions()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    let (process, count) = (process::id(), WRITTEN.fetch_add(1, Ordering::Relaxed));
    let mut beside = file.clone().into_os_string();
    beside.push(format!(".{process}-{count}.new"));
    let mut new = File::create_new(&beside)?;
    let written = permissions
        .map_or(Ok(()), |permissions| new.set_permissions(permissions))
        .and_then(|()| new.write_all(text.as_bytes()))
        .and_then(|()| new.sync_all());
    drop(new);
    let moved = written.and_then(|()| fs::rename(&beside, &file));
    if moved.is_err() {
        // The first error is the one to report.
        let _ = fs::remove_file(&beside);
    }
    moved
}

/// A server that runs already takes a changed DDL only with another version.
fn version_advice(there: &str, form: Form, ddl: &Ddl) -> String {
    let old = match form {
        Form::Json => Ddl::from_json(there.as_bytes()).ok(),
        _ => None,
    };
    match old.map(|old| diff(&old, ddl)) {
        Some(diff) if diff.version_must_rise() => format!(
            "\nThe version is still {}: raise it: a server loads a changed DDL only if its version has changed.\n",
            diff.new_version
        ),
        _ => String::new(),
    }
}
