//! `doctor`: what is here, told by programs that a test has made.

use super::agents::write;
use super::*;
use crate::readme::repository;

/// All that it looks for, each a program that prints this.
const PROGRAMS: [(&str, &str); 7] = [
    ("choria", "0.29.4"),
    ("cargo", "cargo 1.95.0 (f2d3ce0bd 2026-03-21)"),
    ("cc", "cc (Debian 12.2.0-14+deb12u1) 12.2.0"),
    ("python3", "Python 3.11.2"),
    ("jq", "jq-1.6"),
    ("go", "go version go1.26.1 linux/amd64"),
    ("rustc", "rustc 1.95.0 (59807616e 2026-04-14)"),
];

/// A folder with programs, and a Rust that has these targets.
fn machine(programs: &[(&str, &str)], targets: &[&str]) -> TempDir {
    let folder = TempDir::new().unwrap();
    let here = folder.path();
    for (name, says) in programs {
        let text = match *name {
            "rustc" => format!(
                "#!/bin/sh\ncase $* in\n-vV) echo 'host: x86_64-unknown-linux-gnu' ;;\n\
                 *sysroot) echo {}/rust ;;\n*) echo '{says}' ;;\nesac\n",
                here.display()
            ),
            _ => format!("#!/bin/sh\necho '{says}'\n"),
        };
        write(here, &format!("bin/{name}"), &text);
    }
    for target in targets {
        fs::create_dir_all(here.join("rust/lib/rustlib").join(target).join("lib")).unwrap();
    }
    // Rust keeps other things there, too.
    fs::create_dir_all(here.join("rust/lib/rustlib/etc")).unwrap();
    folder
}

fn doctor(machine: &TempDir, arguments: &[&str]) -> String {
    let output = command(machine.path(), &[&["doctor"], arguments].concat())
        .env("PATH", machine.path().join("bin"))
        .env_remove("CARGO")
        .env_remove("RUSTC")
        .output()
        .unwrap();
    let checkout = repository().to_str().unwrap().to_owned();
    seen(machine.path(), &output).replace(&checkout, "{checkout}")
}

const GNU: &str = "x86_64-unknown-linux-gnu";
const MUSL: &str = "x86_64-unknown-linux-musl";

#[test]
fn all_that_is_here_is_told() {
    let machine = machine(&PROGRAMS, &[GNU, MUSL]);
    insta::assert_snapshot!("doctor_all", doctor(&machine, &[]));
    insta::assert_snapshot!("doctor_json", doctor(&machine, &["--json"]));
}

#[test]
fn what_is_missing_is_no_failure() {
    let nothing = machine(&[], &[]);
    insta::assert_snapshot!("doctor_nothing", doctor(&nothing, &[]));
    let no_musl = machine(&PROGRAMS, &[GNU]);
    insta::assert_snapshot!("doctor_no_musl", doctor(&no_musl, &[]));
}

#[test]
fn other_versions_and_broken_programs_are_told() {
    let programs = [
        ("choria", "0.28.0"),
        ("cargo", "cargo 1.80.1"),
        ("python3", "Python 2.7.18"),
        ("go", "go version devel"),
        // It could move the cursor.
        ("cc", "\u{1b}[2Jcc"),
    ];
    let machine = machine(&programs, &[]);
    write(machine.path(), "bin/jq", "#!/bin/sh\nexit 3\n");
    write(machine.path(), "bin/rustc", "#!/no/such/shell\n");
    insta::assert_snapshot!("doctor_other", doctor(&machine, &[]));
}

#[test]
fn the_programs_that_variables_name_come_first() {
    let machine = machine(&PROGRAMS, &[]);
    write(machine.path(), "other", "#!/bin/sh\necho 'cargo 1.99.9'\n");
    let output = command(machine.path(), &["doctor", "--json"])
        .env("PATH", machine.path().join("bin"))
        .env("CARGO", machine.path().join("other"))
        .env_remove("RUSTC")
        .output()
        .unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let items = report["items"].as_array().unwrap();
    let cargo = items.iter().find(|item| item["name"] == "cargo").unwrap();
    assert_eq!(cargo["version"], "1.99.9");
}
