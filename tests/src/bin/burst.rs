//! Calls an agent very often by the library, in a process of its own, and prints
//! what is left of it: `burst AGENT ACTION CALLS PARALLEL`.

use std::error::Error;
use std::fs;
use std::num::NonZeroUsize;

use choria_external_host::Harness;
use serde_json::json;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, agent, action, count, parallel] = &arguments[..] else {
        return Err("wanted AGENT ACTION CALLS PARALLEL".into());
    };
    let harness = Harness::agent(agent)?;
    // What is made once is there now.
    harness.call(action, &json!({}))?.assert_ok();
    let before = open_files()?;
    let calls = vec![(action.as_str(), json!({})); count.parse()?];
    let outcomes = harness.call_many(
        &calls,
        NonZeroUsize::new(parallel.parse()?).ok_or("no number")?,
    )?;
    let well = outcomes.iter().filter(|outcome| {
        outcome
            .reply
            .as_ref()
            .is_some_and(|reply| reply.statuscode.is_ok())
    });
    let well = well.count();
    let lines: usize = outcomes.iter().map(|outcome| outcome.log.len()).sum();
    let threads = fs::read_dir("/proc/self/task")?;
    let children: String = threads
        .map(|thread| fs::read_to_string(thread?.path().join("children")))
        .collect::<Result<_, _>>()?;
    println!(
        "{}",
        json!({"well": well, "lines": lines, "files": [before, open_files()?], "children": children.trim()})
    );
    Ok(())
}

fn open_files() -> Result<usize, std::io::Error> {
    Ok(fs::read_dir("/proc/self/fd")?.count())
}
