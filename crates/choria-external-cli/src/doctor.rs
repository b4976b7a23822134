//! `choria-external doctor`.
//!
//! | module | what it holds |
//! |---|---|
//! | `ask` | what a program prints, within a time |
//! | `tools` | the programs that are looked for, and what each is for |

mod ask;
mod tools;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::Context as _;
use choria_external_host::Supervisor;
use serde_json::{Value, json};

use crate::args::Doctor;
use crate::output::print;
use crate::show::{printable, printable_json};
use crate::signals::Signals;
use crate::{new, supervise};
use ask::ask;
use tools::{TOOLS, Tool};

/// Says what is here, and what each part is for. That something is missing is no
/// failure: nobody needs all of it.
pub(crate) fn doctor(args: &Doctor) -> anyhow::Result<ExitCode> {
    let supervisor = supervise::supervisor();
    let signals = Signals::watch(&supervisor).context("could not watch for signals")?;
    let mut items: Vec<Item> = TOOLS
        .iter()
        .map(|tool| Item::of(tool, &supervisor))
        .collect();
    let (host, targets) = targets(&supervisor);
    items.extend(musl(host.as_deref(), &targets));
    supervisor.end_all();
    if let Some(code) = signals.exit_code() {
        return Ok(ExitCode::from(code));
    }
    let checkout = new::checkout();
    print(&if args.json {
        printable_json(&format!(
            "{:#}\n",
            report(checkout.as_deref(), &items, &targets)
        ))
    } else {
        text(checkout.as_deref(), &items, &targets)
    })?;
    Ok(ExitCode::SUCCESS)
}

/// What was found of one thing.
struct Item {
    name: String,
    state: State,
    path: Option<PathBuf>,
    version: Option<String>,
    purpose: &'static str,
    /// What to do, unless all is well.
    advice: Option<String>,
}

#[derive(Clone, Copy)]
enum State {
    /// It is there.
    Ok,
    /// It is there, in a version other than the one that is needed or was tested.
    Other,
    /// It is not there.
    Missing,
    /// It is there and does not work.
    Broken,
}

impl State {
    fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Other => "other",
            Self::Missing => "missing",
            Self::Broken => "broken",
        }
    }
}

impl Item {
    fn of(tool: &Tool, supervisor: &Supervisor) -> Self {
        let mut item = Self {
            name: tool.name.into(),
            state: State::Missing,
            path: tool.find(),
            version: None,
            purpose: tool.purpose,
            advice: Some(tool.install.into()),
        };
        let Some(path) = &item.path else { return item };
        let answer = ask(supervisor, Command::new(path).args(tool.arguments));
        let version = answer.and_then(|text| {
            let version = tools::version(&text);
            let first = text.lines().next().unwrap_or_default();
            version.ok_or_else(|| format!("it printed no version, but {first:?}"))
        });
        match version {
            Ok(version) => {
                item.advice = tool.unlike(&version);
                item.state = match item.advice {
                    Some(_) => State::Other,
                    None => State::Ok,
                };
                item.version = Some(version);
            }
            Err(why) => {
                let command = tool.arguments.join(" ");
                item.state = State::Broken;
                item.advice = Some(format!("{} {command}: {why}", path.display()));
            }
        }
        item
    }
}

/// This machine's target, and all for which a standard library is installed.
fn targets(supervisor: &Supervisor) -> (Option<String>, Vec<String>) {
    let Some(rustc) = tools::find("rustc") else {
        return (None, Vec::new());
    };
    let about = ask(supervisor, Command::new(&rustc).arg("-vV")).unwrap_or_default();
    let host = about.lines().find_map(|line| line.strip_prefix("host: "));
    let sysroot = ask(
        supervisor,
        Command::new(&rustc).args(["--print", "sysroot"]),
    );
    let folder = Path::new(sysroot.unwrap_or_default().trim()).join("lib/rustlib");
    let mut targets: Vec<String> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.path().join("lib").is_dir())
        .map(|entry| entry.file_name().display().to_string())
        .collect();
    targets.sort_unstable();
    (host.map(str::to_owned), targets)
}

/// The target whose programs run on every Linux; `None` on other systems.
fn musl(host: Option<&str>, targets: &[String]) -> Option<Item> {
    let host = host?;
    let musl = host.replace("-linux-gnu", "-linux-musl");
    if !musl.contains("-linux-musl") {
        return None;
    }
    let is_here = targets.contains(&musl);
    Some(Item {
        state: if is_here { State::Ok } else { State::Missing },
        advice: (!is_here)
            .then(|| format!("rustup target add {musl}; without it glibc is linked static")),
        name: musl,
        path: None,
        version: None,
        purpose: "makes programs for every Linux: package",
    })
}

fn text(checkout: Option<&Path>, items: &[Item], targets: &[String]) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let crates = match checkout {
        Some(checkout) => format!("the crates of {}", checkout.display()),
        None => "no crates: give a checkout by --path".into(),
    };
    let mut text = printable(&format!("choria-external {version}; new uses {crates}")) + "\n\n";
    let width = |of: fn(&Item) -> usize| items.iter().map(of).max().unwrap_or(0);
    let names = width(|item| item.name.len());
    let versions = width(|item| item.version.as_deref().unwrap_or("-").len());
    for item in items {
        let Item { name, purpose, .. } = item;
        let state = item.state.name();
        let version = item.version.as_deref().unwrap_or("-");
        let line = format!("{state:7}  {name:names$}  {version:versions$}  {purpose}");
        text += &(printable(&line) + "\n");
        if let Some(advice) = &item.advice {
            text += &format!("         {}\n", printable(advice));
        }
    }
    let targets = match targets {
        [] => "none".to_owned(),
        targets => targets.join(", "),
    };
    text + "\n" + &printable(&format!("Rust targets: {targets}")) + "\n"
}

fn report(checkout: Option<&Path>, items: &[Item], targets: &[String]) -> Value {
    let path = |path: &Path| path.display().to_string();
    let items: Vec<Value> = items
        .iter()
        .map(|item| {
            json!({
                "name": item.name,
                "state": item.state.name(),
                "version": item.version,
                "path": item.path.as_deref().map(path),
                "purpose": item.purpose,
                "advice": item.advice,
            })
        })
        .collect();
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "checkout": checkout.map(path),
        "items": items,
        "targets": targets,
    })
}
