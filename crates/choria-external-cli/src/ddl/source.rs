//! DDLs from files and standard input.

use std::borrow::Cow;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use anyhow::{Context as _, anyhow, bail};
use choria_external_ddl::lint::{Report, against, against_ruby, lint, lint_ruby};
use choria_external_ddl::{Ddl, DdlError};

use crate::args::Form;

/// No DDL is larger; an endless one must not fill the memory.
const LIMIT: u64 = 64 << 20;

/// What stands for standard input.
pub(super) fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// What messages call a file.
pub(super) fn name(path: &Path) -> String {
    if is_stdin(path) {
        "stdin".into()
    } else {
        path.display().to_string()
    }
}

/// Reads files. Standard input can be read once.
#[derive(Default)]
pub(super) struct Reader {
    form: Option<Form>,
    stdin_is_read: bool,
}

/// A DDL that is read, and not yet looked into.
pub(super) struct Source {
    /// What messages call it.
    pub(super) name: String,
    pub(super) form: Form,
    bytes: Vec<u8>,
}

impl Reader {
    /// All DDLs are in this form; by default each says its own.
    pub(super) fn new(form: Option<Form>) -> Self {
        Self {
            form,
            stdin_is_read: false,
        }
    }

    /// Reads a DDL.
    pub(super) fn source(&mut self, path: &Path) -> anyhow::Result<Source> {
        let name = name(path);
        let bytes = self.bytes(path)?;
        let form = self.form.unwrap_or_else(|| form_of(path, &bytes));
        Ok(Source { name, form, bytes })
    }

    /// Reads what is in a file, or comes from standard input.
    pub(super) fn bytes(&mut self, path: &Path) -> anyhow::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        if is_stdin(path) {
            if self.stdin_is_read {
                bail!(
                    "- is given twice, and standard input can be read only once: name a file instead of one"
                );
            }
            self.stdin_is_read = true;
            io::stdin()
                .lock()
                .take(LIMIT + 1)
                .read_to_end(&mut bytes)
                .context("could not read standard input")?;
        } else {
            if fs::metadata(path).is_ok_and(|there| there.is_dir()) {
                bail!(
                    "could not read {}: it is a folder, name the files in it",
                    path.display()
                );
            }
            File::open(path)
                .and_then(|file| file.take(LIMIT + 1).read_to_end(&mut bytes))
                .with_context(|| format!("could not read {}", path.display()))?;
        }
        if bytes.len() as u64 > LIMIT {
            bail!(
                "could not read {}: it is larger than 64 MiB, no DDL is",
                path.display()
            );
        }
        Ok(bytes)
    }
}

/// By the ending; else JSON starts with a bracket, and Ruby never does.
fn form_of(path: &Path, bytes: &[u8]) -> Form {
    let ending = path.extension().and_then(|ending| ending.to_str());
    match ending.map(str::to_ascii_lowercase).as_deref() {
        Some("json") => return Form::Json,
        Some("ddl") => return Form::Ruby,
        _ => {}
    }
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    match bytes.trim_ascii_start().first() {
        Some(b'{' | b'[') | None => Form::Json,
        Some(_) => Form::Ruby,
    }
}

impl Source {
    /// The DDL in it.
    ///
    /// # Errors
    /// The first thing that cannot be read, as `file:line:column: what`; or that
    /// the agent has no name, and so most likely is none.
    pub(super) fn ddl(&self) -> anyhow::Result<Ddl> {
        let ddl = self.read()?;
        if ddl.metadata.name.is_empty() {
            bail!(
                "{} is no DDL: it has no metadata.name, the agent's name",
                self.name
            );
        }
        Ok(ddl)
    }

    /// Its JSON form: of JSON the text as it is, whatever is wrong with it.
    pub(super) fn json(&self) -> anyhow::Result<String> {
        match self.form {
            Form::Json => Ok(self.text().into_owned()),
            Form::Ruby => Ok(self.read()?.to_json()),
        }
    }

    /// What is wrong with it, also in comparison with an older one in its JSON
    /// form.
    pub(super) fn report(&self, old: Option<&str>) -> Report {
        match (self.form, old) {
            (Form::Json, Some(old)) => against(old, &self.text()),
            (Form::Json, None) => lint(&self.text()),
            (Form::Ruby, Some(old)) => against_ruby(old, &self.bytes),
            (Form::Ruby, None) => lint_ruby(&self.bytes),
        }
    }

    /// The text of JSON, with what is no UTF-8 replaced, as Choria reads it.
    fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.bytes)
    }

    fn read(&self) -> anyhow::Result<Ddl> {
        match self.form {
            Form::Json => Ddl::from_json(&self.bytes).map_err(|error| self.wrong(&error)),
            Form::Ruby => Ddl::from_ruby_bytes(&self.bytes).map_err(|error| {
                let (line, column, what) = (error.line, error.column, error.what);
                anyhow!("{}:{line}:{column}: {what}", self.name)
            }),
        }
    }

    fn wrong(&self, error: &DdlError) -> anyhow::Error {
        let name = &self.name;
        let marked = if self.bytes.starts_with("\u{feff}".as_bytes()) {
            "; the file starts with a byte order mark, which Choria refuses: save it without"
        } else {
            ""
        };
        match error {
            DdlError::Place(wrong) => anyhow!(
                "{name}:{}:{}: {}: wanted {}, got {}",
                wrong.line,
                wrong.column,
                wrong.path,
                wrong.wanted,
                wrong.found
            ),
            // Lint knows the place, too.
            DdlError::Json(_) => match lint(&self.text()).findings.first() {
                Some(found) => anyhow!(
                    "{name}:{}:{}: not JSON: {}{marked}",
                    found.line,
                    found.column,
                    found.what
                ),
                None => anyhow!("{name}: {error}"),
            },
            _ => anyhow!("{name}: {error}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_is_that_of_the_ending_then_of_the_first_character() {
        let form = |path: &str, text: &str| form_of(Path::new(path), text.as_bytes());
        assert_eq!(form("a.json", "metadata"), Form::Json);
        assert_eq!(form("a.DDL", "{"), Form::Ruby);
        assert_eq!(form("-", "\u{feff}\r\n {"), Form::Json);
        assert_eq!(form("-", "# a comment {"), Form::Ruby);
        assert_eq!(form("a.txt", " metadata"), Form::Ruby);
    }
}
