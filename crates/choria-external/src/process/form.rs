//! The forms of a DDL.

use choria_external_ddl::Ddl;

/// A form of a DDL, as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Json,
    Ruby,
    Markdown,
}

impl Form {
    const ALL: [Self; 3] = [Self::Json, Self::Ruby, Self::Markdown];

    /// The form of a word after `--ddl`.
    pub(crate) fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.word() == word)
    }

    /// The form of a file's extension.
    pub(crate) fn of_extension(extension: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|form| form.extension() == extension)
    }

    fn word(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Ruby => "ruby",
            Self::Markdown => "markdown",
        }
    }

    fn extension(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Ruby => "ddl",
            Self::Markdown => "md",
        }
    }

    pub(crate) fn text(self, ddl: &Ddl) -> String {
        match self {
            Self::Json => ddl.to_json(),
            Self::Ruby => ddl.to_ruby(),
            Self::Markdown => ddl.to_markdown(),
        }
    }
}
