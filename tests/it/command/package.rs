//! `package`: archives, a plugin folder, and what cannot be packed.

use std::os::unix::fs::PermissionsExt as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use choria_external_host::system::platform;
use choria_external_host::{Call, Program};
use flate2::read::GzDecoder;

use super::agents::write;
use super::*;
use crate::readme::repository;
use crate::verdicts::choria;

mod install;
mod refused;

/// An agent in POSIX shell that is active and answers with its version.
fn program(version: &str) -> String {
    let reply = json!({
        "activate": true,
        "statuscode": 0,
        "statusmsg": "OK",
        "data": {"message": version},
    });
    format!("#!/bin/sh\ncat > \"$2\" <<'END'\n{reply}\nEND\n")
}

fn ddl(version: &str) -> Value {
    json!({
        "$schema": "https://choria.io/schemas/mcorpc/ddl/v1/agent.json",
        "metadata": {
            "name": "parrot",
            "description": "Repeats what it is told",
            "author": "You <you@example.net>",
            "license": "Apache-2.0",
            "version": version,
            "url": "https://example.net/parrot",
            "timeout": 20,
            "provider": "external",
        },
        "actions": [{
            "action": "echo",
            "description": "Repeats",
            "display": "always",
            "input": {},
            "output": {"message": {"description": "The text", "display_as": "Message", "type": "string"}},
        }],
    })
}

/// A folder with the agent and its DDL.
fn parrot(version: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    write(folder.path(), "parrot", &program(version));
    let ddl = format!("{:#}", ddl(version));
    fs::write(folder.path().join("parrot.json"), ddl).unwrap();
    folder
}

/// `package` with these arguments, as one text.
fn package(folder: &TempDir, arguments: &str) -> Output {
    let arguments: Vec<_> = ["package"]
        .into_iter()
        .chain(arguments.split(' '))
        .collect();
    command(folder.path(), &arguments)
        .env_remove("SOURCE_DATE_EPOCH")
        .output()
        .unwrap()
}

/// What a user sees, less the checksums.
fn told(folder: &TempDir, output: &Output) -> String {
    let is_sum = |word: &&str| word.len() == 64 && word.chars().all(|c| c.is_ascii_hexdigit());
    let mut seen = seen(folder.path(), output);
    let sums: Vec<_> = seen
        .split_whitespace()
        .filter(is_sum)
        .map(Into::into)
        .collect();
    for sum in sums as Vec<String> {
        seen = seen.replace(&sum, "{sha256}");
    }
    seen
}

const SCRIPTS: &str = "--binary linux_amd64=parrot --binary aarch64-unknown-linux-musl=parrot";

const FILES: [&str; 3] = [
    "local-mcollective_agent_parrot-1.2.3.tar.gz",
    "parrot-1.2.3.tgz",
    "parrot-1.2.3.SHA256SUMS",
];

/// The bytes of all that `package` writes.
fn packed(folder: &TempDir, arguments: &str) -> Vec<Vec<u8>> {
    let output = package(folder, arguments);
    assert!(output.status.success(), "{output:?}");
    FILES
        .iter()
        .map(|file| fs::read(folder.path().join(file)).unwrap())
        .collect()
}

/// What is in an archive, a line for each.
fn listed(archive: &[u8]) -> String {
    let mut archive = tar::Archive::new(GzDecoder::new(archive));
    let mut lines = String::new();
    for entry in archive.entries().unwrap() {
        let entry = entry.unwrap();
        let head = entry.header();
        lines += &format!(
            "{:?} {:o} {}/{} {} {}\n",
            head.entry_type(),
            head.mode().unwrap(),
            head.uid().unwrap(),
            head.gid().unwrap(),
            head.mtime().unwrap(),
            entry.path().unwrap().display()
        );
    }
    lines
}

