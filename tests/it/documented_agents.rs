//! Every agent that the documentation shows keeps the rules of `ddl lint` and of
//! `check`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::command::run;
use crate::programs::built;
use crate::readme::{block, build, build_agent, repository};

/// A page, what it has of an agent, and how that is checked: by its own test below,
/// or by one elsewhere.
const PAGES: [(&str, &str); 5] = [
    ("README.md", "impl Agent for Files"),
    ("crates/choria-external/README.md", "impl Agent for Ping"),
    ("docs/async.md", "examples/reach"),
    ("docs/test-an-agent.md", "CHORIA_EXTERNAL_PROTOCOL"),
    (
        "crates/choria-external/src/author/agent.rs",
        "impl Agent for Parrot",
    ),
];

/// The pages with code of an agent.
fn pages() -> Vec<PathBuf> {
    let mut pages = vec![repository().join("README.md")];
    for folder in ["docs", "examples", "crates"] {
        pages.extend(markdown(&repository().join(folder)));
    }
    pages
}

fn markdown(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(markdown(&path));
        } else if path.extension().is_some_and(|end| end == "md") {
            found.push(path);
        }
    }
    found
}

#[test]
fn no_page_has_an_agent_that_is_not_checked() {
    for path in pages() {
        let text = fs::read_to_string(&path).unwrap();
        let has_agent =
            text.split("```").skip(1).step_by(2).any(|code| {
                code.contains("impl Agent for") || code.contains(".activation_request)")
            });
        let name = path.strip_prefix(repository()).unwrap().to_owned();
        let is_known = PAGES.iter().any(|(page, _)| Path::new(page) == name);
        assert!(!has_agent || is_known, "{}", name.display());
    }
    for (page, part) in PAGES {
        let text = fs::read_to_string(repository().join(page)).unwrap();
        assert!(text.contains(part), "{page}: {part}");
    }
}

/// A folder with a program under the name of its agent, and its DDL, as servers
/// have them.
fn installed(program: &Path, name: &str, ddl: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    // Not by this process: a program that another test starts just then would have
    // it open for writing.
    let copied = Command::new("cp")
        .arg(program)
        .arg(folder.path().join(name))
        .status();
    assert!(copied.unwrap().success());
    let file = folder.path().join(format!("{name}.json"));
    fs::write(file, ddl).unwrap();
    folder
}

fn keeps_the_rules(folder: &TempDir, name: &str, arguments: &[&str]) {
    let here = folder.path();
    let linted = run(here, &["ddl", "lint", &format!("{name}.json")]);
    let told = String::from_utf8(linted.stdout).unwrap();
    // Notes, such as those on what a shell makes of a string, leave it to the author.
    assert!(
        told.contains("1 DDL: 0 errors, 0 warnings, "),
        "{name}: {told}"
    );
    let program = format!("./{name}");
    let words = [&["check", &*program, "--strict"], arguments].concat();
    let checked = run(here, &words);
    assert!(checked.status.success(), "{name}: {checked:?}");
}

/// The DDL that a program made with the library prints.
fn own_ddl(program: &Path) -> String {
    let output = Command::new(program).args(["--ddl", "json"]).output();
    String::from_utf8(output.unwrap().stdout).unwrap()
}

#[test]
fn the_readme_s_agent_keeps_the_rules() {
    let program = build_agent();
    let folder = installed(&program, "files", &own_ddl(&program));
    keeps_the_rules(&folder, "files", &["--action", "size", "path=/dev/null"]);
}

#[test]
fn the_async_page_s_agent_keeps_the_rules() {
    let program = built("reach");
    let folder = installed(&program, "reach", &own_ddl(&program));
    let action = ["--action", "connect", "--data", r#"{"services": []}"#];
    keeps_the_rules(&folder, "reach", &action);
}

#[test]
fn the_agents_of_the_library_s_own_pages_keep_the_rules() {
    let read = |path: &str| fs::read_to_string(repository().join(path)).unwrap();
    let readme = read("crates/choria-external/README.md");
    let ping = readme.split("```").nth(1).unwrap().to_owned();
    let source = read("crates/choria-external/src/author/agent.rs");
    let page = source.split("/// ```\n").nth(1).unwrap();
    let parrot: String = page
        .lines()
        .map(|line| line.strip_prefix("/// ").unwrap_or_default().to_owned() + "\n")
        .collect();

    let package = tempfile::tempdir().unwrap();
    let file = |name: &str| package.path().join(name);
    let runtime = repository().join("crates/choria-external");
    let manifest = format!(
        "[package]\nname = \"documented\"\nversion = \"1.0.0\"\nedition = \"2024\"\ndescription = \"Answers\"\n\
         authors = [\"You <you@example.net>\"]\nlicense = \"Apache-2.0\"\nhomepage = \"https://example.net\"\n\
         [dependencies]\nchoria-external = {{ path = {runtime:?} }}\n[workspace]\n"
    );
    fs::write(file("Cargo.toml"), manifest).unwrap();
    fs::create_dir_all(file("src/bin")).unwrap();
    for (name, agent, code) in [("ping", "Ping", ping), ("parrot", "Parrot", parrot)] {
        // The asserts at the end of each are statements of a test.
        let end = code.rfind("\n}\n").unwrap() + 3;
        let main = format!(
            "fn main() -> std::process::ExitCode {{ choria_external::dispatch::<{agent}>() }}\n"
        );
        let code = format!("#![allow(unused_imports)]\n{}{main}", &code[..end]);
        fs::write(file(&format!("src/bin/{name}.rs")), code).unwrap();
    }
    let programs = build(package.path());
    for (name, call) in [
        ("ping", ["--action", "ask", "answer=pong"]),
        ("parrot", ["--action", "echo", "message=hi"]),
    ] {
        let program = programs.join(name);
        let folder = installed(&program, name, &own_ddl(&program));
        keeps_the_rules(&folder, name, &call);
    }
}

/// A shell cannot see whether what it printed has been read (C028).
#[test]
fn the_test_page_s_agent_keeps_the_rules() {
    let page = fs::read_to_string(repository().join("docs/test-an-agent.md")).unwrap();
    let aside = tempfile::tempdir().unwrap();
    let program = aside.path().join("hello");
    fs::write(&program, block(&page, "sh")).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let folder = installed(&program, "hello", &block(&page, "json"));
    let arguments = ["--skip", "C028", "--action", "greet", "language=en"];
    keeps_the_rules(&folder, "hello", &arguments);
}
