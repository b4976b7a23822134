//! The files of a package, and what is filled into them.

use std::borrow::Cow;
use std::path::PathBuf;

use anyhow::Context as _;
use choria_external_ddl::Ddl;

use super::dependencies::{Dependencies, text};
use super::name::camel_case;
use crate::args::Kind;

/// A file's path in the package, and its text. In both `{{name}}` stands for the
/// package's name; the other words are in [`Package::word`].
type File = (&'static str, &'static str);

macro_rules! template {
    ($name:literal) => {
        include_str!(concat!("../../templates/", $name))
    };
}

const COMMON: &[File] = &[
    (".cargo/config.toml", template!("common/cargo-config.toml")),
    (".gitignore", template!("common/gitignore")),
];

const AGENT: &[File] = &[
    ("Cargo.toml", template!("agent/Cargo.toml.in")),
    ("README.md", template!("agent/README.md.in")),
    ("plugin.d/{{name}}.cfg", template!("agent/settings.cfg")),
    ("src/main.rs", template!("agent/main.rs")),
    ("tests/calls.rs", template!("agent/calls.rs")),
];

/// The agent's DDL; what is empty in its metadata is filled in.
const AGENT_DDL: &str = template!("agent/ddl.json");

const DISCOVERY: &[File] = &[
    ("Cargo.toml", template!("discovery/Cargo.toml.in")),
    ("README.md", template!("discovery/README.md.in")),
    ("nodes.txt", template!("discovery/nodes.txt")),
    ("src/inventory.rs", template!("discovery/inventory.rs")),
    ("src/main.rs", template!("discovery/main.rs")),
];

const FUNCTION: &[File] = &[
    ("Cargo.toml", template!("function/Cargo.toml.in")),
    ("README.md", template!("function/README.md.in")),
    (
        "schemas/io.choria.choria.{{name}}.v1.external_reply.json",
        template!("function/reply.json"),
    ),
    (
        "schemas/io.choria.choria.{{name}}.v1.external_request.json",
        template!("function/request.json"),
    ),
    ("src/lib.rs", template!("function/lib.rs")),
    ("src/main.rs", template!("function/main.rs")),
    ("src/messages.rs", template!("function/messages.rs")),
    ("tests/pipe.rs", template!("function/pipe.rs")),
];

/// What it is for, where the user does not say.
pub(super) fn description(kind: Kind) -> &'static str {
    match kind {
        Kind::Agent => "Keeps a note on each node",
        Kind::Discovery => "Finds nodes in a file with a line for each",
        Kind::Function => "Answers what is known of a subject",
    }
}

/// What a package is made of.
pub(super) struct Package<'a> {
    pub(super) kind: Kind,
    pub(super) name: &'a str,
    pub(super) description: &'a str,
    pub(super) author: &'a str,
    pub(super) dependencies: Dependencies,
}

impl Package<'_> {
    /// Its files, in the order of their paths.
    pub(super) fn files(&self) -> anyhow::Result<Vec<(PathBuf, String)>> {
        let own = match self.kind {
            Kind::Agent => AGENT,
            Kind::Discovery => DISCOVERY,
            Kind::Function => FUNCTION,
        };
        let mut files = Vec::new();
        for (path, text) in COMMON.iter().chain(own) {
            files.push((self.fill(path)?.into(), self.fill(text)?));
        }
        if self.kind == Kind::Agent {
            files.push((format!("{}.json", self.name).into(), self.ddl()?));
        }
        files.sort_unstable();
        Ok(files)
    }

    /// The commands to go on with, in the package's folder.
    pub(super) fn next(&self) -> Vec<String> {
        let mut next = vec!["cargo test".to_owned()];
        match self.kind {
            Kind::Agent => next.extend([
                "choria-external run . set text=hello".into(),
                "choria-external run . get".into(),
            ]),
            Kind::Discovery => next.push(
                r#"choria-external discover . --option "file=$PWD/nodes.txt" -F os=debian"#.into(),
            ),
            Kind::Function => next.push(format!(
                r#"echo '{{"protocol":"io.choria.choria.{}.v1.external_request","subject":"parrot"}}' | cargo run -q"#,
                self.name
            )),
        }
        next
    }

    /// The DDL as the agent's code makes it.
    fn ddl(&self) -> anyhow::Result<String> {
        let own = |text: &str| Cow::Owned(text.to_owned());
        let mut ddl = Ddl::from_json(AGENT_DDL.as_bytes())?;
        ddl.metadata.name = own(self.name);
        ddl.metadata.description = own(self.description);
        ddl.metadata.author = own(self.author);
        ddl.metadata.url = Cow::Owned(self.homepage());
        Ok(ddl.to_json())
    }

    fn homepage(&self) -> String {
        format!("https://example.net/{}", self.name)
    }

    /// A template with each `{{word}}` filled in.
    fn fill(&self, template: &str) -> anyhow::Result<String> {
        let mut parts = template.split("{{");
        let mut filled = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (word, rest) = part.split_once("}}").unwrap_or((part, ""));
            filled += &self
                .word(word)
                .with_context(|| format!("a template has {word:?} between braces"))?;
            filled += rest;
        }
        Ok(filled)
    }

    /// What stands for a word.
    fn word(&self, word: &str) -> Option<String> {
        // With an ending it is no type that the package has from elsewhere.
        let ending = match self.kind {
            Kind::Agent => "Agent",
            Kind::Discovery => "Source",
            Kind::Function => "Function",
        };
        let dependencies = &self.dependencies;
        Some(match word {
            "name" => self.name.into(),
            "Type" => camel_case(self.name) + ending,
            "about" => self.description.into(),
            "description" => text(self.description),
            "author" => text(self.author),
            "homepage" => text(&self.homepage()),
            "rust_version" => text(env!("CARGO_PKG_RUST_VERSION")),
            "choria_external" => dependencies.entry("choria-external", None),
            "choria_external_compound" => dependencies.entry("choria-external", Some("compound")),
            "choria_external_host" => dependencies.entry("choria-external-host", None),
            _ => return None,
        })
    }
}
