//! The README tells the truth: its agent is built and called, its links lead
//! somewhere.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use choria_external_host::{Call, Program};
use serde_json::json;

use crate::programs;

pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .canonicalize()
        .unwrap()
}

mod harness;

/// The first block of a language.
pub(crate) fn block(text: &str, language: &str) -> String {
    let (_, rest) = text.split_once(&format!("```{language}\n")).unwrap();
    rest.split_once("```").unwrap().0.to_owned()
}

/// Builds the agent of the README; gives its program.
pub(crate) fn build_agent() -> PathBuf {
    let repository = repository();
    let readme = fs::read_to_string(repository.join("README.md")).unwrap();
    let package = tempfile::tempdir().unwrap();
    let runtime = repository.join("crates/choria-external");
    let runtime = runtime.to_str().unwrap();
    let manifest = block(&readme, "toml");
    let published = "choria-external = \"0.1\"";
    assert!(manifest.contains(published));
    // The one of this repository instead of a published one.
    let manifest = manifest.replace(
        published,
        &format!("choria-external = {{ path = {runtime:?} }}"),
    );
    fs::write(
        package.path().join("Cargo.toml"),
        manifest + "[workspace]\n",
    )
    .unwrap();
    fs::create_dir(package.path().join("src")).unwrap();
    fs::write(package.path().join("src/main.rs"), block(&readme, "rust")).unwrap();
    build(package.path()).join("files")
}

/// Builds a package that uses the crates of this repository, and returns the folder of
/// its programs.
pub(crate) fn build(package: &Path) -> PathBuf {
    // The versions that are here: there may be no network.
    let lock = repository().join("Cargo.lock");
    fs::copy(lock, package.join("Cargo.lock")).unwrap();
    let target = programs::target().join("readme");
    let built = Command::new(env!("CARGO"))
        .args(["build", "--offline"])
        .current_dir(package)
        .env("CARGO_TARGET_DIR", &target)
        .env("RUSTFLAGS", "-Dwarnings")
        .output()
        .unwrap();
    assert!(
        built.status.success(),
        "{}",
        String::from_utf8_lossy(&built.stderr)
    );
    target.join("debug")
}

#[test]
fn its_agent_works() {
    let files = build_agent();
    let place = tempfile::tempdir().unwrap();
    let ddl_file = place.path().join("files.json");

    // As the README says: the program prints its DDL, a server finds both.
    let ddl = Command::new(&files)
        .args(["--ddl", "json"])
        .output()
        .unwrap();
    fs::write(&ddl_file, ddl.stdout).unwrap();
    let agent = Program::find(&files, Some(&ddl_file)).unwrap();
    let size = |path: &str| {
        agent
            .call(&Call::new("size", &json!({ "path": path })))
            .unwrap()
            .reply
            .unwrap()
    };

    let reply = size("/dev/null");
    assert_eq!(
        (reply.statuscode.as_u8(), reply.data),
        (0, json!({"bytes": 0}))
    );
    let reply = size("/no/such/file");
    assert_eq!(reply.statuscode, 1);
    assert_eq!(
        reply.statusmsg,
        "no size of /no/such/file: No such file or directory (os error 2)"
    );
    assert_eq!(agent.limit.as_secs(), 5);
}

#[test]
fn links_lead_to_files() {
    let mut links = 0;
    let mut pages = vec![
        "README.md".to_owned(),
        "ARCHITECTURE.md".into(),
        "CHANGELOG.md".into(),
        "examples/greeter/README.md".into(),
        "examples/sql-discovery/README.md".into(),
        "examples/static-discovery/README.md".into(),
    ];
    let docs = fs::read_dir(repository().join("docs")).unwrap();
    pages.extend(docs.map(|page| format!("docs/{}", page.unwrap().file_name().display())));
    assert!(pages.len() > 10, "{pages:?}");
    for page in pages {
        let path = repository().join(&page);
        let text = fs::read_to_string(&path).unwrap();
        for link in text.split("](").skip(1) {
            let link = link.split([')', '#']).next().unwrap();
            if link.starts_with("https://") || link.is_empty() {
                continue;
            }
            let to = path.parent().unwrap().join(link);
            assert!(to.exists(), "{page}: {link}");
            links += 1;
        }
    }
    assert!(links > 0);
}

#[test]
fn its_test_of_an_agent_compiles() {
    let page = fs::read_to_string(repository().join("docs/run.md")).unwrap();
    let code = include_str!("readme/harness.rs").replace("pub(crate) ", "");
    assert!(page.contains(&code));
    // There is no such agent in the folder of the tests.
    let error = harness::parrots_repeat().unwrap_err().to_string();
    assert!(error.starts_with("no such program"), "{error}");
}

#[test]
fn the_async_page_shows_the_code_of_its_example() {
    let read = |path: &str| fs::read_to_string(repository().join(path)).unwrap();
    let (page, code) = (read("docs/async.md"), read("examples/reach/src/main.rs"));
    let blocks: Vec<&str> = page.split("```rust\n").skip(1).collect();
    assert_eq!(blocks.len(), 3);
    for block in blocks {
        let block = block.split("```").next().unwrap();
        assert!(code.contains(block), "{block}");
    }
}
