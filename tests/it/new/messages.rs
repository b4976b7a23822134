//! What `new` says, and which files it makes.

use super::*;

/// All that a user sees of it.
fn seen(folder: &Path, arguments: &[&str]) -> String {
    let output = new(folder, arguments);
    let checkout = repository();
    let text = |bytes: &[u8]| {
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let text = text.replace(folder.canonicalize().unwrap().to_str().unwrap(), "{folder}");
        let text = text.replace(folder.to_str().unwrap(), "{folder}");
        text.replace(checkout.to_str().unwrap(), "{checkout}")
    };
    let (printed, told) = (text(&output.stdout), text(&output.stderr));
    let code = output.status.code().unwrap();
    format!(
        "$ new {}\n{printed}{told}exit code {code}\n\n",
        text(arguments.join(" ").as_bytes())
    )
}

fn all_seen(folder: &Path, lines: &[&[&str]]) -> String {
    lines.iter().map(|line| seen(folder, line)).collect()
}

#[test]
fn help_says_how_to_use_it() {
    let folder = tempfile::tempdir().unwrap();
    let help = |option: &str| seen(folder.path(), &[option]);
    insta::assert_snapshot!("help", help("--help"));
    insta::assert_snapshot!("help_short", help("-h"));
}

#[test]
fn what_was_made_and_what_is_next_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let told = all_seen(
        folder.path(),
        &[
            &["agent", "notes"],
            &["discovery", "lines", "--output", "a folder/of sources"],
            &["function", "facts_about", "--output=-f"],
            &["agent", "published", "--published"],
            &["agent", "in_python", "--language", "python"],
            &["agent", "in_shell", "-l", "shell"],
            &["agent", "named", "--path", repository().to_str().unwrap()],
        ],
    );
    insta::assert_snapshot!("made", told);
    assert_eq!(
        files(&folder.path().join("notes")).join(" "),
        ".cargo/config.toml .github/workflows/ci.yml .gitignore Cargo.toml README.md notes.json plugin.d/notes.cfg src/main.rs tests/calls.rs"
    );
}

#[test]
fn the_agent_s_manifest_and_ddl_say_what_is_given() {
    let folder = tempfile::tempdir().unwrap();
    let text = r#" Keeps "notes" \ {{name}} "#;
    made(
        folder.path(),
        &[
            "agent",
            "notes",
            "--description",
            text,
            "--author",
            "R.I.P. <rip@example.net>",
            "--published",
        ],
    );
    let read = |name: &str| fs::read_to_string(folder.path().join("notes").join(name)).unwrap();
    insta::assert_snapshot!("manifest", read("Cargo.toml"));
    let manifest: toml::Table = toml::from_str(&read("Cargo.toml")).unwrap();
    let ddl: serde_json::Value = serde_json::from_str(&read("notes.json")).unwrap();
    let package = &manifest["package"];
    assert_eq!(package["description"].as_str(), Some(text.trim()));
    for (ours, theirs) in [
        ("name", "name"),
        ("version", "version"),
        ("description", "description"),
        ("license", "license"),
        ("url", "homepage"),
    ] {
        assert_eq!(ddl["metadata"][ours].as_str(), package[theirs].as_str());
    }
    assert_eq!(
        ddl["metadata"]["author"].as_str(),
        package["authors"][0].as_str()
    );
}

#[test]
fn published_crates_have_the_version_of_the_command() {
    let folder = tempfile::tempdir().unwrap();
    for kind in ["agent", "discovery", "function"] {
        made(
            folder.path(),
            &[kind, "it", "--output", kind, "--published"],
        );
        let manifest = fs::read_to_string(folder.path().join(kind).join("Cargo.toml")).unwrap();
        let manifest: toml::Table = toml::from_str(&manifest).unwrap();
        let ours = &manifest["dependencies"]["choria-external"];
        let version = ours.get("version").unwrap_or(ours);
        assert_eq!(version.as_str(), Some(env!("CARGO_PKG_VERSION")));
    }
}

#[test]
fn wrong_names_are_refused_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let long = "a".repeat(31);
    let told = all_seen(
        folder.path(),
        &[
            &["agent", "Net-Facts"],
            &["agent", ""],
            &["agent", "3d"],
            &["agent", "net__facts_"],
            &["agent", &long],
            &["agent", "scout"],
            &["discovery", "rpcutil"],
            &["agent", "match"],
            &["agent", "test"],
            &["discovery", "anyhow"],
            &["agent", "deps"],
            &["agent", "com1"],
            &["function", "rpc"],
        ],
    );
    insta::assert_snapshot!("names", told);
    assert!(files(folder.path()).is_empty());
}

#[test]
fn wrong_usage_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let told = all_seen(
        folder.path(),
        &[
            &[],
            &["agent"],
            &["parrot", "notes"],
            &["agent", "notes", "--description", " "],
            &["agent", "notes", "--description", "a\nb"],
            &["agent", "notes", "--author", "A: B"],
            &["agent", "notes", "--path", "no such folder"],
            &["agent", "notes", "--path", "."],
            &["agent", "notes", "--path", ".", "--published"],
            &["agent", "notes", "--language", "perl"],
            &["agent", "notes", "--language", "python", "--path", "."],
            &["discovery", "notes", "--language", "shell"],
        ],
    );
    insta::assert_snapshot!("usage", told);
    assert!(files(folder.path()).is_empty());
}

#[test]
fn folders_that_do_not_fit_are_left_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    for there in ["empty", "full"] {
        fs::create_dir(here.join(there)).unwrap();
    }
    fs::write(here.join("full/file"), "").unwrap();
    fs::write(here.join("file"), "").unwrap();
    std::os::unix::fs::symlink("nowhere", here.join("link")).unwrap();
    let told = all_seen(
        here,
        &[
            &["agent", "full"],
            &["agent", "file"],
            &["agent", "link"],
            &["agent", "notes", "--output", ""],
            &["agent", "notes", "--output", "file/notes"],
        ],
    );
    insta::assert_snapshot!("folders", told);
    assert_eq!(files(here), ["file", "full/file", "link"]);
    made(here, &["agent", "empty"]);
    assert_eq!(files(&here.join("empty")).len(), 9);
}

/// Below `/proc` nobody can make a folder, be it root.
#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_cannot_be_written_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let told = seen(
        folder.path(),
        &["agent", "notes", "--output", "/proc/self/fdinfo/notes"],
    );
    insta::assert_snapshot!("unwritable", told);
}

/// What fails half way leaves nothing.
#[cfg(target_os = "linux")]
#[test]
fn half_a_package_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new("sh")
        .args([
            "-c",
            "ulimit -f 8; trap '' XFSZ; exec \"$0\" new agent notes",
        ])
        .arg(env!("CARGO_BIN_EXE_command"))
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8(output.stderr).unwrap();
    // Which file is the first that is too large is the template's matter.
    assert!(told.starts_with("error: could not make notes/"), "{told}");
    assert!(told.ends_with(": File too large (os error 27)\n"), "{told}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
