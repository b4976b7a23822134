//! What the compiler tells an author whose agent could not work: each file of
//! `tests/ui` must not compile, and the message says what to do.
//!
//! Only the messages, their places and the pages that our notes name are
//! compared: what else rustc prints changes with its version.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::programs;

#[test]
fn mistakes_do_not_compile() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let package = tempfile::tempdir().unwrap();
    fs::create_dir_all(package.path().join("src/bin")).unwrap();
    fs::copy(
        tests.join("../Cargo.lock"),
        package.path().join("Cargo.lock"),
    )
    .unwrap();
    let runtime = tests
        .join("../crates/choria-external")
        .canonicalize()
        .unwrap();
    fs::write(
        package.path().join("Cargo.toml"),
        format!(
            "[package]\nname = \"ui\"\nedition = \"2024\"\ndescription = \"d\"\nauthors = [\"a\"]\nlicense = \"l\"\n\
             homepage = \"h\"\n[dependencies]\nchoria-external = {{ path = {runtime:?} }}\n[workspace]\n"
        ),
    )
    .unwrap();
    let mut wanted = Vec::new();
    for file in fs::read_dir(tests.join("ui")).unwrap() {
        let file = file.unwrap();
        let name = file.file_name().into_string().unwrap();
        fs::copy(file.path(), package.path().join("src/bin").join(&name)).unwrap();
        wanted.push(name);
    }
    wanted.sort();

    let output = Command::new(env!("CARGO"))
        .args([
            "check",
            "--offline",
            "--keep-going",
            "--message-format=json",
        ])
        .current_dir(package.path())
        .env("CARGO_TARGET_DIR", programs::target().join("ui"))
        .output()
        .unwrap();
    let mut told: BTreeMap<String, String> = BTreeMap::new();
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let message = &line["message"];
        let spans = message["spans"].as_array().into_iter().flatten();
        let primary = spans.into_iter().find(|span| span["is_primary"] == true);
        let (Some(mut span), "error") = (primary, message["level"].as_str().unwrap_or_default())
        else {
            continue;
        };
        let file = format!("{}.rs", line["target"]["name"].as_str().unwrap());
        // Of what stands in a macro of ours, the place where it is used.
        while !span["file_name"].as_str().unwrap().ends_with(&file) {
            span = &span["expansion"]["span"];
        }
        let told = told.entry(file).or_default();
        let error = format!(
            "{}:{} {}\n    {}\n",
            span["line_start"],
            span["column_start"],
            span["text"][0]["text"].as_str().unwrap_or_default().trim(),
            message["message"].as_str().unwrap()
        ) + &pages(message);
        // How often it says the same depends on its version.
        if !told.contains(&error) {
            *told += &error;
        }
    }
    assert_eq!(
        told.keys().collect::<Vec<_>>(),
        wanted.iter().collect::<Vec<_>>(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let all: String = told
        .iter()
        .map(|(file, text)| format!("# {file}\n{text}\n"))
        .collect();
    insta::assert_snapshot!(all);
}

/// The notes of a message that name a page of the documentation, which is there.
fn pages(message: &Value) -> String {
    let children = message["children"].as_array().into_iter().flatten();
    let notes = children.filter_map(|child| child["message"].as_str());
    let notes = notes.filter(|note| note.contains("docs/"));
    notes
        .map(|note| {
            let page = note
                .split([' ', ',', ':'])
                .find(|word| word.starts_with("docs/"))
                .unwrap();
            assert!(crate::readme::repository().join(page).is_file(), "{note}");
            format!("    note: {note}\n")
        })
        .collect()
}
