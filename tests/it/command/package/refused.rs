//! What cannot be packed, and Cargo packages.

use super::*;

/// The runs below each other, each with its command line.
fn runs(folder: &TempDir, lines: &[&str]) -> String {
    let shown = |line: &&str| {
        let output = package(folder, line);
        assert_eq!(output.status.code(), Some(2), "{line}");
        format!("$ package {line}\n{}\n", told(folder, &output))
    };
    lines.iter().map(shown).collect()
}

#[test]
fn wrong_usage_is_told() {
    let here = parrot("1.2.3");
    let shown = runs(
        &here,
        &[
            "--force",
            "--binary linux_amd64",
            "--binary linux_amd64=parrot --target x86_64-unknown-linux-musl",
            "--binary linux_amd64=parrot --vendor a/b",
            "--binary linux=parrot",
            "--binary x86_64-unknown-linux-gnux32=parrot",
            ". --target armv7-unknown-linux-gnueabihf --target arm-unknown-linux-gnueabi",
            ". --target armv7-unknown-linux-gnueabihf --binary linux_arm=parrot",
            "parrot",
            "nothing",
        ],
    );
    insta::assert_snapshot!("usage", shown);
}

#[test]
fn programs_that_no_server_would_start_are_not_packed() {
    let here = parrot("1.2.3");
    fs::write(here.path().join("text"), "hello\n").unwrap();
    write(here.path(), "words", "hello\n");
    write(here.path(), "empty", "");
    // A head of an ELF file for ARM with 64 bits.
    let mut elf = vec![0; 64];
    elf[..8].copy_from_slice(&[0x7f, b'E', b'L', b'F', 2, 1, 1, 0]);
    elf[18] = 183;
    fs::write(here.path().join("arm"), &elf).unwrap();
    fs::set_permissions(here.path().join("arm"), fs::Permissions::from_mode(0o755)).unwrap();
    for (folder, file) in [("a", "arm"), ("b", "words"), ("c", "empty"), ("d", "text")] {
        fs::create_dir(here.path().join(folder)).unwrap();
        fs::rename(
            here.path().join(file),
            here.path().join(folder).join("parrot"),
        )
        .unwrap();
    }
    let shown = runs(
        &here,
        &[
            "--binary linux_amd64=a/parrot --ddl parrot.json",
            "--binary darwin_arm64=a/parrot --ddl parrot.json",
            "--binary windows_amd64=parrot",
            "--binary linux_amd64=b/parrot --ddl parrot.json",
            "--binary linux_amd64=c/parrot --ddl parrot.json",
            "--binary linux_amd64=d/parrot --ddl parrot.json",
            "--binary linux_amd64=e/parrot --ddl parrot.json",
            "--binary linux_amd64=parrot --binary x86_64-unknown-linux-musl=parrot",
        ],
    );
    insta::assert_snapshot!("programs", shown);
}

#[test]
fn a_file_name_with_odd_characters_is_told_as_it_can_be_read() {
    let here = parrot("1.2.3");
    write(here.path(), "pa\nrr\u{1b}[2Jot=", &program("1.2.3"));
    let arguments = [
        "package",
        "--binary",
        "linux_amd64=pa\nrr\u{1b}[2Jot=",
        "--ddl",
        "parrot.json",
    ];
    let output = run(here.path(), &arguments);
    assert_eq!(output.status.code(), Some(2));
    insta::assert_snapshot!("odd_name", told(&here, &output));
    // Named as the agent it is packed, whatever its folder is called.
    let folder = "fol der=\u{e4}";
    write(here.path(), &format!("{folder}/parrot"), &program("1.2.3"));
    let binary = format!("linux_amd64={folder}/parrot");
    let arguments = ["package", "--binary", &binary, "--ddl", "parrot.json"];
    assert!(run(here.path(), &arguments).status.success());
}

