//! A real Choria on the loopback: broker, servers, clients.
//!
//! `tests/choria` is the program, and says what the folder of a network has in
//! it. It removes that folder and ends all processes when this process ends in
//! any way.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Seek as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use choria_external_host::Program;
use serde_json::{Value, json};
use tempfile::TempDir;

/// How long something may take that takes a moment, on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// Broker, server and client, as `tests/run` builds them.
pub(crate) fn choria() -> PathBuf {
    std::env::var_os("CHORIA_TEST_CHORIA")
        .expect("CHORIA_TEST_CHORIA is not set: run tests/run, which builds tests/choria with Go")
        .into()
}

/// The folder of a network that is not started yet.
pub(crate) struct Layout {
    folder: TempDir,
}

impl Layout {
    /// With these servers.
    pub(crate) fn new<'a>(servers: impl IntoIterator<Item = &'a str>) -> Self {
        let folder = TempDir::with_prefix("network").unwrap();
        let layout = Self { folder };
        for server in servers {
            fs::create_dir_all(layout.server(server).join("plugin.d")).unwrap();
        }
        fs::create_dir_all(layout.agents()).unwrap();
        layout
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The folder of a server: that of its configuration.
    pub(crate) fn server(&self, server: &str) -> PathBuf {
        self.path().join("servers").join(server)
    }

    /// Where the agents of all servers are.
    pub(crate) fn agents(&self) -> PathBuf {
        self.path().join("plugins/mcollective/agent")
    }

    /// Where agents are that only this server has.
    pub(crate) fn agents_of(&self, server: &str) -> PathBuf {
        let agents = self.server(server).join("plugins/mcollective/agent");
        fs::create_dir_all(&agents).unwrap();
        agents
    }

    /// Starts it and returns when all servers answer.
    pub(crate) fn start(self) -> Network {
        self.start_with_events().0
    }

    /// The same, with what happened before.
    pub(crate) fn start_with_events(self) -> (Network, Vec<Value>) {
        let mut process = Command::new(choria())
            .arg("network")
            .arg(self.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // What ends this process, such as Ctrl-C, leaves it the time to tidy up.
            .process_group(0)
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let (sender, events) = mpsc::channel();
        thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let _ = sender.send(serde_json::from_str(&line).unwrap());
            }
        });
        let network = Network {
            layout: self,
            process,
            events: Mutex::new(events),
        };
        // Whether it comes up is for the program to say, with the reason.
        let up = || network.events.lock().unwrap().recv().ok();
        let mut before = Vec::new();
        while let Some(event) = up() {
            if event["event"] == "up" {
                return (network, before);
            }
            before.push(event);
        }
        panic!("the network did not come up: see what it printed above");
    }
}

/// Puts an agent's program and DDL where a server finds them.
pub(crate) fn install(agents: &Path, program: &Path, ddl: &Value) {
    let name = ddl["metadata"]["name"].as_str().unwrap();
    copy(program, &agents.join(name));
    write_ddl(
        &agents.join(format!("{name}.json")),
        ddl.to_string().as_bytes(),
    );
}

/// Copies a program. Not by this process: one that another test starts just then
/// would have the copy open for writing, and nobody could start it.
pub(crate) fn copy(program: &Path, to: &Path) {
    let copied = Command::new("cp").arg(program).arg(to).status().unwrap();
    assert!(copied.success());
}

/// Writes a DDL that a server takes at once: it passes over one younger than 5
/// seconds.
pub(crate) fn write_ddl(path: &Path, text: &[u8]) {
    fs::write(path, text).unwrap();
    make_old(path);
}

/// Makes a DDL old enough for a server to look at it.
pub(crate) fn make_old(ddl: &Path) {
    let old = SystemTime::now() - Duration::from_mins(1);
    let file = File::options().append(true).open(ddl).unwrap();
    file.set_modified(old).unwrap();
}

/// What a client sends to one server.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    pub(crate) server: String,
    pub(crate) agent: String,
    pub(crate) action: String,
    /// The text of the inputs; it is sent as it is. None: the key is left out.
    pub(crate) data: Option<String>,
    /// How long to wait for a reply.
    pub(crate) limit: Duration,
}

impl Question {
    pub(crate) fn new(server: &str, agent: &str, action: &str, data: &Value) -> Self {
        Self {
            server: server.into(),
            agent: agent.into(),
            action: action.into(),
            data: Some(data.to_string()),
            limit: PATIENCE,
        }
    }

