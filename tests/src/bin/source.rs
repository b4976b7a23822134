//! A discovery source that writes down what it was started with, into the file
//! `record` beside it, and replies with the content of the file `reply` there,
//! if there is one.
//!
//! "Beside" is where it was started, so that tests link to it. First it does
//! what its arguments say, in their order:
//!
//! | argument | what it does |
//! |---|---|
//! | `stdout=TEXT`, `stderr=TEXT` | prints a line |
//! | `lines=N` | prints so many lines |
//! | `bytes=N` | prints a line of so many bytes |
//! | `nodes=N` | replies with so many nodes |
//! | `error=N` | replies with an error of so many bytes |
//! | `delete` | removes the reply file |
//! | `fifo` | puts a FIFO in its place |
//! | `abort` | ends by a signal |
//! | `block` | never ends |
//! | `exit=N` | ends with this status |
//!
//! Others are for the record only.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs, process, thread};

use serde_json::json;

const REPLY: &str = r#"{"protocol":"io.choria.choria.discovery.v1.external_reply""#;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().collect();
    let here = Path::new(&arguments[0]);
    let variable = |name: &str| env::var(format!("CHORIA_EXTERNAL_{name}"));
    let (request, reply) = (variable("REQUEST")?, PathBuf::from(variable("REPLY")?));
    let record = json!({
        "argv": arguments,
        "env": env::vars().collect::<BTreeMap<_, _>>(),
        "cwd": env::current_dir()?,
        "stdin": fs::read_link("/proc/self/fd/0").unwrap_or_default(),
        "request": fs::read_to_string(request)?,
        "process": process::id(),
        "reply": reply,
    });
    // In one go, for a test that waits for it.
    let unfinished = here.with_file_name("unfinished");
    fs::write(&unfinished, record.to_string())?;
    fs::rename(unfinished, here.with_file_name("record"))?;
    if let Ok(text) = fs::read(here.with_file_name("reply")) {
        fs::write(&reply, text)?;
    }
    for argument in &arguments[1..] {
        act(argument, &reply)?;
    }
    Ok(())
}

fn act(argument: &str, reply: &Path) -> Result<(), Box<dyn Error>> {
    let (name, value) = argument.split_once('=').unwrap_or((argument, ""));
    match name {
        "stdout" => println!("{value}"),
        "stderr" => eprintln!("{value}"),
        "lines" => (0..value.parse()?).for_each(|number: u32| println!("line {number}")),
        "bytes" => println!("{}", "x".repeat(value.parse()?)),
        "nodes" => {
            let nodes: Vec<String> = (0..value.parse()?)
                .map(|number: u32| format!("\"node{number}\""))
                .collect();
            fs::write(reply, format!("{REPLY},\"nodes\":[{}]}}", nodes.join(",")))?;
        }
        "error" if !value.is_empty() => {
            let error = "x".repeat(value.parse()?);
            fs::write(reply, format!("{REPLY},\"error\":\"{error}\"}}"))?;
        }
        "delete" => fs::remove_file(reply)?,
        "fifo" => {
            fs::remove_file(reply)?;
            process::Command::new("mkfifo").arg(reply).status()?;
        }
        "abort" => process::abort(),
        "block" => loop {
            thread::park();
        },
        "exit" if !value.is_empty() => process::exit(value.parse()?),
        _ => {}
    }
    Ok(())
}
