//! Rules on the agent as a whole.

use super::look::{Look, Part, is_plain_name};
use super::rules;
use crate::{Ddl, Metadata, is_reserved, keys};

pub(super) fn check(look: &mut Look, ddl: &Ddl, top: &Part<'_, '_>) {
    for (key, what) in [
        ("metadata", "there is no metadata"),
        ("actions", "there is no list of actions"),
    ] {
        let part = top.key(key);
        if !part.is_there() {
            look.report_at(&rules::MISSING, &part, what.into());
        }
    }
    unknown_keys(look, top, &["$schema", "metadata", "actions"]);
    let about = top.key("metadata");
    if about.is_there() {
        let metadata = &ddl.metadata;
        name(look, &about, metadata);
        texts(look, &about, metadata);
        version(look, &about, metadata);
        timeout(look, &about, metadata);
        provider(look, &about, metadata);
        unknown_keys(look, &about, keys::METADATA);
    }
}

/// Keys of an object that Choria does not know. It minds no case.
pub(super) fn unknown_keys(look: &mut Look, part: &Part<'_, '_>, known: &[&str]) {
    let members = part.node().and_then(|node| node.as_object());
    for member in members.unwrap_or_default() {
        if !known
            .iter()
            .any(|key| key.eq_ignore_ascii_case(&member.key))
        {
            let what = format!("the key {:?} has no meaning here", member.key);
            let path = part.key(&member.key).path();
            look.report_there(&rules::UNKNOWN_KEY, path, member.at, what);
        }
    }
}

/// A text that the schema wants, and wants not empty.
pub(super) fn text(
    look: &mut Look,
    part: &Part<'_, '_>,
    text: &str,
    what: impl FnOnce() -> String,
) {
    if text.is_empty() {
        let what = format!("{} is missing or empty", what());
        look.report_at(&rules::MISSING, part, what);
    }
}

fn name(look: &mut Look, about: &Part<'_, '_>, metadata: &Metadata) {
    let path = about.key("name");
    text(look, &path, &metadata.name, || "the agent's name".into());
    if metadata.name.is_empty() {
        return;
    }
    if !is_plain_name(&metadata.name) {
        let what = format!("the agent is called {:?}", metadata.name);
        look.report_at(&rules::AGENT_NAME, &path, what);
    } else if metadata.provider == "external" && is_reserved(&metadata.name) {
        let what = format!("an external agent is called {:?}", metadata.name);
        look.report_at(&rules::RESERVED, &path, what);
    }
}

fn texts(look: &mut Look, about: &Part<'_, '_>, metadata: &Metadata) {
    for (key, value) in [
        ("description", &metadata.description),
        ("author", &metadata.author),
        ("license", &metadata.license),
        ("url", &metadata.url),
    ] {
        text(look, &about.key(key), value, || {
            format!("the agent's {key}")
        });
    }
}

fn version(look: &mut Look, about: &Part<'_, '_>, metadata: &Metadata) {
    let version = &metadata.version;
    if super::versions::numbers(version).is_none() {
        let what = format!("the version is {version:?}");
        look.report_at(&rules::VERSION, &about.key("version"), what);
    }
}

fn timeout(look: &mut Look, about: &Part<'_, '_>, metadata: &Metadata) {
    let (timeout, part) = (metadata.timeout, about.key("timeout"));
    if timeout < 2 {
        let what = if part.is_there() {
            format!("the timeout is {timeout}")
        } else {
            "the timeout is missing".into()
        };
        look.report_at(&rules::TIMEOUT, &part, what);
    }
}

/// One that is missing is as good as `ruby`: many agents of that kind are.
fn provider(look: &mut Look, about: &Part<'_, '_>, metadata: &Metadata) {
    let provider = &metadata.provider;
    if !matches!(&**provider, "" | "external" | "golang" | "ruby") {
        let what = format!("the provider is {provider:?}");
        look.report_at(&rules::PROVIDER, &about.key("provider"), what);
    }
}
