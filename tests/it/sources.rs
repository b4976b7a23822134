//! The example discovery sources, as a client runs them.

mod page;
mod sql_discovery;
mod static_discovery;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::programs;

/// A source, files for it, and the command that asks it.
struct Asked {
    program: &'static str,
    folder: TempDir,
}

impl Asked {
    fn new(program: &'static str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { program, folder }
    }

    /// Writes a file; gives its path.
    fn file(&self, name: &str, text: &str) -> String {
        let path = self.folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// The names it finds, or why there are none. The time is long enough for a
    /// machine that is busy, where the arguments say nothing else.
    fn ask(&self, arguments: &[&str]) -> Result<Vec<String>, String> {
        let program = programs::built(self.program);
        let mut command = Command::new(env!("CARGO_BIN_EXE_command"));
        command
            .arg("discover")
            .arg(format!("'{}'", program.display()));
        if !arguments.contains(&"--timeout") {
            command.args(["--timeout", "120"]);
        }
        let output = command
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = |bytes| {
            let text = String::from_utf8(bytes).unwrap();
            text.replace(self.folder.path().to_str().unwrap(), "{folder}")
        };
        let (found, told) = (text(output.stdout), text(output.stderr));
        if output.status.success() {
            return Ok(found.lines().map(String::from).collect());
        }
        assert_eq!((output.status.code(), &*found), (Some(1), ""), "{told}");
        let (_, reason) = told.split_once("could not run: ").expect(&told);
        // The log says the same once more.
        let reason = reason.split("\nLog:\n").next().unwrap();
        Err(reason.trim_end().to_owned())
    }

    fn found(&self, arguments: &[&str]) -> Vec<String> {
        self.ask(arguments).unwrap()
    }
}

/// Runs the lines of a page that begin with `$ `, and checks that they print
/// what stands below them. Of what goes to standard error that is the reason of
/// a failure only; after it comes the log.
fn check_transcript(transcript: &str, folder: &Path) {
    let bin = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(
        env!("CARGO_BIN_EXE_command"),
        bin.path().join("choria-external"),
    )
    .unwrap();
    let path = std::env::var("PATH").unwrap();
    let mut commands = 0;
    for part in transcript.split("$ choria-external ").skip(1) {
        let (command, wanted) = part.split_once('\n').unwrap();
        // 2 seconds are too little for tests that run beside others.
        let command = format!("choria-external {command} --timeout 120");
        let output = Command::new("sh")
            .args(["-c", &command])
            .current_dir(folder)
            .env("PATH", format!("{}:{path}", bin.path().display()))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        let reason = told.lines().find(|line| line.starts_with("could not run"));
        let mut printed = String::from_utf8(output.stdout).unwrap();
        printed.extend(reason.map(|line| format!("{line}\n")));
        assert_eq!(printed, wanted, "{command}\n{told}");
        commands += 1;
    }
    assert!(commands > 0, "{transcript}");
}

/// The commands of the README print what stands there.
#[test]
fn the_readme_tells_the_truth() {
    let repository = crate::readme::repository();
    let readme = fs::read_to_string(repository.join("README.md")).unwrap();
    let (_, part) = readme.split_once("\n## Other kinds of programs\n").unwrap();
    // The command builds a package anew, with features of its own; that it does
    // is tested elsewhere.
    let transcript = ["static-discovery", "sql-discovery"].iter().fold(
        crate::readme::block(part, "console"),
        |transcript, name| {
            let folder = format!("discover examples/{name} ");
            assert!(transcript.contains(&folder), "{transcript}");
            let program = programs::built(name);
            transcript.replace(&folder, &format!("discover {} ", program.display()))
        },
    );
    check_transcript(&transcript, &repository);
}