    fn body(&self) -> String {
        let Self {
            agent,
            action,
            data,
            ..
        } = self;
        match data {
            Some(data) => format!(r#"{{"agent":"{agent}","action":"{action}","data":{data}}}"#),
            None => format!(r#"{{"agent":"{agent}","action":"{action}"}}"#),
        }
    }
}

/// A network that runs until this goes.
pub(crate) struct Network {
    layout: Layout,
    process: Child,
    events: Mutex<Receiver<Value>>,
}

impl Drop for Network {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

impl Network {
    pub(crate) fn layout(&self) -> &Layout {
        &self.layout
    }

    pub(crate) fn process(&mut self) -> &mut Child {
        &mut self.process
    }

    /// The next thing that happens; none within the patience of tests is a
    /// failure.
    pub(crate) fn event(&self) -> Value {
        let events = self.events.lock().unwrap();
        events
            .recv_timeout(PATIENCE)
            .expect("something happens in the network")
    }

    /// What has happened since it was asked last.
    pub(crate) fn events(&self) -> Vec<Value> {
        self.events.lock().unwrap().try_iter().collect()
    }

    /// Asks everything over one connection, so many at a time: the bodies of the
    /// replies, `None` for each that did not come.
    pub(crate) fn ask_all(&self, questions: &[Question], parallel: usize) -> Vec<Option<String>> {
        let mut file = tempfile::tempfile().unwrap();
        for (id, question) in questions.iter().enumerate() {
            let line = json!({
                "id": id,
                "agent": question.agent,
                "to": question.server,
                "body": question.body(),
                "limit": question.limit.as_secs_f64(),
            });
            writeln!(file, "{line}").unwrap();
        }
        file.rewind().unwrap();
        let output = self
            .command("ask")
            .args(["--parallel", &parallel.to_string()])
            .stdin(file)
            .stderr(Stdio::inherit())
            .output()
            .unwrap();
        assert!(output.status.success(), "{:?}", output.status);
        let mut replies = vec![None; questions.len()];
        let mut answered = 0;
        for line in output.stdout.split(|byte| *byte == b'\n') {
            let Ok(mut answer) = serde_json::from_slice::<Value>(line) else {
                continue;
            };
            let id = usize::try_from(answer["id"].as_u64().unwrap()).unwrap();
            replies[id] = match answer["body"].take() {
                Value::String(body) => Some(body),
                // The client itself could not send it.
                _ => answer["error"]
                    .as_str()
                    .map(|error| format!("cannot send: {error}")),
            };
            answered += 1;
        }
        assert_eq!(answered, questions.len());
        replies
    }

    /// Asks and gets a reply.
    pub(crate) fn ask(&self, server: &str, agent: &str, action: &str, data: &Value) -> Value {
        let question = Question::new(server, agent, action, data);
        let reply = self.ask_all(&[question], 1).remove(0);
        let reply = reply.unwrap_or_else(|| panic!("{server} does not answer {agent}#{action}"));
        serde_json::from_str(&reply).unwrap()
    }

    /// The agents that a server has: names with versions.
    pub(crate) fn agents(&self, server: &str) -> Vec<(String, String)> {
        let reply = self.ask(server, "rpcutil", "agent_inventory", &json!({}));
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let agents = reply["data"]["agents"].as_array().unwrap().iter();
        agents
            .map(|agent| (text(&agent["name"]), text(&agent["version"])))
            .collect()
    }

    /// Returns when a server has this agent. An agent that is there before the
    /// server starts comes a moment after the first answer; another one when the
    /// server looks again, 10 to 30 seconds later.
    pub(crate) fn wait_for(&self, server: &str, agent: &str) {
        let start = Instant::now();
        while !self.agents(server).iter().any(|(name, _)| name == agent) {
            assert!(
                start.elapsed() < PATIENCE,
                "{server} does not load {agent}: {:#?}",
                self.log(server)
            );
        }
    }

    /// What a server has logged.
    pub(crate) fn log(&self, server: &str) -> Vec<Value> {
        let text = fs::read_to_string(self.layout.server(server).join("server.log")).unwrap();
        // The last line may be half written.
        text.lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect()
    }

    /// A command of Choria's, with the configuration of the client.
    pub(crate) fn command(&self, name: &str) -> Command {
        let mut command = Command::new(choria());
        command
            .arg(name)
            .arg("--config")
            .arg(self.layout.path().join("client.conf"))
            .env("MCOLLECTIVE_CERTNAME", "rip.mcollective")
            .current_dir(self.layout.path());
        command
    }

    /// An agent of a server, for the harness: the same program, DDL, settings.
    pub(crate) fn program(&self, server: &str, agents: &Path, name: &str) -> Program {
        let mut program = Program::find(&agents.join(name), None).unwrap();
        program.config = Some(self.layout.server(server).join("plugin.d").join(name));
        program
    }
}
