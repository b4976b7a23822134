//! A Cargo package as a source.

use super::*;

const PROGRAM: &str = r##"
fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [own @ .., _request, reply, _protocol] = &*arguments else { panic!() };
    let nodes = format!(r#"{{"protocol":"io.choria.choria.discovery.v1.external_reply","nodes":["built","{}"]}}"#, own.join("+"));
    std::fs::write(reply, nodes).unwrap();
}
"##;

#[test]
fn a_cargo_package_is_built_and_gets_the_other_words() {
    let folder = tempfile::tempdir().unwrap();
    let package = folder.path().join("my-source");
    fs::create_dir_all(package.join("src")).unwrap();
    fs::write(
        package.join("Cargo.toml"),
        "[package]\nname = \"my-source\"\nversion = \"1.0.0\"\nedition = \"2024\"\n\n[workspace]\n",
    )
    .unwrap();
    fs::write(package.join("src/main.rs"), PROGRAM).unwrap();
    let run = |command: &str| {
        let output = discover(folder.path(), &[command])
            .args(PATIENT)
            .env("CARGO_TARGET_DIR", folder.path().join("target"))
            .output();
        ended(&output.unwrap())
    };
    assert_eq!(
        run("./my-source a 'b c'"),
        (
            0,
            "built\na+b c\n".into(),
            "building ./my-source (debug)\n".into()
        )
    );
    assert_eq!(run("my-source/Cargo.toml").1, "built\n\n");

    fs::write(package.join("src/main.rs"), "fn main() { nothing() }").unwrap();
    let (exit, stdout, stderr) = run("my-source");
    assert_eq!((exit, &*stdout), (2, ""));
    assert!(stderr.contains("could not be built"), "{stderr}");
}
