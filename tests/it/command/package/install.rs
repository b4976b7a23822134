//! `package --install`.

use super::*;

fn install(folder: &TempDir) -> Output {
    fs::create_dir_all(folder.path().join("lib")).unwrap();
    let program = format!("--binary {}=parrot", platform());
    package(folder, &format!("{program} --install lib"))
}

#[test]
fn a_server_and_the_harness_find_what_is_installed() {
    let here = parrot("1.2.3");
    let libdir = here.path().join("lib");
    let output = install(&here);
    assert!(output.status.success(), "{output:?}");
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!(
        told,
        format!(
            "parrot 1.2.3: {}\ninstalled lib/mcollective/agent/parrot.json\n",
            platform()
        )
    );
    // No archives, and nothing else is left.
    let mut files = files_below(here.path());
    files.sort();
    let program = format!("lib/mcollective/agent/parrot/parrot-{}", platform());
    assert_eq!(
        files,
        [
            ("lib/mcollective/agent/parrot.ddl", 0o644),
            ("lib/mcollective/agent/parrot.json", 0o644),
            (&*program, 0o755),
            ("parrot", 0o755),
            ("parrot.json", 0o644),
        ]
        .map(|(file, mode)| (file.to_owned(), mode))
    );
    let agent = choria(&[json!({"ask": "load", "text": libdir})]).remove(0);
    let wanted = json!({"name": "parrot", "active": true, "version": "1.2.3"});
    assert_eq!(agent["value"]["agents"], json!([wanted]), "{agent}");
    let program = Program::find(&libdir.join("mcollective/agent/parrot"), None).unwrap();
    assert_eq!(answer(&program), "1.2.3");
    assert_eq!(program.warnings(), [""; 0]);
}

/// The files below a folder, with their permissions.
fn files_below(folder: &Path) -> Vec<(String, u32)> {
    let output = Command::new("find")
        .args([".", "-type", "f", "-printf", "%P %m\n"])
        .current_dir(folder)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let line = |line: &str| {
        let (path, mode) = line.rsplit_once(' ').unwrap();
        (path.to_owned(), u32::from_str_radix(mode, 8).unwrap())
    };
    text.lines().map(line).collect()
}

#[test]
fn a_server_that_runs_never_sees_half_a_file() {
    let here = parrot("1.0.0");
    // Long enough to be written in several steps.
    let texts = ["1.0.0", "1.0.1"].map(|version| {
        let filling = "# filling\n".repeat(100_000);
        (version, program(version) + &filling)
    });
    let agents = here.path().join("lib/mcollective/agent");
    let put = |(version, text): &(&str, String)| {
        write(here.path(), "parrot", text);
        fs::write(here.path().join("parrot.json"), ddl(version).to_string()).unwrap();
        let output = install(&here);
        assert!(output.status.success(), "{output:?}");
    };
    put(&texts[0]);
    let file = agents.join(format!("parrot/parrot-{}", platform()));
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut versions = [false; 2];
            while !done.load(Ordering::Relaxed) {
                let read = fs::read_to_string(&file).unwrap();
                let ddl = fs::read(agents.join("parrot.json")).unwrap();
                let ddl: Value = serde_json::from_slice(&ddl).unwrap();
                let version = ddl["metadata"]["version"].as_str().unwrap();
                let at = texts.iter().position(|(_, text)| *text == read);
                assert!(at.is_some(), "a program of {} bytes", read.len());
                versions[usize::from(version == "1.0.1")] = true;
            }
            versions
        });
        for round in 0..10 {
            put(&texts[round % 2]);
        }
        done.store(true, Ordering::Relaxed);
        assert!(reader.join().unwrap().contains(&true));
    });
}

#[test]
fn a_change_without_a_new_version_is_warned_of() {
    let here = parrot("1.2.3");
    assert!(install(&here).status.success());
    let mut other = ddl("1.2.3");
    other["metadata"]["timeout"] = json!(5);
    fs::write(here.path().join("parrot.json"), other.to_string()).unwrap();
    let output = install(&here);
    let told = told(&here, &output).replace(&platform(), "{system}");
    insta::assert_snapshot!("same_version", told);
    // The same again is no change.
    assert!(install(&here).stderr.is_empty());
}

#[test]
fn what_a_server_would_take_instead_is_not_left_there() {
    let here = parrot("1.2.3");
    let output = package(&here, "--binary linux_amd64=parrot --install nowhere");
    let mut all = told(&here, &output);
    let agents = here.path().join("lib/mcollective/agent");
    fs::create_dir_all(&agents).unwrap();
    fs::write(agents.join("parrot"), "").unwrap();
    all += &told(&here, &install(&here));
    fs::remove_file(agents.join("parrot")).unwrap();
    fs::create_dir_all(agents.join("parrot")).unwrap();
    fs::write(agents.join("parrot/parrot.json"), "{}").unwrap();
    all += &told(&here, &install(&here));
    fs::remove_dir_all(here.path().join("lib")).unwrap();
    fs::create_dir(here.path().join("lib")).unwrap();
    fs::write(here.path().join("lib/mcollective"), "").unwrap();
    all += &told(&here, &install(&here));
    insta::assert_snapshot!("install_refused", all);
}