#[test]
fn ddls_that_no_server_would_load_are_not_packed() {
    let here = parrot("1.2.3");
    let variants: [(&str, &str, Value); 6] = [
        ("version_none", "version", json!("")),
        ("version_short", "version", json!("1.2")),
        ("ruby", "provider", json!("ruby")),
        ("reserved", "name", json!("rpcutil")),
        ("owl", "name", json!("owl")),
        ("tmp", "name", json!("tmp")),
    ];
    for (file, key, value) in variants {
        let mut ddl = ddl("1.2.3");
        ddl["metadata"][key] = value;
        fs::write(here.path().join(format!("{file}.json")), ddl.to_string()).unwrap();
    }
    fs::write(here.path().join("broken.json"), "{").unwrap();
    write(here.path(), "tmp", &program("1.2.3"));
    write(here.path(), "alone/parrot", "#!/bin/sh\nexit 3\n");
    write(here.path(), "alone/other-plan9_arm", "#!/bin/sh\n");
    let system = platform();
    let with = |program: &str, ddl: &str| format!("--binary {system}={program} --ddl {ddl}.json");
    let shown = runs(
        &here,
        &[
            &with("parrot", "version_none"),
            &with("parrot", "version_short"),
            &with("parrot", "ruby"),
            &with("parrot", "reserved"),
            &with("parrot", "owl"),
            &with("tmp", "tmp"),
            &with("parrot", "broken"),
            &with("parrot", "missing"),
            &format!("--binary {system}=alone/parrot"),
            "--binary plan9_arm=alone/other-plan9_arm",
        ],
    );
    insta::assert_snapshot!("ddls", shown.replace(&system, "{system}"));

    // Two programs, each with a DDL of its own.
    let other = TempDir::new_in(here.path()).unwrap();
    write(other.path(), "parrot", &program("1.2.4"));
    write(other.path(), "parrot.json", &ddl("1.2.4").to_string());
    let file = other.path().join("parrot");
    let binaries = format!(
        "--binary linux_amd64=parrot --binary linux_arm64={}",
        file.display()
    );
    let output = package(&here, &binaries);
    assert_eq!(output.status.code(), Some(2));
    let told = told(&here, &output).replace(other.path().to_str().unwrap(), "{other}");
    let name = other.path().file_name().unwrap().to_str().unwrap();
    insta::assert_snapshot!("two_ddls", told.replace(name, "{other}"));
}

#[test]
fn a_program_is_asked_for_its_ddl() {
    let here = TempDir::new().unwrap();
    let text = format!("#!/bin/sh\ncat <<'END'\n{}\nEND\n", ddl("1.2.3"));
    write(here.path(), "parrot", &text);
    let output = package(&here, &format!("--binary {}=parrot", platform()));
    assert!(output.status.success(), "{output:?}");
    let plugin = fs::read(here.path().join(FILES[1])).unwrap();
    let unpacked = here.path().join("unpacked");
    unpack(&plugin, &unpacked);
    let packed = fs::read(unpacked.join("parrot/parrot.json")).unwrap();
    let packed: Value = serde_json::from_slice(&packed).unwrap();
    assert_eq!(packed, ddl("1.2.3"));
}

#[test]
fn nothing_is_written_over_or_half_written() {
    let here = parrot("1.2.3");
    fs::write(here.path().join(FILES[1]), "mine").unwrap();
    fs::write(here.path().join("file"), "").unwrap();
    let shown = runs(
        &here,
        &[
            "--binary linux_amd64=parrot",
            "--binary linux_amd64=parrot --output file",
            // Nobody can write there, root neither.
            "--binary linux_amd64=parrot --output /proc",
        ],
    );
    insta::assert_snapshot!("taken", shown);
    assert_eq!(fs::read(here.path().join(FILES[1])).unwrap(), b"mine");
    assert!(!here.path().join(FILES[0]).exists());
    assert!(
        package(&here, "--binary linux_amd64=parrot --force")
            .status
            .success()
    );
    assert_ne!(fs::read(here.path().join(FILES[1])).unwrap(), b"mine");
}

