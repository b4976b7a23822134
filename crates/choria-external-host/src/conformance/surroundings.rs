//! The surroundings of the program: configuration files, `HOME`, `PATH`.

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use super::answer::Answer;
use super::basic::Basic;
use super::probe::{Halt, Probe, skip};
use super::{Verdict, several};
use crate::error::HostError;
use crate::reply::PublishedReply;
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
            Self::WithCfg => "the named path with .cfg appended",
            Self::InFolder => "NAME.cfg in a folder at the named path",
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
        ("Windows line endings", Place::Named, b"a = 1\r\n\r\nb\r\n"),
        ("a byte order mark", Place::Named, b"\xef\xbb\xbfa = 1\n"),
        (
            "bytes that are not UTF-8",
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
        Verdict::Kept(_) => Verdict::Kept("answered with each of 9 files".into()),
        other => other.with_what(|why| format!("with {what}: {}", without_folder(&why, folder))),
    })
}

/// A folder has a name that nobody knows, and another each time.
fn without_folder(text: &str, folder: &TempDir) -> String {
    text.replace(&folder.path().display().to_string(), "plugin.d")
}

pub(super) fn config_places(probe: &mut Probe) -> Result<Verdict, Halt> {
    let file = match &probe.config {
        Some(file) if probe.conformance.config => file.clone(),
        _ => return skip("give --config FILE with settings that change the reply of the call"),
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
            answer @ Answer::Nothing(..) => {
                let verdict = answer.replied();
                return Ok(verdict.with_what(|why| {
                    format!("{}: {}", place.text(), without_folder(&why, &folder))
                }));
            }
            Answer::Said(_) => published(probe, &call.action)?,
        };
        outcomes.push((place, outcome));
    }
    let without = &outcomes[1].1;
    if outcomes[0].1 != *without {
        return skip(
            "two calls without a configuration give different replies: name a call whose reply is always the same",
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
        0 => Verdict::error("the reply depends on the place of the file"),
        3 => {
            return skip(
                "no place changes the reply: give a --config that changes the reply of the call",
            );
        }
        _ => {
            let texts: Vec<String> = unread.iter().map(|place| place.text().into()).collect();
            let what = format!(
                "the configuration has no effect if it is {}",
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
    let published = PublishedReply::from_reply(
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

pub(super) fn folder() -> Result<TempDir, HostError> {
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

pub(super) fn no_home(probe: &mut Probe) -> Result<Verdict, Halt> {
    let mut broken = Vec::new();
    let mut failing = false;
    let mut skipped = None;
    for basic in Basic::ALL {
        match without_home(probe, basic) {
            Ok(None) => {}
            Ok(Some((_, false))) => failing = true,
            Ok(Some((why, true))) => broken.push(format!(
                "{}: it replies only if HOME is set; without it: {why}",
                basic.text()
            )),
            Err(Halt::Skip(why)) => skipped = skipped.or(Some(why)),
            Err(error) => return Err(error),
        }
    }
    Ok(match (broken.is_empty(), skipped, failing) {
        (false, ..) => Verdict::error(several(&broken)),
        (true, Some(why), _) => Verdict::Skipped(why),
        (true, None, false) => Verdict::Kept("answered without HOME".into()),
        (true, None, true) => return probe.skip("it fails with HOME set, too"),
    })
}

/// Why a start is not answered, and whether it is with a `HOME`; `None` if it is
/// answered.
fn without_home(probe: &mut Probe, basic: Basic) -> Result<Option<(String, bool)>, Halt> {
    Ok(match basic.answer(probe)? {
        Some(Answer::Nothing(why, ..) | Answer::Explained { why, .. }) => {
            Some((why, basic.succeeds_with_home(probe)?))
        }
        Some(Answer::Said(_)) | None => None,
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
                Verdict::Kept("answered as with PATH set".into())
            }
            Answer::Said(now) => Verdict::warning(format!(
                "{}: status {}; if PATH is set {}",
                basic.text(),
                now.code,
                before.code
            )),
            Answer::Nothing(why, ..) | Answer::Explained { why, .. } => {
                Verdict::warning(format!("{}: no reply: {why}", basic.text()))
            }
        });
    }
    if verdicts.is_empty() {
        return probe.skip("it does not reply with PATH set either");
    }
    Ok(Verdict::worst(verdicts))
}
