//! The files of each kind of package, as templates.

use crate::args::{Kind, Language};
use crate::whole_file::Access;

/// A file of a package.
pub(super) struct File {
    /// Its path in the package. Here and in the text `{{name}}` stands for the
    /// package's name; the other words are in [`Package::word`].
    ///
    /// [`Package::word`]: super::template::Package
    pub(super) path: &'static str,
    pub(super) text: &'static str,
    pub(super) access: Access,
}

macro_rules! template {
    ($name:literal) => {
        include_str!(concat!("../../templates/", $name))
    };
}

macro_rules! files {
    ($($path:literal: $name:literal $($access:ident)?,)*) => {
        &[$(File {
            path: $path,
            text: template!($name),
            access: files!(@ $($access)?),
        }),*]
    };
    (@) => { Access::Usual };
    (@ $access:ident) => { Access::$access };
}

/// Those of all packages in Rust.
const RUST: &[File] = files! {
    ".cargo/config.toml": "common/cargo-config.toml",
    ".gitignore": "common/gitignore",
};

const AGENT: &[File] = files! {
    ".github/workflows/ci.yml": "ci/agent.yml",
    "Cargo.toml": "agent/Cargo.toml.in",
    "README.md": "agent/README.md.in",
    "plugin.d/{{name}}.cfg": "agent/settings.cfg",
    "src/main.rs": "agent/main.rs",
    "tests/calls.rs": "agent/calls.rs",
};

const DISCOVERY: &[File] = files! {
    ".github/workflows/ci.yml": "ci/rust.yml",
    "Cargo.toml": "discovery/Cargo.toml.in",
    "README.md": "discovery/README.md.in",
    "nodes.txt": "discovery/nodes.txt",
    "src/inventory.rs": "discovery/inventory.rs",
    "src/main.rs": "discovery/main.rs",
};

const FUNCTION: &[File] = files! {
    ".github/workflows/ci.yml": "ci/rust.yml",
    "Cargo.toml": "function/Cargo.toml.in",
    "README.md": "function/README.md.in",
    "schemas/io.choria.choria.{{name}}.v1.external_reply.json": "function/reply.json",
    "schemas/io.choria.choria.{{name}}.v1.external_request.json": "function/request.json",
    "src/lib.rs": "function/lib.rs",
    "src/main.rs": "function/main.rs",
    "src/messages.rs": "function/messages.rs",
    "tests/pipe.rs": "function/pipe.rs",
};

/// Those of all agents that are scripts.
const SCRIPT: &[File] = files! {
    ".github/workflows/ci.yml": "ci/script.yml",
    "README.md": "script/README.md.in",
    "plugin.d/{{name}}.cfg": "agent/settings.cfg",
    "tests.yaml": "script/tests.yaml",
};

const PYTHON: &[File] = files! { "{{name}}": "python/agent" Program, };

const SHELL: &[File] = files! { "{{name}}": "shell/agent" Program, };

/// Parts of a CI file: where the crates and the command come from.
pub(super) const CRATES_OF_CHECKOUT: &str = template!("ci/crates_of_checkout.yml");
pub(super) const COMMAND_OF_CHECKOUT: &str = template!("ci/command_of_checkout.yml");
pub(super) const COMMAND_OF_REPOSITORY: &str = template!("ci/command_of_repository.yml");
pub(super) const COMMAND_PUBLISHED: &str = template!("ci/command_published.yml");

/// The files of a package, but for the DDL.
pub(super) fn files(kind: Kind, language: Language) -> impl Iterator<Item = &'static File> {
    let (all, own) = match (kind, language) {
        (_, Language::Python) => (SCRIPT, PYTHON),
        (_, Language::Shell) => (SCRIPT, SHELL),
        (Kind::Agent, Language::Rust) => (RUST, AGENT),
        (Kind::Discovery, Language::Rust) => (RUST, DISCOVERY),
        (Kind::Function, Language::Rust) => (RUST, FUNCTION),
    };
    all.iter().chain(own)
}

/// The DDL of an agent; what is empty in its metadata is filled in.
pub(super) fn ddl(language: Language) -> &'static str {
    match language {
        Language::Rust => template!("agent/ddl.json"),
        Language::Python | Language::Shell => template!("script/ddl.json"),
    }
}
