//! An agent that does what its configuration says, or the text `plan` in the
//! request's data, in this order:
//!
//! | key | what it does |
//! |---|---|
//! | `inactive` | writes this as the reply to the activation |
//! | `activation_KEY` | does this at the activation, where all other keys but `inactive` are for actions |
//! | `stdout_bytes`, `stderr_bytes` | prints a line of so many bytes |
//! | `stdout`, `stderr` | prints this, with `\n`, `\e` and `\xff` for those bytes |
//! | `grandchild` | starts a process that holds the outputs open while this file exists |
//! | `daemon` | the same, in a session of its own and without the outputs |
//! | `bare_daemon` | the same, and without the environment |
//! | `own` | puts other bytes in the place of its own program |
//! | `outside` | writes to this file |
//! | `lines` | prints so many lines |
//! | `ignore_term` | takes no notice of SIGTERM and SIGINT |
//! | `sleep` | sleeps so many seconds |
//! | `reply` | replies with these bytes, in hexadecimal digits |
//! | `echo` | replies with the request's data, as a text |
//! | `tell` | replies with what there is to see of its start |
//! | `gen` | replies with an output of so many bytes |
//! | `linger` | sleeps so many seconds, after the reply |
//! | `twice` | writes the reply a second time, behind the first |
//! | `rename` | puts another file in the place of the reply |
//! | `delete` | removes the reply file |
//! | `place` | puts something else there: a `fifo`, a `folder`, a `huge` file, or a link to this path |
//! | `settle` | waits until what it printed has been read |
//! | `abort` | ends by a signal |
//! | `signal` | ends by the signal of this number |
//! | `exit` | ends with this status |
//!
//! The reply is the content of the file `reply` beside the configuration, if
//! there is one. In texts, `\n`, `\e` and `\xff` are those bytes, and in a plan in
//! the data only real line ends part its keys.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{env, fs, process, thread};

use serde_json::value::RawValue;
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().collect();
    if let [_, hold, file] = arguments.as_slice()
        && hold == "hold"
    {
        hold_while(Path::new(file));
        return Ok(());
    }
    let variable = |name: &str| env::var(format!("CHORIA_EXTERNAL_{name}"));
    let config = PathBuf::from(variable("CONFIG")?);
    let request = fs::read(variable("REQUEST")?)?;
    let text = match plan_in(&request) {
        Some(plan) => plan,
        None => fs::read_to_string(&config)?,
    };
    let plan: BTreeMap<&str, &str> = text
        .split('\n')
        .filter_map(|line| line.split_once('='))
        .collect();
    let reply = PathBuf::from(variable("REPLY")?);

    if variable("PROTOCOL")?.ends_with(".activation_request") {
        let answer = plan.get("inactive").unwrap_or(&r#"{"activate":true}"#);
        fs::write(&reply, answer)?;
        let plan = plan
            .iter()
            .filter_map(|(key, value)| Some((key.strip_prefix("activation_")?, *value)));
        return act(&plan.collect(), &arguments, &request, None, &reply);
    }
    let file = config.with_file_name("reply");
    act(&plan, &arguments, &request, Some(&file), &reply)
}

