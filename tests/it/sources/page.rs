//! `docs/write-a-discovery-source.md` tells the truth: its source is built,
//! tested and run.

use std::fs;
use std::process::Command;

use super::check_transcript;
use crate::programs;
use crate::readme::{block, repository};

#[test]
fn the_page_s_source_works() {
    let repository = repository();
    let page = repository.join("docs/write-a-discovery-source.md");
    let page = fs::read_to_string(page).unwrap();
    let package = tempfile::tempdir().unwrap();
    let file = |name: &str| package.path().join(name);

    let manifest = block(&page, "toml");
    let published = "choria-external = { version = \"0.1\", ";
    assert!(manifest.contains(published));
    let runtime = repository.join("crates/choria-external");
    let here = format!("choria-external = {{ path = {runtime:?}, ");
    let manifest = manifest.replace(published, &here) + "[workspace]\n";
    fs::write(file("Cargo.toml"), manifest).unwrap();
    // All blocks, one after the other, are the file.
    let code = page.split("```rust\n").skip(1);
    let code: String = code.map(|rest| rest.split("```").next().unwrap()).collect();
    fs::create_dir(file("src")).unwrap();
    fs::write(file("src/main.rs"), code).unwrap();
    fs::copy(repository.join("Cargo.lock"), file("Cargo.lock")).unwrap();

    let target = programs::target().join("readme");
    let cargo = |words: &[&str]| {
        let output = Command::new(env!("CARGO"))
            .args(words)
            .arg("--offline")
            .current_dir(package.path())
            .env("CARGO_TARGET_DIR", &target)
            .env("RUSTFLAGS", "-Dwarnings")
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{said}{told}");
        said
    };
    assert!(cargo(&["test"]).contains("test result: ok. 3 passed"));
    cargo(&["build"]);

    // The page builds it by `.`; here it is built.
    let program = target.join("debug/node_lines");
    let nodes = file("nodes");
    fs::write(&nodes, block(&page, "text")).unwrap();
    let transcript = block(&page, "console")
        .replace("discover . ", &format!("discover {} ", program.display()))
        .replace("/tmp/nodes", nodes.to_str().unwrap());
    check_transcript(&transcript, package.path());
}
