//! Programs of the workspace, started as Choria starts them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) const RPC: &str = "io.choria.mcorpc.external.v1.rpc_request";
pub(crate) const ACTIVATION: &str = "io.choria.mcorpc.external.v1.activation_request";

/// The folder that this build goes to.
pub(crate) fn target() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    tests.ancestors().nth(3).unwrap().to_owned()
}

/// A program of the workspace; `tests/run` builds them all.
pub(crate) fn built(name: &str) -> PathBuf {
    let program = target().join(format!("debug/{name}{}", std::env::consts::EXE_SUFFIX));
    assert!(
        program.is_file(),
        "{} is not built: run tests/run",
        program.display()
    );
    program
}

/// Makes a FIFO: who reads it waits until a program writes, or has ended.
#[cfg(unix)]
pub(crate) fn fifo(path: PathBuf) -> PathBuf {
    let made = Command::new("mkfifo").arg(&path).status().unwrap();
    assert!(made.success());
    path
}

/// A request to an action, as Choria writes it.
pub(crate) fn request(agent: &str, action: &str, data: &Value) -> Value {
    json!({
        "$schema": "https://choria.io/schemas/mcorpc/external/v1/rpc_request.json",
        "protocol": RPC,
        "agent": agent,
        "action": action,
        "requestid": "f8a2decdcdbd4616ac1d5b7c011252c8",
        "senderid": "localhost",
        "callerid": "choria=rip.mcollective",
        "collective": "mcollective",
        "ttl": 60,
        "msgtime": 1_795_265_775,
        "data": data,
    })
}

/// The files of one start, and the command to start it.
pub(crate) struct Start {
    pub(crate) folder: TempDir,
    pub(crate) command: Command,
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) exit: Option<i32>,
    /// The text of the reply file.
    pub(crate) reply: String,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    /// The reply, which must be there, and the exit code 0.
    pub(crate) fn reply(&self) -> Value {
        assert_eq!(self.exit, Some(0), "{self:?}");
        serde_json::from_str(&self.reply).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Code and text of the reply to an action, which must be valid.
    pub(crate) fn outcome(&self) -> (u64, String) {
        let reply = self.reply();
        assert!(reply["data"].is_object(), "{self:?}");
        (
            reply["statuscode"].as_u64().unwrap(),
            reply["statusmsg"].as_str().unwrap().to_owned(),
        )
    }
}

impl Start {
    /// A program with a request file of these bytes, in Choria's environment.
    pub(crate) fn new(program: &str, protocol: &str, request: &[u8]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("request"), request).unwrap();
        fs::write(path("reply"), "").unwrap();
        fs::write(
            path("facts"),
            r#"{"os":{"family":"Debian","major":12},"ratio":1.5}"#,
        )
        .unwrap();
        let mut command = Command::new(built(program));
        command
            .args([path("request"), path("reply")])
            .arg(RPC)
            .env_clear()
            .env("CHORIA_EXTERNAL_REQUEST", path("request"))
            .env("CHORIA_EXTERNAL_REPLY", path("reply"))
            .env("CHORIA_EXTERNAL_PROTOCOL", protocol)
            .env("CHORIA_EXTERNAL_CONFIG", path(program))
            .env("CHORIA_EXTERNAL_FACTS", path("facts"))
            .current_dir(std::env::temp_dir())
            .stdin(Stdio::null());
        Self { folder, command }
    }

    /// A call of an action.
    pub(crate) fn call(program: &str, action: &str, data: &Value) -> Self {
        Self::new(
            program,
            RPC,
            request(program, action, data).to_string().as_bytes(),
        )
    }

    /// The same with nothing but the environment.
    pub(crate) fn without_arguments(mut self) -> Self {
        let mut command = Command::new(self.command.get_program());
        command.env_clear().stdin(Stdio::null());
        for (name, value) in self.command.get_envs() {
            command.env(name, value.unwrap_or_default());
        }
        self.command = command;
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The same with one more variable.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// The same with the program's settings.
    pub(crate) fn config(self, text: &str) -> Self {
        let settings = self.command.get_program().to_owned();
        let name = Path::new(&settings).file_stem().unwrap();
        fs::write(self.folder.path().join(name).with_extension("cfg"), text).unwrap();
        self
    }

    /// The same with other facts.
    pub(crate) fn facts(self, text: impl AsRef<[u8]>) -> Self {
        fs::write(self.path("facts"), text).unwrap();
        self
    }

    pub(crate) fn run(mut self) -> Ended {
        let Output {
            status,
            stdout,
            stderr,
        } = self.command.output().unwrap();
        let folder = self.folder.path().to_str().unwrap();
        // Folders have other names in each run.
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().replace(folder, "{tmp}");
        Ended {
            exit: status.code(),
            reply: fs::read_to_string(self.path("reply"))
                .unwrap_or_default()
                .replace(folder, "{tmp}"),
            stdout: text(stdout),
            stderr: text(stderr),
        }
    }
}
