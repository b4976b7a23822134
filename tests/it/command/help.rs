//! What the command says of itself: help, completions, manual pages.

use super::*;

fn stdout(arguments: &[&str]) -> String {
    let output = run(Path::new("."), arguments);
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The help of a command and of all its commands, by their words.
fn pages(words: &[&str]) -> Vec<(Vec<String>, String)> {
    let page = stdout(&[words, &["--help"]].concat());
    let parts: Vec<String> = page
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .map(|line| line.split_whitespace().next().unwrap().to_owned())
        .filter(|part| part != "help")
        .collect();
    let owned = words.iter().map(|word| (*word).to_owned()).collect();
    let mut all = vec![(owned, page)];
    for part in &parts {
        all.extend(pages(&[words, &[part]].concat()));
    }
    all
}

#[test]
fn every_help_page_has_examples() {
    let pages = pages(&[]);
    assert!(pages.len() > 12, "{}", pages.len());
    for (words, page) in &pages {
        assert!(page.contains("\nExamples:\n  choria-external "), "{page}");
        insta::assert_snapshot!(
            ["help"]
                .into_iter()
                .chain(words.iter().map(String::as_str))
                .collect::<Vec<_>>()
                .join("_"),
            page
        );
    }
    let version = stdout(&["--version"]);
    assert_eq!(
        version,
        format!("choria-external {}\n", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn the_width_of_the_terminal_does_not_count() {
    let wide = command(Path::new("."), &["package", "--help"])
        .env("COLUMNS", "250")
        .output()
        .unwrap();
    let narrow = command(Path::new("."), &["package", "--help"])
        .env("COLUMNS", "40")
        .output()
        .unwrap();
    assert_eq!(wide.stdout, narrow.stdout);
}

#[test]
fn every_shell_has_completions() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = stdout(&["completions", shell]);
        for word in ["discover", "package", "completions"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
    let folder = TempDir::new().unwrap();
    let output = run(folder.path(), &["completions", "tcsh"]);
    assert_eq!(output.status.code(), Some(2));
    insta::assert_snapshot!("usage_shell", seen(folder.path(), &output));
}

/// What bash offers for the last of these words, having read the script.
fn bash_offers(words: &[&str]) -> Vec<String> {
    let folder = TempDir::new().unwrap();
    fs::write(
        folder.path().join("script"),
        stdout(&["completions", "bash"]),
    )
    .unwrap();
    let text = r#"
        set -eu
        bash -n script
        source ./script
        function=$(complete -p choria-external | sed 's/.*-F \([^ ]*\).*/\1/')
        COMP_WORDS=(choria-external "$@")
        COMP_CWORD=$#
        "$function" choria-external "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        printf '%s\n' "${COMPREPLY[@]}"
    "#;
    let output = Command::new("bash")
        .args(["--norc", "-c", text, "bash"])
        .args(words)
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    let offered = String::from_utf8(output.stdout).unwrap();
    offered.lines().map(Into::into).collect()
}

#[cfg(unix)]
#[test]
fn bash_completes_with_the_script() {
    assert_eq!(bash_offers(&["pack"]), ["package"]);
    assert_eq!(bash_offers(&["package", "--bi"]), ["--binary"]);
    assert_eq!(bash_offers(&["ddl", "va"]), ["validate"]);
    assert_eq!(
        bash_offers(&["ddl", "lint", "--format", ""]),
        ["text", "json", "sarif"]
    );
    assert_eq!(bash_offers(&["completions", "po"]), ["powershell"]);
}

#[test]
fn every_command_has_a_manual_page() {
    let page = stdout(&["man"]);
    insta::assert_snapshot!("man", page);

    let folder = TempDir::new().unwrap();
    let pages_folder = folder.path().join("share/man1");
    let written = run(folder.path(), &["man", "--output", "share/man1"]);
    assert!(written.status.success() && written.stdout.is_empty());
    let mut wanted: Vec<String> = pages(&[])
        .into_iter()
        .map(|(words, _)| {
            let words = ["choria-external".to_owned()].into_iter().chain(words);
            words.collect::<Vec<_>>().join("-") + ".1"
        })
        .collect();
    wanted.sort();
    let files = fs::read_dir(&pages_folder).unwrap();
    let mut files: Vec<String> = files
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    assert_eq!(files, wanted);
    let read = |name: &str| fs::read_to_string(pages_folder.join(name)).unwrap();
    assert_eq!(read("choria-external.1"), page);
    insta::assert_snapshot!("man_ddl_lint", read("choria-external-ddl-lint.1"));

    fs::write(folder.path().join("file"), "").unwrap();
    let output = run(folder.path(), &["man", "--output", "file"]);
    assert_eq!(output.status.code(), Some(2));
    insta::assert_snapshot!("man_unwritable", seen(folder.path(), &output));
}