/// The archive, unpacked below this folder.
fn unpack(archive: &[u8], folder: &Path) {
    tar::Archive::new(GzDecoder::new(archive))
        .unpack(folder)
        .unwrap();
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let here = parrot("1.2.3");
    let first = packed(&here, SCRIPTS);
    // Elsewhere, at another time, in another order, with other permissions.
    let there = parrot("1.2.3");
    for file in ["parrot", "parrot.json"] {
        let file = fs::File::options()
            .append(true)
            .open(there.path().join(file))
            .unwrap();
        let old = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        file.set_modified(old).unwrap();
    }
    let narrow = fs::Permissions::from_mode(0o700);
    fs::set_permissions(there.path().join("parrot"), narrow).unwrap();
    let second = packed(
        &there,
        "--binary linux_arm64=./parrot --binary x86_64-unknown-linux-gnu=./parrot --ddl parrot.json",
    );
    assert_eq!(first, second);

    insta::assert_snapshot!("module", listed(&first[0]));
    insta::assert_snapshot!("plugin", listed(&first[1]));
    // Neither flags, such as that of a name, nor a time.
    assert_eq!(first[0][..8], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0]);
}

#[test]
fn all_files_have_the_time_that_is_asked_for() {
    let here = parrot("1.2.3");
    let at = |time: &str| {
        let arguments = ["package", "--binary", "linux_amd64=parrot", "--force"];
        command(here.path(), &arguments)
            .env("SOURCE_DATE_EPOCH", time)
            .output()
            .unwrap()
    };
    assert!(at("1700000000").status.success());
    let plugin = fs::read(here.path().join(FILES[1])).unwrap();
    for line in listed(&plugin).lines() {
        assert!(line.contains(" 0/0 1700000000 parrot"), "{line}");
    }
    let output = at("yesterday");
    assert_eq!(output.status.code(), Some(2));
    insta::assert_snapshot!("epoch", told(&here, &output));
}

#[test]
fn the_readme_tells_what_is_said() {
    let here = parrot("1.0.0");
    let output = package(&here, "--binary linux_amd64=parrot --vendor acme");
    let told = told(&here, &output);
    let said = told.split_once("--- stdout\n").unwrap().1;
    let readme = fs::read_to_string(repository().join("README.md")).unwrap();
    assert!(readme.contains(&format!("```text\n{said}```\n")), "{said}");
}

#[test]
fn what_was_written_is_told_with_its_checksums() {
    let here = parrot("1.2.3");
    let output = package(&here, &format!("{SCRIPTS} --vendor acme --output dist"));
    insta::assert_snapshot!("written", told(&here, &output));
    let check = Command::new("sha256sum")
        .args(["--check", "--strict", "--quiet", "parrot-1.2.3.SHA256SUMS"])
        .current_dir(here.path().join("dist"))
        .output()
        .unwrap();
    assert!(check.status.success(), "{check:?}");
}

