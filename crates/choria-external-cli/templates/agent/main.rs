//! An agent that keeps a note on each node: one action reads it, one changes
//! it, one finds lines in it. Put your own in their place.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use choria_external::{
    Actions, Agent, Call, Context, Display, Failure, Input, Metadata, Output, metadata,
};
use serde::Serialize;

/// The agent. Each call is a process of its own: what must last is in files.
#[derive(Default)]
struct {{Type}};

/// Changes the note
#[derive(Input)]
struct Set {
    /// The new note
    // One word that even a shell may get. Still start programs without one, each string
    // as an argument of its own: `Command::new("/usr/bin/logger").arg("--").arg(text)`.
    #[input(prompt = "Note", maxlength = 200, validation = shell_word)]
    text: String,
}

#[derive(Output)]
struct Note {
    /// The note, empty where there is none
    #[output(display_as = "Note", aggregate = summary)]
    text: String,
}

#[derive(Output)]
struct Changed {
    /// Whether the note was another one before
    #[output(display_as = "Changed", aggregate = boolean_summary)]
    changed: bool,
}

/// Finds lines of the note
#[derive(Input)]
struct Find {
    /// What the lines contain
    #[input(prompt = "Text", maxlength = 200, validation = shell_word)]
    text: String,
}

#[derive(Output)]
struct Found {
    /// The lines that contain it
    lines: Vec<Line>,
}

/// One of them: what a list or a hash holds needs `Serialize`, and no DDL.
#[derive(Serialize)]
struct Line {
    number: usize,
    text: String,
}

impl Agent for {{Type}} {
    // The rest is in Cargo.toml.
    const META: Metadata = metadata!(timeout = 10);

    fn actions(actions: &mut Actions<Self>) {
        actions
            .add("get", Self::get)
            .about("Reads the note")
            .display(Display::Always);
        actions.add("set", Self::set);
        actions.add("find", Self::find).display(Display::Always);
    }

    /// A node can do without the agent: `activate = no` in its settings.
    fn activate(&self, context: &Context) -> Result<bool, Failure> {
        Ok(context.config().flag("activate")?.unwrap_or(true))
    }
}

impl {{Type}} {
    fn get(&self, call: &Call, (): ()) -> Result<Note, Failure> {
        let text = read(file(call)?)?;
        Ok(Note { text })
    }

    fn set(&self, call: &Call, input: Set) -> Result<Changed, Failure> {
        if call.config().flag("readonly")?.unwrap_or(false) {
            // The server's log gets more than the caller.
            let failure = Failure::aborted("the note cannot be changed on this node");
            return Err(failure.log("the note was not changed: readonly is set"));
        }
        let file = file(call)?;
        let changed = read(file)? != input.text;
        if changed {
            fs::write(file, &input.text)
                .with_context(|| format!("could not write {}", file.display()))?;
            tracing::info!(caller = call.caller(), "the note was changed");
        }
        Ok(Changed { changed })
    }

    fn find(&self, call: &Call, input: Find) -> Result<Found, Failure> {
        let note = read(file(call)?)?;
        let lines = (1..).zip(note.lines());
        let lines = lines.filter(|(_, line)| line.contains(&input.text));
        let line = |(number, text): (usize, &str)| Line {
            number,
            text: text.into(),
        };
        Ok(Found {
            lines: lines.map(line).collect(),
        })
    }
}

/// The file of the note, which the settings name.
fn file(call: &Call) -> Result<&Path, Failure> {
    let Some(file) = call.config().get("file") else {
        return Err(Failure::aborted(
            "the setting file is missing: expected file = /path/of/the/note",
        ));
    };
    let file = Path::new(file);
    if !file.is_absolute() {
        // Servers start agents in the folder for temporary files.
        return Err(Failure::aborted(format_args!(
            "the setting file = {}: expected an absolute path",
            file.display()
        )));
    }
    Ok(file)
}

/// The note, empty where there is none yet.
fn read(file: &Path) -> Result<String, Failure> {
    match fs::read_to_string(file) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(String::new()),
        read => Ok(read.with_context(|| format!("could not read {}", file.display()))?),
    }
}

fn main() -> ExitCode {
    choria_external::dispatch::<{{Type}}>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use choria_external::{Config, RpcReply, Value, assert_ddl, json};
    use std::time::Duration;

    #[test]
    fn the_committed_ddl_is_that_of_the_code() {
        // Have it written anew: CHORIA_WRITE_DDL=1 cargo test
        assert_ddl::<{{Type}}>("{{name}}.json");
    }

    /// A call in this process, on a node with these settings.
    fn call(settings: &str, action: &str, data: Value) -> RpcReply {
        let context = Context::new(Duration::from_secs(10));
        let context = context.with_config(Config::from_text(settings));
        let call = Call::local(context, "{{name}}", action);
        {{Type}}.call_as(call, data)
    }

    fn told(reply: RpcReply) -> (u8, String) {
        (reply.statuscode.as_u8(), reply.statusmsg)
    }

    #[test]
    fn a_note_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let settings = format!("file = {}", folder.path().join("note").display());
        let get = || call(&settings, "get", json!({})).data["text"].clone();
        let set = |text: &str| {
            let reply = call(&settings, "set", json!({"text": text}));
            reply.data["changed"].clone()
        };

        assert_eq!(get(), "");
        assert_eq!(set("hello"), true);
        assert_eq!(set("hello"), false);
        assert_eq!(get(), "hello");
    }

    #[test]
    fn lines_are_found() {
        let folder = tempfile::tempdir().unwrap();
        let note = folder.path().join("note");
        fs::write(&note, "one\ntwo\ntwenty").unwrap();
        let settings = format!("file = {}", note.display());
        let reply = call(&settings, "find", json!({"text": "tw"}));
        let wanted = json!([{"number": 2, "text": "two"}, {"number": 3, "text": "twenty"}]);
        assert_eq!(reply.data["lines"], wanted);
    }

    #[test]
    fn what_is_not_safe_in_a_shell_is_refused() {
        for unsafe_text in ["a;b", "a\nb", "a&b", "-rf"] {
            let (code, text) = told(call("", "set", json!({"text": unsafe_text})));
            let wanted = "validation failed for input 'text': input does not match ";
            assert!(code == 4 && text.starts_with(wanted), "{text}");
        }
    }

    #[test]
    fn wrong_settings_are_told() {
        for (settings, text) in [
            (
                "",
                "the setting file is missing: expected file = /path/of/the/note",
            ),
            (
                "file = note",
                "the setting file = note: expected an absolute path",
            ),
        ] {
            let reply = call(settings, "get", json!({}));
            assert_eq!(told(reply), (1, text.into()));
        }
    }

    #[test]
    fn a_folder_is_no_note() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().display();
        let reply = call(&format!("file = {folder}"), "get", json!({}));
        let (code, text) = told(reply);
        let wanted = format!("could not read {folder}: ");
        assert!(code == 1 && text.starts_with(&wanted), "{text}");
    }

    #[test]
    fn a_node_can_do_without_the_agent() {
        let active = |settings| {
            let context = Context::new(Duration::from_secs(2));
            let context = context.with_config(Config::from_text(settings));
            {{Type}}.activate(&context)
        };
        assert_eq!(active(""), Ok(true));
        assert_eq!(active("activate = no"), Ok(false));
    }
}
