//! `assert_ddl`: the committed DDL is that of the code.

use std::fs;
use std::path::Path;
use std::process::Command;

use insta::assert_snapshot;
use tempfile::TempDir;

use crate::programs::built;

/// A package of the agent's, with the JSON file as it should be.
fn package() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("keeper.json"), printed("json")).unwrap();
    folder
}

/// What the agent prints of itself.
fn printed(form: &str) -> String {
    let mut command = Command::new(built("keeper"));
    let output = command.args(["--ddl", form]).env_clear().output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Asserts in the environment of a test that Cargo runs; gives what it panics
/// with.
fn asserted(package: &TempDir, file: &str, write: &str) -> Result<(), String> {
    let mut command = Command::new(built("keeper"));
    command
        .args(["assert", file])
        .env_clear()
        .current_dir(std::env::temp_dir());
    command.env("CARGO_MANIFEST_DIR", package.path());
    command.env("CHORIA_WRITE_DDL", write);
    let output = command.output().unwrap();
    if output.status.success() {
        return Ok(());
    }
    let message = String::from_utf8(output.stderr).unwrap();
    let (place, message) = message.trim_start().split_once('\n').unwrap();
    assert!(
        place.contains("tests/src/bin/keeper.rs:"),
        "its caller is told of: {place}"
    );
    let message = message.split("\nnote: run with").next().unwrap();
    Err(message.replace(package.path().to_str().unwrap(), "{package}"))
}

fn change(package: &Path, file: &str, from: &str, to: &str) {
    let path = package.join(file);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{text}");
    fs::write(path, text.replace(from, to)).unwrap();
}

#[test]
fn a_file_that_is_as_the_code_says_is_left_alone() {
    let package = package();
    for write in ["", "0", "1"] {
        assert_eq!(asserted(&package, "keeper.json", write), Ok(()));
    }
    // As a checkout on Windows has it.
    change(package.path(), "keeper.json", "\n", "\r\n");
    assert_eq!(asserted(&package, "keeper.json", "1"), Ok(()));
    let text = fs::read_to_string(package.path().join("keeper.json")).unwrap();
    assert!(text.contains("\r\n"));
}

#[test]
fn what_differs_is_shown() {
    let package = package();
    change(
        package.path(),
        "keeper.json",
        "\"maxlength\": 20",
        "\"maxlength\": 30",
    );
    change(
        package.path(),
        "keeper.json",
        "          \"default\": 7,\n",
        "",
    );
    assert_snapshot!(asserted(&package, "keeper.json", "0").unwrap_err());
    // With another version there is nothing to say about it.
    change(
        package.path(),
        "keeper.json",
        "\"version\": \"1.0.0\"",
        "\"version\": \"0.9\"",
    );
    let told = asserted(&package, "keeper.json", "").unwrap_err();
    assert!(!told.contains("raise it"), "{told}");
}

#[test]
fn a_missing_file_and_one_of_no_form_are_told() {
    let package = tempfile::tempdir().unwrap();
    assert_snapshot!(asserted(&package, "keeper.json", "").unwrap_err(), @r"
    {package}/keeper.json: No such file or directory (os error 2)
    To write it again: CHORIA_WRITE_DDL=1 cargo test
    ");
    assert_snapshot!(asserted(&package, "keeper.yaml", "1").unwrap_err(), @"{package}/keeper.yaml: expected a file that ends with .json, .ddl or .md, which says the form of the DDL");
    assert_eq!(fs::read_dir(package.path()).unwrap().count(), 0);
}

#[test]
fn files_are_written_on_demand() {
    let package = tempfile::tempdir().unwrap();
    let text = |file: &str| fs::read_to_string(package.path().join(file)).unwrap();
    for (file, form) in [
        ("keeper.json", "json"),
        ("keeper.ddl", "ruby"),
        ("keeper.md", "markdown"),
    ] {
        assert_eq!(asserted(&package, file, "1"), Ok(()));
        assert_eq!(text(file), printed(form));
        assert_eq!(asserted(&package, file, ""), Ok(()));
    }
    change(package.path(), "keeper.json", "days", "weeks");
    assert_eq!(asserted(&package, "keeper.json", "1"), Ok(()));
    assert_eq!(text("keeper.json"), printed("json"));
}

#[test]
fn a_ruby_file_beside_it_is_looked_at_too() {
    let package = package();
    fs::write(package.path().join("keeper.ddl"), printed("ruby")).unwrap();
    assert_eq!(asserted(&package, "keeper.json", ""), Ok(()));
    change(package.path(), "keeper.ddl", ":timeout", ":timeouts");
    let told = asserted(&package, "keeper.json", "").unwrap_err();
    assert!(
        told.starts_with("{package}/keeper.ddl does not match the code"),
        "{told}"
    );
    assert_eq!(asserted(&package, "keeper.json", "1"), Ok(()));
    let text = fs::read_to_string(package.path().join("keeper.ddl")).unwrap();
    assert_eq!(text, printed("ruby"));
}
