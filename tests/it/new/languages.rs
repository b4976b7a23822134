//! Agents in other languages than Rust: they keep every rule, and their CI passes.

use super::*;

const LANGUAGES: [&str; 2] = ["python", "shell"];

/// An agent called `notes` in a folder of its own.
fn agent(language: &str, more: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    made(
        folder.path(),
        &[&["agent", "notes", "--language", language], more].concat(),
    );
    folder
}

/// Runs a line, which must succeed; what it prints.
fn run(package: &Path, line: &str) -> String {
    let (mut command, _bin) = shell(package, line);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{line}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn their_ci_passes() {
    for language in LANGUAGES {
        let folder = agent(language, &["--published"]);
        let package = folder.path().join("notes");
        let commands = ci(&package);
        let [install, own @ ..] = &*commands else {
            panic!("{commands:?}");
        };
        let version = env!("CARGO_PKG_VERSION");
        let wanted = format!("cargo install --locked choria-external-cli@{version}");
        assert_eq!(*install, wanted);
        let printed: String = own.iter().map(|line| run(&package, line)).collect();
        for wanted in [
            "1 DDL: 0 errors, 0 warnings, 0 notes",
            "9 cases: 9 passed",
            "notes: 27 ok, 0 failures, 0 warnings",
        ] {
            assert!(printed.contains(wanted), "{printed}");
        }
    }
}

#[test]
fn their_ci_gets_the_command_from_its_repository() {
    let folder = agent("shell", &[]);
    let install = &ci(&folder.path().join("notes"))[0];
    assert_eq!(
        install,
        "cargo install --locked --git \"$CHORIA_EXTERNAL\" choria-external-cli\n"
    );
    let text = fs::read_to_string(folder.path().join("notes/.github/workflows/ci.yml")).unwrap();
    assert!(text.contains("CHORIA_EXTERNAL: ${{ vars.CHORIA_EXTERNAL }}\n"));
}

/// The rules that a call has to show, with one that has an input.
#[test]
fn an_action_that_changes_something_keeps_the_rules_too() {
    for language in LANGUAGES {
        let folder = agent(language, &[]);
        let package = folder.path().join("notes");
        fs::write(package.join("null.cfg"), "file = /dev/null\n").unwrap();
        let line = "choria-external check ./notes --action set text=hello --config null.cfg";
        let printed = run(&package, line);
        for rule in ["C008", "C009", "C017", "C018", "C019", "C021"] {
            assert!(printed.contains(&format!("ok   {rule}")), "{printed}");
        }
    }
}

#[test]
fn what_is_offered_next_works() {
    for language in LANGUAGES {
        let folder = tempfile::tempdir().unwrap();
        let told = made(folder.path(), &["agent", "notes", "-l", language]);
        let package = folder.path().join("notes");
        // The settings name a file for all users.
        let settings = package.join("plugin.d/notes.cfg");
        let text = fs::read_to_string(&settings).unwrap();
        let note = folder.path().join("note");
        let text = text.replace("/var/tmp/notes.note", note.to_str().unwrap());
        fs::write(&settings, text).unwrap();

        let (_, next) = told.split_once("\nNext:\n  cd notes\n").unwrap();
        let printed: Vec<String> = next.lines().map(|line| run(&package, line)).collect();
        assert!(printed[0].contains("9 cases: 9 passed"));
        assert!(printed[1].starts_with("notes#set: OK, code 0"));
        assert!(printed[2].contains("   Note: hello"), "{printed:?}");
        assert_eq!(fs::read_to_string(note).unwrap(), "hello");
    }
}

#[test]
fn nothing_of_a_description_is_code() {
    let text = r#"it's """ \ {{name}} $(touch made) `touch made` "#;
    for language in LANGUAGES {
        let folder = agent(language, &["--description", text]);
        let package = folder.path().join("notes");
        let program = fs::read_to_string(package.join("notes")).unwrap();
        assert_eq!(program.lines().nth(1), Some(&*format!("# {}", text.trim())));
        assert!(run(&package, "choria-external test tests.yaml").contains("9 passed"));
        assert!(!package.join("made").exists());
    }
}

/// As far as the languages themselves can tell.
#[test]
fn the_programs_are_without_warnings() {
    let python = agent("python", &[]);
    let line = "/usr/bin/python3 -W error -c \
                'compile(open(\"notes\").read(), \"notes\", \"exec\")'";
    run(&python.path().join("notes"), line);
    let sh = agent("shell", &[]);
    run(
        &sh.path().join("notes"),
        "sh -n notes; bash --posix -n notes",
    );
}

/// A shell that is not the system's runs it as well.
#[test]
fn the_shell_agent_is_posix() {
    let folder = agent("shell", &[]);
    let package = folder.path().join("notes");
    let program = package.join("notes");
    let text = fs::read_to_string(&program).unwrap();
    fs::write(&program, text.replace("#!/bin/sh\n", "#!/bin/bash\n")).unwrap();
    assert!(run(&package, "choria-external test tests.yaml").contains("9 passed"));
}
