//! Agents in several languages under `check`, and agents that break one rule
//! each.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value;
use tempfile::TempDir;

use crate::command::{run, seen};
use crate::readme::repository;

mod causes;
mod languages;
mod output;
mod rules;

/// An agent as it is installed: a program that lies elsewhere, and a copy of its
/// DDL. A copy of a program can be busy where another test starts one just then.
fn installed(program: &Path, ddl: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    symlink(program, folder.path().join("parrot")).unwrap();
    fs::copy(repository().join(ddl), folder.path().join("parrot.json")).unwrap();
    folder
}

/// The agent of `tests/go/parrot`; `tests/run` builds it.
fn go_parrot() -> PathBuf {
    std::env::var_os("CHORIA_TEST_GO_PARROT")
        .map(PathBuf::from)
        .expect("CHORIA_TEST_GO_PARROT names no program of tests/go/parrot: run tests/run, which builds it")
}

/// What `check ./parrot` does, with more arguments.
fn check(folder: &TempDir, more: &[&str]) -> Output {
    run(folder.path(), &[&["check", "./parrot"], more].concat())
}

/// All that a user sees of it.
fn text(folder: &TempDir, more: &[&str]) -> String {
    seen(folder.path(), &check(folder, more))
}

/// The cases by `--format json`: code, verdict, what.
fn cases(folder: &TempDir, more: &[&str]) -> Vec<(String, String, String)> {
    let output = check(folder, &[&["--format", "json"], more].concat());
    let json: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {output:?}"));
    let cases = json["cases"].as_array().unwrap().iter();
    let text = |case: &Value, key: &str| case[key].as_str().unwrap().to_owned();
    cases
        .map(|case| {
            (
                text(case, "code"),
                text(case, "verdict"),
                text(case, "what"),
            )
        })
        .collect()
}
