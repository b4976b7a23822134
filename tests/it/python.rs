//! The Python environment that `tests/run` makes: programs of other authors to
//! test against.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A command that runs one of the programs in `tests/python`.
pub(crate) fn program(name: &str) -> Command {
    let mut command = Command::new(interpreter());
    command.arg(folder().join(name));
    // Programs of the repository must leave no caches in it.
    command.env("PYTHONDONTWRITEBYTECODE", "1");
    command
}

/// The folder `tests/python`.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("python")
}

/// The environment's interpreter.
pub(crate) fn interpreter() -> PathBuf {
    std::env::var_os("CHORIA_TEST_PYTHON").map(PathBuf::from).expect(
        "CHORIA_TEST_PYTHON names no Python with the packages of tests/python/requirements.txt: run tests/run, \
         which makes one",
    )
}

/// What a program printed to this input; it must end well.
pub(crate) fn output(mut command: Command, input: &[u8]) -> String {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let output = std::thread::scope(|scope| {
        // The input does not fit into the pipe: write while the output is read.
        scope.spawn(move || stdin.write_all(input));
        child.wait_with_output().unwrap()
    });
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}
