//! Which names a package can have.

use anyhow::bail;
use choria_external_ddl::is_reserved;
use choria_external_protocol::{Name, registry};

use crate::args::{Kind, Language};

/// Characters of a name. It is typed often, and up to there the lines of the
/// templates stay as rustfmt wants them.
const LONGEST: usize = 30;

/// Words that Rust keeps for itself, in any edition, and its primitive types.
const RUST: &str = "abstract as async await become bool box break char const continue crate do dyn else enum extern \
                    f32 f64 false final fn for gen i128 i16 i32 i64 i8 if impl in isize let loop macro match mod move \
                    mut override priv pub ref return self static str struct super trait true try type typeof u128 u16 \
                    u32 u64 u8 unsafe unsized use usize virtual where while yield";

/// Crates of Rust, and those that the templates use.
const CRATES: &str = "alloc anyhow choria_external choria_external_host core jsonschema proc_macro serde serde_json \
                      std tempfile test tracing";

/// Folders that Cargo has beside a program.
const FOLDERS: &str = "build deps examples incremental";

/// Files that Windows cannot have.
const DEVICES: &str = "aux com1 com2 com3 com4 com5 com6 com7 com8 com9 con lpt1 lpt2 lpt3 lpt4 lpt5 lpt6 lpt7 lpt8 \
                       lpt9 nul prn";

/// That Choria, Cargo and Rust all take a name; else why one of them does not,
/// and which name to take instead.
pub(super) fn check(kind: Kind, language: Language, name: &str) -> anyhow::Result<()> {
    let Some(reason) = refused(kind, language, name) else {
        return Ok(());
    };
    match instead(kind, language, name) {
        Some(other) => bail!("the name {name:?}: {reason}; try {other}"),
        None => bail!("the name {name:?}: {reason}"),
    }
}

fn refused(kind: Kind, language: Language, name: &str) -> Option<String> {
    let among = |words: &str| words.split_whitespace().any(|word| word == name);
    let rust = language == Language::Rust;
    let reason = if !Name::is_valid(name) {
        "expected one or more of a-z, 0-9 and _, as Choria takes them"
    } else if !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        "expected a letter first, as Cargo does"
    } else if name.contains("__") || name.ends_with('_') {
        "expected one _ between words and none at the end, as Rust does"
    } else if name.len() > LONGEST {
        return Some(format!("expected {LONGEST} characters at most"));
    } else if is_reserved(name) {
        "Choria keeps it for an agent of its own, and never loads another one"
    } else if rust && among(RUST) {
        "it is a word of Rust"
    } else if rust && among(CRATES) {
        "it is a crate of Rust, or one that such packages use"
    } else if rust && among(FOLDERS) {
        "Cargo has a folder of that name where the program goes"
    } else if among(DEVICES) {
        "it is a device of Windows, which can have no such file"
    } else if kind == Kind::Function && is_registered(name) {
        "there is a function type of that name, see choria-external protocols"
    } else {
        return None;
    };
    Some(reason.into())
}

fn is_registered(name: &str) -> bool {
    registry().is_ok_and(|all| all.iter().any(|function| function.name() == name))
}

/// A name much like it that is taken.
fn instead(kind: Kind, language: Language, name: &str) -> Option<String> {
    let lower = name.to_ascii_lowercase();
    let words: Vec<&str> = lower
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    if words.is_empty() {
        return None;
    }
    let name = words.join("_");
    let suffix = match kind {
        Kind::Agent => "agent",
        Kind::Discovery => "source",
        Kind::Function => "function",
    };
    let others = [format!("{name}_{suffix}"), format!("{suffix}_{name}")];
    [name]
        .into_iter()
        .chain(others)
        .find(|other| refused(kind, language, other).is_none())
}

/// The name as Rust writes types: `net_facts` as `NetFacts`.
pub(super) fn camel_case(name: &str) -> String {
    let mut text = String::new();
    for word in name.split('_') {
        let mut rest = word.chars();
        text.extend(rest.next().map(|first| first.to_ascii_uppercase()));
        text.push_str(rest.as_str());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_offered_instead_is_taken() {
        let other = |name| instead(Kind::Agent, Language::Rust, name).unwrap_or_default();
        for (name, offered) in [
            ("net-facts", "net_facts"),
            ("Net Facts", "net_facts"),
            ("scout", "scout_agent"),
            ("3d", "agent_3d"),
            ("a__b_", "a_b"),
            ("com1", "com1_agent"),
            ("", ""),
            ("\u{e9}", ""),
        ] {
            assert_eq!(other(name), offered, "{name}");
        }
        assert_eq!(instead(Kind::Agent, Language::Rust, &"a".repeat(31)), None);
    }

    #[test]
    fn names_that_mean_something_are_refused() {
        let lists = [RUST, CRATES, FOLDERS, DEVICES];
        for name in lists.into_iter().flat_map(str::split_whitespace) {
            assert!(
                refused(Kind::Agent, Language::Rust, name).is_some(),
                "{name}"
            );
        }
        for name in ["rpc", "activation"] {
            assert!(refused(Kind::Function, Language::Rust, name).is_some());
            assert!(refused(Kind::Agent, Language::Rust, name).is_none());
        }
        for name in ["a", "files", "com10", "x86_64", &*"a".repeat(30)] {
            assert_eq!(refused(Kind::Function, Language::Rust, name), None);
        }
    }

    #[test]
    fn what_only_means_something_to_rust_is_a_name_elsewhere() {
        for name in ["match", "serde", "deps"] {
            assert_eq!(refused(Kind::Agent, Language::Shell, name), None);
        }
        for name in ["scout", "com1", "a-b"] {
            assert!(refused(Kind::Agent, Language::Python, name).is_some());
        }
    }

    #[test]
    fn types_are_in_camel_case() {
        assert_eq!(camel_case("net_facts2_x"), "NetFacts2X");
    }
}