/// Does what the plan says. The reply is the content of the file, if it is there.
fn act(
    plan: &BTreeMap<&str, &str>,
    arguments: &[String],
    request: &[u8],
    file: Option<&Path>,
    reply: &Path,
) -> Result<(), Box<dyn Error>> {
    print(plan)?;
    leave(plan)?;
    if plan.contains_key("own") {
        let own = env::current_exe()?;
        // A program that runs cannot be written to, but another can take its place.
        fs::write(own.with_extension("new"), "gone")?;
        fs::rename(own.with_extension("new"), own)?;
    }
    if let Some(file) = plan.get("outside") {
        fs::write(file, "outside")?;
    }
    #[cfg(unix)]
    if plan.contains_key("ignore_term") {
        use signal_hook::consts::{SIGINT, SIGTERM};
        for signal in [SIGTERM, SIGINT] {
            signal_hook::flag::register(signal, std::sync::Arc::default())?;
        }
    }
    if let Some(seconds) = plan.get("sleep") {
        thread::sleep(Duration::from_secs_f64(seconds.parse()?));
    }
    if let Some(Ok(text)) = file.map(fs::read) {
        fs::write(reply, text)?;
    }
    if let Some(digits) = plan.get("reply") {
        fs::write(reply, bytes(digits)?)?;
    }
    if plan.contains_key("echo") {
        fs::write(reply, good(&data_of(request)?.to_string()))?;
    }
    if plan.contains_key("tell") {
        fs::write(reply, good(&surroundings(arguments)?.to_string()))?;
    }
    if let Some(count) = plan.get("gen") {
        fs::write(reply, good(&"x".repeat(count.parse()?)))?;
    }
    if let Some(seconds) = plan.get("linger") {
        thread::sleep(Duration::from_secs_f64(seconds.parse()?));
    }
    if plan.contains_key("twice") {
        let once = fs::read(reply)?;
        fs::write(reply, [&*once, b"\n", &once].concat())?;
    }
    if plan.contains_key("rename") {
        let other = reply.with_extension("new");
        fs::rename(reply, &other)?;
        fs::copy(&other, reply)?;
        fs::remove_file(other)?;
    }
    if plan.contains_key("delete") {
        fs::remove_file(reply)?;
    }
    if let Some(what) = plan.get("place") {
        put(what, reply)?;
    }
    #[cfg(unix)]
    if plan.contains_key("settle") {
        settle()?;
    }
    if plan.contains_key("abort") {
        process::abort();
    }
    #[cfg(unix)]
    if let Some(number) = plan.get("signal") {
        signal_hook::low_level::raise(number.parse()?)?;
    }
    process::exit(plan.get("exit").map_or(Ok(0), |code| code.parse())?);
}

/// The plan in a request's data.
fn plan_in(request: &[u8]) -> Option<String> {
    let request: Value = serde_json::from_slice(request).ok()?;
    Some(request["data"]["plan"].as_str()?.to_owned())
}

/// A request's data, to the byte.
fn data_of(request: &[u8]) -> Result<Box<RawValue>, Box<dyn Error>> {
    let mut members: BTreeMap<&str, Box<RawValue>> = serde_json::from_slice(request)?;
    members
        .remove("data")
        .ok_or_else(|| "no data in the request".into())
}

