//! A server for tests that asks a program 1,000 times, which is started for each call,
//! and has children of its own.
//!
//! `asking PROGRAM` takes an agent that crashes, hangs and leaves processes running on
//! demand.

// A program for tests is a test, too; `clippy.toml` does not reach it.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use choria_external::service::{Answer, CallInfo, Request, Service};
use choria_external_host::{OutOfProcess, Program};
use choria_external_tests::shared::{assert_unchanged, children};
use serde_json::{Map, json};

const CALLS: usize = 1_000;
const THREADS: usize = 4;
/// Children of this process that run, and the same number that have ended.
const CHILDREN: usize = 10;

/// A child of this process, which does not outlive it.
struct Own(Child);

impl Own {
    fn start(program: &str, arguments: &[&str]) -> Self {
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null());
        Self(command.stdout(Stdio::null()).spawn().unwrap())
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        // Fails if it has ended.
        let _ = self.0.kill();
        self.0.wait().unwrap();
    }
}

fn message(answer: &Answer) -> &str {
    let failure = answer.failure.as_ref();
    failure.map_or("", |failure| failure.message())
}

/// Waits until a file is there, and removes it.
fn take(file: &Path) {
    let start = Instant::now();
    while fs::remove_file(file).is_err() {
        assert!(
            start.elapsed() < Duration::from_mins(1),
            "{}",
            file.display()
        );
        thread::sleep(Duration::from_millis(1));
    }
}

/// Makes one call of the agent in this program, and checks the answer.
fn ask(agent: &dyn Service, program: &str, number: usize) {
    let id = format!("{number:032x}");
    let mut call = CallInfo::new(&*id, format!("choria=caller{number}"));
    let ask = |action, call| agent.answer(Request::action(action, Map::new()), call);
    let status = |answer: &Answer| answer.json().unwrap()["statuscode"].clone();
    match number % 10 {
        0 => {
            let answer = ask("fail", call);
            assert_eq!(message(&answer), "on demand");
            assert_eq!(status(&answer), 7);
            assert_eq!(answer.warnings, ["a line for the log"]);
        }
        1 => {
            let answer = ask("crash", call);
            assert_eq!(status(&answer), 5);
            let text = "action 'crash' gave no reply: executing agent failed: exit status -1";
            assert_eq!(message(&answer), text);
        }
        2 if number % 50 == 2 => {
            call = call.with_limit(Duration::from_millis(100));
            let answer = ask("hang", call);
            // It may not have come so far.
            let _ = fs::remove_file(format!("{program}.{id}"));
            assert_eq!(status(&answer), 5);
            let text = message(&answer);
            assert!(
                text.starts_with("action 'hang' had no answer after 0."),
                "{text}"
            );
        }
        3 if number % 50 == 3 => {
            let cancel = call.cancel.clone();
            let answer = thread::scope(|scope| {
                scope.spawn(move || {
                    // The program hangs by then.
                    take(format!("{program}.{id}").as_ref());
                    cancel.cancel();
                });
                ask("hang", call)
            });
            assert_eq!(message(&answer), "the call was cancelled");
            assert_eq!(status(&answer), 1);
        }
        4 => {
            let answer = ask("leave", call);
            assert_eq!((message(&answer), status(&answer)), ("", json!(0)));
            let left = answer.warnings.concat();
            assert!(
                left.starts_with("the program left a process running"),
                "{left}"
            );
        }
        5 => {
            let answer = ask("none", call);
            assert_eq!(status(&answer), 2);
        }
        _ => {
            let caller = call.caller.clone();
            let answer = ask("echo", call);
            assert_eq!(
                answer.json().unwrap()["data"],
                json!({ "caller": caller }),
                "{answer:?}"
            );
        }
    }
}

fn main() {
    let program = env::args().nth(1).unwrap();
    let mut running: Vec<Own> = (0..CHILDREN)
        .map(|_| Own::start("sleep", &["600"]))
        .collect();
    let mut ended: Vec<Own> = (0..CHILDREN)
        .map(|_| Own::start("sh", &["-c", "exit 3"]))
        .collect();
    let mut agent = Program::new(&program, "agent").unwrap();
    let ddl = fs::read(format!("{program}.json")).unwrap();
    let ddl = choria_external::ddl::Ddl::from_json(&ddl).unwrap();
    agent.set_ddl(ddl, "its file").unwrap();
    let agent = OutOfProcess::agent(agent);

    // The first call installs the handler of SIGCHLD, which stays.
    ask(&agent, &program, CALLS - 1);
    assert_unchanged(
        THREADS,
        CALLS,
        || assert_eq!(children().len(), 2 * CHILDREN),
        |number| ask(&agent, &program, number),
    );
    // The children of this process still run, or can be waited for.
    for child in &mut running {
        assert!(child.0.try_wait().unwrap().is_none());
    }
    for child in &mut ended {
        assert_eq!(child.0.wait().unwrap().code(), Some(3));
    }
    drop(running);
    assert_eq!(children(), [0; 0]);
}
