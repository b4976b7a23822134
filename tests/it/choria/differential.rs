//! The list of cases, done by the real server and by the harness.

use std::collections::BTreeMap;
use std::fs;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use choria_external_host::parallel::run_parallel;
use choria_external_host::{Call, Outcome, Program};
use serde_json::{Value, json};

use super::cases::{self, BRIEF, Case, LONG};
use super::network::{Layout, Network, Question, install};

const MISBEHAVE: &str = env!("CARGO_BIN_EXE_misbehave");
const SERVER: &str = "one";

/// Cases in which the harness does something else, and why that is right.
const DIFFERENT: &[(&str, &str)] = &[
    ("reply \"\\u{feff}{\\\"data\\\":{}}\"", CHARACTER),
    ("reply \"\\u{a0}{\\\"data\\\":{}}\"", CHARACTER),
    ("600 lists in one another", DEPTH),
    ("9990 lists in one another", DEPTH),
    ("900 lists in one another are sent", DEPTH),
    (
        "puts a link to an empty file there",
        "the harness reads no devices, which may never end, and says so",
    ),
];
const CHARACTER: &str =
    "of a character beyond ASCII the server shows the first byte, and a newer one the character";
const DEPTH: &str = "the harness reads 500 levels, and says so";

/// What comes of a case: the same words from both.
#[derive(Clone, Debug, PartialEq)]
struct Seen {
    /// The body that the caller gets; `None`: nothing.
    reply: Option<String>,
    /// The marked lines in the server's log, with their levels.
    log: Vec<(String, String)>,
}

