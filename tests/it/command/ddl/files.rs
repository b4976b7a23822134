//! Files that are bad, large or many, standard input, and the DDLs of real
//! agents.

use std::env;
use std::path::PathBuf;

use choria_external_ddl::lint::{Severity, lint};

use super::*;
use crate::python;

#[test]
fn bad_files_are_told_with_their_place() {
    let here = folder(&[
        ("broken.json", "{\"metadata\":\r\n  {\"name\" \"parrot\"}}"),
        ("empty.json", ""),
        (
            "number.json",
            "{\"metadata\": {\"name\": \"parrot\",\r\n \"timeout\": \"1\"}}",
        ),
        ("other.json", r#"{"name": "a-package", "version": "1.0.0"}"#),
        ("nameless.json", r#"{"actions": [{"action": "echo"}]}"#),
        ("list.json", "[1]"),
        ("marked.json", &format!("\u{feff}{GOOD}")),
        ("deep.json", &format!("{{\"a\":\r\n{}", "[".repeat(128))),
        ("name.json", r#"{"metadata": {"name": "parrot"}}"#),
        (
            "program.ddl",
            "metadata :name => \"parrot\",\r\n  :timeout => ENV['TIMEOUT']\r\n",
        ),
        ("no.ddl", "{\"metadata\": {}}"),
    ]);
    fs::write(here.path().join("latin.ddl"), b"# a\nusage \"\xe9\"").unwrap();
    fs::create_dir(here.path().join("agents")).unwrap();
    let files = "broken.json empty.json number.json other.json nameless.json list.json marked.json deep.json \
                 program.ddl no.ddl latin.ddl missing.json agents";
    let mut all = String::new();
    for command in ["lint", "convert --output out", "doc --output out"] {
        all += &runs(&here, &[&format!("{command} {files}")]);
    }
    all += &runs(
        &here,
        &[
            "validate broken.json echo",
            "validate agents echo",
            "validate marked.json echo",
            "validate deep.json echo",
            "validate name.json echo",
            "diff deep.json marked.json",
            "diff name.json name.json",
            "diff other.json missing.json",
            "convert other.json --from ruby",
            "lint",
            "lint --format xml other.json",
            "lint other.json nameless.json --against list.json",
            "lint nameless.json --against list.json",
        ],
    );
    insta::assert_snapshot!("bad_files", all);
    assert!(
        !here.path().join("out").exists(),
        "nothing was to be put into it"
    );
}

#[test]
fn standard_input_is_read_once() {
    let here = parrot();
    for arguments in [
        "lint - -",
        "lint - --against -",
        "diff - -",
        "validate - echo --data -",
        "convert - - --output out",
    ] {
        let output = ddl_of(&here, arguments, GOOD.as_bytes());
        assert_eq!(output.status.code(), Some(2), "{arguments}");
        assert_eq!(
            text(&output.stderr),
            "error: - is given twice, and standard input can be read only once: name a file instead of one\n",
            "{arguments}"
        );
    }
}

#[test]
fn standard_input_says_its_form_by_its_first_character() {
    let here = parrot();
    let ruby = fs::read_to_string(here.path().join("parrot.ddl")).unwrap();
    let windows = |text: &str| text.replace('\n', "\r\n");
    for text in [
        GOOD.to_owned(),
        windows(GOOD),
        ruby.clone(),
        windows(&ruby),
        format!("\u{feff}{ruby}"),
        format!("# {{ a comment\n{ruby}"),
    ] {
        let output = ddl_of(&here, "diff - parrot.json", text.as_bytes());
        insta::allow_duplicates! {
            insta::assert_snapshot!(seen(here.path(), &output), @"
            exit code 0
            --- stdout
            Nothing changed, version 1.2.3.
            ");
        }
    }
    let output = ddl_of(&here, "convert - --from json", ruby.as_bytes());
    insta::assert_snapshot!(seen(here.path(), &output), @"
    exit code 2
    --- stderr
    error: stdin:1:1: not JSON: expected a value: 'm'
    ");
    let output = ddl_of(&here, "lint -", b"{]");
    insta::assert_snapshot!("stdin_lint", seen(here.path(), &output));
    let output = ddl_of(&here, "convert -", b"metadata :name => 1 +\n");
    insta::assert_snapshot!("stdin_convert", seen(here.path(), &output));
}

#[test]
fn a_large_ddl_is_no_trouble() {
    let mut ddl_json: Value = serde_json::from_str(GOOD).unwrap();
    let actions = (0..3600).map(|at| {
        let mut action = ddl_json["actions"][0].clone();
        action["action"] = format!("echo{at}").into();
        action
    });
    ddl_json["actions"] = actions.collect();
    let large = format!("{ddl_json:#}");
    assert!(large.len() > 5_000_000, "{}", large.len());
    let here = folder(&[("large.json", &large)]);
    let output = ddl(&here, "convert large.json --output large.ddl");
    assert_eq!(seen(here.path(), &output), "exit code 0\n");
    assert_eq!(
        ddl(&here, "diff large.json large.ddl").status.code(),
        Some(0)
    );
    let cut = large.trim_end().strip_suffix('}').unwrap();
    fs::write(here.path().join("cut.json"), cut).unwrap();
    let long = format!(
        "{{\"metadata\": {{\"name\": \"parrot\", \"timeout\": \"{}\"}}}}",
        "x".repeat(5_000_000)
    );
    fs::write(here.path().join("long.json"), long).unwrap();
    insta::assert_snapshot!(
        "large_files",
        runs(
            &here,
            &[
                "convert cut.json",
                "diff large.json cut.json",
                "doc long.json"
            ]
        )
    );
    insta::assert_snapshot!(seen(here.path(), &ddl(&here, "lint large.json large.ddl")), @"
    exit code 0
    --- stdout
    2 DDLs: 0 errors, 0 warnings, 0 notes
    ");
}

#[test]
fn what_is_odd_with_a_ddl_is_told_by_each_command() {
    let mut twice: Value = serde_json::from_str(GOOD).unwrap();
    twice["actions"][1] = twice["actions"][0].clone();
    let windows = GOOD
        .replace('\n', "\r\n")
        .replace(r#""maxlength": 120"#, r#""maxlength": "120""#);
    let here = folder(&[
        ("twice.json", &twice.to_string()),
        ("windows.json", &windows),
        ("bare.json", "{}"),
        ("null.json", "null"),
        ("bare.ddl", "action 'echo' do\r\nend\r\n"),
        ("nameless.ddl", "metadata :timeout => 1\r\n"),
    ]);
    let mut all = String::new();
    for file in [
        "twice.json",
        "windows.json",
        "bare.json",
        "null.json",
        "bare.ddl",
        "nameless.ddl",
    ] {
        let stem = file.replace('.', "_");
        all += &runs(
            &here,
            &[
                &format!("lint {file}"),
                &format!("convert {file} --output {stem}/"),
                &format!("validate {file} echo message=hi"),
                &format!("diff {file} {file}"),
                &format!("doc {file} --output {stem}/"),
            ],
        );
    }
    insta::assert_snapshot!("odd_files", all);
}

#[test]
fn an_endless_file_is_refused() {
    let here = folder(&[]);
    insta::assert_snapshot!(seen(here.path(), &ddl(&here, "lint /dev/zero")), @"
    exit code 2
    --- stderr
    error: could not read /dev/zero: it is larger than 64 MiB, more than any DDL
    ");
}

/// The DDLs of real agents, in the folder that `CHORIA_DDLS` names, else in
/// `CHORIA_SHIPPED_DDLS`.
fn real() -> Vec<PathBuf> {
    let folder = ["CHORIA_DDLS", "CHORIA_SHIPPED_DDLS"]
        .into_iter()
        .find_map(env::var_os)
        .expect(
            "CHORIA_DDLS or CHORIA_SHIPPED_DDLS has to name a folder of DDLs; tests/run finds one",
        );
    let mut files: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .collect();
    files.sort();
    assert!(files.len() >= 6, "{}: {files:?}", folder.display());
    files
}

#[test]
fn ddls_of_real_agents_are_linted_and_converted_without_loss() {
    let here = folder(&[]);
    let files = real();
    let mut worst = None;
    for file in &files {
        let text = fs::read_to_string(file).unwrap();
        let found = lint(&text).worst();
        worst = worst.max(found);
        for (strict, bad) in [
            (None, Severity::Error),
            (Some("--strict"), Severity::Warning),
        ] {
            let mut lint = command(here.path(), &["ddl", "lint"]);
            let status = lint.arg(file).args(strict).output().unwrap().status;
            let wanted = i32::from(found >= Some(bad));
            assert_eq!(status.code(), Some(wanted), "{}", file.display());
        }
    }
    let mut all = command(here.path(), &["ddl", "lint"]);
    let status = all.args(&files).output().unwrap().status;
    let wanted = i32::from(worst == Some(Severity::Error));
    assert_eq!(status.code(), Some(wanted));

    let mut to_ruby = command(here.path(), &["ddl", "convert", "--output", "ruby"]);
    let output = to_ruby.args(&files).output().unwrap();
    let told = text(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{told}");
    // One of them lacks a key that Ruby's form has to have.
    assert!(
        told.lines().all(|line| line.starts_with("note: ")),
        "{told}"
    );
    let mut rubies: Vec<_> = fs::read_dir(here.path().join("ruby"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    rubies.sort();
    assert_eq!(rubies.len(), files.len());
    let mut to_json = command(here.path(), &["ddl", "convert", "--output", "json"]);
    let output = to_json.args(&rubies).output().unwrap();
    assert_eq!(seen(here.path(), &output), "exit code 0\n");
    for file in &files {
        let again = here.path().join("json").join(file.file_name().unwrap());
        let read = |path: &Path| Ddl::from_json(&fs::read(path).unwrap()).unwrap();
        assert_eq!(read(&again), read(file), "{}", file.display());
    }
}

#[test]
fn only_a_terminal_sees_how_far_it_is() {
    let here = parrot();
    let many = ["lint"]
        .into_iter()
        .chain([" parrot.json"; 12])
        .collect::<String>();
    assert_eq!(text(&ddl(&here, &many).stderr), "");

    // A terminal of its own for standard error.
    let program = "\
import os, pty, subprocess, sys
ours, theirs = pty.openpty()
child = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=theirs)
os.close(theirs)
while True:
    try:
        text = os.read(ours, 65536)
    except OSError:
        break
    if not text:
        break
    sys.stdout.buffer.write(text)
sys.exit(child.wait())
";
    let on_terminal = |files: usize| {
        let output = Command::new(python::interpreter())
            .args(["-c", program, env!("CARGO_BIN_EXE_command"), "ddl", "lint"])
            .args(vec!["parrot.json"; files])
            .current_dir(here.path())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0));
        text(&output.stdout)
    };
    let shown = on_terminal(12);
    assert!(
        shown.starts_with("\r\u{1b}[K1/12 parrot.json\r\u{1b}[K2/12 "),
        "{shown:?}"
    );
    assert!(shown.ends_with("12/12 parrot.json\r\u{1b}[K"), "{shown:?}");
    assert_eq!(on_terminal(2), "");
}
