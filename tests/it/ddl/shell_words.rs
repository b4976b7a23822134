//! The rule `shell_word`: what passes it is safe in a shell, and servers refuse what
//! it refuses.

use std::process::Command;

use choria_external::{
    Actions, Agent, Call, External as _, Failure, Input, Metadata, StatusCode, Value, json,
    metadata,
};
use choria_external_ddl::{Ddl, Validation, is_shell_word};
use choria_external_go::Regex;
use proptest::prelude::*;

/// Every character of ASCII but NUL, and some others, at each place of a word.
fn samples() -> Vec<String> {
    let characters = ('\u{1}'..='\u{7f}').chain(['\u{e9}', '\u{a0}', '\u{202e}', '\u{ff0d}']);
    characters
        .flat_map(|c| {
            [
                format!("{c}"),
                format!("{c}b"),
                format!("a{c}b"),
                format!("a{c}"),
            ]
        })
        .chain(
            [
                "", "-rf", "--", "a\0b", "~root", "{a,b}", "a b", "$(id)", "a&&b",
            ]
            .map(Into::into),
        )
        .collect()
}

#[test]
fn a_shell_takes_each_word_as_it_is() {
    let words: Vec<String> = samples()
        .into_iter()
        .filter(|word| is_shell_word(word))
        .collect();
    assert!(words.len() > 200, "{}", words.len());
    // In a folder with files that a pattern would find.
    let folder = tempfile::tempdir().unwrap();
    for name in ["a", "ab", "b", "acb"] {
        std::fs::write(folder.path().join(name), "").unwrap();
    }
    let script = format!("printf '%s\\n' {}", words.join(" "));
    for shell in ["sh", "bash"] {
        let printed = Command::new(shell)
            .args(["-c", &script])
            .current_dir(folder.path())
            .output()
            .unwrap();
        let printed = String::from_utf8(printed.stdout).unwrap();
        assert_eq!(printed.lines().collect::<Vec<_>>(), words, "{shell}");
    }
}

#[test]
fn what_a_shell_would_change_or_split_is_refused() {
    for text in [
        "",
        "-",
        "-rf",
        "--help",
        "+x",
        "=ls",
        "a b",
        "a\tb",
        "a\nb",
        "a\n",
        "\na",
        "a\0b",
        "a;b",
        "a&b",
        "a|b",
        "a>b",
        "a<b",
        "a`b",
        "a$b",
        "a\"b",
        "a'b",
        "a\\b",
        "a*b",
        "a?b",
        "[a]",
        "{a,b}",
        "(a)",
        "~",
        "~root",
        "#a",
        "!a",
        "a^b",
        "\u{e9}",
        "a\u{202e}b",
        "@file",
        "%1",
        ":a",
        ",a",
    ] {
        assert!(!is_shell_word(text), "{text:?}");
    }
    for text in [
        "a",
        "A9",
        "_",
        ".",
        "/",
        "/usr/bin/env",
        "a-b",
        "a=b",
        "user@host:80",
        "x86_64",
        "50%",
    ] {
        assert!(is_shell_word(text), "{text:?}");
    }
}

proptest! {
    /// A server knows the rule as a regular expression.
    #[test]
    fn a_server_judges_as_the_agent_does(text in "[a-zA-Z0-9_@%+=:,./;&\n -]{0,6}|\\PC{0,4}") {
        let rule = Regex::new(Validation::SHELL_WORD).unwrap();
        prop_assert_eq!(rule.is_match(&text), is_shell_word(&text));
    }
}

#[test]
fn a_server_judges_each_character_as_the_agent_does() {
    let rule = Regex::new(Validation::SHELL_WORD).unwrap();
    for text in samples() {
        assert_eq!(rule.is_match(&text), is_shell_word(&text), "{text:?}");
    }
}

#[derive(Default)]
struct Packages;

/// Installs a package
#[derive(Input)]
struct Install {
    /// The package
    #[input(maxlength = 40, validation = shell_word, default = "httpd")]
    package: String,
}

impl Agent for Packages {
    const META: Metadata = metadata!(
        name = "packages",
        description = "Installs packages",
        author = "A <a@example.net>",
        url = "https://example.net",
        timeout = 5
    );

    fn actions(actions: &mut Actions<Self>) {
        actions.add("install", Self::install);
    }
}

impl Packages {
    #[allow(clippy::unused_self)]
    fn install(&self, _call: &Call, input: Install) -> Result<(), Failure> {
        assert!(is_shell_word(&input.package));
        Ok(())
    }
}

#[test]
fn agents_check_it_and_the_ddl_has_it_for_servers() {
    let call = |package: &str| Packages.call("install", json!({ "package": package }));
    assert_eq!(call("httpd-2.4").statuscode, StatusCode::OK);
    for bad in ["-rf", "a\nb", "a&b"] {
        let reply = call(bad);
        assert_eq!(reply.statuscode, StatusCode::INVALID_DATA, "{bad:?}");
        assert_eq!(
            reply.statusmsg,
            r"validation failed for input 'package': input does not match '\A[A-Za-z0-9_./][A-Za-z0-9_@%+=:,./-]*\z'"
        );
    }

    let ddl = Packages::ddl().unwrap();
    let json = ddl.to_json();
    let value: Value = serde_json::from_str(&json).unwrap();
    let input = &value["actions"][0]["input"]["package"];
    assert_eq!(input["validation"], Validation::SHELL_WORD);
    let read = Ddl::from_json(json.as_bytes()).unwrap();
    assert_eq!(read.actions[0].inputs[0].validation, Validation::ShellWord);
    let ruby = read.to_ruby();
    let wanted = r"'\A[A-Za-z0-9_./][A-Za-z0-9_@%+=:,./-]*\z'";
    assert!(ruby.contains(wanted), "{ruby}");
    assert_eq!(Ddl::from_ruby(&ruby), Ok(read));
}