#[test]
fn the_harness_does_what_a_real_server_does() {
    let layout = Layout::new([SERVER]);
    for (name, timeout) in [("rec", LONG), ("brief", BRIEF)] {
        install(
            &layout.agents(),
            Path::new(MISBEHAVE),
            &cases::ddl(name, timeout),
        );
        fs::write(layout.server(SERVER).join("plugin.d").join(name), "echo=1").unwrap();
    }
    let facts = json!({"role": "web", "os": {"family": "Debian", "major": 12}, "ratio": 1.5, "big": 9_007_199_254_740_993_u64,
        "one": 1.0, "small": 1e-9, "text": "<&>\u{2028}", "": {"z": [null, true], "a": {}}});
    fs::write(layout.server(SERVER).join("facts.json"), facts.to_string()).unwrap();
    let network = layout.start();
    network.wait_for(SERVER, "rec");
    network.wait_for(SERVER, "brief");

    let cases = cases::all();
    let (real, ours) = thread::scope(|scope| {
        let real = scope.spawn(|| by_the_server(&network, &cases));
        let ours = by_the_harness(&network, &cases, &facts);
        (real.join().unwrap(), ours)
    });
    // It is there all the time, also where it did not answer.
    assert_eq!(network.events(), [Value::Null; 0]);

    let different: Vec<&str> = DIFFERENT.iter().map(|(name, _)| *name).collect();
    let mut wrong = Vec::new();
    for (case, (real, ours)) in cases.iter().zip(real.iter().zip(&ours)) {
        if (real == ours) == different.contains(&&*case.name) {
            wrong.push(format!(
                "{}:\n{}",
                case.name,
                differ(&format!("{real:?}"), &format!("{ours:?}"))
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {} cases:\n{}",
        wrong.len(),
        cases.len(),
        wrong.concat()
    );
    println!(
        "{} cases, {} of them different",
        cases.len(),
        different.len()
    );
    assert!(cases.len() >= 300);
}

/// What both saw, from a little before the first difference.
pub(super) fn differ(real: &str, ours: &str) -> String {
    let same = real
        .chars()
        .zip(ours.chars())
        .take_while(|(one, other)| one == other)
        .count();
    let part = |text: &str| {
        text.chars()
            .skip(same.saturating_sub(60))
            .take(300)
            .collect::<String>()
    };
    format!("  Choria   {}\n  harness  {}\n", part(real), part(ours))
}

/// Without the names of temporary files, which are random, and of their folder:
/// that of the network's processes is not that of these tests.
pub(super) fn normalized(text: &str, network: &Network) -> String {
    const FOLDER: &str = "{tmp}";
    let theirs = network.layout().path().join("tmp");
    let ours = std::env::temp_dir();
    let ours = ours.to_str().unwrap().trim_end_matches('/');
    let mut text = text
        .replace(theirs.to_str().unwrap(), FOLDER)
        // At the end of a text in JSON.
        .replace(&format!("{ours}\\"), &format!("{FOLDER}\\"));
    for name in ["request", "reply", "facts"] {
        let start = format!("{FOLDER}/{name}");
        text = text.replace(&format!("{ours}/{name}"), &start);
        let mut parts = text.split(&start);
        let mut short = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            short += &start;
            short += part.trim_start_matches(|c: char| c.is_ascii_alphanumeric());
        }
        text = short;
    }
    text
}

fn by_the_server(network: &Network, cases: &[Case]) -> Vec<Seen> {
    // A case that is late keeps nobody waiting.
    let limit = |case: &Case| match case.agent {
        "brief" => Duration::from_secs(4 * BRIEF),
        _ => Duration::from_secs(LONG),
    };
    let questions = |brief: bool| {
        let cases = cases.iter().filter(|case| (case.agent == "brief") == brief);
        let questions = cases.map(|case| Question {
            server: SERVER.into(),
            agent: case.agent.into(),
            action: case.action.clone(),
            data: case.data.clone(),
            limit: limit(case),
        });
        questions.collect::<Vec<_>>()
    };
    let (brief, others) = thread::scope(|scope| {
        let brief = scope.spawn(|| network.ask_all(&questions(true), 100));
        let others = network.ask_all(&questions(false), 8);
        (brief.join().unwrap(), others)
    });
    let (mut brief, mut others) = (brief.into_iter(), others.into_iter());
    let log = network.log(SERVER);
    let seen = cases.iter().map(|case| {
        let replies = if case.agent == "brief" {
            &mut brief
        } else {
            &mut others
        };
        Seen {
            reply: replies
                .next()
                .unwrap()
                .as_deref()
                .map(|reply| normalized(reply, network)),
            log: case
                .mark
                .as_deref()
                .map(|mark| marked(&log, mark))
                .unwrap_or_default(),
        }
    });
    seen.collect()
}

/// The lines of a program in a server's log that have a mark.
fn marked(log: &[Value], mark: &str) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let lines = log.iter().filter(|line| text(&line["msg"]).contains(mark));
    let lines = lines.map(|line| (text(&line["level"]), text(&line["msg"])));
    let mut lines: Vec<_> = lines.collect();
    // Both outputs are read at the same time.
    lines.sort_by(|(one, _), (other, _)| one.cmp(other));
    lines
}

fn by_the_harness(network: &Network, cases: &[Case], facts: &Value) -> Vec<Seen> {
    let agents = network.layout().agents();
    let programs: BTreeMap<&str, Program> = ["rec", "brief"]
        .into_iter()
        .map(|name| {
            let mut program = network.program(SERVER, &agents, name);
            program.facts = facts.as_object().unwrap().clone().into();
            (name, program)
        })
        .collect();
    let seen = Mutex::new(vec![None; cases.len()]);
    run_parallel(cases.len(), NonZeroUsize::new(8).unwrap(), |number| {
        let case = &cases[number];
        let one = call(&programs[case.agent], case, network);
        seen.lock().unwrap()[number] = Some(one);
    });
    let seen = seen.into_inner().unwrap().into_iter();
    seen.map(Option::unwrap).collect()
}

fn call(program: &Program, case: &Case, network: &Network) -> Seen {
    let data = case.data.as_deref().unwrap_or("{}");
    let outcome = Call::from_json(&case.action, data).and_then(|call| program.call_active(&call));
    let outcome = match outcome {
        Ok(outcome) => outcome,
        Err(error) => {
            return Seen {
                reply: Some(format!("harness: {error}")),
                log: Vec::new(),
            };
        }
    };
    let log = case
        .mark
        .as_deref()
        .map(|mark| logged(&outcome, mark))
        .unwrap_or_default();
    let reply = outcome.reply.as_ref();
    let reply =
        reply.map(|reply| normalized(&String::from_utf8(reply.to_json()).unwrap(), network));
    Seen { reply, log }
}

fn logged(outcome: &Outcome, mark: &str) -> Vec<(String, String)> {
    let lines = outcome.log.iter().filter(|line| line.line.contains(mark));
    let lines = lines.map(|line| {
        (
            format!("{:?}", line.level).to_lowercase(),
            line.line.clone(),
        )
    });
    let mut lines: Vec<_> = lines.collect();
    lines.sort_by(|(one, _), (other, _)| one.cmp(other));
    lines
}
