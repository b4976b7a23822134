//! What lies round the program: configuration files, `HOME`, `PATH`.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use super::answer::Answer;
use super::probe::{Halt, NAMED, Probe, skip};
use super::{Verdict, several};
use crate::error::HostError;
use crate::reply::Published;
use crate::temp_folder::{private_folder, temp_folder};
use crate::whole_file::{Access, create};

/// Where a configuration can be, by the path that a server names.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Nowhere,
    Named,
    WithCfg,
    InFolder,
}

impl Place {
    fn text(self) -> &'static str {
        match self {
            Self::Nowhere => "no file",
            Self::Named => "the named file",
            Self::WithCfg => "the named path with .cfg",
            Self::InFolder => "NAME.cfg in the named path as a folder",
        }
    }
}

/// A configuration of a person who tries things.
const ODD: &str = "# a comment\n\n  spaces_round_it = 1  \nempty =\n= no name\nno sign\na=b=c\nlog_level = debug\n";

pub(super) fn odd_config(probe: &mut Probe) -> Result<Verdict, Halt> {
    let long = format!("long = {}\nafter = 1\n", "x".repeat(70_000));
    let files: [(&str, Place, &[u8]); 8] = [
        ("no file", Place::Nowhere, b""),
        (Place::Named.text(), Place::Named, ODD.as_bytes()),
        (Place::WithCfg.text(), Place::WithCfg, ODD.as_bytes()),
        (Place::InFolder.text(), Place::InFolder, ODD.as_bytes()),
        ("Windows line ends", Place::Named, b"a = 1\r\n\r\nb\r\n"),
        ("a byte order mark", Place::Named, b"\xef\xbb\xbfa = 1\n"),
        (
            "bytes that are no UTF-8",
            Place::Named,
            b"a = \xff\xfe\n\x00 = \x80\n",
        ),
        ("a line of 70,000 bytes", Place::Named, long.as_bytes()),
    ];
    let mut verdicts = Vec::new();
    for (what, place, content) in files {
        let folder = place_config(probe, place, content)?;
        verdicts.push(answered(probe, what, &folder)?);
    }
    // The path is there, and is no file that can be read.
    let folder = folder()?;
    let path = folder.path().join(probe.program.name.as_str());
    fs::create_dir(&path).map_err(|error| failed(&path, error))?;
    probe.program.config = Some(path);
    verdicts.push(answered(probe, "an empty folder in its place", &folder)?);
    Ok(Verdict::worst(verdicts))
}

/// Whether an action that the agent has not is answered with this
/// configuration, which is taken away again.
fn answered(probe: &mut Probe, what: &str, folder: &TempDir) -> Result<Verdict, Halt> {
    let call = probe.unknown_call("{}")?;
    let answer = probe.call("odd configuration files", &call, None);
    probe.program.config.clone_from(&probe.config);
    Ok(match answer?.replied() {
        Verdict::Broken(severity, why) => {
            let why = without_folder(&why, folder);
            Verdict::Broken(severity, format!("with {what}: {why}"))
        }
        Verdict::Kept(_) => Verdict::Kept("answered with each of 9".into()),
        skipped @ Verdict::Skipped(_) => skipped,
    })
}

/// A folder has a name that nobody knows, and another each time.
fn without_folder(text: &str, folder: &TempDir) -> String {
    text.replace(&folder.path().display().to_string(), "plugin.d")
}

pub(super) fn config_places(probe: &mut Probe) -> Result<Verdict, Halt> {
    let file = match &probe.config {
        Some(file) if probe.conformance.config => file.clone(),
        _ => return skip("give --config FILE, which changes what the call of --action replies"),
    };
    let content = fs::read(&file).map_err(|error| HostError::File {
        what: "read the configuration",
        path: file,
        error,
    })?;
    let call = probe.named_call()?;
    let mut outcomes = Vec::new();
    // Twice without, to see that nothing else changes the reply.
    let places = [
        Place::Nowhere,
        Place::Named,
        Place::WithCfg,
        Place::InFolder,
    ];
    for place in [Place::Nowhere].into_iter().chain(places) {
        let folder = place_config(probe, place, &content)?;
        let answer = probe.call("places of the configuration", &call, None);
        probe.program.config.clone_from(&probe.config);
        let outcome = match answer? {
            answer @ Answer::Explained { .. } => return Ok(answer.replied()),
            Answer::Nothing(why, _) => {
                let why = without_folder(&why, &folder);
                return Ok(Verdict::error(format!("{}: no reply: {why}", place.text())));
            }
            Answer::Said(_) => published(probe, &call.action)?,
        };
        outcomes.push((place, outcome));
    }
    let without = &outcomes[1].1;
    if outcomes[0].1 != *without {
        return skip(
            "two calls without a configuration give two replies: name a call that gives one",
        );
    }
    let unread = |(place, outcome): &&(Place, _)| *place != Place::Nowhere && outcome == without;
    let unread: Vec<Place> = outcomes
        .iter()
        .filter(unread)
        .map(|(place, _)| *place)
        .collect();
    let last = &outcomes[outcomes.len() - 1].1;
    Ok(match unread.len() {
        0 if outcomes[2..].iter().all(|(_, outcome)| outcome == last) => {
            Verdict::Kept("read from each of 3 places".into())
        }
        0 => Verdict::error("each place gives another reply"),
        3 => {
            return skip(
                "no place changes the reply: give a --config that changes what the call replies",
            );
        }
        _ => {
            let texts: Vec<String> = unread.iter().map(|place| place.text().into()).collect();
            let what = format!(
                "the call replies as without a configuration where it is {}",
                several(&texts)
            );
            // Nothing that is known writes one there.
            if *unread == [Place::InFolder] {
                Verdict::warning(what)
            } else {
                Verdict::error(what)
            }
        }
    })
}

