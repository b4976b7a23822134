//! Cargo packages under `run`.

use super::agents::*;
use super::*;

/// A Cargo package without dependencies whose programs are these.
pub(super) fn package(programs: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    let manifest =
        "[package]\nname = \"parrot\"\nversion = \"1.0.0\"\nedition = \"2024\"\n\n[workspace]\n";
    write(folder.path(), "Cargo.toml", manifest);
    for (file, text) in programs {
        write(folder.path(), file, text);
    }
    folder
}

fn run_package(folder: &TempDir, more: &[&str]) -> Output {
    let mut command = command(
        folder.path(),
        &[&["run", ".", "echo", "message=hi"], more].concat(),
    );
    command
        .env("CARGO_TARGET_DIR", folder.path().join("target"))
        .output()
        .unwrap()
}

pub(super) const PROGRAM: &str = r##"
fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if arguments[1] == "--ddl" {
        println!("{}", r#"{"metadata": {"name": "parrot", "provider": "external", "timeout": 20},
            "actions": [{"action": "echo", "input": {"message": {"type": "string", "maxlength": 9}},
                         "output": {"message": {"display_as": "Message"}}}]}"#);
        return;
    }
    let reply = r#"{"activate":true,"statuscode":0,"statusmsg":"OK","data":{"message":"built"}}"#;
    std::fs::write(&arguments[2], reply).unwrap();
}
"##;

#[test]
fn a_cargo_package_is_built_and_asked_for_its_ddl() {
    let folder = package(&[("src/main.rs", PROGRAM)]);
    let output = run_package(&folder, &[]);
    assert_eq!(output.status.code(), Some(0));
    insta::assert_snapshot!("package_ok", seen(folder.path(), &output));

    // A DDL in the package counts more.
    let ddl = json!({"metadata": {"name": "parrot", "provider": "external", "timeout": 9}, "actions": []});
    write(folder.path(), "parrot.json", &ddl.to_string());
    let output = run_package(&folder, &[]);
    insta::assert_snapshot!("package_own_ddl", seen(folder.path(), &output));

    write(folder.path(), "src/main.rs", "fn main() { nothing() }");
    let output = run_package(&folder, &[]);
    assert_eq!(output.status.code(), Some(2));
    let errors = seen(folder.path(), &output);
    assert!(errors.contains("error[E0425]"), "{errors}");
    assert!(
        errors.ends_with(
            "error: the package in {folder} could not be built: see cargo's errors above\n"
        ),
        "{errors}"
    );
}

/// Which profiles a package was built by.
fn profiles(folder: &TempDir) -> Vec<&'static str> {
    let built = |profile: &&str| folder.path().join("target").join(profile).is_dir();
    ["debug", "release"].into_iter().filter(built).collect()
}

#[test]
fn a_debug_build_is_run_unless_a_release_is_wanted() {
    let folder = package(&[("src/main.rs", PROGRAM)]);
    let file = "agent: .\ncases: [{name: a, action: echo, data: {message: hi}}]\n";
    write(folder.path(), "tests.yaml", file);
    for arguments in [
        &["run", ".", "echo", "message=hi"][..],
        &["test", "tests.yaml"],
        &["check", ".", "--only", "C005"],
        &["discover", ".", "--timeout", "10"],
    ] {
        for (release, profile) in [(None, "debug"), (Some("--release"), "release")] {
            let _ = fs::remove_dir_all(folder.path().join("target"));
            let arguments: Vec<&str> = arguments.iter().copied().chain(release).collect();
            let mut command = command(folder.path(), &arguments);
            command.env("CARGO_TARGET_DIR", folder.path().join("target"));
            let told = String::from_utf8(command.output().unwrap().stderr).unwrap();
            let line = format!("({profile})\n");
            let first = told.split_inclusive('\n').next().unwrap();
            assert!(
                first.starts_with("building ") && first.ends_with(&line),
                "{told}"
            );
            assert_eq!(profiles(&folder), [profile], "{arguments:?}");
        }
    }
}

#[test]
fn a_package_that_does_not_know_its_ddl_is_run_without() {
    // Any program of the reader's, not yet an agent: it prints something
    // else, fails or says nothing.
    let hello = r###"
fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if arguments.len() > 3 {
        let config = std::env::var("CHORIA_EXTERNAL_CONFIG").unwrap();
        println!("{}", std::fs::read_to_string(config).unwrap());
        std::fs::write(&arguments[2], r##"{"activate":true,"statuscode":0,"statusmsg":"OK","data":{}}"##).unwrap();
        return;
    }
    match std::fs::read_to_string(std::env::current_exe().unwrap().with_file_name("does")).as_deref() {
        Ok("fail") => std::process::exit(3),
        Ok("nothing") => {}
        _ => println!("Hello, world!\nMore"),
    }
}
"###;
    let folder = package(&[("src/main.rs", hello)]);
    // Beside the manifest, where its author has it, not below target.
    write(folder.path(), "plugin.d/parrot", "colour = blue");
    insta::assert_snapshot!(
        "package_hello",
        seen(folder.path(), &run_package(&folder, &[]))
    );
    for (does, wanted) in [
        (
            "fail",
            "the program ended with exit status: 3; put parrot.json into the package",
        ),
        (
            "nothing",
            "the program printed nothing; put parrot.json into the package",
        ),
    ] {
        write(folder.path(), "target/debug/does", does);
        let seen = seen(folder.path(), &run_package(&folder, &[]));
        assert!(
            seen.starts_with("exit code 0\n") && seen.contains(wanted),
            "{seen}"
        );
    }
    // The manifest stands for its folder.
    let mut manifest = command(folder.path(), &["run", "Cargo.toml", "echo"]);
    let manifest = manifest.env("CARGO_TARGET_DIR", folder.path().join("target"));
    assert_eq!(manifest.output().unwrap().status.code(), Some(0));
}

#[test]
fn a_workspace_is_no_package() {
    let folder = TempDir::new().unwrap();
    write(
        folder.path(),
        "Cargo.toml",
        "[workspace]\nmembers = [\"owl\", \"lib\"]\nresolver = \"3\"\n",
    );
    for (name, file) in [("owl", "main.rs"), ("lib", "lib.rs")] {
        let manifest =
            format!("[package]\nname = \"{name}\"\nversion = \"1.0.0\"\nedition = \"2024\"\n");
        write(folder.path(), &format!("{name}/Cargo.toml"), &manifest);
        // It is not built: that would fail.
        write(
            folder.path(),
            &format!("{name}/src/{file}"),
            "nothing to compile",
        );
    }
    let output = run(folder.path(), &["run", ".", "echo"]);
    insta::assert_snapshot!("workspace", seen(folder.path(), &output));
}

#[test]
fn a_package_with_several_programs_needs_a_choice() {
    let folder = package(&[("src/bin/one.rs", PROGRAM), ("src/bin/two.rs", PROGRAM)]);
    let output = run_package(&folder, &[]);
    assert_eq!(output.status.code(), Some(2));
    insta::assert_snapshot!("package_several", seen(folder.path(), &output));

    let path = folder.path().join("Cargo.toml");
    let manifest = fs::read_to_string(&path).unwrap();
    fs::write(
        &path,
        manifest.replace("[workspace]", "default-run = \"two\"\n\n[workspace]"),
    )
    .unwrap();
    assert_eq!(run_package(&folder, &[]).status.code(), Some(0));
}
