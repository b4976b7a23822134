//! `--update`: what came of a call becomes what is expected.

use std::path::Path;

use anyhow::{Context as _, anyhow, bail};
use choria_external_host::{Compare, Outcome, differences};
use serde_json::{Map, Value, json};

use super::check::check;
use super::edit::{Change, New, apply, edits};
use super::expect::{End, Expect};
use super::file::{Case, TestFile};
use super::run::{Done, Job, Verdict};
use super::tree::{Document, Kind, Node};
use crate::whole_file;

/// What is changed in the expectations of one case.
struct Plan {
    /// Where it is among the jobs.
    job: usize,
    case: usize,
    changes: Vec<Change>,
}

/// Rewrites the expectations of all failed cases of a file, and changes their
/// verdicts.
///
/// # Errors
/// The file is as it was then.
pub(super) fn update(
    file: &TestFile,
    path: &Path,
    jobs: &[Job<'_>],
    done: &mut [Done],
) -> anyhow::Result<()> {
    let mut plans = Vec::new();
    for (at, (job, done)) in jobs.iter().zip(done.iter()).enumerate() {
        if !std::ptr::eq(job.file, file) {
            continue;
        }
        // Where no call could be made, nothing is known that could be written.
        let Some(outcome) = &done.outcome else {
            continue;
        };
        let mut changes = changes(job.case, outcome);
        let expect =
            case_node(&file.document, job.case.index).and_then(|case| case.entry("expect"));
        changes.retain(|(key, new)| {
            new.is_some() || expect.is_some_and(|expect| expect.value.entry(key).is_some())
        });
        let failed = matches!(done.verdict, Verdict::Failed(_));
        if !changes.is_empty() && (failed || !job.case.has_expect) {
            plans.push(Plan {
                job: at,
                case: job.case.index,
                changes,
            });
        }
    }
    if plans.is_empty() {
        return Ok(());
    }
    let text = changed(&file.document, &plans)?;
    // What is not in those keys can be wrong still.
    let again = TestFile::from_text(&file.document, path, text.clone())
        .map_err(|wrong| anyhow!("{}", wrong.join("; ")))?;
    write(&file.document, path, &text)?;
    for plan in plans {
        let keys = plan.changes.iter().map(|(key, _)| key.clone()).collect();
        let Some(outcome) = &done[plan.job].outcome else {
            continue;
        };
        let wrong = check(&again.cases[plan.case].expect, outcome);
        done[plan.job].verdict = if wrong.is_empty() {
            Verdict::Updated(keys)
        } else {
            Verdict::Failed(wrong)
        };
    }
    Ok(())
}

/// The keys of `expect` that differ from what came of a call: those about the
/// reply's status, message and data, and whether there is one.
fn changes(case: &Case, outcome: &Outcome) -> Vec<Change> {
    let Expect {
        end,
        status,
        message,
        data,
        reason,
        ..
    } = &case.expect;
    let mut changes: Vec<Change> = Vec::new();
    let mut set =
        |key: &str, value: Option<Value>| changes.push((key.into(), value.map(New::from)));
    let now = match (&outcome.reply, outcome.activated) {
        (Some(_), _) => End::Reply,
        (None, true) => End::NoReply,
        (None, false) => End::Inactive,
    };
    if let Some(reply) = &outcome.reply {
        if *end != End::Reply {
            for key in ["reply", "active", "reason"] {
                set(key, None);
            }
        }
        let other = reply.statuscode != *status;
        if other || !case.has_expect || *end != End::Reply {
            set("status", Some(reply.statuscode.as_u8().into()));
        }
        let text = &reply.statusmsg;
        let differs = match message {
            Some(message) => !message.fits(text),
            None => (other || !case.has_expect) && !reply.statuscode.is_ok(),
        };
        if differs {
            set("message", Some(text.as_str().into()));
        }
        let differs = match data {
            Some(data) => !differences(Compare::Equal, data, &reply.data).is_empty(),
            None => !case.has_expect && reply.data != json!({}),
        };
        if differs {
            set("data", Some(reply.data.clone()));
        }
    } else {
        let text = outcome.reason.as_deref().unwrap_or_default();
        if *end != now {
            for key in [
                "status",
                "message",
                "data",
                "data_has",
                "data_schema",
                "reply",
                "active",
            ] {
                set(key, None);
            }
            match now {
                End::Inactive => set("active", Some(false.into())),
                _ => set("reply", Some("none".into())),
            }
        }
        if reason
            .as_ref()
            .map_or(*end != now, |reason| !reason.fits(text))
        {
            set("reason", Some(text.into()));
        }
    }
    changes
}

/// The file's text with all plans carried out. It is read again, and must say
/// what it said but for the changes.
fn changed(document: &Document, plans: &[Plan]) -> anyhow::Result<String> {
    let mut all = Vec::new();
    let mut wanted = document.root.value();
    for plan in plans {
        let case = case_node(document, plan.case)
            .with_context(|| format!("{}: a case is not where it was", document.name))?;
        let by_hand = |why: &str| {
            anyhow!(document.about(
                &format!("/cases/{}", plan.case),
                &format!("{why}: update it by hand")
            ))
        };
        let expect = case.entry("expect").map(|entry| &entry.value);
        if case.shared || expect.is_some_and(is_shared) {
            return Err(by_hand("has an anchor or an alias"));
        }
        let mut members = match &wanted["cases"][plan.case]["expect"] {
            Value::Object(members) => members.clone(),
            _ => Map::new(),
        };
        for (key, value) in &plan.changes {
            match value {
                Some(value) => members.insert(key.clone(), value.value()),
                None => members.remove(key),
            };
        }
        // An expectation that is not there, or empty, begins with what is new.
        let edited = match expect {
            Some(expect) if !expect.entries().is_empty() => edits(document, expect, &plan.changes),
            _ => {
                let new = plan
                    .changes
                    .iter()
                    .filter_map(|(key, value)| Some((key.clone(), value.clone()?)));
                edits(
                    document,
                    case,
                    &[("expect".into(), Some(New::Map(new.collect())))],
                )
            }
        };
        all.extend(edited);
        wanted["cases"][plan.case]["expect"] = members.into();
    }
    let text = apply(&document.text, all);
    let again = Document::from_text(document.name.clone(), document.format, text.clone());
    match again {
        Ok(again) if again.root.value() == wanted => Ok(text),
        _ => bail!(
            "{}: could not be updated without changing more than was meant: update it by hand",
            document.name
        ),
    }
}

fn case_node(document: &Document, index: usize) -> Option<&Node> {
    match &document.root.entry("cases")?.value.kind {
        Kind::List(cases) => cases.get(index),
        _ => None,
    }
}

fn is_shared(node: &Node) -> bool {
    node.shared || node.entries().iter().any(|entry| is_shared(&entry.value))
}

/// Puts the new text in the place of the old one, at once or not at all.
fn write(document: &Document, path: &Path, text: &str) -> anyhow::Result<()> {
    let failed = || format!("could not update {}", document.name);
    // A link stays one.
    let path = path.canonicalize().with_context(failed)?;
    if std::fs::read(&path).with_context(failed)? != document.text.as_bytes() {
        bail!(
            "{}: it was changed while the cases ran: it was not updated",
            document.name
        );
    }
    let permissions = std::fs::metadata(&path).with_context(failed)?.permissions();
    whole_file::replace(&path, text.as_bytes(), Some(permissions)).with_context(failed)
}
