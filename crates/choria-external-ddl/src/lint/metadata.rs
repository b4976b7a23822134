//! Rules on the agent as a whole.

use super::look::{Look, Path, is_plain_name};
use super::rules;
use crate::{is_reserved, keys};

pub(super) fn check(look: &mut Look<'_>) {
    let top = Path::new();
    for (key, what) in [
        ("metadata", "there is no metadata"),
        ("actions", "there is no list of actions"),
    ] {
        if !look.has(&top.key(key)) {
            look.report_at(&rules::MISSING, &top.key(key), what.into());
        }
    }
    unknown_keys(look, &top, &["$schema", "metadata", "actions"]);
    let about = top.key("metadata");
    if look.has(&about) {
        name(look, &about);
        texts(look, &about);
        version(look, &about);
        timeout(look, &about);
        provider(look, &about);
        unknown_keys(look, &about, keys::METADATA);
    }
}

/// Keys of an object that Choria does not know. It minds no case.
pub(super) fn unknown_keys(look: &mut Look<'_>, path: &Path, known: &[&str]) {
    let members = look.node(path).and_then(|node| node.as_object());
    for member in members.unwrap_or_default() {
        if !known
            .iter()
            .any(|key| key.eq_ignore_ascii_case(&member.key))
        {
            let what = format!("the key {:?} has no meaning here", member.key);
            let path = path.key(&member.key).to_string();
            look.report_there(&rules::UNKNOWN_KEY, path, member.at, what);
        }
    }
}

/// A text that the schema wants, and wants not empty.
pub(super) fn text(look: &mut Look<'_>, path: &Path, text: &str, what: &str) {
    if text.is_empty() {
        look.report_at(&rules::MISSING, path, format!("{what} is missing or empty"));
    }
}

fn name(look: &mut Look<'_>, about: &Path) {
    let metadata = &look.ddl.metadata;
    let path = about.key("name");
    if !is_plain_name(&metadata.name) {
        let what = format!("the agent is called {:?}", metadata.name);
        look.report_at(&rules::NAME, &path, what);
    } else if metadata.provider == "external" && is_reserved(&metadata.name) {
        let what = format!("an external agent is called {:?}", metadata.name);
        look.report_at(&rules::RESERVED, &path, what);
    }
}

fn texts(look: &mut Look<'_>, about: &Path) {
    let metadata = &look.ddl.metadata;
    for (key, value) in [
        ("description", &metadata.description),
        ("author", &metadata.author),
        ("license", &metadata.license),
        ("url", &metadata.url),
    ] {
        text(look, &about.key(key), value, &format!("the agent's {key}"));
    }
}

fn version(look: &mut Look<'_>, about: &Path) {
    let version = &look.ddl.metadata.version;
    if super::versions::numbers(version).is_none() {
        let what = format!("the version is {version:?}");
        look.report_at(&rules::VERSION, &about.key("version"), what);
    }
}

fn timeout(look: &mut Look<'_>, about: &Path) {
    let timeout = look.ddl.metadata.timeout;
    if timeout < 2 {
        let what = if look.has(&about.key("timeout")) {
            format!("the timeout is {timeout}")
        } else {
            "the timeout is missing".into()
        };
        look.report_at(&rules::TIMEOUT, &about.key("timeout"), what);
    }
}

/// One that is missing is as good as `ruby`: many agents of that kind are.
fn provider(look: &mut Look<'_>, about: &Path) {
    let provider = &look.ddl.metadata.provider;
    if !matches!(&**provider, "" | "external" | "golang" | "ruby") {
        let what = format!("the provider is {provider:?}");
        look.report_at(&rules::PROVIDER, &about.key("provider"), what);
    }
}
