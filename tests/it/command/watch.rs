//! `run --watch`: the call is made again when a file changes.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdout};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use super::agents::{GOOD, parrot, reply};
use super::functions::shell_greeter;
use super::packages::{PROGRAM, package};
use super::*;
use crate::host::script;

/// How long something may take on a machine that is busy.
const LONG: Duration = Duration::from_mins(5);

/// `run --watch` while it runs; ended with the test.
struct Watching {
    child: Child,
    lines: Receiver<String>,
    /// All lines, those of both outputs.
    seen: Vec<String>,
}

impl Watching {
    fn start(mut command: Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, lines) = channel();
        let stdout: ChildStdout = child.stdout.take().unwrap();
        let stderr = child.stderr.take().unwrap();
        let outputs: [Box<dyn std::io::Read + Send>; 2] = [Box::new(stdout), Box::new(stderr)];
        for output in outputs {
            let sender = sender.clone();
            std::thread::spawn(move || {
                for line in BufReader::new(output).lines() {
                    let Ok(line) = line else { return };
                    if sender.send(line).is_err() {
                        return;
                    }
                }
            });
        }
        let seen = Vec::new();
        Self { child, lines, seen }
    }

    /// Waits for lines that have these texts, in any order: those of two outputs
    /// have none.
    fn until(&mut self, wanted: &[&str]) {
        let end = Instant::now() + LONG;
        let mut wanted = wanted.to_vec();
        while !wanted.is_empty() {
            let left = end.saturating_duration_since(Instant::now());
            let Ok(line) = self.lines.recv_timeout(left) else {
                panic!("expected {wanted:?} in {:#?}", self.seen);
            };
            if let Some(at) = wanted.iter().position(|text| line.contains(text)) {
                wanted.remove(at);
            }
            self.seen.push(line);
        }
    }

    fn interrupt(mut self) -> Option<i32> {
        let kill = Command::new("kill")
            .args(["-s", "INT", &self.child.id().to_string()])
            .status();
        assert!(kill.unwrap().success());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Replaces a file in one step, as editors do, so that no half of it is ever seen.
fn replace(folder: &Path, name: &str, text: &str) {
    let aside = TempDir::new_in(folder).unwrap();
    script(aside.path(), "file", text, 0o755);
    fs::create_dir_all(folder.join(name).parent().unwrap()).unwrap();
    fs::rename(aside.path().join("file"), folder.join(name)).unwrap();
}

const AGAIN: &str = "watching for changes, Ctrl-C ends it";

#[test]
fn a_program_of_another_function_type_is_called_again() {
    let folder = shell_greeter();
    let here = folder.path();
    let call = ["run", "./shell_greeter", "--request", "@ann", "--watch"];
    let ann = r#"{"protocol": "io.choria.choria.example.v1.external_request", "name": "Ann"}"#;
    fs::write(here.join("ann"), ann).unwrap();
    let mut watching = Watching::start(command(here, &call));
    watching.until(&["Good day", AGAIN]);
    let text = fs::read_to_string(here.join("shell_greeter")).unwrap();
    replace(
        here,
        "shell_greeter",
        &text.replace("Good day", "Good night"),
    );
    watching.until(&["shell_greeter changed", "Good night", AGAIN]);
    replace(here, "ann", "{}");
    watching.until(&["ann changed", "error: the request cannot be sent", AGAIN]);
    assert_eq!(watching.interrupt(), Some(130));
}

#[test]
fn a_script_is_called_again_when_it_or_what_it_reads_changes() {
    let folder = parrot(&reply(GOOD));
    let here = folder.path();
    fs::write(here.join("facts"), "{}").unwrap();
    let arguments = [
        "run",
        "./parrot",
        "echo",
        "message=hi",
        "--watch",
        "--facts",
        "facts",
    ];
    let mut watching = Watching::start(command(here, &arguments));
    watching.until(&["Message: hi", AGAIN]);

    let text = fs::read_to_string(here.join("parrot")).unwrap();
    replace(here, "parrot", &text.replace("\"hi\"", "\"hello\""));
    watching.until(&["parrot changed", "Message: hello", AGAIN]);

    replace(here, "facts", "[]");
    watching.until(&["facts changed", "error: facts", AGAIN]);
    replace(here, "facts", "{\"a\": 1}");
    watching.until(&["facts changed", "Message: hello", AGAIN]);

    replace(here, "plugin.d/parrot.cfg", "a = 1\n");
    watching.until(&["parrot.cfg changed", "Message: hello", AGAIN]);
    assert_eq!(watching.interrupt(), Some(130));
}

#[test]
fn a_package_is_built_again() {
    let folder = package(&[("src/main.rs", PROGRAM)]);
    let here = folder.path();
    let mut watched = command(here, &["run", ".", "echo", "message=hi", "--watch"]);
    watched.env("CARGO_TARGET_DIR", here.join("target"));
    let mut watching = Watching::start(watched);
    watching.until(&["building . (debug)", "Message: built", AGAIN]);

    // One file, of which there is another one only later.
    let other = PROGRAM.replace("\"built\"", "\"WORD\"").replace(
        "std::fs::write(&arguments[2], reply)",
        "std::fs::write(&arguments[2], reply.replace(\"WORD\", word::WORD))",
    );
    replace(here, "src/main.rs", &format!("mod word;\n{other}"));
    watching.until(&["main.rs changed", "error[E0583]", "error: ", AGAIN]);
    replace(here, "src/word.rs", "pub const WORD: &str = \"again\";");
    watching.until(&["word.rs changed", "Message: again", AGAIN]);
    assert_eq!(watching.interrupt(), Some(130));
}

#[test]
fn what_cannot_be_watched_is_refused() {
    let folder = parrot(&reply(GOOD));
    for (name, arguments) in [
        (
            "watch_stdin",
            ["run", "./parrot", "echo", "--data", "-", "--watch"],
        ),
        (
            "watch_nothing",
            ["run", "./owl", "echo", "--data", "{}", "--watch"],
        ),
        (
            "watch_libdir",
            ["run", "parrot", "echo", "--libdir", ".", "--watch"],
        ),
    ] {
        let output = run(folder.path(), &arguments);
        assert_eq!(output.status.code(), Some(2));
        insta::assert_snapshot!(name, seen(folder.path(), &output));
    }
}
