//! Calls an agent very often by the library, in a process of its own, and prints
//! what came of it and what is left of it, as JSON: `burst PLAN`.

use std::error::Error;
use std::fs;
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use choria_external_host::{Harness, Outcome};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// What is to be done, as JSON.
#[derive(Deserialize)]
struct Plan {
    agent: String,
    action: String,
    #[serde(default)]
    data: Map<String, Value>,
    /// Settings of the agent.
    #[serde(default)]
    config: Map<String, Value>,
    /// How many lines each call logs at least.
    lines: usize,
    /// It is over after so many calls, or so long.
    calls: usize,
    seconds: u64,
    parallel: NonZeroUsize,
}

/// So many calls are made before the next look at the clock and the memory.
const AT_ONCE: usize = 200;

#[derive(Default)]
struct Count {
    calls: usize,
    /// Calls whose caller gets nothing.
    lost: usize,
    /// Calls that fail, or reply something else than the first one.
    wrong: usize,
    lines: usize,
    lines_lost: usize,
}

impl Count {
    fn add(&mut self, outcome: &Outcome, wanted: &Value, lines: usize) {
        self.calls += 1;
        match &outcome.reply {
            None => self.lost += 1,
            Some(reply) if reply.statuscode.is_ok() && reply.data == *wanted => {}
            Some(_) => self.wrong += 1,
        }
        self.lines += outcome.log.len();
        self.lines_lost += lines.saturating_sub(outcome.log.len());
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let plan = std::env::args().nth(1).ok_or("expected PLAN")?;
    let plan: Plan = serde_json::from_str(&plan)?;
    let data = Value::Object(plan.data);
    let mut harness = Harness::agent(&plan.agent)?;
    for (key, value) in &plan.config {
        harness = harness.config(key, value.as_str().ok_or("settings are texts")?)?;
    }
    // What is made once is there now.
    let first = harness.call(&plan.action, &data)?;
    let wanted = &first.assert_ok().reply.as_ref().ok_or("no reply")?.data;

    let files = open_files()?;
    let started = Instant::now();
    let time = Duration::from_secs(plan.seconds);
    let mut count = Count::default();
    let mut early = None;
    while count.calls < plan.calls && started.elapsed() < time {
        let at_once = AT_ONCE.min(plan.calls - count.calls);
        let calls = vec![(plan.action.as_str(), data.clone()); at_once];
        for outcome in harness.call_many(&calls, plan.parallel)? {
            count.add(&outcome, wanted, plan.lines);
        }
        let tenth = count.calls >= plan.calls / 10 || started.elapsed() >= time / 10;
        if tenth && early.is_none() {
            early = Some(resident()?);
        }
    }
    println!(
        "{}",
        json!({
            "calls": count.calls,
            "lost": count.lost,
            "wrong": count.wrong,
            "lines": count.lines,
            "lines_lost": count.lines_lost,
            "seconds": started.elapsed().as_secs(),
            "resident_kb": [early, resident()?],
            "open_files": [files, open_files()?],
            "processes_left": children()?,
        })
    );
    Ok(())
}

/// Kilobytes of memory that this process has now.
fn resident() -> Result<u64, Box<dyn Error>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    Ok(number.ok_or("no VmRSS")?.parse()?)
}

fn open_files() -> Result<usize, std::io::Error> {
    Ok(fs::read_dir("/proc/self/fd")?.count())
}

/// Also those that have ended, and that nobody has waited for.
fn children() -> Result<usize, std::io::Error> {
    let mut children = 0;
    for thread in fs::read_dir("/proc/self/task")? {
        let thread = thread?.path();
        match fs::read_to_string(thread.join("children")) {
            Ok(ids) => children += ids.split_whitespace().count(),
            // It has just ended; its children are another one's now.
            Err(_) if !thread.exists() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(children)
}
