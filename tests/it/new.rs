//! `new`: each package it makes builds, passes its tests, and does its work.

mod languages;
mod messages;
mod packages;

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use saphyr_parser::{Event, Parser};
use tempfile::TempDir;

use crate::readme::repository;

/// `choria-external new` with these arguments, in this folder.
fn new(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_command"))
        .arg("new")
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// The same, which must succeed and say nothing else; what it prints.
fn made(folder: &Path, arguments: &[&str]) -> String {
    let output = new(folder, arguments);
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{output:?}"
    );
    String::from_utf8(output.stdout).unwrap()
}

/// The paths of all files below a folder, in order.
fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() {
            found.extend(files(&path).iter().map(|file| format!("{name}/{file}")));
        } else {
            found.push(name.to_owned());
        }
    }
    found.sort();
    found
}

/// The commands of the CI file of a package, in order; one can have several lines.
fn ci(package: &Path) -> Vec<String> {
    let text = fs::read_to_string(package.join(".github/workflows/ci.yml")).unwrap();
    let mut commands = Vec::new();
    let mut is_command = false;
    for event in Parser::new_from_str(&text) {
        let (event, _) = event.unwrap();
        if let Event::Scalar(value, ..) = event {
            if is_command {
                commands.push(value.to_string());
            }
            is_command = value == "run";
        }
    }
    commands
}

/// A shell that runs a line in a package, in which the command under test is
/// `choria-external`. The folder has it.
fn shell(package: &Path, line: &str) -> (Command, TempDir) {
    let bin = tempfile::tempdir().unwrap();
    let own = bin.path().join("choria-external");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_command"), own).unwrap();
    let cargo = Path::new(env!("CARGO")).parent().unwrap();
    let path = std::env::var("PATH").unwrap();
    let path = format!("{}:{}:{path}", bin.path().display(), cargo.display());
    let mut command = Command::new("sh");
    command
        .args(["-ec", line])
        .current_dir(package)
        .env("PATH", path)
        .stdin(Stdio::null());
    (command, bin)
}