/// A Cargo package whose program prints this DDL when it is asked, and else is
/// an agent.
fn cargo_package(ddl: &Value) -> TempDir {
    let folder = TempDir::new().unwrap();
    let manifest =
        "[package]\nname = \"parrot\"\nversion = \"1.0.0\"\nedition = \"2024\"\n\n[workspace]\n";
    write(folder.path(), "Cargo.toml", manifest);
    let reply = r#"{"activate":true,"statuscode":0,"statusmsg":"OK","data":{"message":"built"}}"#;
    let main = format!(
        "fn main() {{
            let arguments: Vec<String> = std::env::args().collect();
            if arguments[1] == \"--ddl\" {{
                println!(\"{{}}\", r##\"{ddl}\"##);
            }} else {{
                std::fs::write(&arguments[2], r##\"{reply}\"##).unwrap();
            }}
        }}"
    );
    write(folder.path(), "src/main.rs", &main);
    folder
}

fn build(folder: &TempDir, arguments: &[&str]) -> Output {
    command(folder.path(), &[&["package", "."], arguments].concat())
        .env("CARGO_TARGET_DIR", folder.path().join("target"))
        .env_remove("RUSTFLAGS")
        .output()
        .unwrap()
}

/// Whether a program needs the loader of shared libraries.
fn is_dynamic(file: &Path) -> bool {
    let bytes = fs::read(file).unwrap();
    bytes.windows(9).any(|window| window == b"/ld-linux")
}

#[test]
fn a_cargo_package_is_built_static() {
    let here = cargo_package(&ddl("1.2.3"));
    fs::create_dir(here.path().join("lib")).unwrap();
    let output = build(&here, &["--install", "lib"]);
    assert!(output.status.success(), "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
    let program = Program::find(&here.path().join("lib/mcollective/agent/parrot"), None).unwrap();
    assert_eq!(answer(&program), "built");
    assert!(!is_dynamic(&program.path));

    let output = build(&here, &["--install", "lib", "--dynamic"]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(is_dynamic(&program.path), cfg!(target_env = "gnu"));
    // A program that is given tells so as well.
    if cfg!(target_env = "gnu") {
        let binary = format!("{}=target/release/parrot", platform());
        let ddl = here.path().join("ddl.json");
        fs::write(&ddl, self::ddl("1.2.3").to_string()).unwrap();
        let arguments = ["package", "--binary", &binary, "--ddl", "ddl.json"];
        let output = run(here.path(), &arguments);
        assert!(output.status.success());
        let told = told(&here, &output).replace(&platform(), "{system}");
        insta::assert_snapshot!("dynamic", told);
    }
}

#[test]
fn the_ddl_in_a_package_is_compared_with_the_programs_own() {
    let here = cargo_package(&ddl("1.2.3"));
    fs::write(here.path().join("parrot.json"), ddl("1.2.4").to_string()).unwrap();
    let output = build(&here, &["--output", "dist"]);
    assert!(output.status.success(), "{output:?}");
    // The target is musl where that is installed.
    let without_target = |text: &str| {
        let parts = text.split("{folder}/target/");
        let parts = parts.map(|part| part.split_once("/release/").map_or(part, |(_, rest)| rest));
        parts.collect::<Vec<_>>().join("{target}/")
    };
    let told_of = told(&here, &output);
    let warning = told_of.lines().last().unwrap();
    insta::assert_snapshot!("other_ddl", without_target(warning));

    let mut owl = ddl("1.2.3");
    owl["metadata"]["name"] = json!("owl");
    fs::write(here.path().join("parrot.json"), owl.to_string()).unwrap();
    let output = build(&here, &["--output", "dist", "--force"]);
    assert_eq!(output.status.code(), Some(2));
    insta::assert_snapshot!("other_agent", without_target(&told(&here, &output)));

    let output = build(&here, &["--target", "sparc-unknown-linux-gnu"]);
    assert_eq!(output.status.code(), Some(2));
    let mut all = told(&here, &output);
    // Known, but not installed.
    let output = build(&here, &["--target", "mipsel-unknown-linux-gnu"]);
    assert_eq!(output.status.code(), Some(2));
    all += &told(&here, &output);
    insta::assert_snapshot!("targets", all);
}
