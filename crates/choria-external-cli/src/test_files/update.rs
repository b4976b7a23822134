//! `--update`: what came of a call becomes what is expected.

use std::path::Path;

use anyhow::{Context as _, anyhow, bail};
use choria_external_host::Outcome;
use choria_external_host::harness::{Compare, differences};
use serde_json::{Map, Value, json};

use super::check::{check, check_keys};
use super::document::Document;
use super::edit::{Change, New, apply, edits};
use super::expect::{End, Expect};
use super::file::{Case, TestFile};
use super::run::{Done, Job, Verdict};
use super::tree::{Kind, Node};
use crate::whole_file::{self, Access};

/// What is changed in the expectations of one case.
struct Plan<'a> {
    /// Where it is among the jobs.
    job: usize,
    case: &'a Case,
    /// Where it stands in the file.
    node: &'a Node,
    changes: Vec<Change>,
}

impl Plan<'_> {
    fn expect(&self) -> Option<&Node> {
        self.node.entry("expect").map(|entry| &entry.value)
    }

    fn by_hand(&self, document: &Document, why: &str) -> String {
        let Case { line, name, .. } = self.case;
        format!("{}:{line}: {name}: {why}: update it by hand", document.name)
    }
}

/// Rewrites the expectations of all failed cases of a file, and changes their
/// verdicts. What is told of those that it cannot rewrite, a sentence each: they
/// stay as they are, and keep no other from it.
///
/// # Errors
/// The file is as it was then.
pub(super) fn update(
    file: &TestFile,
    path: &Path,
    jobs: &[Job<'_>],
    done: &mut [Done],
) -> anyhow::Result<Vec<String>> {
    let document = &file.document;
    let (shared, plans): (Vec<_>, Vec<_>) = plans(file, jobs, done)
        .into_iter()
        .partition(|plan| plan.node.shared || plan.expect().is_some_and(is_shared));
    let (plans, odd) = sift(document, plans);
    let mut left: Vec<(usize, String)> = Vec::new();
    for (plans, why) in [
        (shared, "has an anchor or an alias"),
        (
            odd,
            "cannot be rewritten without changing more than what is expected",
        ),
    ] {
        left.extend(
            plans
                .iter()
                .map(|plan| (plan.case.index, plan.by_hand(document, why))),
        );
    }
    left.sort();
    if !plans.is_empty() {
        carry_out(file, path, plans, done)?;
    }
    for (job, done) in jobs.iter().zip(done) {
        if std::ptr::eq(job.file, file) {
            explain(job.case, done);
        }
    }
    Ok(left.into_iter().map(|(_, told)| told).collect())
}

/// The keys of `expect` whose values a single call shows.
const REWRITTEN: [&str; 6] = ["status", "message", "data", "reply", "active", "reason"];

/// Adds to a case that still fails which keys are not rewritten, and why.
fn explain(case: &Case, done: &mut Done) {
    let (Verdict::Failed(wrong), Some(outcome)) = (&mut done.verdict, &done.outcome) else {
        return;
    };
    let mut kept: Vec<&str> = Vec::new();
    for (key, _) in check_keys(&case.expect, outcome) {
        if !REWRITTEN.contains(&key) && !kept.contains(&key) {
            kept.push(key);
        }
    }
    let (states, it) = match &*kept {
        [] => return,
        [_] => ("it states", "it"),
        _ => ("they state", "them"),
    };
    wrong.push(format!(
        "--update does not rewrite {}: {states} what must hold for every call, which a single call does not show; \
         edit {it} by hand if the agent is right",
        kept.join(", ")
    ));
}

/// What is to be changed in the cases of a file.
fn plans<'a>(file: &'a TestFile, jobs: &[Job<'a>], done: &[Done]) -> Vec<Plan<'a>> {
    let mut plans = Vec::new();
    for (at, (job, done)) in jobs.iter().zip(done.iter()).enumerate() {
        if !std::ptr::eq(job.file, file) {
            continue;
        }
        // Where no call could be made, nothing is known that could be written.
        let (Some(outcome), Some(node)) =
            (&done.outcome, case_node(&file.document, job.case.index))
        else {
            continue;
        };
        let mut plan = Plan {
            job: at,
            case: job.case,
            node,
            changes: changes(job.case, outcome),
        };
        let expect = node.entry("expect");
        plan.changes.retain(|(key, new)| {
            new.is_some() || expect.is_some_and(|expect| expect.value.entry(key).is_some())
        });
        let failed = matches!(done.verdict, Verdict::Failed(_));
        if !plan.changes.is_empty() && (failed || !job.case.has_expect) {
            plans.push(plan);
        }
    }
    plans
}

/// The plans that can be carried out together, and those that cannot be at all.
fn sift<'a>(document: &Document, mut plans: Vec<Plan<'a>>) -> (Vec<Plan<'a>>, Vec<Plan<'a>>) {
    if plans.is_empty() || changed(document, &plans).is_some() {
        return (plans, Vec::new());
    }
    if plans.len() == 1 {
        return (Vec::new(), plans);
    }
    let rest = plans.split_off(plans.len() / 2);
    let (mut good, mut odd) = sift(document, plans);
    let (more, others) = sift(document, rest);
    good.extend(more);
    odd.extend(others);
    (good, odd)
}

fn carry_out(
    file: &TestFile,
    path: &Path,
    plans: Vec<Plan<'_>>,
    done: &mut [Done],
) -> anyhow::Result<()> {
    let document = &file.document;
    let text = changed(document, &plans).with_context(|| {
        format!(
            "{}: could not be rewritten: update it by hand",
            document.name
        )
    })?;
    // What is not in those keys can be wrong still.
    let again = TestFile::from_text(document, path, text.clone())
        .map_err(|wrong| anyhow!("{}", wrong.join("; ")))?;
    write(document, path, &text)?;
    for plan in plans {
        let keys = plan.changes.iter().map(|(key, _)| key.clone()).collect();
        let Some(outcome) = &done[plan.job].outcome else {
            continue;
        };
        let wrong = check(&again.cases[plan.case.index].expect, outcome);
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
/// what it said but for the changes: nothing where it does not.
fn changed(document: &Document, plans: &[Plan<'_>]) -> Option<String> {
    let mut all = Vec::new();
    let mut wanted = document.root.value();
    for plan in plans {
        let expected = &mut wanted["cases"][plan.case.index]["expect"];
        let mut members = match expected.take() {
            Value::Object(members) => members,
            _ => Map::new(),
        };
        for (key, value) in &plan.changes {
            match value {
                Some(value) => members.insert(key.clone(), value.value()),
                None => members.remove(key),
            };
        }
        *expected = members.into();
        // An expectation that is not there, or empty, begins with what is new.
        all.extend(match plan.expect() {
            Some(expect) if !expect.entries().is_empty() => edits(document, expect, &plan.changes),
            _ => {
                let new = plan.changes.iter();
                let new = new.filter_map(|(key, value)| Some((key.clone(), value.clone()?)));
                let new = New::Map(new.collect());
                edits(document, plan.node, &[("expect".into(), Some(new))])
            }
        });
    }
    let text = apply(&document.text, all);
    let again = Document::from_text(document.name.clone(), document.format, text.clone());
    again
        .is_ok_and(|again| again.root.value() == wanted)
        .then_some(text)
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
    whole_file::replace(&path, text.as_bytes(), Access::Of(permissions)).with_context(failed)
}