#[test]
fn the_puppet_module_says_what_belongs_to_it() {
    let here = parrot("1.2.3");
    let module = &packed(&here, SCRIPTS)[0];
    unpack(module, here.path());
    let module = here.path().join("local-mcollective_agent_parrot-1.2.3");
    for file in [
        "data/plugin.yaml",
        "manifests/init.pp",
        "metadata.json",
        "README.md",
    ] {
        let text = fs::read_to_string(module.join(file)).unwrap();
        insta::assert_snapshot!(file.replace('/', "_"), text);
    }
    // Ruby reads it as Puppet does.
    let text = r#"
        require "yaml"
        require "json"
        plugin = YAML.safe_load(File.read("data/plugin.yaml"))
        files = plugin.select { |name, _| name.end_with?("_files") }.values.flatten
        files.each { |file| File.file?("files/mcollective/#{file}") or abort "no #{file}" }
        there = Dir.glob("files/mcollective/**/*").select { |file| File.file?(file) }
        missing = there.map { |file| file.delete_prefix("files/mcollective/") } - files
        missing.empty? or abort "not installed: #{missing}"
        programs = plugin["mcollective_agent_parrot::executable_files"]
        programs.all? { |file| File.executable?("files/mcollective/#{file}") } or abort "not executable"
        hiera = YAML.safe_load(File.read("hiera.yaml"))
        hiera["hierarchy"].each { |level| YAML.safe_load(File.read("data/#{level["path"]}")) }
        merges = YAML.safe_load(File.read("data/defaults.yaml"))["lookup_options"]
        parameters = File.read("manifests/init.pp").scan(/^  \w.* \$(\w+)( =.*)?,$/).map(&:first)
        unknown = (plugin.keys + merges.keys).map { |name| name.split("::").last } - parameters
        unknown.empty? or abort "no parameters: #{unknown}"
        about = JSON.parse(File.read("metadata.json"))
        print about["name"], " ", about["version"], " ", parameters.size
    "#;
    let output = Command::new("ruby")
        .args(["-e", text])
        .current_dir(&module)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!(told, "local-mcollective_agent_parrot 1.2.3 22");
}

#[test]
fn programs_for_windows_stand_there_with_an_ending_too() {
    let here = parrot("1.2.3");
    // As much of a program as tells what it is.
    let mut pe = vec![0; 0x46];
    pe[..2].copy_from_slice(b"MZ");
    pe[0x3c] = 0x40;
    pe[0x40..].copy_from_slice(b"PE\0\0\x64\x86");
    let file = here.path().join("parrot.exe");
    fs::write(&file, pe).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    let plugin = &packed(&here, "--binary x86_64-pc-windows-msvc=parrot.exe")[1];
    let listed = listed(plugin);
    for name in ["parrot-windows_amd64\n", "parrot-windows_amd64.exe\n"] {
        assert!(listed.contains(&format!("/{name}")), "{listed}");
    }
}

/// What Choria makes of the archive, in a plugin folder.
fn deployed(archive: &Path, sums: [&str; 2], libdir: &Path) -> Value {
    let target = libdir.join("mcollective/agent");
    let question = json!({
        "ask": "deploy",
        "text": archive,
        "identity": "parrot",
        "texts": [sums[0], sums[1], target],
    });
    choria(&[question]).remove(0)
}

#[test]
fn choria_deploys_the_archive_and_loads_the_agent() {
    let here = parrot("1.2.3");
    let output = package(&here, &format!("--binary {}=parrot", platform()));
    let told = String::from_utf8(output.stdout).unwrap();
    let words: Vec<_> = told.lines().last().unwrap().split(' ').collect();
    let [.., checksum, verify] = &*words else {
        panic!("{told}")
    };
    let libdir = here.path().join("lib");
    let archive = here.path().join(FILES[1]);
    let outcome = deployed(&archive, [checksum, verify], &libdir);
    assert_eq!(outcome["value"], "downloaded", "{outcome}");
    let agent = choria(&[json!({"ask": "load", "text": libdir})]).remove(0);
    let wanted = json!({"name": "parrot", "active": true, "version": "1.2.3"});
    assert_eq!(agent["value"]["agents"], json!([wanted]), "{agent}");
    // And the harness finds it there.
    let program = Program::find(&libdir.join("mcollective/agent/parrot"), None).unwrap();
    assert_eq!(answer(&program), "1.2.3");

    // With other checksums Choria refuses it.
    for wrong in [[verify, verify], [checksum, checksum]] {
        let outcome = deployed(&archive, wrong.map(|sum| *sum), &here.path().join("other"));
        assert_eq!(outcome["value"], "error", "{outcome}");
    }
}

/// The answer of the agent's action.
fn answer(program: &Program) -> String {
    let outcome = program.call(&Call::new("echo", &json!({}))).unwrap();
    let reply = outcome.reply.expect("a reply");
    reply.data["message"].as_str().unwrap().to_owned()
}
