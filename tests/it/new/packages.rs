//! The packages are built and run, from this checkout and without a network.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::PathBuf;

use choria_external_ddl::lint::lint;
use choria_external_host::{Call, Program, Source};
use choria_external_protocol::{Comparison, FactFilter, Filter};
use serde_json::{Value, json};

use super::*;
use crate::programs;

/// A package that `new` has made.
struct Package {
    name: &'static str,
    folder: TempDir,
    /// What `new` has printed.
    told: String,
}

impl Package {
    fn new(kind: &str, name: &'static str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let repository = repository();
        let path = repository.to_str().unwrap();
        let told = made(folder.path(), &[kind, name, "--path", path]);
        let package = Self { name, folder, told };
        // The versions that are in the registry's cache.
        fs::copy(repository.join("Cargo.lock"), package.path("Cargo.lock")).unwrap();
        package
    }

    fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(self.name).join(file)
    }

    /// What all packages share, so that each dependency is built once.
    fn target() -> PathBuf {
        programs::target().join("new")
    }

    /// Cargo in its folder.
    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO"));
        command.args(words).current_dir(self.path(""));
        Self::surround(&mut command);
        command
    }

    /// What every cargo of these tests gets.
    fn surround(command: &mut Command) {
        command
            .env("CARGO_TARGET_DIR", Self::target())
            .env("CARGO_NET_OFFLINE", "true")
            // Nobody debugs them, and they have another path in each run.
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
            .env("CARGO_INCREMENTAL", "0")
            // They would take the place of its own settings.
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .env_remove("RUSTFLAGS")
            .env_remove("CHORIA_WRITE_DDL");
    }

    /// Runs cargo, which must succeed without a warning; what it prints.
    fn cargo(&self, words: &[&str]) -> String {
        Self::succeed(&mut self.command(words))
    }

    /// Runs a line of a shell, which must succeed without a warning; what it prints.
    fn shell(&self, line: &str) -> String {
        let (mut command, _bin) = shell(&self.path(""), line);
        Self::surround(&mut command);
        Self::succeed(&mut command)
    }

    fn succeed(command: &mut Command) -> String {
        let output = command.output().unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        let shown = format!("{command:?}\n{printed}{told}");
        assert!(output.status.success(), "{shown}");
        assert!(!told.contains("warning"), "{shown}");
        printed
    }

    /// All that CI does, once it has what it needs; the names of the tests that have
    /// passed.
    fn check(&self) -> BTreeSet<String> {
        let checkout = repository();
        let checkout = checkout.to_str().unwrap();
        let (toolchain, rest): (Vec<_>, Vec<_>) = ci(&self.path(""))
            .into_iter()
            .partition(|line| line.starts_with("rustup "));
        let (own, needs): (Vec<_>, Vec<_>) =
            rest.into_iter().partition(|line| !line.contains(checkout));
        // The machine of this test has a Rust, the crates and the command already.
        assert_eq!(toolchain.len(), 1);
        assert!(needs[0].ends_with(&format!("\"$CHORIA_EXTERNAL\" {checkout}\n")));
        self.cargo(&["build", "--offline"]);
        let printed: String = own.iter().map(|line| self.shell(line)).collect();
        let passed = printed.lines().filter_map(|line| {
            let (name, passed) = line.strip_prefix("test ")?.split_once(" ... ")?;
            assert_eq!(passed, "ok", "{printed}");
            Some(name.to_owned())
        });
        passed.collect()
    }

    /// Runs the last of the commands that `new` offers, on the program that is
    /// built already; what it prints.
    fn next(&self) -> String {
        let command = self.told.trim_end().rsplit("\n  ").next().unwrap();
        let own = env!("CARGO_BIN_EXE_command");
        let built = self.program();
        let command = command
            .replace(
                "choria-external discover .",
                &format!("{own} discover --timeout 120 {}", built.display()),
            )
            .replace(
                "choria-external run .",
                &format!("{own} run {}", built.display()),
            );
        let output = Command::new("sh")
            .args(["-c", &command])
            .current_dir(self.path(""))
            .output()
            .unwrap();
        assert!(output.status.success(), "{command}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Leaves what the next run can use, which are the dependencies.
    fn clean(&self) {
        let program = self.program();
        // Of a single package cargo does not clean the target that the settings name.
        let target = ["--target", "host-tuple"];
        self.cargo(&[&["clean", "--offline", "--package", self.name], &target[..]].concat());
        assert!(!program.exists());
    }

    /// The program, where the target that its settings name has it.
    fn program(&self) -> PathBuf {
        let file = format!("debug/{}{}", self.name, std::env::consts::EXE_SUFFIX);
        let folders = fs::read_dir(Self::target()).unwrap();
        let mut programs = folders.map(|folder| folder.unwrap().path().join(&file));
        programs.find(|program| program.is_file()).unwrap()
    }
}

/// Whether the kernel starts a program without help of a linker: it has no
/// `PT_INTERP`. For 64 bits, least byte first.
#[cfg(all(target_os = "linux", target_env = "gnu", target_endian = "little"))]
fn is_static(program: &Path) -> bool {
    let file = fs::read(program).unwrap();
    let number = |at: usize, bytes: usize| {
        let bytes = file[at..at + bytes].iter().rev();
        bytes.fold(0, |number, byte| number << 8 | usize::from(*byte))
    };
    assert_eq!(file[..5], *b"\x7fELF\x02");
    let (headers, size, count) = (number(32, 8), number(54, 2), number(56, 2));
    (0..count).all(|header| number(headers + header * size, 4) != 3)
}

#[cfg(not(all(target_os = "linux", target_env = "gnu", target_endian = "little")))]
fn is_static(_: &Path) -> bool {
    true
}

/// One test, not three: they would wait for each other's lock on the folder.
#[test]
fn each_package_builds_and_works() {
    agent();
    discovery();
    function();
}

fn agent() {
    let package = Package::new("agent", "notes");
    let passed = package.check();
    assert!(passed.contains("tests::the_committed_ddl_is_that_of_the_code"));
    assert!(passed.contains("a_change_is_logged_and_kept"));

    let file = package.path("notes.json");
    let ddl = fs::read_to_string(&file).unwrap();
    assert_eq!(lint(&ddl).to_text("notes.json"), "");

    let program = package.program();
    assert!(is_static(&program));
    let mut agent = Program::find(&program, Some(&file)).unwrap();
    let call = |agent: &Program, action: &str, data: Value| {
        let reply = agent
            .call(&Call::new(action, &data))
            .unwrap()
            .reply
            .unwrap();
        (reply.statuscode.as_u8(), reply.data)
    };
    // As its own settings say, but elsewhere.
    let settings = fs::read_to_string(package.path("plugin.d/notes.cfg")).unwrap();
    let note = package.path("note");
    let settings = settings.replace("/var/tmp/notes.note", note.to_str().unwrap());
    assert!(settings.contains(note.to_str().unwrap()));
    fs::write(package.path("settings"), settings).unwrap();
    agent.config = Some(package.path("settings"));

    let set = call(&agent, "set", json!({"text": "hello"}));
    assert_eq!(set, (0, json!({"changed": true})));
    assert_eq!(
        call(&agent, "get", json!({})),
        (0, json!({"text": "hello"}))
    );
    // The server refuses it.
    assert_eq!(call(&agent, "set", json!({})).0, 1);
    conforms(&package, "get");
    package.clean();
}

/// The agent as a server would have it does all that Choria needs.
fn conforms(package: &Package, action: &str) {
    let place = TempDir::new().unwrap();
    let name = package.name;
    let ddl = package.path(&format!("{name}.json"));
    // Not by this process: a program that another test starts just then would
    // have it open for writing.
    let copied = Command::new("cp")
        .arg(package.program())
        .arg(ddl)
        .arg(place.path())
        .status();
    assert!(copied.unwrap().success());
    let mut command = Command::new(env!("CARGO_BIN_EXE_command"));
    command
        .current_dir(place.path())
        .args(["check", &format!("./{name}"), "--action", action]);
    command.arg("--config").arg(package.path("settings"));
    let output = command.arg("--strict").output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{printed}");
}

fn discovery() {
    let package = Package::new("discovery", "node_lines");
    let passed = package.check();
    assert!(passed.contains("tests::a_partial_answer_is_for_those_who_ask_for_it"));

    let program = package.program();
    assert!(is_static(&program));
    let mut source = Source::from_command(program.display().to_string());
    source.timeout = std::time::Duration::from_mins(2);
    let nodes = package.path("nodes.txt").to_str().unwrap().to_owned();
    source.options.insert("file".into(), nodes);
    let fact = FactFilter {
        fact: "ram".into(),
        operator: Comparison::AtLeast,
        value: "32".into(),
    };
    // As `choria discover` asks.
    let filter = Filter {
        agent: vec!["rpcutil".into()],
        fact: vec![fact],
        ..Filter::default()
    };
    let found = source.discover(&filter).unwrap();
    found.assert_nodes(&["web2.example.net", "db1.example.net"]);
    assert_eq!(package.next(), "web1.example.net\nweb2.example.net\n");
    source.options.insert("fil".into(), String::new());
    let found = source.discover(&filter).unwrap();
    found.assert_fails("unknown option fil; expected file, partial");
    package.clean();
}

fn function() {
    let package = Package::new("function", "about");
    let passed = package.check();
    assert!(passed.contains("every_request_is_answered"));

    let program = package.program();
    assert!(is_static(&program));
    fs::write(package.path("about.cfg"), "parrot = A bird. It talks.").unwrap();
    let ask = |request: Value| -> Value {
        let mut program = Command::new(&program)
            .env("CHORIA_EXTERNAL_CONFIG", package.path("about"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut stdin = program.stdin.take().unwrap();
        stdin.write_all(request.to_string().as_bytes()).unwrap();
        drop(stdin);
        let ended = program.wait_with_output().unwrap();
        assert!(ended.status.success());
        serde_json::from_slice(&ended.stdout).unwrap()
    };
    let protocol = "io.choria.choria.about.v1.external_request";
    let reply = ask(json!({"protocol": protocol, "subject": "parrot", "detail": "brief"}));
    let wanted = json!({
        "protocol": "io.choria.choria.about.v1.external_reply", "answer": "A bird.", "error": "",
    });
    assert_eq!(reply, wanted);
    assert!(
        package
            .next()
            .contains(r#""error": "nothing is known of parrot""#)
    );
    let reply = ask(json!({"protocol": protocol}));
    let wrong = format!("not a valid {protocol}: $.subject: expected this key, got none");
    assert_eq!(reply["error"], wrong);
    package.clean();
}

/// With names as short and as long as can be, the lines are still as rustfmt
/// wants them.
#[test]
fn code_is_formatted_whatever_its_name() {
    let folder = tempfile::tempdir().unwrap();
    for kind in ["agent", "discovery", "function"] {
        for name in ["a", &*"a".repeat(30), "a_b_c_d_e_f_g_h_i_j_k_l_m_n_o2"] {
            made(folder.path(), &[kind, name, "--output", kind]);
            let output = Command::new(env!("CARGO"))
                .args(["fmt", "--check"])
                .current_dir(folder.path().join(kind))
                .output()
                .unwrap();
            assert!(output.status.success(), "{output:?}");
            fs::remove_dir_all(folder.path().join(kind)).unwrap();
        }
    }
}

/// Without a target in the settings the macros would be linked static, too, and
/// rustc could not load them.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[test]
fn the_settings_of_cargo_name_a_target_for_a_reason() {
    let package = Package::new("agent", "notes");
    let file = package.path(".cargo/config.toml");
    let settings = fs::read_to_string(&file).unwrap();
    let target = "target = \"host-tuple\"\n";
    assert!(settings.contains(target));
    fs::write(&file, settings.replace(target, "")).unwrap();
    let output = package.command(&["build", "--offline"]).output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("error: cannot produce proc-macro"), "{told}");
}
