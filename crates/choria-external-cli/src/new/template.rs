//! The files of a package, and what is filled into them.

use std::borrow::Cow;
use std::path::PathBuf;

use anyhow::Context as _;
use choria_external_ddl::Ddl;

use super::dependencies::{Dependencies, text};
use super::files::{self, files};
use super::name::camel_case;
use super::quoted;
use crate::args::{Kind, Language};
use crate::whole_file::Access;

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
    pub(super) language: Language,
    pub(super) name: &'a str,
    pub(super) description: &'a str,
    pub(super) author: &'a str,
    /// What a package in Rust depends on; `None` for others.
    pub(super) dependencies: Option<Dependencies>,
    /// Whether the command that CI installs is a published one.
    pub(super) published: bool,
}

/// A file that is filled in.
pub(super) struct Filled {
    /// Its path in the package.
    pub(super) path: PathBuf,
    pub(super) text: String,
    pub(super) access: Access,
}

impl Package<'_> {
    /// Its files, in the order of their paths.
    pub(super) fn files(&self) -> anyhow::Result<Vec<Filled>> {
        let mut filled = Vec::new();
        for file in files(self.kind, self.language) {
            filled.push(Filled {
                path: self.fill(file.path)?.into(),
                text: self.fill(file.text)?,
                access: file.access.clone(),
            });
        }
        if self.kind == Kind::Agent {
            filled.push(Filled {
                path: format!("{}.json", self.name).into(),
                text: self.ddl()?,
                access: Access::Usual,
            });
        }
        filled.sort_unstable_by(|one, other| one.path.cmp(&other.path));
        Ok(filled)
    }

    /// The commands to go on with, in the package's folder.
    pub(super) fn next(&self) -> Vec<String> {
        let name = self.name;
        if self.language != Language::Rust {
            return vec![
                "choria-external test tests.yaml".into(),
                format!("choria-external run ./{name} set text=hello"),
                format!("choria-external run ./{name} get"),
            ];
        }
        let mut next = vec!["cargo test".to_owned()];
        match self.kind {
            Kind::Agent => next.extend([
                "choria-external run . set text=hello".into(),
                "choria-external run . get".into(),
            ]),
            Kind::Discovery => next.push(
                r#"choria-external discover . --option "file=$PWD/nodes.txt" -F os=debian"#.into(),
            ),
            Kind::Function => next.push("choria-external run . subject=parrot".into()),
        }
        next
    }

    /// The DDL as the agent's code makes it.
    fn ddl(&self) -> anyhow::Result<String> {
        let own = |text: &str| Cow::Owned(text.to_owned());
        let mut ddl = Ddl::from_json(files::ddl(self.language).as_bytes())?;
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
        if let Some(text) = self.of_language(word) {
            return Some(text.into());
        }
        if let Some(template) = self.of_ci(word) {
            return self.fill(template).ok();
        }
        let entry = |name, feature| {
            let dependencies = self.dependencies.as_ref()?;
            Some(dependencies.entry(name, feature))
        };
        Some(match word {
            "name" => self.name.into(),
            "Type" => camel_case(self.name) + ending,
            "about" => self.description.into(),
            "description" => text(self.description),
            "author" => text(self.author),
            "homepage" => text(&self.homepage()),
            "rust_version" => text(env!("CARGO_PKG_RUST_VERSION")),
            "choria_external" => entry("choria-external", None)?,
            "choria_external_compound" => entry("choria-external", Some("compound"))?,
            "choria_external_host" => entry("choria-external-host", None)?,
            "version" => env!("CARGO_PKG_VERSION").into(),
            "checkout" => quoted(&self.checkout()?),
            // An expression of the CI's own.
            expression if expression.starts_with(' ') => format!("{{{{{expression}}}}}"),
            _ => return None,
        })
    }

    fn checkout(&self) -> Option<PathBuf> {
        self.dependencies.as_ref().and_then(Dependencies::checkout)
    }

    /// Words that say what the program is written in.
    fn of_language(&self, word: &str) -> Option<&'static str> {
        Some(match (word, self.language) {
            ("in_language", Language::Rust) => "in Rust",
            ("in_language", Language::Python) => "in Python 3",
            ("in_language", Language::Shell) => "in a POSIX shell with `jq`",
            ("needs", Language::Python) => "; it needs `/usr/bin/python3`",
            ("needs", Language::Shell) => "; it needs `/usr/bin/jq`",
            _ => return None,
        })
    }

    /// Words that are parts of a CI file.
    fn of_ci(&self, word: &str) -> Option<&'static str> {
        Some(match word {
            "ci_crates" if self.checkout().is_some() => files::CRATES_OF_CHECKOUT,
            "ci_crates" => "",
            "ci_command" if self.checkout().is_some() => files::COMMAND_OF_CHECKOUT,
            "ci_command" if self.published => files::COMMAND_PUBLISHED,
            "ci_command" => files::COMMAND_OF_REPOSITORY,
            _ => return None,
        })
    }
}
