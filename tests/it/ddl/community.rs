//! Files written as those of `MCollective`'s users are: each is read as by Ruby, and
//! what is odd in it is reported.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use choria_external_ddl::Ddl;
use choria_external_ddl::convert::{Form, changes};
use choria_external_ddl::lint::lint_ruby;

use super::ruby::by_ruby;

/// The files in `tests/ruby/ddls`, by name.
fn files() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("ruby/ddls");
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, fs::read_to_string(path).unwrap())
        })
        .collect();
    files.sort();
    assert!(files.len() >= 5, "{}", files.len());
    files
}

#[test]
fn each_is_read_as_by_ruby() {
    let files = files();
    let texts: Vec<_> = files.iter().map(|(_, text)| text.clone()).collect();
    for ((name, text), wanted) in files.iter().zip(by_ruby(&texts)) {
        let ddl = Ddl::from_ruby(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(Ok(&ddl), wanted.as_ref(), "{name}");
        assert_eq!(Ddl::from_ruby(&ddl.to_ruby()), Ok(ddl), "{name}");
    }
}

#[test]
fn what_is_odd_is_reported() {
    let mut told = String::new();
    for (name, text) in files() {
        let ddl = Ddl::from_ruby(&text).unwrap();
        let _ = writeln!(told, "== {name}\n{}", ddl.to_json());
        told += &lint_ruby(text.as_bytes()).to_text(&name);
        for change in changes((Form::Ruby, &text), (Form::Json, &ddl.to_json())).unwrap() {
            let _ = writeln!(
                told,
                "convert: {:?} {}: {}",
                change.kind, change.path, change.what
            );
        }
        told.push('\n');
    }
    insta::assert_snapshot!("community", told);
}

/// The first file of those that were refused.
#[test]
fn a_guarded_aggregate_is_kept() {
    let (_, text) = files()
        .into_iter()
        .find(|(name, _)| name == "guard.ddl")
        .unwrap();
    let ddl = Ddl::from_ruby(&text).unwrap();
    let functions: Vec<_> = (ddl.actions.iter())
        .flat_map(|action| action.aggregates.iter())
        .map(|aggregate| (&*aggregate.function, &*aggregate.output))
        .collect();
    assert_eq!(
        functions,
        [
            ("summary", "state"),
            ("summary", "answered"),
            ("average", "load")
        ]
    );
}
