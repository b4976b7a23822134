//! `choria-external net` with a real Choria, and with programs that are none.
#![cfg(target_os = "linux")]

use std::fs;
use std::io::{self, BufRead as _, BufReader, PipeReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::host::script;

mod changes;
mod ends;
mod refused;
mod runs;
mod trust;

/// The program of `tests/choria`; `tests/run` builds it.
fn choria() -> PathBuf {
    std::env::var_os("CHORIA_TEST_CHORIA")
        .map(PathBuf::from)
        .expect("CHORIA_TEST_CHORIA is not set: run tests/run, which builds tests/choria")
}

/// A folder with agents, and a folder for temporary files and one for a home, in
/// which nothing may be left.
struct Place {
    folder: TempDir,
    tmp: TempDir,
    home: TempDir,
}

impl Place {
    fn new() -> Self {
        Self {
            folder: TempDir::new().unwrap(),
            tmp: TempDir::new().unwrap(),
            home: TempDir::new().unwrap(),
        }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The folder of the network.
    fn network(&self) -> PathBuf {
        let user = fs::metadata(self.path()).unwrap();
        let user = std::os::unix::fs::MetadataExt::uid(&user);
        self.tmp.path().join(format!("choria-external-net-{user}"))
    }

    /// What the network says of itself.
    fn state(&self) -> Value {
        serde_json::from_slice(&fs::read(self.network().join("net.json")).unwrap()).unwrap()
    }

    /// An agent, in any language.
    fn agent(&self, name: &str, text: &str) {
        script(self.path(), name, text, 0o755);
        let output = json!({"message": {"description": "What it says", "display_as": "Message"}});
        self.ddl(
            name,
            &json!([{"action": "say", "input": {}, "output": output, "display": "always"}]),
            "1.0.0",
        );
    }

    fn ddl(&self, name: &str, actions: &Value, version: &str) {
        let ddl = json!({
            "metadata": {"name": name, "provider": "external", "version": version, "timeout": 5},
            "actions": actions,
        });
        let path = self.path().join(format!("{name}.json"));
        fs::write(path, ddl.to_string()).unwrap();
    }

    /// `choria-external net` with these arguments.
    fn net(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_command"));
        command
            .arg("net")
            .args(arguments)
            .current_dir(self.path())
            .env("TMPDIR", self.tmp.path())
            .env("HOME", self.home.path())
            .env("USER", "tester")
            .env_remove("MCOLLECTIVE_CERTNAME")
            .env_remove("XDG_RUNTIME_DIR")
            .stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.net(arguments).output().unwrap()
    }

    /// `net up` with the real Choria, for a busy machine.
    fn up(&self, arguments: &[&str]) -> Up {
        let choria = choria();
        let given = [
            "up",
            "--timeout",
            "300",
            "--choria",
            choria.to_str().unwrap(),
        ];
        Up::start(&mut self.net(&[&given, arguments].concat()))
    }

    /// All that a user sees, less what differs from run to run.
    fn seen(&self, output: &Output) -> String {
        let text = |bytes: &[u8]| self.plain(&String::from_utf8_lossy(bytes));
        let mut seen = format!("exit code {}\n", output.status.code().unwrap());
        for (name, bytes) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
            if !bytes.is_empty() {
                seen += &format!("--- {name}\n{}", text(bytes));
            }
        }
        seen
    }

    fn plain(&self, text: &str) -> String {
        let replaced = [
            (self.network().display().to_string(), "{network}"),
            (choria().display().to_string(), "{choria}"),
            (self.path().display().to_string(), "{folder}"),
            (self.tmp.path().display().to_string(), "{tmp}"),
        ];
        let mut text = text.to_owned();
        for (from, to) in replaced {
            text = text.replace(&from, to);
        }
        for (before, what) in [
            ("127.0.0.1:", "{port}"),
            ("by process ", "{pid}"),
            ("after ", "{seconds}"),
            ("failed (", "{seconds}"),
            ("choria=", "{caller}"),
            ("Handling message ", "{id}"),
        ] {
            let number = |c: char| c.is_ascii_alphanumeric() || c == '.';
            let mut parts = text.split(before);
            let mut plain = parts.next().unwrap().to_owned();
            for part in parts {
                let rest = part.trim_start_matches(number);
                plain += before;
                plain += if rest.len() == part.len() { "" } else { what };
                plain += rest;
            }
            text = plain;
        }
        text
    }

    /// No file and no process is left.
    fn is_clean(&self) {
        for folder in [&self.tmp, &self.home] {
            let left: Vec<_> = fs::read_dir(folder.path()).unwrap().flatten().collect();
            assert!(left.is_empty(), "{left:?}");
        }
        let tmp = self.tmp.path().to_str().unwrap();
        assert_eq!(processes(tmp), [""; 0]);
    }
}

/// The command lines of processes that have this text in theirs or in their
/// environment.
fn processes(text: &str) -> Vec<String> {
    let found = fs::read_dir("/proc").unwrap().filter_map(|entry| {
        let folder = entry.ok()?.path();
        let read = |file: &str| {
            let words = fs::read(folder.join(file)).unwrap_or_default();
            String::from_utf8_lossy(&words).replace('\0', " ")
        };
        let command = read("cmdline");
        // One that has ended has none.
        let own = !command.is_empty() && (command + &read("environ")).contains(text);
        own.then(|| read("cmdline"))
    });
    found.collect()
}

/// A `net up` that runs; its two outputs are one.
struct Up {
    child: Child,
    lines: BufReader<PipeReader>,
    seen: String,
}

impl Up {
    fn start(command: &mut Command) -> Self {
        let (reader, writer) = io::pipe().unwrap();
        command.stdout(writer.try_clone().unwrap()).stderr(writer);
        let child = command.spawn().unwrap();
        command.stdout(Stdio::null()).stderr(Stdio::null());
        Self {
            child,
            lines: BufReader::new(reader),
            seen: String::new(),
        }
    }

    /// Waits for a line that has this in it, and gives the line.
    fn until(&mut self, text: &str) -> String {
        loop {
            let mut line = String::new();
            let length = self.lines.read_line(&mut line).unwrap();
            assert!(length > 0, "expected {text:?}, it ended with {}", self.seen);
            self.seen += &line;
            if line.contains(text) {
                return line;
            }
        }
    }

    fn came_up(mut self) -> Self {
        self.until("end it with");
        self
    }

    fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let killed = Command::new("kill").args(["-s", name, &id]).status();
        assert!(killed.unwrap().success());
    }

    /// Waits until it has ended.
    fn ended(&mut self) -> ExitStatus {
        let mut line = String::new();
        while self.lines.read_line(&mut line).unwrap() > 0 {
            self.seen += &line;
            line.clear();
        }
        self.child.wait().unwrap()
    }
}

/// Of a test that failed, nothing is left either.
impl Drop for Up {
    fn drop(&mut self) {
        if self.child.try_wait().is_ok_and(|ended| ended.is_none()) {
            self.signal("TERM");
            let _ = self.child.wait();
        }
    }
}

const SAYS: &str = r#"#!/bin/sh
case $CHORIA_EXTERNAL_PROTOCOL in
*activation*) echo '{"activate":true}' > "$2" ;;
*) echo '{"statuscode":0,"statusmsg":"OK","data":{"message":"hello"}}' > "$2" ;;
esac
"#;
