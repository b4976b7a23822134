//! `new`: each package it makes builds, passes its tests, and does its work.

mod messages;
mod packages;

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

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