/// What the caller got of the last start.
fn published(probe: &Probe, action: &str) -> Result<(u8, String, Value), Halt> {
    let reply = probe.made.last().map(|made| made.trace.reply());
    let agent = probe.program.name.as_str();
    let published = Published::from_reply(
        agent,
        action,
        probe.action(action),
        reply.unwrap_or_default(),
    )?;
    Ok((
        published.statuscode.as_u8(),
        published.statusmsg,
        published.data,
    ))
}

fn failed(path: &Path, error: std::io::Error) -> HostError {
    HostError::File {
        what: "write a configuration to",
        path: path.into(),
        error,
    }
}

fn folder() -> Result<TempDir, HostError> {
    private_folder("config").map_err(|error| failed(&temp_folder(), error))
}

/// Names a configuration file to the program, and puts it into one place; the
/// folder goes with what this gives.
fn place_config(probe: &mut Probe, place: Place, content: &[u8]) -> Result<TempDir, HostError> {
    let folder = folder()?;
    let name = probe.program.name.as_str();
    let named = folder.path().join(name);
    let file = match place {
        Place::Nowhere => None,
        Place::Named => Some(named.clone()),
        Place::WithCfg => Some(named.with_extension("cfg")),
        Place::InFolder => {
            fs::create_dir(&named).map_err(|error| failed(&named, error))?;
            Some(named.join(name).with_extension("cfg"))
        }
    };
    if let Some(file) = file {
        create(&file, content, Access::Private).map_err(|error| failed(&file, error))?;
    }
    probe.program.config = Some(named);
    Ok(folder)
}

/// A start that is made once as a server makes it, and once otherwise.
#[derive(Clone, Copy)]
enum Basic {
    Activation,
    Unknown,
    Named,
}

impl Basic {
    const ALL: [Self; 3] = [Self::Activation, Self::Unknown, Self::Named];

    fn text(self) -> &'static str {
        match self {
            Self::Activation => "activation",
            Self::Unknown => "unknown action",
            Self::Named => NAMED,
        }
    }

    /// The answer as a server would see it; nothing where no call was named.
    fn answer(self, probe: &mut Probe) -> Result<Option<Answer>, Halt> {
        Ok(Some(match self {
            Self::Activation => probe.activation()?,
            Self::Unknown => probe.unknown()?,
            Self::Named if probe.conformance.call.is_none() => return Ok(None),
            Self::Named => probe.named()?,
        }))
    }

    /// The answer to another start.
    fn again(
        self,
        probe: &mut Probe,
        of: &'static str,
        home: Option<&OsStr>,
    ) -> Result<Answer, Halt> {
        let call = match self {
            Self::Activation => return probe.activate(of, b"", home),
            Self::Unknown => probe.unknown_call("{}")?,
            Self::Named => probe.named_call()?,
        };
        probe.call(of, &call, home)
    }
}

pub(super) fn no_home(probe: &mut Probe) -> Result<Verdict, Halt> {
    let mut broken = Vec::new();
    let mut failing = false;
    let home = folder()?;
    for basic in Basic::ALL {
        let Some(Answer::Nothing(why, _) | Answer::Explained { why, .. }) = basic.answer(probe)?
        else {
            continue;
        };
        failing = true;
        let answer = basic.again(probe, "with HOME", Some(home.path().as_os_str()))?;
        if matches!(answer, Answer::Said(_)) {
            broken.push(format!(
                "{}: it replies with a HOME, and without one not: {why}",
                basic.text()
            ));
        }
    }
    Ok(match (broken.is_empty(), failing) {
        (false, _) => Verdict::error(several(&broken)),
        (true, false) => Verdict::Kept("answered without one".into()),
        (true, true) => return probe.skip("it fails with a HOME, too"),
    })
}

pub(super) fn empty_path(probe: &mut Probe) -> Result<Verdict, Halt> {
    let mut verdicts = Vec::new();
    for basic in Basic::ALL {
        let Some(Answer::Said(before)) = basic.answer(probe)? else {
            continue;
        };
        let path = probe.program.search_path.replace(OsString::new());
        probe.aside = true;
        let answer = basic.again(probe, "empty PATH", None);
        probe.aside = false;
        probe.program.search_path = path;
        verdicts.push(match answer? {
            Answer::Said(now) if now.code == before.code => {
                Verdict::Kept("answered as with one".into())
            }
            Answer::Said(now) => Verdict::warning(format!(
                "{}: status {}, with a PATH {}",
                basic.text(),
                now.code,
                before.code
            )),
            Answer::Nothing(why, _) | Answer::Explained { why, .. } => {
                Verdict::warning(format!("{}: no reply: {why}", basic.text()))
            }
        });
    }
    if verdicts.is_empty() {
        return probe.skip("it does not reply with a PATH either");
    }
    Ok(Verdict::worst(verdicts))
}