/// A reply with this output.
fn good(value: &str) -> String {
    let value = json!(value);
    format!(r#"{{"statuscode":0,"statusmsg":"OK","data":{{"value":{value}}}}}"#)
}

/// What a program can see of its start.
fn surroundings(arguments: &[String]) -> Result<Value, Box<dyn Error>> {
    let facts = fs::read_to_string(env::var("CHORIA_EXTERNAL_FACTS")?)?;
    let mut files = BTreeMap::new();
    #[cfg(unix)]
    for name in ["REQUEST", "REPLY", "FACTS", "CONFIG"] {
        use std::os::unix::fs::PermissionsExt as _;
        let file = fs::metadata(env::var(format!("CHORIA_EXTERNAL_{name}"))?);
        let mode = file.map(|file| format!("{:o}", file.permissions().mode()));
        files.insert(name, mode.ok());
    }
    Ok(json!({
        "arguments": arguments,
        "environment": env::vars().collect::<BTreeMap<_, _>>(),
        "folder": env::current_dir()?,
        "facts": facts,
        "files": files,
        "stdin": fs::read_link("/proc/self/fd/0").unwrap_or_default(),
    }))
}

/// Returns when what was printed has been read.
#[cfg(unix)]
fn settle() -> Result<(), Box<dyn Error>> {
    let start = Instant::now();
    while rustix::io::ioctl_fionread(std::io::stdout())? > 0
        || rustix::io::ioctl_fionread(std::io::stderr())? > 0
    {
        if start.elapsed() > Duration::from_mins(1) {
            return Err("nobody reads what was printed".into());
        }
        thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}

fn bytes(digits: &str) -> Result<Vec<u8>, Box<dyn Error>> {
    let pairs = digits.as_bytes().chunks(2);
    let byte = |pair| Ok(u8::from_str_radix(str::from_utf8(pair)?, 16)?);
    pairs.map(byte).collect()
}

/// What the plan says of the outputs.
fn print(plan: &BTreeMap<&str, &str>) -> Result<(), Box<dyn Error>> {
    let mut outputs: [(&str, Box<dyn Write>); 2] = [
        ("stdout", Box::new(std::io::stdout())),
        ("stderr", Box::new(std::io::stderr())),
    ];
    for (name, output) in &mut outputs {
        if let Some(count) = plan.get(&*format!("{name}_bytes")) {
            let mut line = vec![b'x'; count.parse()?];
            line.push(b'\n');
            output.write_all(&line)?;
        }
        if let Some(text) = plan.get(*name) {
            output.write_all(&unescape(text))?;
        }
        output.flush()?;
    }
    if let Some(count) = plan.get("lines") {
        for number in 0..count.parse()? {
            println!("line {number}");
        }
    }
    Ok(())
}

/// What the plan says of processes that stay.
fn leave(plan: &BTreeMap<&str, &str>) -> Result<(), Box<dyn Error>> {
    if let Some(file) = plan.get("grandchild") {
        process::Command::new(env::current_exe()?)
            .args(["hold", file])
            .spawn()?;
    }
    for (key, clear) in [("daemon", false), ("bare_daemon", true)] {
        if let Some(file) = plan.get(key) {
            daemon(file, clear)?;
        }
    }
    Ok(())
}

/// Starts a process that nobody waits for, in a session of its own.
fn daemon(file: &str, clear: bool) -> Result<(), Box<dyn Error>> {
    let mut command = process::Command::new("setsid");
    command.args(["--fork".as_ref(), env::current_exe()?.as_os_str()]);
    command.args(["hold", file]);
    if clear {
        command
            .env_clear()
            .env("PATH", env::var_os("PATH").unwrap_or_default());
    }
    let none = process::Stdio::null;
    command.stdin(none()).stdout(none()).stderr(none());
    command.status()?;
    if !Path::new(file).exists() {
        return Ok(());
    }
    // It has to be itself, not what makes it.
    let start = Instant::now();
    while !is_held(file) && start.elapsed() < Duration::from_secs(10) {
        thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}

/// Whether a process holds this file.
fn is_held(file: &str) -> bool {
    let wanted = format!("hold\0{file}\0");
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    processes.into_iter().any(|process| {
        let words = fs::read(process.path().join("cmdline")).unwrap_or_default();
        let words = String::from_utf8_lossy(&words);
        words.ends_with(&wanted) && !words.starts_with("setsid")
    })
}

/// Puts something in the place of the reply.
fn put(what: &str, reply: &Path) -> Result<(), Box<dyn Error>> {
    fs::remove_file(reply)?;
    match what {
        "fifo" => {
            process::Command::new("mkfifo").arg(reply).status()?;
        }
        "folder" => {
            fs::create_dir(reply)?;
            fs::write(reply.join("file"), "")?;
        }
        // Takes no room on the disk.
        "huge" => fs::File::create(reply)?.set_len(1 << 40)?,
        #[cfg(unix)]
        other => std::os::unix::fs::symlink(other, reply)?,
        #[cfg(not(unix))]
        _ => return Err("there are no such links here".into()),
    }
    Ok(())
}

/// Returns when the file is gone; after a while in any case, should the test
/// have died.
fn hold_while(file: &Path) {
    let start = Instant::now();
    while file.exists() && start.elapsed() < Duration::from_mins(1) {
        thread::sleep(Duration::from_millis(20));
    }
}

fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut parts = text.split('\\');
    bytes.extend(parts.next().unwrap_or_default().bytes());
    for part in parts {
        let (byte, rest) = match part.as_bytes() {
            [b'n', rest @ ..] => (b'\n', rest),
            [b'e', rest @ ..] => (0x1b, rest),
            [b'x', b'f', b'f', rest @ ..] => (0xff, rest),
            rest => (b'\\', rest),
        };
        bytes.push(byte);
        bytes.extend(rest);
    }
    bytes
}
